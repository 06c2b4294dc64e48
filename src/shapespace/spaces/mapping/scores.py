"""How far images are placed from where their stimuli lie: MSE, distance and R², with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from shapespace.arrays import Mask
from shapespace.evaluation.bootstrap import N_DRAWS, Estimate, cluster_bootstrap, estimate

MEASURES = ("mse", "med", "r2", "r2_pooled")
"""The measures of `scores`, in the order of tables."""

DEFINITIONS = {
    "mse": "Squared error summed over dimensions, mean over images: 0 or more, lower is better. "
    "In a space with centroid 0 and mean squared norm 1, placing every image at the origin gives 1.",
    "med": "Euclidean distance between the place found and the stimulus, mean over images: 0 or "
    "more, lower is better.",
    "r2": "Share of the variance explained in each dimension, 1 - residual / total sum of squares "
    "over all test images, mean over dimensions: at most 1, higher is better; 0 is no better than "
    "placing all at the mean of the test images, below 0 worse.",
    "r2_pooled": "The same with sums of squares added up over dimensions before they are divided, "
    "so that broad dimensions count for more.",
}
"""What each measure means, with its range and direction."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Placed:
    """Where images were placed, and where their stimuli lie; one row an image."""

    coordinates: Float[ndarray, "image dim"]
    """Where the images were placed."""
    targets: Float[ndarray, "image dim"]
    """Where their stimuli lie."""
    stimuli: Int[ndarray, " image"]
    """The stimulus that each image shows, as any number."""

    def of(self, stimuli: Mask) -> "Placed":
        """Return the images of some stimuli alone.

        Args:
            stimuli: Whether each stimulus is meant, by its number.
        """
        chosen = stimuli[self.stimuli]
        return Placed(
            coordinates=self.coordinates[chosen],
            targets=self.targets[chosen],
            stimuli=self.stimuli[chosen],
        )


def together(parts: Sequence[Placed]) -> Placed:
    """Join images, such as those of several networks, so that their scores are averaged."""
    return Placed(
        coordinates=np.concatenate([part.coordinates for part in parts]),
        targets=np.concatenate([part.targets for part in parts]),
        stimuli=np.concatenate([part.stimuli for part in parts]),
    )


def scores(
    placed: Placed, *, generator: np.random.Generator, n_draws: int = N_DRAWS
) -> dict[str, Estimate]:
    """Return every measure of `MEASURES` with its interval over stimuli.

    All images of a stimulus are drawn together, since copies of a drawing are not independent.
    In every draw R² sets the error against that of one and the same place, the mean of all test
    images.

    Args:
        placed: At least one image.
        generator: Source of the bootstrap.
        n_draws: Bootstrap draws behind the intervals.
    """
    n_dims = placed.targets.shape[1]
    squares = (placed.coordinates - placed.targets) ** 2
    totals = squares.sum(axis=1, keepdims=True)
    from_mean = (placed.targets - placed.targets.mean(axis=0)) ** 2
    columns = np.hstack([totals, np.sqrt(totals), squares, from_mean])
    means = cluster_bootstrap(columns, placed.stimuli, generator=generator, n_draws=n_draws)
    found = zip(
        _measures(means.observed[None], n_dims), _measures(means.draws, n_dims), strict=True
    )
    n_stimuli = int(means.n_stimuli[0])
    return {
        name: estimate(float(observed[0]), draws, n_stimuli)
        for name, (observed, draws) in zip(MEASURES, found, strict=True)
    }


def errors_by_stimulus(placed: Placed, n_stimuli: int) -> Float[ndarray, " stimulus"]:
    """Return the mean squared error of the images of each stimulus; nan where there are none.

    Args:
        placed: At least one image.
        n_stimuli: How many stimuli there are; their numbers are below it.
    """
    squares = ((placed.coordinates - placed.targets) ** 2).sum(axis=1)
    sums = np.bincount(placed.stimuli, weights=squares, minlength=n_stimuli)
    counts = np.bincount(placed.stimuli, minlength=n_stimuli)
    with np.errstate(invalid="ignore"):
        return sums / counts


def mean_squared_error(placed: Placed) -> float:
    """Return the MSE alone, without an interval."""
    return float(((placed.coordinates - placed.targets) ** 2).sum(axis=1).mean())


def _measures(
    means: Float[ndarray, "draw column"], n_dims: int
) -> list[Float[ndarray, " draw"]]:
    """Return each measure of every draw, from the means that `scores` lays side by side."""
    mse, med = means[:, 0], means[:, 1]
    residual, spread = means[:, 2 : 2 + n_dims], means[:, 2 + n_dims :]
    # A dimension in which all stimuli lie at the same place has no share to speak of.
    spread = np.where(spread > 0, spread, np.nan)
    by_dim = 1 - residual / spread
    return [mse, med, by_dim.mean(axis=1), 1 - residual.sum(axis=1) / spread.sum(axis=1)]
