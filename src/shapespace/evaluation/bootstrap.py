"""Intervals for means over images, when several images are copies of one stimulus."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

N_DRAWS = 1000
"""Bootstrap draws behind an interval."""

LEVEL = 0.95
"""Share of the draws that lie inside an interval."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with the interval that sampling other stimuli would put it in."""

    value: float
    low: float
    """Lower bound; nan with fewer than two stimuli, which say nothing of others."""
    high: float
    """Upper bound, like `low`."""
    n: int
    """Stimuli behind the number."""


@dataclass(frozen=True, kw_only=True)
class BootstrappedMeans:
    """Means over images, as they are and in every draw."""

    observed: Float[np.ndarray, " measure"]
    draws: Float[np.ndarray, "draw measure"]
    n_stimuli: int


def cluster_bootstrap(
    values: Float[np.ndarray, "image measure"],
    stimuli: Int[np.ndarray, " image"],
    *,
    generator: np.random.Generator,
    n_draws: int = N_DRAWS,
) -> BootstrappedMeans:
    """Average over images, again and again with other stimuli drawn with replacement.

    All images of a stimulus come and go together: copies of one drawing are not independent,
    and dealing them singly would make the interval too narrow. All measures share the draws, so
    a ratio or difference of the means has an interval too (see `estimate`).

    Args:
        values: One row an image, one column a measure.
        stimuli: The stimulus of each image, as any number.
        generator: Source of the randomness.
        n_draws: How often to draw.

    Reference:
        Field and Welsh (2007), "Bootstrapping clustered data", JRSS B 69(3).
    """
    distinct, owner = np.unique(stimuli, return_inverse=True)
    n_stimuli = len(distinct)
    sums = np.stack(
        [np.bincount(owner, weights=column, minlength=n_stimuli) for column in values.T], axis=1
    )
    counts = np.bincount(owner, minlength=n_stimuli)

    draws = np.empty((n_draws, values.shape[1]))
    for row in range(n_draws):  # one draw at a time: a large set needs no large matrix
        picked = generator.integers(n_stimuli, size=n_stimuli)
        times = np.bincount(picked, minlength=n_stimuli)
        draws[row] = times @ sums / (times @ counts)
    return BootstrappedMeans(observed=values.mean(axis=0), draws=draws, n_stimuli=n_stimuli)


def estimate(observed: float, draws: Float[np.ndarray, " draw"], n_stimuli: int) -> Estimate:
    """Return the number with the middle 95 % of its draws (percentile interval)."""
    if n_stimuli < 2:
        low = high = float("nan")
    else:
        low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=float(observed), low=float(low), high=float(high), n=n_stimuli)
