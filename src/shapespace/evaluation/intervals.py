"""Intervals for agreement with people: what another draw of stimuli would have given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Int8
from numpy import ndarray
from scipy.spatial.distance import squareform

from shapespace.arrays import Flat
from shapespace.evaluation.bootstrap import N_DRAWS, Estimate, estimate
from shapespace.evaluation.correlation import MEASURES, correlate, isotonic_r2

Draws = Float[ndarray, "draw pair"]

MATRIX_LIMIT = 4_000
"""Pairs up to which Kendall's tau is computed for all draws at once, by a matrix of all pairs
of pairs; beyond it that matrix would not fit, and the draws go one by one."""


@dataclass(frozen=True)
class Block:
    """Pairs whose distances share one scale, so that they are correlated among themselves."""

    pairs: Int[ndarray, " pair"]
    """Positions in the flat RDM of all stimuli."""
    distances: Flat
    """Their distances, in the same order."""


def agreement_estimates(
    blocks: Sequence[Block],
    dissimilarities: Flat,
    *,
    generator: np.random.Generator,
    n_draws: int = N_DRAWS,
) -> dict[str, Estimate]:
    """Return each measure of agreement with its 95 % interval over stimuli.

    With several blocks (such as the test pairs of each fold) a measure is their mean.

    Stimuli are drawn with replacement. A stimulus drawn twice counts twice in every pair with
    others; the pair with its own copy is left out, since its dissimilarity was not rated. Where
    weights of units were fitted, they are kept: the interval is one of scoring, not of fitting.

    Args:
        blocks: What is scored.
        dissimilarities: All pairs of the stimuli; nan where a pair was not rated.
        generator: Source of the randomness.
        n_draws: How often to draw.

    Returns:
        For each of `MEASURES` the estimate; `n` is the number of stimuli scored.

    Reference:
        Nili et al. (2014), "A Toolbox for Representational Similarity Analysis", PLOS
        Computational Biology 10; Schütt et al. (2023), eLife 12.
    """
    if not blocks:
        return {name: _estimate(np.array(np.nan), np.array([]), 0) for name in MEASURES}
    n_stimuli = squareform(dissimilarities).shape[0]
    owners = np.stack(np.triu_indices(n_stimuli, 1))
    scored = np.unique(np.concatenate([owners[:, block.pairs].ravel() for block in blocks]))
    picked = scored[generator.integers(len(scored), size=(n_draws, len(scored)))]
    copies = np.zeros((n_draws, n_stimuli))
    np.add.at(copies, (np.arange(n_draws)[:, None], picked), 1)

    observed, drawn = [], []
    for block in blocks:
        rated = ~np.isnan(dissimilarities[block.pairs])
        pairs, distances = block.pairs[rated], block.distances[rated]
        observed.append(correlate(distances, dissimilarities[pairs]).measures())
        first, second = owners[:, pairs]
        times = copies[:, first] * copies[:, second]
        drawn.append(weighted_measures(distances, dissimilarities[pairs], times))
    return {
        name: _estimate(
            _mean([values[name] for values in observed]),
            _mean([draws[name] for draws in drawn]),
            len(scored),
        )
        for name in MEASURES
    }


def weighted_measures(
    distances: Flat, dissimilarities: Flat, times: Draws
) -> dict[str, Float[ndarray, " draw"]]:
    """Return each measure for every draw, in which pairs count a number of times.

    Equals `correlate` of the pairs, each repeated as often as it counts; nan where it does not
    count enough of them to have an order.
    """
    defined = (times > 0).any(axis=1)
    for values in (distances, dissimilarities):
        highest = np.where(times > 0, values, -np.inf).max(axis=1, initial=-np.inf)
        lowest = np.where(times > 0, values, np.inf).min(axis=1, initial=np.inf)
        defined &= highest > lowest
    result = {name: np.full(len(times), np.nan) for name in MEASURES}
    if not defined.any():
        return result
    times = times[defined]
    tau_a, tau_b = _kendall(distances, dissimilarities, times)
    pearson = _pearson(distances[None], dissimilarities[None], times)
    ranks = _ranks(distances, times), _ranks(dissimilarities, times)
    computed = {
        "kendall_tau_b": tau_b,
        "kendall_tau_a": tau_a,
        "spearman": _pearson(*ranks, times),
        "pearson": pearson,
        "r2_linear": pearson**2,
        "r2_isotonic": isotonic_r2(distances, dissimilarities, times),
    }
    for name, values in computed.items():
        result[name][defined] = values
    return result


def _kendall(x: Flat, y: Flat, times: Draws) -> tuple[ndarray, ndarray]:
    """Return tau-a and tau-b for every draw."""
    n = times.sum(axis=1)
    comparisons = n * (n - 1) / 2
    ties = [(_tied(values, times) - n) / 2 for values in (x, y)]
    if len(x) <= MATRIX_LIMIT:
        # Whole numbers far below 2^24, so single precision is exact and twice as fast.
        order = (_signs(x) * _signs(y)).astype(np.float32)
        excess = ((times.astype(np.float32) @ order) * times).sum(axis=1) / 2
    else:
        excess = np.array([_excess(x, y, t) for t in times])
    tau_a = excess / comparisons
    tau_b = excess / np.sqrt((comparisons - ties[0]) * (comparisons - ties[1]))
    return tau_a, tau_b


def _signs(values: Flat) -> Int8[ndarray, "pair pair"]:
    """Return for each two values which is larger: 1 the first, -1 the second, 0 neither."""
    column = values[:, None]
    return (column > values).astype(np.int8) - (column < values).astype(np.int8)


def _excess(x: Flat, y: Flat, times: Float[ndarray, " pair"]) -> float:
    """Return concordant minus discordant comparisons of one draw."""
    whole = times.astype(np.int64)
    found = correlate(np.repeat(x, whole), np.repeat(y, whole))
    return found.kendall_tau_a * found.n_pairs * (found.n_pairs - 1) / 2


def _tied(values: Flat, times: Draws) -> Float[ndarray, " draw"]:
    """Return the sum of squared counts of equal values, for every draw."""
    order = np.argsort(values, kind="stable")
    starts = np.flatnonzero(np.diff(values[order], prepend=-np.inf))
    return (np.add.reduceat(times[:, order], starts, axis=1) ** 2).sum(axis=1)


def _ranks(values: Flat, times: Draws) -> Draws:
    """Return the rank of each value in every draw, equal ones sharing their mean rank."""
    distinct, place = np.unique(values, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(distinct)))
    counts = np.add.reduceat(times[:, order], starts, axis=1)
    ranks = counts.cumsum(axis=1) - (counts - 1) / 2
    return ranks[:, place]


def _pearson(
    x: Float[ndarray, "#draw pair"], y: Float[ndarray, "#draw pair"], times: Draws
) -> Float[ndarray, " draw"]:
    total = times.sum(axis=1, keepdims=True)
    x = x - (times * x).sum(axis=1, keepdims=True) / total
    y = y - (times * y).sum(axis=1, keepdims=True) / total
    weighted = times * x
    spread = (weighted * x).sum(axis=1) * (times * y * y).sum(axis=1)
    return (weighted * y).sum(axis=1) / np.sqrt(spread)


def _mean(values: Sequence[float] | Sequence[ndarray]) -> Float[ndarray, "..."]:
    """Average over blocks, leaving out those without a value; nan where none has one."""
    stacked = np.stack([np.asarray(value, np.float64) for value in values])
    counted = (~np.isnan(stacked)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(stacked, axis=0) / np.where(counted, counted, np.nan))


def _estimate(observed: ndarray, draws: ndarray, n_stimuli: int) -> Estimate:
    defined = draws[~np.isnan(draws)]
    if np.isnan(observed) or len(defined) == 0:
        return estimate(float(observed), np.array([np.nan]), n_stimuli)
    return estimate(float(observed), defined, n_stimuli)
