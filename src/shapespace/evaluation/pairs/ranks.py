"""Agreement of two orders: Kendall's tau and Spearman's rho, from sorted places alone."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from shapespace.arrays import Flat
from shapespace.evaluation.pairs.cores import on_all_cores, spans
from shapespace.evaluation.pairs.inversions import LONG, inversions, inversions_of_long
from shapespace.evaluation.pairs.ordering import CHUNK, Places, Starts, ascending, whole_runs


@dataclass(frozen=True)
class Orders:
    """Where values stand in two orders: places count along `x`, and are sorted by `y`."""

    starts_x: Starts
    """For each place along `x` whether a run of equal values begins there."""
    places: Places
    """The place along `x` of the lowest `y`, of the next one, and so on; equal ones in order."""
    starts_y: Starts
    """The same for each of these of `y`."""


@dataclass(frozen=True)
class Tau:
    """Kendall's tau in both variants."""

    a: float
    b: float


def along(x: Flat, y: Flat) -> tuple[Flat, Starts]:
    """Return `y` in ascending order of `x`, and where runs of equal `x` begin."""
    order, starts = ascending(x)
    followed = np.empty(len(y), np.float64)

    def gather(span: slice) -> None:
        followed[span] = y[order[span]]

    on_all_cores(gather, spans(len(y), CHUNK))
    return followed, starts


def kendall(orders: Orders) -> Tau:
    """Return Kendall's tau of two orders, neither of which is all ties.

    Knight's way: with values sorted by `x`, and equal ones by `y`, the comparisons in opposite
    order are the inversions of `y`.

    Reference:
        Knight (1966), "A Computer Method for Calculating Kendall's Tau with Ungrouped Data",
        Journal of the American Statistical Association 61.
    """
    n = len(orders.places)
    places, both = orders.places, 0
    sequence = _inverse(places)
    if not orders.starts_x.all():
        both = _sort_within_runs(sequence, orders)
        places = _inverse(sequence)
    if n <= LONG:
        discordant = int(inversions(sequence[None])[0])
    else:
        discordant = inversions_of_long(sequence, places)
    comparisons = n * (n - 1) // 2
    tied = [_tied(starts, 2) // 2 for starts in (orders.starts_x, orders.starts_y)]
    excess = comparisons - sum(tied) + both - 2 * discordant
    untied = math.sqrt((comparisons - tied[0]) * (comparisons - tied[1]))
    return Tau(excess / comparisons, min(max(excess / untied, -1.0), 1.0))


def spearman(orders: Orders) -> float:
    """Return Spearman's rho of two orders, neither of which is all ties."""
    n = len(orders.places)
    ranks_x = None if orders.starts_x.all() else _mean_ranks(orders.starts_x)

    def product(span: slice) -> float:
        place = orders.places[span]
        own = _mean_ranks(orders.starts_y[span]) + (span.start - (n - 1) / 2)
        return float(own @ ((place if ranks_x is None else ranks_x[place]) - (n - 1) / 2))

    shared = math.fsum(on_all_cores(product, whole_runs(orders.starts_y)))
    spreads = [(n**3 - n - _tied(s, 3)) / 12 for s in (orders.starts_x, orders.starts_y)]
    return min(max(shared / math.sqrt(spreads[0] * spreads[1]), -1.0), 1.0)


def tau_b_of_rows(x: Flat, rows: Float[ndarray, "row pair"]) -> Float[ndarray, " row"]:
    """Return Kendall's tau-b of `x` with every row; at most 4,096 values, none of them nan.

    Equals `kendall` of each row; nan where `x` or the row is the same throughout.
    """
    n_rows, n = rows.shape
    order, starts = ascending(x)
    levels = np.unique(rows, return_inverse=True)[1].reshape(rows.shape)[:, order]
    keys = (starts.cumsum() - 1) * (levels.max(initial=0) + 1) + levels
    keys.sort(axis=1)  # equal x by ascending y
    levels = keys % (levels.max(initial=0) + 1)
    discordant = inversions(np.argsort(levels, axis=1, kind="stable"))
    both, tied_y = _tied_in_rows(keys), _tied_in_rows(np.sort(levels, axis=1))
    comparisons, tied_x = n * (n - 1) // 2, _tied(starts, 2) // 2
    excess = comparisons - tied_x - tied_y + both - 2 * discordant
    untied = np.sqrt(float(comparisons - tied_x)) * np.sqrt(
        (comparisons - tied_y).astype(float)
    )
    return np.divide(excess, untied, out=np.full(n_rows, np.nan), where=untied > 0)


def _tied_in_rows(rows: Int[ndarray, "row pair"]) -> Int[ndarray, " row"]:
    """Count the pairs of equal values in sorted rows."""
    starts = np.ones(rows.shape, bool)
    starts[:, 1:] = rows[:, 1:] != rows[:, :-1]
    owner = np.nonzero(starts)[0]
    lengths = np.diff(np.append(np.flatnonzero(starts), rows.size))
    return np.bincount(owner, lengths * (lengths - 1) // 2, len(rows)).astype(np.int64)


def _inverse(places: Places) -> Places:
    inverse = np.empty(len(places), places.dtype)

    def scatter(span: slice) -> None:
        inverse[places[span]] = np.arange(span.start, span.stop, dtype=places.dtype)

    on_all_cores(scatter, spans(len(places), CHUNK))
    return inverse


def _sort_within_runs(sequence: Places, orders: Orders) -> int:
    """Sort the sequence in place among equal `x`; return how many pairs are tied on both sides."""
    run_of_y = None if orders.starts_y.all() else orders.starts_y.cumsum(dtype=sequence.dtype)
    n_bits = len(sequence).bit_length()

    def sort(span: slice) -> int:
        run_of_x = orders.starts_x[span].cumsum() << n_bits
        keys = run_of_x | sequence[span]
        keys.sort()
        sequence[span] = keys & ((1 << n_bits) - 1)
        if run_of_y is None:
            return 0
        keys = run_of_x | run_of_y[sequence[span]]
        return _tied(np.append(True, keys[1:] != keys[:-1]), 2) // 2

    return sum(on_all_cores(sort, whole_runs(orders.starts_x)))


def _tied(starts: Starts, power: int) -> int:
    """Return the sum over runs of their length to a power less their length."""
    if starts.all():
        return 0

    def count(span: slice) -> int:
        lengths = np.diff(np.append(np.flatnonzero(starts[span]), span.stop - span.start))
        kinds, times = np.unique(lengths, return_counts=True)  # Python's integers have no end
        return sum(
            (k**power - k) * t for k, t in zip(kinds.tolist(), times.tolist(), strict=True)
        )

    return sum(on_all_cores(count, whole_runs(starts)))


def _mean_ranks(starts: Starts) -> Flat:
    """Return the mean place, from 0, of the run that each place belongs to."""
    firsts = np.append(np.flatnonzero(starts), len(starts))
    return np.repeat((firsts[:-1] + firsts[1:] - 1) / 2, np.diff(firsts))
