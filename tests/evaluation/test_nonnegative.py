import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from shapespace.evaluation.pairs import nonnegative
from shapespace.evaluation.pairs.nonnegative import nonnegative_least_squares

RANDOM = np.random.default_rng(0)


def problem(n_rows, n_columns, seed=0):
    generator = np.random.default_rng(seed)
    table = generator.normal(size=(n_rows, n_columns)) ** 2
    return table, table[:, ::7].sum(axis=1) + 5 * generator.normal(size=n_rows)


def optimal(table, target, weights):
    """Whether no small change of the weights lowers the error (Karush, Kuhn and Tucker)."""
    gain = table.T @ (target - table @ weights)
    scale = np.abs(table).sum(axis=0).max() * np.linalg.norm(target)
    return (
        (weights >= 0).all()
        and (gain <= 1e-10 * scale).all()
        and (np.abs(gain[weights > 0]) <= 1e-10 * scale).all()
    )


@pytest.fixture
def no_way_out(monkeypatch):
    """Fail where scipy's routine would be asked."""

    def refuse(*_):
        raise AssertionError("scipy was asked")

    monkeypatch.setattr(nonnegative, "nnls", refuse)


@pytest.mark.parametrize(("n_rows", "n_columns"), [(40, 5), (200, 60), (300, 300), (150, 200)])
def test_weights_equal_those_of_scipy(no_way_out, n_rows, n_columns):
    table, target = problem(n_rows, n_columns)
    found = nonnegative_least_squares(table, target)
    assert found == pytest.approx(nnls(table, target)[0], abs=1e-11)
    assert optimal(table, target, found)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 79), max_size=20))
def test_a_guess_changes_no_digit(seed, guess):
    table, target = problem(120, 80, seed)
    alone = nonnegative_least_squares(table, target)
    told = nonnegative_least_squares(table, target, likely=np.array(guess, int))
    assert np.array_equal(alone, told)
    assert optimal(table, target, alone)


def test_nothing_helps_a_target_on_the_other_side(no_way_out):
    table, _ = problem(50, 10)
    assert not nonnegative_least_squares(table, -np.ones(50)).any()


def test_columns_of_zeros_get_no_weight(no_way_out):
    table, target = problem(60, 12)
    table[:, 3] = 0
    assert nonnegative_least_squares(table, target)[3] == 0


@pytest.mark.parametrize("made", ["twice the same column", "an exact fit"])
def test_where_the_answer_is_not_unique_it_is_the_one_of_scipy(made):
    table, target = problem(60, 8)
    if made == "an exact fit":
        target = table @ np.arange(8.0)
    else:
        table[:, 1] = table[:, 0]
    assert np.array_equal(nonnegative_least_squares(table, target), nnls(table, target)[0])


@pytest.mark.parametrize("limit", ["MOST_ROUNDS", "MOST_EXCHANGES"])
def test_a_search_without_end_is_left_to_scipy(monkeypatch, limit):
    table, target = problem(200, 120)
    monkeypatch.setattr(nonnegative, limit, 1)
    assert np.array_equal(nonnegative_least_squares(table, target), nnls(table, target)[0])


def test_exchanges_one_at_a_time_come_to_the_same_end(no_way_out):
    # Columns that are nearly alike make exchanging all at once go round in circles.
    base = RANDOM.normal(size=(80, 4))
    table = base[:, RANDOM.integers(0, 4, 60)] + 0.05 * RANDOM.normal(size=(80, 60))
    target = RANDOM.normal(size=80)
    found = nonnegative_least_squares(table, target)
    assert found == pytest.approx(nnls(table, target)[0], abs=1e-10)
