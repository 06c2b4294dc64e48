import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from sklearn.manifold import smacof as sklearn_smacof

from shapespace.spaces.scaling.fitting import fitted
from shapespace.spaces.scaling.smacof import smacof
from shapespace.spaces.scaling.stress import stresses


def toy(n=14, p=2, noise=0.3, seed=0):
    random = np.random.default_rng(seed)
    distances = pdist(random.standard_normal((n, p)))
    return np.maximum(distances + noise * random.standard_normal(len(distances)), 0.05)


def starts(k, n, p, seed=1):
    return np.random.default_rng(seed).standard_normal((k, n, p))


def stress_1(layout, dissimilarities, weights, kind):
    d = pdist(layout)
    return stresses(d, fitted(d, dissimilarities, weights, kind), weights)["stress_1"]


@pytest.mark.parametrize("kind", ["ratio", "primary", "secondary", "tertiary"])
def test_the_stress_is_that_of_the_layout(kind):
    d = np.round(toy() * 3) / 3  # with ties
    w = np.random.default_rng(3).uniform(0.5, 2, len(d))
    found = smacof(starts(3, 14, 2), d[None], w[None], kind)
    for layout, stress in zip(found.coordinates, found.stress, strict=True):
        assert stress_1(layout, d, w, kind) == pytest.approx(stress, abs=1e-6)


@pytest.mark.parametrize("metric", [True, False])
def test_stress_is_never_above_that_of_scikit_learn(metric):
    d = toy(20, 3)
    theirs = sklearn_smacof(
        squareform(d), metric=metric, n_components=2, n_init=6, max_iter=300,
        random_state=0, normalized_stress=True,
    )  # fmt: skip
    kind = "ratio" if metric else "secondary"
    ours = smacof(starts(6, 20, 2), d[None], np.ones((1, len(d))), kind)
    own = stress_1(theirs[0], d, np.ones_like(d), kind)
    assert ours.stress.min() <= own + 1e-6


@pytest.mark.parametrize("kind", ["ratio", "primary"])
def test_no_small_step_lowers_the_stress_further(kind):
    d = toy()
    w = np.ones_like(d)
    found = smacof(starts(4, 14, 2), d[None], w[None], kind, tolerance=1e-12)
    best = found.coordinates[found.stress.argmin()]
    random = np.random.default_rng(0)
    for _ in range(50):
        moved = best + 1e-3 * random.standard_normal(best.shape)
        assert stress_1(moved, d, w, kind) >= found.stress.min() - 1e-7


def test_momentum_finds_what_plain_majorisation_finds():
    d = toy(10, 2, noise=0.1)
    matrix = squareform(d)
    found = smacof(starts(1, 10, 2), d[None], np.ones((1, 45)), "ratio", tolerance=1e-12)
    x = found.coordinates[0]
    for _ in range(2000):  # the textbook step, one pair of matrices at a time
        distances = squareform(pdist(x))
        scale = (matrix * distances).sum() / (matrix**2).sum()
        b = -np.divide(scale * matrix, distances, out=np.zeros((10, 10)), where=distances > 0)
        b[np.diag_indices(10)] = -b.sum(axis=1)
        x = b @ x / 10
    assert stress_1(x, d, np.ones(45), "ratio") == pytest.approx(found.stress[0], abs=1e-8)


def test_a_pair_without_weight_does_not_matter():
    d, w = toy(), np.ones(91)
    w[:20] = 0
    other = np.where(w > 0, d, 7.0)
    first, second = (smacof(starts(2, 14, 2), x[None], w[None], "primary") for x in (d, other))
    np.testing.assert_allclose(first.coordinates, second.coordinates, atol=1e-6)


def test_a_weight_of_two_is_a_pair_that_counts_twice():
    # Stress with whole-number weights is that of a list in which pairs are repeated.
    d, w = toy(), np.random.default_rng(0).integers(1, 4, 91).astype(float)
    layout = smacof(starts(1, 14, 2), d[None], w[None], "ratio").coordinates[0]
    x = pdist(layout)
    long_x, long_d = np.repeat(x, w.astype(int)), np.repeat(d, w.astype(int))
    fit = long_d * (long_x @ long_d) / (long_d @ long_d)
    expected = np.sqrt(((fit - long_x) ** 2).sum() / (long_x**2).sum())
    assert stress_1(layout, d, w, "ratio") == pytest.approx(expected)


def test_rows_are_fitted_apart_and_results_do_not_depend_on_their_neighbours():
    rows = np.array([toy(seed=0), toy(seed=5)])
    weights = np.array([np.ones(91), np.random.default_rng(0).uniform(0.5, 1, 91)])
    begin = starts(30, 14, 2)
    row_of = np.arange(30) % 2
    found = smacof(begin, rows, weights, "secondary", row_of=row_of)
    alone = smacof(begin[1::2], rows[1:], weights[1:], "secondary")
    np.testing.assert_allclose(found.stress[1::2], alone.stress, atol=1e-5)


def test_a_search_that_is_cut_short_says_so():
    d = toy(20, 4)
    found = smacof(starts(3, 20, 2), d[None], np.ones((1, 190)), "primary", max_iterations=3)
    assert not found.converged.any()
    assert (found.n_iterations == 3).all()
    longer = smacof(starts(3, 20, 2), d[None], np.ones((1, 190)), "primary")
    assert longer.converged.all()
    assert (longer.stress <= found.stress).all()
