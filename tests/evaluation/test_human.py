import json
from functools import cache

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau

from shapespace.data.ratings import Ratings, published_dissimilarities
from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import KINDS, distances
from shapespace.evaluation.people.correlation import MEASURES, correlate
from shapespace.evaluation.people.human import agreement

N = 20
ITEMS = tuple(f"item {number}" for number in range(N))
CODES = np.random.default_rng(0).normal(size=(N, 6))
RATINGS = Ratings(ITEMS, squareform(pdist(CODES[:, :3]).round(1)))
HELD_OUT = ITEMS[::4]


def measured(codes=CODES, ratings=RATINGS, items=ITEMS, held_out=HELD_OUT, **options):
    options = {"protocol": "sound", "n_draws": 20, **options}
    return agreement(
        codes,
        ratings,
        items=items,
        held_out=held_out,
        generator=np.random.default_rng(0),
        **options,
    )


@cache
def plain():
    return measured()


@pytest.mark.parametrize("protocol", ["published", "sound"])
def test_every_measure_of_every_distance_has_value_interval_and_n(protocol):
    found = measured(protocol=protocol)
    for part, n in ((found, N), (found["held_out"], len(HELD_OUT))):
        for kind in KINDS:
            for scoring in ("fixed", "optimised"):
                assert set(part[kind][scoring]) == set(MEASURES)
                for estimate in part[kind][scoring].values():
                    assert set(estimate) == {"value", "low", "high", "n"}
                    assert estimate["n"] == n
    json.dumps(found)


def test_fixed_scores_are_those_of_plain_distances():
    found = plain()
    for kind in KINDS:
        expected = correlate(distances(CODES, kind), RATINGS.flat).measures()
        for name, value in expected.items():
            assert found[kind]["fixed"][name]["value"] == pytest.approx(value)


def test_held_out_scores_are_of_pairs_of_held_out_items_alone():
    rows = [ITEMS.index(item) for item in HELD_OUT]
    expected = kendalltau(pdist(CODES[rows]), RATINGS.subset(HELD_OUT).flat).statistic
    found = plain()["held_out"]["euclidean"]["fixed"]["kendall_tau_b"]
    assert found["value"] == pytest.approx(expected)


def test_codes_made_of_the_ratings_agree_fully_once_weighted():
    # The ratings follow the first three units; the other three are noise to be weighted away.
    exact = Ratings(ITEMS, squareform(pdist(CODES[:, :3])))
    found = measured(ratings=exact)["euclidean"]
    assert found["fixed"]["kendall_tau_b"]["value"] < 0.9
    assert found["fixed_in_folds"]["kendall_tau_b"]["value"] < 0.9
    assert found["optimised"]["kendall_tau_b"]["value"] == pytest.approx(1)


def test_rows_are_joined_by_name_not_by_order():
    order = np.random.default_rng(1).permutation(N)
    shuffled = measured(codes=CODES[order], items=[ITEMS[row] for row in order])
    assert shuffled == plain()


def test_codes_of_further_items_do_not_matter():
    more = np.vstack([CODES, np.ones((2, 6))])
    assert measured(codes=more, items=[*ITEMS, "x", "y"]) == plain()


def test_baselines_are_scored_like_the_codes():
    found = measured(baselines={"same": CODES})
    for kind in KINDS:
        for scoring in ("fixed", "optimised"):
            own = found[kind][scoring]["kendall_tau_b"]["value"]
            assert found["baselines"]["same"][kind][scoring]["kendall_tau_b"]["value"] == own
    assert set(found["shuffled"]) == set(KINDS)


def test_folds_may_be_given_by_name():
    by_position = {item: place % 5 for place, item in enumerate(ITEMS)}
    assert measured(folds=by_position) == plain()
    halves = {item: place % 2 for place, item in enumerate(ITEMS)}
    assert measured(folds=halves)["manhattan"] != plain()["manhattan"]


def test_without_held_out_items_there_is_no_such_part():
    found = measured(held_out=[])
    assert found["held_out"] == {}
    assert found["n_held_out"] == found["n_held_out_pairs"] == 0


def test_stand_ins_are_called_so():
    assert "stand-in" in measured(stand_in=True)["notes"][0]
    assert plain()["notes"] == []


def test_codes_that_never_change_are_said_to():
    found = measured(codes=np.ones((N, 6)))
    assert np.isnan(found["euclidean"]["fixed"]["kendall_tau_b"]["value"])
    assert any("do not depend on the drawing" in note for note in found["notes"])


def test_published_ratings_bring_their_ceiling():
    ratings = published_dissimilarities().subset(published_dissimilarities().items[:10])
    codes = np.random.default_rng(0).normal(size=(10, 3))
    found = measured(codes, ratings, ratings.items, ())
    assert found["ceiling"]["pearson_corrected"] == pytest.approx(0.88, abs=0.005)
    assert "101 pairs" in found["ceiling"]["note"]
    assert found["ceiling"]["attainable"]["kendall_tau_b"] == pytest.approx(0.74, abs=0.01)
    assert found["ceiling"]["single"]["lower"]["kendall_tau_b"] == pytest.approx(
        0.346, abs=1e-3
    )
    assert found["ceiling"]["single"]["upper"]["kendall_tau_b"] == pytest.approx(
        0.413, abs=1e-3
    )
    assert "over stimuli alone" in found["intervals"]
    assert plain()["ceiling"] == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"items": (*ITEMS[:-1], "dog")}, "such as 'item 19'"),
        ({"held_out": ["dog"]}, "such as 'dog'"),
        ({"folds": {"item 0": 1}}, "'item 1' has no fold"),
    ],
)
def test_items_without_a_partner_are_named(options, words):
    with pytest.raises(BadInput, match=words):
        measured(**options)
