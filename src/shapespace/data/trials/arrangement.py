"""From several arrangements of a rater to one dissimilarity for each pair."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from shapespace.arrays import Flat

Arrangements = Float[ndarray, "trial pair"]

LEAST_EVIDENCE = 0.2
"""Distance below which the weight of a pair falls no further; the arena has a radius of 1."""

TOLERANCE = 1e-14
"""Sum of squared changes at which the estimate stands."""

MAX_ROUNDS = 10_000


def combine_arrangements(distances: Arrangements) -> Flat:
    """Average arrangements of different scale, pairs put far apart counting more.

    People spread what they see over the whole arena, so distances of two arrangements have
    different units. Each is scaled to fit the current estimate on the pairs it holds, and all
    are averaged with the squared distance on the screen as weight: hands place with the same
    error everywhere, so a large distance says more. This is repeated until nothing changes.

    Args:
        distances: One row an arrangement; nan for pairs that it does not hold.

    Returns:
        The dissimilarity of each pair, scaled to a mean square of 1 over the pairs that occur;
        nan for those that never do.

    Reference:
        Kriegeskorte and Mur (2012), "Inverse MDS", Frontiers in Psychology 3.
    """
    held = ~np.isnan(distances)
    seen = held.any(axis=0)
    filled = np.where(held, distances, 0.0)
    evidence = np.where(held, np.maximum(filled, LEAST_EVIDENCE) ** 2, 0.0)
    total = np.where(seen, evidence.sum(axis=0), 1.0)
    n_held = np.where(seen, held.sum(axis=0), 1)
    length = np.sqrt((filled**2).sum(axis=1, keepdims=True))
    unit = filled / np.where(length > 0, length, 1.0)

    estimate = _scaled(filled.sum(axis=0) / n_held)
    for _ in range(MAX_ROUNDS):
        before = estimate
        fit = np.sqrt((np.where(held, estimate, 0.0) ** 2).sum(axis=1, keepdims=True))
        estimate = _scaled((unit * fit * evidence).sum(axis=0) / total)
        if ((estimate - before) ** 2).sum() < TOLERANCE:
            break
    return np.where(seen, estimate * np.sqrt(seen.sum()), np.nan)


def _scaled(values: Flat) -> Flat:
    length = np.sqrt((values**2).sum())
    return values / length if length > 0 else values
