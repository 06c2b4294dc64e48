import numpy as np
import pytest
from scipy.stats import linregress
from toy_codecs import EllipseCodec, LinearCodec, random_map

from shapespace.data.scribbles import scribbles_at
from shapespace.errors import BadInput
from shapespace.spaces.mapping.linear_map import LinearMap
from shapespace.walks.inverse import shortest_step
from shapespace.walks.looks import (
    LOOKS,
    SHAPE,
    calibrate,
    judge_looks,
    look_slopes,
    looks,
    looks_to_dict,
)
from shapespace.walks.readout import first_units
from shapespace.walks.walking import (
    held,
    random_walks,
    reaches,
    read_back,
    slopes,
    step_length,
    walk,
)

DRAW = np.random.default_rng(0)
AMOUNTS = np.linspace(-1, 1, 5)
DIRECTIONS = {"FORM": np.array([1.0, 0.0]), "LINES": np.array([0.6, 0.8])}


class Halved(LinearCodec):
    """Reads back half of what was drawn."""

    def encode(self, images):
        return super().encode(images) / 2


def walked(codec, feature="FORM", direction=None, to_space=None):
    to_space = to_space or random_map()
    way = DIRECTIONS[feature] if direction is None else direction
    starts = DRAW.normal(size=(4, 6))
    inverse = shortest_step(to_space)
    return walk(codec, to_space, starts, way, AMOUNTS, inverse=inverse, feature=feature)


def judged(done):
    return read_back(done, DIRECTIONS, generator=np.random.default_rng(0))


def test_a_walk_asks_for_just_what_it_says():
    done = walked(LinearCodec())
    moved = done.asked - done.asked[:, [2]]
    assert moved == pytest.approx(np.tile(AMOUNTS[:, None] * [1.0, 0.0], (4, 1, 1)))
    assert random_map().coordinates(done.codes.reshape(-1, 6)) == pytest.approx(
        done.asked.reshape(-1, 2)
    )
    assert done.pictures.shape == (4, 5, 12, 12)


def test_a_perfect_model_reads_back_what_was_asked_and_leaks_as_the_geometry_says():
    found = judged(walked(LinearCodec()))
    assert found.slope.value == pytest.approx(1)
    assert found.kendall_tau_b.value == pytest.approx(1)
    assert found.end_gain.value == pytest.approx(1)
    assert found.leakage["LINES"].value == pytest.approx(0.6)
    assert found.expected_leakage == pytest.approx({"LINES": 0.6})
    assert found.n_starts == 4
    assert found.to_dict()["slope"]["n"] == 4


def test_a_model_that_halves_codes_has_half_the_slope_and_never_overshoots():
    to_space = LinearMap(
        centre=np.zeros(6), scale=np.ones(6), weights=random_map().weights, offset=np.zeros(2)
    )
    found = judged(walked(Halved(), to_space=to_space))
    assert found.slope.value == pytest.approx(0.5)
    assert found.end_gain.value == pytest.approx(0.5)
    assert found.overshoots.value == 0


def test_a_model_that_exaggerates_overshoots():
    class Doubled(LinearCodec):
        def encode(self, images):
            return super().encode(images) * 2

    assert judged(walked(Doubled())).overshoots.value == 1


def test_a_model_that_draws_backwards_has_a_negative_tau():
    class Backwards(LinearCodec):
        def encode(self, images):
            return -super().encode(images)

    assert judged(walked(Backwards())).kendall_tau_b.value == pytest.approx(-1)


def test_holding_a_feature_takes_its_leak_away():
    step = held(DIRECTIONS, "FORM")
    assert step @ DIRECTIONS["FORM"] == pytest.approx(1)
    assert step @ DIRECTIONS["LINES"] == pytest.approx(0)
    found = judged(walked(LinearCodec(), direction=step))
    assert found.slope.value == pytest.approx(1)
    assert found.leakage["LINES"].value == pytest.approx(0, abs=1e-9)
    assert found.expected_leakage["LINES"] == pytest.approx(0)


def test_what_lies_within_the_held_cannot_be_raised():
    three = {**DIRECTIONS, "ORIENTATION": np.array([0.0, 1.0])}
    with pytest.raises(BadInput, match="FORM cannot change while LINES, ORIENTATION are held"):
        held(three, "FORM")
    assert held(three, "FORM", ["LINES"]) @ three["LINES"] == pytest.approx(0)


def test_random_walks_are_as_long_and_follow_the_generator():
    to_space, training = random_map(), DRAW.normal(size=(30, 6))
    length = step_length(to_space, shortest_step(to_space), DIRECTIONS["FORM"])

    def control(seed):
        return random_walks(
            LinearCodec(), to_space, training[:3], AMOUNTS, length=length,
            training_codes=training, n_walks=4, generator=np.random.default_rng(seed),
        )  # fmt: skip

    done = control(5)
    for one in done:
        step = (one.codes[:, -1] - one.codes[:, -2]) / 0.5 / to_space.scale
        assert np.linalg.norm(step, axis=1) == pytest.approx(length)
        assert to_space.coordinates(one.codes[0]) == pytest.approx(one.asked[0])
    assert np.array_equal(done[0].codes, control(5)[0].codes)
    assert not np.allclose(done[0].codes, done[1].codes)


