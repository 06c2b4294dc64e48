from itertools import combinations, combinations_with_replacement, product

import numpy as np
import pytest
from scipy.stats import rankdata, spearmanr
from sklearn.linear_model import LinearRegression

from shapespace.data.ratings import items
from shapespace.errors import BadInput
from shapespace.spaces.directions.candidates import Direction, best_directions, candidates
from shapespace.spaces.directions.entanglement import (
    combined,
    conditional,
    cosines,
    leaks,
    without,
)
from shapespace.spaces.directions.features import rated_feature, shape_features
from shapespace.spaces.published import published_coordinates, published_cosines

ITEMS = tuple(items().index)
SHAPES = shape_features(ITEMS)


def direction(feature, vector):
    return Direction(
        feature=feature, criterion="rho", vector=np.array(vector, np.float64), kappa=1.0,
        rho=1.0, best=1.0, made_from=("LinReg",),
    )  # fmt: skip


@pytest.fixture(scope="module")
def toy():
    """Two features of 40 items: x rises along the first axis, y along the diagonal."""
    rng = np.random.default_rng(0)
    coordinates = rng.normal(size=(40, 3))
    features = [
        rated_feature("x", coordinates[:, 0] + 0.3 * rng.normal(size=40)),
        rated_feature("y", coordinates[:, :2].sum(axis=1) + 0.3 * rng.normal(size=40)),
    ]
    return coordinates, features, [direction("x", [1, 0, 0]), direction("y", [0.6, 0.8, 0])]


def test_mean_cosines_are_those_of_plain_loops():
    found = candidates(published_coordinates(3, ITEMS), SHAPES)
    names, matrix = cosines(found)
    vectors = {name: [c.vector for c in found if c.feature == name] for name in names}
    for row, first in enumerate(names):
        within = [a @ b for a, b in combinations(vectors[first], 2)]
        assert matrix[row, row] == pytest.approx(np.mean(within))
        for column, second in enumerate(names):
            if first != second:
                between = [a @ b for a, b in product(vectors[first], vectors[second])]
                assert matrix[row, column] == pytest.approx(np.mean(between))
    _, counted = cosines(found, with_themselves=True)
    pairs = combinations_with_replacement(vectors["FORM"], 2)
    assert counted[0, 0] == pytest.approx(np.mean([a @ b for a, b in pairs]))


def test_published_cosines_are_met_for_quarters_and_thirds():
    coordinates = published_coordinates(4, ITEMS)
    for classes, share, tolerance in (("quarters", 1 / 4, 1e-4), ("thirds", 1 / 3, 0.03)):
        found = candidates(coordinates, shape_features(ITEMS, share=share))
        names, matrix = cosines(found, with_themselves=True)
        published = published_cosines(4, classes)
        assert len(published) == 6
        for first, second, value in published:
            ours = matrix[names.index(first), names.index(second)]
            assert ours == pytest.approx(value, abs=tolerance)


def test_a_feature_with_one_candidate_has_no_cosine_within():
    one = candidates(published_coordinates(2, ITEMS), SHAPES[:1])[:1]
    assert np.isnan(cosines(one)[1]).all()


def test_what_is_left_of_a_direction_is_at_right_angles_to_the_others():
    rng = np.random.default_rng(2)
    vector, *others = rng.normal(size=(3, 5))
    vector /= np.linalg.norm(vector)
    rest, kept = without(vector, others)
    assert rest @ np.transpose(others) == pytest.approx([0, 0])
    assert np.linalg.norm(rest) == pytest.approx(1)
    assert vector @ rest == pytest.approx(kept)
    assert without(vector, []) == (pytest.approx(vector), pytest.approx(1))


def test_nothing_is_left_where_the_others_span_it():
    rest, kept = without(np.array([0.6, 0.8]), [np.array([1.0, 0]), np.array([1.0, 1.0])])
    assert (rest.tolist(), kept) == ([0, 0], 0)


def test_conditional_directions_are_measured(toy):
    coordinates, features, directions = toy
    x, y = conditional(coordinates, features, directions)
    assert x.vector == pytest.approx([0.8, -0.6, 0])
    assert x.kept == pytest.approx(0.8)
    assert y.vector == pytest.approx([0, 1, 0])
    expected = spearmanr(coordinates[:, 1], features[1].values).statistic
    assert y.rho == pytest.approx(expected)


def test_leaks_are_rank_correlations_partial_ones_included(toy):
    coordinates, features, directions = toy
    found = leaks(
        coordinates, features, directions, generator=np.random.default_rng(0), n_draws=300
    )
    along_x = next(leak for leak in found if leak.along == "x")
    own, theirs = features[0].values, features[1].values
    assert along_x.rho.value == pytest.approx(spearmanr(coordinates[:, 0], theirs).statistic)
    assert along_x.ratings_rho == pytest.approx(spearmanr(own, theirs).statistic)
    # The same by regression: ranks with the ranks of the own ratings taken out.
    ranks = rankdata(own)[:, None]
    rests = [
        rankdata(v) - LinearRegression().fit(ranks, rankdata(v)).predict(ranks)
        for v in (coordinates[:, 0], theirs)
    ]
    assert along_x.partial_rho.value == pytest.approx(np.corrcoef(*rests)[0, 1])
    assert along_x.rho.low < along_x.rho.value < along_x.rho.high
    assert along_x.cosine == pytest.approx(0.6)
    rest = coordinates @ [0.8, -0.6, 0]
    assert along_x.conditional_rho == pytest.approx(spearmanr(rest, theirs).statistic)


def test_a_leak_that_only_ratings_make_vanishes_in_the_partial_correlation():
    # y is x plus noise of its own: whoever knows x's ratings learns nothing from the space.
    rng = np.random.default_rng(4)
    coordinates = rng.normal(size=(600, 2))
    x = coordinates[:, 0]
    features = [rated_feature("x", x), rated_feature("y", x + rng.normal(size=600))]
    noisy = coordinates + 0.5 * rng.normal(size=coordinates.shape)
    found = leaks(
        noisy, features, [direction("x", [1, 0]), direction("y", [0, 1])],
        generator=rng, n_draws=50,
    )  # fmt: skip
    assert found[0].rho.value > 0.5
    assert abs(found[0].partial_rho.value) < 0.1


def test_a_rating_is_the_mean_of_its_standardised_ways():
    ways = [
        rated_feature("x", np.array(v)) for v in ([0.0, 1, 2, 3, 4], [0.0, 9, 9, 18, np.nan])
    ]
    values = combined(ways)
    assert np.isnan(values[4])
    assert values[1] == pytest.approx(((1 - 2) / 2**0.5 + 0) / 2)


def test_features_of_different_items_cannot_be_compared():
    coordinates = np.random.default_rng(0).normal(size=(8, 2))
    halves = np.where(np.arange(8) < 5, 1.0, np.nan) * np.arange(8)
    features = [rated_feature("x", halves), rated_feature("y", halves[::-1].copy())]
    directions = [d for d in best_directions(coordinates, features) if d.criterion == "rho"]
    with pytest.raises(BadInput, match="both rated for 2 items"):
        leaks(coordinates, features, directions, generator=np.random.default_rng(0))
