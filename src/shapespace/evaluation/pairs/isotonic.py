"""Share of a variance that the best never-falling function explains, for many pairs or draws."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.optimize import isotonic_regression

from shapespace.arrays import Flat
from shapespace.evaluation.pairs.cores import on_all_cores
from shapespace.evaluation.pairs.ordering import Starts, whole_runs

Times = Float[ndarray, "pair draw"]
Levels = Float[ndarray, " level"]

VALUES_AT_ONCE = 1 << 15
"""Values fitted in one call: a call costs as much as some hundred values."""


def isotonic_r2(followed: Flat, starts: Starts) -> float:
    """Return the share of the variance of values that a never-falling function explains.

    Args:
        followed: What is predicted, in ascending order of the predictor.
        starts: Where runs of equal predictors begin; each run gets one prediction.

    Reference:
        Barlow et al. (1972), "Statistical Inference under Order Restrictions".
    """
    mean = followed.mean()

    def pool(span: slice) -> tuple[Levels, Levels, float]:
        values = followed[span] - mean
        spread = values @ values
        firsts = np.flatnonzero(starts[span])
        counts = np.diff(firsts, append=len(values)).astype(np.float64)
        if len(firsts) < len(values):
            values = np.add.reduceat(values, firsts) / counts
        # What is pooled within a part stays pooled in the whole.
        return *_pooled(values, counts), float(spread)

    means, counts, spreads = zip(*on_all_cores(pool, whole_runs(starts)), strict=True)
    fitted, weights = _pooled(np.concatenate(means), np.concatenate(counts))
    return float(weights @ fitted**2 / sum(spreads))


def isotonic_r2_of_draws(x: Flat, y: Flat, times: Times) -> Float[ndarray, " draw"]:
    """Return the same for draws in which pairs count a number of times.

    Args:
        x: Predictor in ascending order.
        y: What is predicted.
        times: How often each pair counts, 0 to leave it out; at least one pair in every draw.
    """
    y = y - y.mean()
    counts = np.ascontiguousarray(times.T)  # a draw after the other
    sums = counts * y
    spreads = sums @ y
    starts = np.diff(x, prepend=-np.inf) > 0
    if not starts.all():
        firsts = np.flatnonzero(starts)
        counts, sums = (np.add.reduceat(part, firsts, axis=1) for part in (counts, sums))
    means = sums.sum(axis=1) / counts.sum(axis=1)
    explained = np.empty(len(counts))
    apart = float(np.ptp(y)) + 1.0
    at_once = max(VALUES_AT_ONCE // counts.shape[1], 1)
    for first in range(0, len(counts), at_once):
        draws = slice(first, first + at_once)
        used = counts[draws] > 0
        n_used = used.sum(axis=1)
        # One fit for several draws: each is lifted above the one before, so none are pooled.
        lifts = np.repeat(np.arange(len(n_used)) * apart, n_used)
        weights = counts[draws][used]
        fitted = isotonic_regression(sums[draws][used] / weights + lifts, weights=weights).x
        about = fitted - lifts - np.repeat(means[draws], n_used)
        ends = np.append(0, n_used.cumsum()[:-1])
        explained[draws] = np.add.reduceat(weights * about**2, ends)
    return explained / (spreads - means**2 * times.sum(axis=0))


def _pooled(values: Flat, weights: Flat) -> tuple[Levels, Levels]:
    """Return the levels of the best never-falling fit and their weights."""
    fit = isotonic_regression(values, weights=weights)
    return fit.x[fit.blocks[:-1]], fit.weights.copy()  # else all values would be kept with it