def test_slopes_are_those_of_scipy_and_leave_out_what_is_undefined():
    values = DRAW.normal(size=(3, 5))
    values[1, 2] = np.nan
    values[2, 1:4] = np.nan
    found = slopes(values, AMOUNTS)
    assert found[0] == pytest.approx(linregress(AMOUNTS, values[0]).slope)
    keep = ~np.isnan(values[1])
    assert found[1] == pytest.approx(linregress(AMOUNTS[keep], values[1, keep]).slope)
    assert np.isnan(found[2])


def test_the_reach_is_in_standard_deviations_of_the_items():
    items = DRAW.normal(size=(50, 2)) * [3.0, 1.0]
    assert reaches(items, DIRECTIONS["FORM"], 5, 2.0) == pytest.approx(
        items[:, 0].std() * np.array([-2, -1, 0, 1, 2])
    )
    for n_steps, reach in ((2, 1.0), (5, 0.0)):
        with pytest.raises(BadInput, match="3 steps or more and a reach above 0"):
            reaches(items, DIRECTIONS["FORM"], n_steps, reach)


def test_too_little_is_not_judged():
    done = walked(LinearCodec())
    short = walk(
        LinearCodec(), random_map(), done.codes[:1, 0], DIRECTIONS["FORM"], AMOUNTS,
        inverse=shortest_step(random_map()), feature="FORM",
    )  # fmt: skip
    with pytest.raises(BadInput, match="at least 3 steps and 2 starts"):
        judged(short)


ELLIPSES = np.array([[-0.2, 20.0, 0.0], [0.4, 18.0, 0.0], [0.1, 23.0, 0.0]])


@pytest.fixture(scope="module")
def ellipse_walk():
    """From slim to wide ellipses: the first unit is the log ratio of the axes."""
    to_space, way = first_units(1, 3), np.array([1.0])
    amounts = np.linspace(-0.5, 0.5, 3)
    return walk(
        EllipseCodec(), to_space, ELLIPSES, way, amounts, inverse=shortest_step(to_space),
        feature="WIDTH",
    )  # fmt: skip


def test_looks_see_what_was_drawn_without_the_model(ellipse_walk):
    found = dict(zip(LOOKS, look_slopes(ellipse_walk).T, strict=True))
    # The measure falls from +0.6 to -0.6 between half and twice as wide, log ratio 2 ln 2.
    assert found["orientation"] == pytest.approx(-0.9, abs=0.2)
    assert found["curvature"] == pytest.approx(0, abs=0.15)


def test_looks_stand_beside_random_directions(ellipse_walk):
    # Other training codes differ in a unit that nothing is drawn of.
    idle = np.array([[0.0, 20.0, x] for x in range(20)])
    controls = random_walks(
        EllipseCodec(), first_units(1, 3), ELLIPSES[:2], ellipse_walk.amounts, length=1.0,
        training_codes=idle, n_walks=9, generator=np.random.default_rng(0),
    )  # fmt: skip
    found = judge_looks(ellipse_walk, controls, generator=np.random.default_rng(0))
    orientation = found["orientation"]
    assert orientation.control == pytest.approx((0, 0), abs=1e-9)
    assert orientation.p == pytest.approx(1 / 10)
    assert orientation.slope.high < 0
    assert looks_to_dict(found)["orientation"]["p"] == orientation.p


def test_faint_and_blank_pictures_are_not_measured():
    pictures = np.ones((3, 64, 64))
    pictures[1, 10:50, 30] = 0.9
    pictures[2, 10:50, 30] = 0.2
    found = looks(pictures)
    assert np.isnan(found[:2, :-1]).all()
    assert found[:, -1] == pytest.approx([0, 40 * 0.1 / 64**2, 40 * 0.8 / 64**2])
    assert found[2, LOOKS.index("orientation")] == pytest.approx(1, abs=0.01)


def test_nothing_to_measure_has_no_p(ellipse_walk):
    class Blank(EllipseCodec):
        def decode(self, codes):
            return np.ones((len(codes), 64, 64))

        def encode(self, images):
            return np.zeros((len(images), 3))

    blank = walk(
        Blank(), first_units(1, 3), ELLIPSES, np.array([1.0]), ellipse_walk.amounts,
        inverse=shortest_step(first_units(1, 3)),
    )  # fmt: skip
    found = judge_looks(blank, [blank], generator=np.random.default_rng(0))["elongation"]
    assert np.isnan(found.p)
    assert np.isnan(found.control[0])


def test_measures_follow_the_truth_of_scribbles():
    class Kept(EllipseCodec):
        def encode(self, images):
            self.kept = images
            return np.zeros((len(images), 3))

        def decode(self, codes):
            return self.kept

    found = calibrate(Kept(), 64, n_scribbles=25)
    assert set(found) == set(SHAPE)
    assert found["elongation"].clean > 0.8
    assert found["orientation"].clean > 0.9
    assert found["curvature"].clean > 0.5
    for one in found.values():  # what is redrawn exactly measures the same
        assert one.redrawn == one.clean
        assert one.n == 25


def test_a_model_that_draws_one_picture_keeps_nothing_of_the_measures():
    class Same(EllipseCodec):
        def encode(self, images):
            return np.tile([0.3, 20.0, 0.0], (len(images), 1))

    found = calibrate(Same(), 64, n_scribbles=4)
    assert all(np.isnan(one.redrawn) for one in found.values())
    assert len({drawing.angle for drawing in scribbles_at(np.arange(4), seed=977)}) > 1
