import numpy as np
import pytest
from toy_codecs import LinearCodec

from shapespace.errors import BadInput
from shapespace.walks.cloud import OFF, Cloud
from shapespace.walks.inverse import shortest_step
from shapespace.walks.levels import place_levels
from shapespace.walks.next_pairs import pairs_to_rate
from shapespace.walks.readout import first_units

DRAW = np.random.default_rng(0)
TRAINING = DRAW.normal(size=(200, 6))
CLOUD = Cloud.of(TRAINING)
MAP = first_units(2, 6)
ACROSS = np.array([1.0, 0.0])


class Bent(LinearCodec):
    """The first unit is read back cubed: slow in the middle, fast at the ends."""

    def encode(self, images):
        codes = super().encode(images)
        codes[:, 0] **= 3
        return codes


def placed(codec, start=None, **changes):
    start = np.zeros(6) if start is None else start
    settings = {"n_levels": 5, "reach": 1.0, "cloud": CLOUD, "inverse": shortest_step(MAP)}
    return place_levels(codec, MAP, start, ACROSS, ACROSS, **(settings | changes))


def test_levels_are_even_as_asked():
    levels = placed(Bent(), even="asked")
    assert levels.amounts == pytest.approx([-1, -0.5, 0, 0.5, 1])
    assert levels.asked[:, 0] == pytest.approx(levels.amounts)
    assert levels.read_back[:, 0] == pytest.approx(levels.amounts**3)
    assert levels.codes[:, 1:] == pytest.approx(0)  # the rest is held
    assert levels.pictures.shape == (5, 12, 12)


def test_levels_are_even_as_read_back_from_the_pictures():
    levels = placed(Bent())
    assert levels.read_back[:, 0] == pytest.approx([-1, -0.5, 0, 0.5, 1], abs=0.02)
    assert levels.amounts == pytest.approx(np.cbrt([-1, -0.5, 0, 0.5, 1]), abs=0.03)


def test_a_reach_that_leads_off_the_data_is_refused_with_the_good_part():
    with pytest.raises(BadInput, match="lie off the data") as refused:
        placed(LinearCodec(), reach=40.0)
    good = str(refused.value).split("good from ")[1].split(" units")[0]
    low, high = map(float, good.split(" to "))
    ends = np.zeros((2, 6))
    ends[:, 0] = low, high
    assert low < 0 < high
    assert (CLOUD.percentiles(ends) <= OFF).all()
    assert (CLOUD.percentiles(ends * 4) > OFF).all()


def test_a_start_off_the_data_is_refused():
    with pytest.raises(BadInput, match="The start itself lies off the data"):
        placed(LinearCodec(), start=np.full(6, 50.0))


def test_pictures_that_do_not_follow_are_refused_unless_asked_for():
    class Deaf(LinearCodec):
        def encode(self, images):
            return np.zeros((len(images), 6))

    with pytest.raises(BadInput, match="0% of the way asked is read back"):
        placed(Deaf())
    assert len(placed(Deaf(), even="asked").amounts) == 5


@pytest.mark.parametrize("changes", [{"n_levels": 1}, {"reach": 0.0}])
def test_a_set_has_levels_and_a_reach(changes):
    with pytest.raises(BadInput, match="2 levels or more and a reach above 0"):
        placed(LinearCodec(), **changes)


def test_the_least_certain_pairs_are_those_of_items_that_wander_along_their_line():
    places = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
    # The first item wanders along the first axis only: its distance to the second item changes.
    covariances = np.zeros((4, 2, 2))
    covariances[0, 0, 0] = 0.04
    pairs = pairs_to_rate([*"abcd"], places, covariances, 6)
    assert pairs.iloc[0].tolist() == ["a", "b", 1.0, pytest.approx(0.2)]
    spread = pairs.set_index(["item1", "item2"])["spread"]
    assert spread["a", "c"] == pytest.approx(0)
    assert spread["a", "d"] == pytest.approx(0.2 / np.sqrt(2))
    assert len(pairs_to_rate([*"abcd"], places, covariances, 2)) == 2


def test_the_spread_of_a_distance_is_that_of_draws():
    places = DRAW.normal(size=(3, 2)) * 10
    roots = DRAW.normal(size=(3, 2, 2)) * 0.1
    covariances = roots @ roots.transpose(0, 2, 1)
    moved = places + np.einsum("ipq,kiq->kip", roots, DRAW.normal(size=(4000, 3, 2)))
    pairs = pairs_to_rate([*"abc"], places, covariances, 3)
    for row in pairs.itertuples():
        first, second = "abc".index(row.item1), "abc".index(row.item2)
        drawn = np.linalg.norm(moved[:, first] - moved[:, second], axis=1)
        assert row.spread == pytest.approx(drawn.std(), rel=0.06)


def test_items_at_one_place_have_a_spread_too():
    covariances = np.tile(np.eye(2), (2, 1, 1))
    pairs = pairs_to_rate([*"ab"], np.zeros((2, 2)), covariances, 1)
    assert pairs["spread"][0] == pytest.approx(np.sqrt(2))
    with pytest.raises(BadInput, match="at least 1 pair"):
        pairs_to_rate([*"ab"], np.zeros((2, 2)), covariances, 0)
