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
    n_stimuli: Int[np.ndarray, " measure"]
    """Stimuli with at least one defined value."""


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
        values: One row an image, one column a measure; nan where a measure is not defined for
            an image, which leaves the image out of that mean.
        stimuli: The stimulus of each image, as any number.
        generator: Source of the randomness.
        n_draws: How often to draw.

    Reference:
        Field and Welsh (2007), "Bootstrapping clustered data", JRSS B 69(3).
    """
    distinct, owner = np.unique(stimuli, return_inverse=True)
    n_stimuli = len(distinct)
    defined = ~np.isnan(values)

    def by_stimulus(columns: np.ndarray) -> np.ndarray:
        counted = [np.bincount(owner, weights=c, minlength=n_stimuli) for c in columns.T]
        return np.stack(counted, axis=1)

    sums, counts = by_stimulus(np.where(defined, values, 0.0)), by_stimulus(defined)
    draws = np.empty((n_draws, values.shape[1]))
    with np.errstate(invalid="ignore"):  # 0 / 0 where no image of a draw has the measure
        for row in range(n_draws):  # one draw at a time: a large set needs no large matrix
            picked = generator.integers(n_stimuli, size=n_stimuli)
            times = np.bincount(picked, minlength=n_stimuli)
            draws[row] = (times @ sums) / (times @ counts)
        observed = sums.sum(axis=0) / counts.sum(axis=0)
    return BootstrappedMeans(observed=observed, draws=draws, n_stimuli=(counts > 0).sum(axis=0))


def estimate(observed: float, draws: Float[np.ndarray, " draw"], n_stimuli: int) -> Estimate:
    """Return the number with the middle 95 % of its defined draws (percentile interval)."""
    defined = draws[~np.isnan(draws)]
    if n_stimuli < 2 or len(defined) == 0:
        low = high = float("nan")
    else:
        low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=float(observed), low=float(low), high=float(high), n=n_stimuli)
