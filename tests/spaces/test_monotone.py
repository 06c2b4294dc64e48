from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from shapespace.spaces.scaling.monotone import Monotone, Ties

TIES = get_args(Ties)


def disparities(dissimilarities, distances, ties, weights=None):
    ranked = np.atleast_2d(np.array(dissimilarities, float))
    weights = (
        np.ones_like(ranked) if weights is None else np.atleast_2d(np.array(weights, float))
    )
    return Monotone.of(ranked, weights, ties)(np.atleast_2d(np.array(distances, float)))


def slow(dissimilarities, distances, ties, weights):
    """One row, the obvious way: by scikit-learn on sorted or averaged values."""
    x, y, w = (np.array(a, float) for a in (dissimilarities, distances, weights))
    if ties == "primary":
        order = np.lexsort((y, x))
        fitted = IsotonicRegression().fit(np.arange(len(x)), y[order], sample_weight=w[order])
        found = np.empty_like(y)
        found[order] = fitted.predict(np.arange(len(x)))
        return found
    values, block = np.unique(x, return_inverse=True)
    heavy = np.bincount(block, w)
    means = np.bincount(block, w * y) / heavy
    fitted = IsotonicRegression().fit(values, means, sample_weight=heavy).predict(values)
    return fitted[block] if ties == "secondary" else y + (fitted - means)[block]


rows = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.floats(0.01, 3.0, allow_nan=False),
        st.floats(0.1, 5.0, allow_nan=False),
    ),
    min_size=1,
    max_size=25,
)


@pytest.mark.parametrize("ties", TIES)
@settings(deadline=None, max_examples=60)
@given(rows)
def test_one_row_is_what_the_slow_way_gives(ties, row):
    x, y, w = zip(*sorted(row, key=lambda r: r[0]), strict=True)
    found = disparities(x, y, ties, w)[0]
    np.testing.assert_allclose(found, slow(x, y, ties, w), atol=1e-8)


@pytest.mark.parametrize("ties", TIES)
def test_many_rows_are_fitted_apart_from_each_other(ties):
    random = np.random.default_rng(0)
    x = np.sort(random.integers(0, 6, (7, 40)).astype(float), axis=1)
    y, w = random.gamma(2.0, size=(7, 40)), random.uniform(0.5, 2, (7, 40))
    together = disparities(x, y, ties, w)
    for row in range(7):
        np.testing.assert_allclose(together[row], slow(x[row], y[row], ties, w[row]), atol=1e-9)
    some = Monotone.of(x, w, ties).keep(np.array([4, 1]))(y[[4, 1]])
    np.testing.assert_allclose(some, together[[4, 1]], atol=1e-12)


def test_ties_by_hand():
    # Two pairs tied, then one: distances 3, 1, 1.5 violate the order.
    assert disparities([1, 1, 2], [3, 1, 1.5], "primary")[0] == pytest.approx([2.25, 1, 2.25])
    assert disparities([1, 1, 2], [3, 1, 1.5], "secondary")[0] == pytest.approx([11 / 6] * 3)
    # Means of the ties, 2 and 1.5, become 11/6 both; what differs within a tie stays.
    assert disparities([1, 1, 2], [3, 1, 1.5], "tertiary")[0] == pytest.approx(
        [3 - 1 / 6, 1 - 1 / 6, 11 / 6]
    )


def test_primary_ties_are_the_closest_of_all_that_rise():
    x, y = np.array([1.0, 1, 2, 2, 3]), np.array([2.0, 0.5, 1.8, 0.3, 1.0])
    limits = [
        {"type": "ineq", "fun": lambda v, a=a, b=b: v[b] - v[a]}
        for i, j in pairwise((1.0, 2.0, 3.0))
        for a in np.flatnonzero(x == i)
        for b in np.flatnonzero(x == j)
    ]
    best = minimize(lambda v: ((v - y) ** 2).sum(), np.sort(y), constraints=limits)
    found = disparities(x, y, "primary")[0]
    assert ((found - y) ** 2).sum() == pytest.approx(best.fun, abs=1e-6)


def test_pairs_without_weight_have_no_say():
    found = disparities([1, 2, 3], [1, 50, 2], "secondary", [1, 0, 1])[0]
    assert found[[0, 2]] == pytest.approx([1, 2])


def test_values_that_differ_by_rounding_are_tied():
    third = 0.1 + 0.2
    found = disparities([0.3, third, 1], [2, 1, 3], "secondary")[0]
    assert found == pytest.approx([1.5, 1.5, 3])
