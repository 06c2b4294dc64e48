import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from shapespace.evaluation.pairs import ordering
from shapespace.evaluation.pairs.ordering import ascending
from shapespace.evaluation.pairs.ranks import Orders, along, kendall, spearman, tau_b_of_rows

RANDOM = np.random.default_rng(0)


def orders(x, y):
    followed, starts = along(x, y)
    return Orders(starts, *ascending(followed))


def assert_equals_scipy(x, y):
    found = orders(x, y)
    assert kendall(found).b == pytest.approx(kendalltau(x, y).statistic, abs=1e-13)
    assert spearman(found) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("digits_x", [9, 1, 0])
@pytest.mark.parametrize("digits_y", [9, 1, 0])
@pytest.mark.parametrize("n_threads", ["1", "2"])
def test_many_pairs_agree_as_scipy_says(monkeypatch, digits_x, digits_y, n_threads):
    monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
    monkeypatch.setattr(ordering, "PACKED_FROM", 1000)
    x = RANDOM.normal(size=9000)
    y = x + RANDOM.normal(size=9000)
    assert_equals_scipy(x.round(digits_x), y.round(digits_y))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=40))
def test_few_pairs_with_many_ties_agree_as_scipy_says(pairs):
    x, y = np.array(pairs, float).T
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        assert_equals_scipy(x, y)


def test_orders_that_are_the_same_agree_fully():
    x = np.array([1.0, 1, 2, 3, 3])
    found = orders(x, 10 * x)
    assert kendall(found).b == 1
    assert kendall(found).a == pytest.approx(8 / 10)  # two of ten comparisons are tied
    assert spearman(found) == 1


@pytest.mark.parametrize("digits", [9, 0])
def test_tau_of_many_rows_is_that_of_each(digits):
    x = RANDOM.normal(size=150).round(digits)
    rows = np.stack([x, -x, RANDOM.normal(size=150), RANDOM.integers(0, 3, 150)])
    expected = [kendalltau(x, row).statistic for row in rows]
    assert tau_b_of_rows(x, rows) == pytest.approx(expected, abs=1e-13)


def test_tau_is_nan_for_a_row_without_an_order():
    x = np.array([1.0, 2, 3])
    assert np.isnan(tau_b_of_rows(x, np.array([[1.0, 1, 1], [1, 2, 3]]))).tolist() == [
        True,
        False,
    ]
    assert np.isnan(tau_b_of_rows(np.ones(3), x[None])).all()
