from typing import get_args

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau
from sklearn.manifold import ClassicalMDS

from shapespace.data.ratings import Ratings, published_dissimilarities
from shapespace.data.trials.aggregation import rated_pairs, to_ratings
from shapespace.data.trials.simulation import simulate_ratings
from shapespace.errors import BadInput
from shapespace.spaces.scaling.alignment import align
from shapespace.spaces.scaling.fitting import Method, scale

METHODS = get_args(Method)


def seeded(seed=0):
    return np.random.default_rng(seed)


def rated(matrix) -> Ratings:
    return Ratings(tuple(f"item{i}" for i in range(len(matrix))), matrix)


TRUE = seeded(9).standard_normal((16, 2))
DISTANCES = squareform(pdist(TRUE))


@pytest.mark.parametrize("method", METHODS)
def test_true_distances_give_back_the_true_layout(method):
    space = scale(rated(DISTANCES), 2, method=method, n_starts=8, generator=seeded())
    assert align(space.coordinates, TRUE).congruence > 0.9999
    assert space.stress["stress_1"] < 1e-3
    assert space.kendall_tau_b > 0.995
    assert space.converged


def test_only_the_order_matters_to_nonmetric_scaling():
    bent = scale(rated(DISTANCES**3), 2, n_starts=8, generator=seeded())
    assert align(bent.coordinates, TRUE).congruence > 0.999
    straight = scale(rated(DISTANCES**3), 2, method="metric", n_starts=8, generator=seeded())
    assert straight.stress["stress_1"] > 0.1


def test_classical_scaling_is_that_of_scikit_learn():
    matrix = published_dissimilarities().matrix
    theirs = ClassicalMDS(n_components=4, metric="precomputed").fit_transform(matrix)
    space = scale(published_dissimilarities(), 4, method="classical", generator=seeded())
    assert align(space.coordinates, theirs).congruence == pytest.approx(1)


@pytest.mark.parametrize("method", METHODS)
def test_spaces_are_normalised_as_published(method):
    noisy = rated(np.round(DISTANCES, 1))
    space = scale(noisy, 3, method=method, n_starts=4, generator=seeded())
    np.testing.assert_allclose(space.coordinates.mean(axis=0), 0, atol=1e-12)
    assert (space.coordinates**2).sum(axis=1).mean() == pytest.approx(1)
    spread = (space.coordinates**2).sum(axis=0)
    assert (np.diff(spread) <= 1e-9).all()
    farthest = np.abs(space.coordinates).argmax(axis=0)
    assert (space.coordinates[farthest, range(3)] > 0).all()


def test_the_same_seed_gives_the_same_space():
    first, second = (scale(rated(DISTANCES), 2, n_starts=5, generator=seeded(3)) for _ in "ab")
    assert np.array_equal(first.coordinates, second.coordinates)


def test_missing_pairs_are_filled_in_by_the_others():
    matrix = DISTANCES.copy()
    hidden = seeded(1).permutation(120)[:40]
    flat = squareform(matrix)
    flat[hidden] = np.nan
    space = scale(rated(squareform(flat, checks=False)), 2, method="metric", n_starts=8,
                  generator=seeded())  # fmt: skip
    assert space.n_pairs == 80
    assert np.isnan(space.disparities).sum() == 40
    assert align(space.coordinates, TRUE).congruence > 0.9999


def test_a_wrong_rating_with_little_weight_does_little_harm():
    wrong = squareform(DISTANCES)
    wrong[::7] = 9.0
    weights = np.ones(120)
    weights[::7] = 1e-6
    ratings = rated(squareform(wrong))
    light = scale(ratings, 2, method="metric", weights=weights, n_starts=8, generator=seeded())
    heavy = scale(ratings, 2, method="metric", n_starts=8, generator=seeded())
    assert align(light.coordinates, TRUE).congruence > 0.999
    assert align(heavy.coordinates, TRUE).congruence < 0.9


def test_the_less_ties_ask_the_lower_is_the_stress():
    tied = rated(np.round(DISTANCES * 1.5 + 0.4 * (1 - np.eye(16))))
    primary, secondary, tertiary = (
        scale(tied, 2, ties=ties, n_starts=12, generator=seeded()).stress["stress_1"]
        for ties in ("primary", "secondary", "tertiary")
    )
    assert primary <= secondary
    assert tertiary <= secondary


def test_more_dimensions_never_fit_worse():
    ratings = published_dissimilarities().subset(published_dissimilarities().items[::3])
    found = [scale(ratings, p, n_starts=24, generator=seeded()) for p in (1, 2, 3, 4)]
    values = [space.stress["stress_1"] for space in found]
    assert values == sorted(values, reverse=True)


def test_the_published_two_dimensional_space_comes_back():
    space = scale(published_dissimilarities(), 2, n_starts=24, generator=seeded(2))
    assert space.stress["stress_1"] == pytest.approx(0.2704, abs=0.002)
    assert space.kendall_tau_b == pytest.approx(0.5194, abs=0.01)


def test_simulated_raters_give_back_the_true_space():
    # 60 items in 4 dimensions; 15 raters, each of 7 pairs in 10, on a five-point scale.
    truth = simulate_ratings(generator=seeded(1), share=0.7, noise=0.2, bias=0.1)
    ratings = to_ratings(rated_pairs(truth.trials, truth.items))
    weights = squareform(ratings.n_ratings, checks=False)
    space = scale(ratings, 4, weights=weights, n_starts=8, generator=seeded())
    assert kendalltau(space.distances, pdist(truth.coordinates)).statistic >= 0.95


def test_two_items_make_a_line():
    space = scale(rated(np.array([[0.0, 2.0], [2.0, 0.0]])), 1, n_starts=2, generator=seeded())
    np.testing.assert_allclose(np.sort(space.coordinates[:, 0]), [-1, 1])


BLOCKS = np.full((4, 4), np.nan)
BLOCKS[:2, :2] = BLOCKS[2:, 2:] = 1.0
np.fill_diagonal(BLOCKS, 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_dims": 16}, "1 to 15 dimensions, got 16"),
        ({"n_dims": 0}, "got 0"),
        ({"n_starts": 0}, "at least one start"),
        ({"weights": np.ones(5)}, "need 120 weights"),
        ({"weights": -np.ones(120)}, "need 120 weights"),
        ({"ratings": rated(BLOCKS), "n_dims": 1}, "groups with no pair between"),
        ({"ratings": rated(np.zeros((4, 4)))}, "not all of them 0"),
        ({"ratings": rated(np.eye(4) - 1.0)}, "must be 0 or more"),
        (
            {"method": "classical", "weights": np.arange(120.0) + 1},
            "needs a rating of every pair",
        ),
    ],
)
def test_what_cannot_be_scaled_is_refused(change, message):
    given = {"ratings": rated(DISTANCES), "n_dims": 2, "n_starts": 2} | change
    with pytest.raises(BadInput, match=message):
        scale(given.pop("ratings"), given.pop("n_dims"), generator=seeded(), **given)
