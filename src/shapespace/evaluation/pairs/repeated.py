"""Measures of agreement where every pair counts a number of times, for many draws at once."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from shapespace.arrays import Flat
from shapespace.evaluation.pairs.isotonic import Times, isotonic_r2_of_draws
from shapespace.evaluation.pairs.ordering import Starts
from shapespace.evaluation.people.correlation import MEASURES

PerDraw = Float[ndarray, " draw"]
Groups = Int[ndarray, " pair"]

MOST_BANDS = 128
"""Bands that values of one side are put in at most; a band holds whole runs of equal values."""

BLOCK = 64
"""Pairs, next to each other by the other side, that are compared one by one."""


def weighted_measures(
    distances: Flat,
    dissimilarities: Flat,
    times: Times,
    wanted: Sequence[str] = MEASURES,
) -> dict[str, PerDraw]:
    """Return measures for every draw, in which pairs count a number of times.

    Equals `correlate` of the pairs, each repeated as often as it counts; nan where it does not
    count enough of them to have an order.

    Args:
        distances: Of each pair.
        dissimilarities: Of each pair, none of them nan.
        times: Whole numbers, 0 or more.
        wanted: Which measures; tau-b alone takes less than half the time of all.
    """
    order = np.argsort(distances, kind="stable")
    x, y = distances[order], dissimilarities[order]
    by_y = np.argsort(y, kind="stable")
    starts_x, starts_y = _starts(x), _starts(y[by_y])

    times = times[order]
    n = times.sum(axis=0)
    runs_x, runs_y = _sums(times, starts_x), _sums(times[by_y], starts_y)
    same_x, same_y = (np.einsum("rd,rd->d", runs, runs) for runs in (runs_x, runs_y))
    defined = (same_x < n * n) & (same_y < n * n)  # else all that counts is one run
    result = {name: np.full(times.shape[1], np.nan) for name in wanted}
    if not defined.any():
        return result
    if not defined.all():
        times, runs_x, runs_y = times[:, defined], runs_x[:, defined], runs_y[:, defined]
        n, same_x, same_y = n[defined], same_x[defined], same_y[defined]

    comparisons = n * (n - 1) / 2
    ties_x, ties_y = (same_x - n) / 2, (same_y - n) / 2
    excess = cache(lambda: _excess(starts_x, by_y, starts_y, times))
    r = cache(lambda: _pearson(x, y, times))
    compute: dict[str, Callable[[], PerDraw]] = {
        "kendall_tau_b": lambda: (
            excess() / np.sqrt((comparisons - ties_x) * (comparisons - ties_y))
        ),
        "kendall_tau_a": lambda: excess() / comparisons,
        "spearman": lambda: _spearman(starts_x, by_y, starts_y, times, runs_x, runs_y),
        "pearson": r,
        "r2_linear": lambda: r() ** 2,
        "r2_isotonic": lambda: isotonic_r2_of_draws(x, y, times),
    }
    for name in wanted:
        result[name][defined] = compute[name]()
    return result


def _excess(starts_x: Starts, by_y: Groups, starts_y: Starts, times: Times) -> PerDraw:
    """Return concordant less discordant comparisons, for pairs in ascending order of x.

    Pairs are cut into blocks by x and into bands by y. Within a block all are compared. Those
    in other blocks and other bands are compared through how often each band counted in the
    blocks before. Where a band holds more than one value, it is compared within as well.
    """
    run_x = starts_x.cumsum()
    run_y = np.empty(len(by_y), np.int64)
    run_y[by_y] = starts_y.cumsum()
    blocks = _whole_runs(starts_x, BLOCK)
    bands = _whole_runs(starts_y, max(BLOCK, -(-len(by_y) // MOST_BANDS)))
    if starts_y.sum() <= MOST_BANDS:
        bands = _whole_runs(starts_y, 1)
    band = np.empty(len(by_y), np.int64)
    block = np.empty(len(by_y), np.int64)
    for number, span in enumerate(bands):
        band[by_y[span]] = number
    for number, span in enumerate(blocks):
        block[span] = number

    # Single precision is exact: whole numbers far below 2^24, and half the time.
    single = times.astype(np.float32)
    before = np.zeros((len(bands), times.shape[1]), np.float32)
    excess = np.zeros(times.shape[1])
    for span in blocks:
        here, own = single[span], band[span]
        within = _signs(run_x[span]) * _signs(run_y[span])
        across = np.sign(own[:, None] - np.arange(len(bands)))
        counted = within.astype(np.float32) @ here / 2 + across.astype(np.float32) @ before
        excess += np.einsum("pd,pd->d", times[span], counted)
        before += (own == np.arange(len(bands))[:, None]).astype(np.float32) @ here
    for span in bands:
        members = np.sort(by_y[span])
        if run_y[by_y[span.start]] == run_y[by_y[span.stop - 1]]:
            continue  # one value: nothing to compare
        other_block = block[members][:, None] != block[members]
        within = _signs(run_x[members]) * _signs(run_y[members]) * other_block
        counted = within.astype(np.float32) @ single[members] / 2
        excess += np.einsum("pd,pd->d", times[members], counted)
    return excess


def _spearman(
    starts_x: Starts,
    by_y: Groups,
    starts_y: Starts,
    times: Times,
    runs_x: Float[ndarray, "run draw"],
    runs_y: Float[ndarray, "level draw"],
) -> PerDraw:
    n = times.sum(axis=0)
    ranks_x, ranks_y = (
        runs.cumsum(axis=0) - (runs - 1) / 2 - (n + 1) / 2 for runs in (runs_x, runs_y)
    )
    if not starts_x.all():
        ranks_x = ranks_x[starts_x.cumsum() - 1]
    in_level = _sums((times * ranks_x)[by_y], starts_y)
    cubes = (np.einsum("rd,rd,rd->d", runs, runs, runs) for runs in (runs_x, runs_y))
    spreads = [(n**3 - cube) / 12 for cube in cubes]
    return np.einsum("ld,ld->d", in_level, ranks_y) / np.sqrt(spreads[0] * spreads[1])


def _pearson(x: Flat, y: Flat, times: Times) -> PerDraw:
    n = times.sum(axis=0)
    x, y = x - x.mean(), y - y.mean()
    sum_x, sum_y, xx, yy, xy = np.stack([x, y, x * x, y * y, x * y]) @ times
    spread = (xx - sum_x**2 / n) * (yy - sum_y**2 / n)
    return (xy - sum_x * sum_y / n) / np.sqrt(spread)


def _starts(values: Flat) -> Starts:
    """Return where runs of equal values begin in sorted ones."""
    return np.diff(values, prepend=-np.inf) > 0


def _sums(times: Times, starts: Starts) -> Float[ndarray, "run draw"]:
    return times if starts.all() else np.add.reduceat(times, np.flatnonzero(starts))


def _signs(runs: Groups) -> Int[ndarray, "pair pair"]:
    return np.sign(runs[:, None] - runs)


def _whole_runs(starts: Starts, size: int) -> list[slice]:
    """Return slices of at least this size that cut no run of equal values in two."""
    cuts = [0]
    for start in np.flatnonzero(starts).tolist():
        if start - cuts[-1] >= size:
            cuts.append(start)
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], len(starts)], strict=True)]
