import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import r2_score

from shapespace.evaluation.pairs import isotonic, ordering
from shapespace.evaluation.pairs.isotonic import isotonic_r2, isotonic_r2_of_draws
from shapespace.evaluation.pairs.ranks import along

RANDOM = np.random.default_rng(0)
X = np.sort(RANDOM.normal(size=400))
Y = X + RANDOM.normal(size=400)


def by_scikit_learn(x, y, times):
    x, y, times = x[times > 0], y[times > 0], times[times > 0]
    fitted = IsotonicRegression().fit(x, y, times).predict(x)
    return r2_score(y, fitted, sample_weight=times)


@pytest.mark.parametrize("x", [X, X.round(1), X.round()], ids=["no ties", "ties", "levels"])
@pytest.mark.parametrize("size", [7, 100, 10**6])
def test_pooling_part_by_part_changes_nothing(monkeypatch, x, size):
    monkeypatch.setattr(
        isotonic, "whole_runs", lambda starts: ordering.whole_runs(starts, size)
    )
    shuffled = RANDOM.permutation(400)
    found = isotonic_r2(*along(x[shuffled], Y[shuffled]))
    assert found == pytest.approx(by_scikit_learn(x, Y, np.ones(400)), abs=1e-12)


@pytest.mark.parametrize("x", [X, X.round(1), X.round()], ids=["no ties", "ties", "levels"])
@pytest.mark.parametrize("at_once", [1, 1000, 10**6])
def test_draws_fitted_together_equal_those_fitted_alone(monkeypatch, x, at_once):
    monkeypatch.setattr(isotonic, "VALUES_AT_ONCE", at_once)
    times = RANDOM.integers(0, 3, (400, 5)).astype(float)
    expected = [by_scikit_learn(x, Y, draw) for draw in times.T]
    assert isotonic_r2_of_draws(x, Y, times) == pytest.approx(expected, abs=1e-12)
