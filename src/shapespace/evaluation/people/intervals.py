"""Intervals for agreement with people: what another draw of stimuli would have given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from scipy.spatial.distance import squareform

from shapespace.arrays import Flat
from shapespace.evaluation.bootstrap import N_DRAWS, Estimate, estimate
from shapespace.evaluation.pairs.cores import spans
from shapespace.evaluation.pairs.repeated import weighted_measures
from shapespace.evaluation.people.correlation import MEASURES, correlate

TIMES_AT_ONCE = 1 << 18
"""Pairs times draws that are worked on together: what is in between stays in the cache."""


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
    cells = picked * n_draws + np.arange(n_draws)[:, None]
    copies = np.bincount(cells.ravel(), minlength=n_stimuli * n_draws).astype(np.float64)
    copies = copies.reshape(n_stimuli, n_draws)

    observed, drawn = [], []
    for block in blocks:
        rated = ~np.isnan(dissimilarities[block.pairs])
        pairs, distances = block.pairs[rated], block.distances[rated]
        observed.append(correlate(distances, dissimilarities[pairs]).measures())
        first, second = owners[:, pairs]
        at_once = max(TIMES_AT_ONCE // max(len(pairs), 1), 1)
        parts = [
            weighted_measures(
                distances, dissimilarities[pairs], copies[first, part] * copies[second, part]
            )
            for part in spans(n_draws, at_once)
        ]
        drawn.append(
            {name: np.concatenate([part[name] for part in parts]) for name in MEASURES}
        )
    return {
        name: _estimate(
            _mean([values[name] for values in observed]),
            _mean([draws[name] for draws in drawn]),
            len(scored),
        )
        for name in MEASURES
    }


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
