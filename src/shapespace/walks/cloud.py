"""How far a point lies from the data: its distance beside those of points that are data."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from sklearn.covariance import LedoitWolf
from sklearn.model_selection import KFold

from shapespace.errors import BadInput

N_FOLDS = 5

OFF = 99.0
"""Percentile above which a point counts as off the data."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Where data lie, by their mean and a shrunk covariance.

    The distance of a point is Mahalanobis' over the root of the number of dimensions, so that
    it is about 1 for data. Its percentile is the share of the data that are as near or nearer,
    each of them measured by a cloud it does not belong to. 100 is farther than any of them.

    Reference:
        Ledoit and Wolf (2004), "A well-conditioned estimator for large-dimensional covariance
        matrices", Journal of Multivariate Analysis 88.
    """

    centre: Float[ndarray, " axis"]
    whitening: Float[ndarray, "axis axis"]
    """What a step from the centre is multiplied with, so that its length is its distance."""
    usual: Float[ndarray, " row"]
    """Distances of the data, sorted."""

    @classmethod
    def of(cls, points: Float[ndarray, "row axis"], *, seed: int = 0) -> "Cloud":
        """Describe where points lie.

        Args:
            points: At least ten, one a row.
            seed: How they are dealt to the folds in which their own distances are taken.

        Raises:
            BadInput: If there are fewer than ten.
        """
        if len(points) < 2 * N_FOLDS:
            raise BadInput(
                f"To say what is off the data takes at least {2 * N_FOLDS} points, got "
                f"{len(points)}."
            )
        usual = np.empty(len(points))
        for rest, part in KFold(N_FOLDS, shuffle=True, random_state=seed).split(points):
            centre, whitening = _whitened(points[rest])
            usual[part] = np.linalg.norm((points[part] - centre) @ whitening, axis=1)
        centre, whitening = _whitened(points)
        return cls(centre=centre, whitening=whitening, usual=np.sort(usual))

    def distances(self, points: Float[ndarray, "point axis"]) -> Float[ndarray, " point"]:
        """Return the distance of every point; about 1 for data."""
        return np.linalg.norm((points - self.centre) @ self.whitening, axis=1)

    def percentiles(self, points: Float[ndarray, "point axis"]) -> Float[ndarray, " point"]:
        """Return the percentage of the data that are as near as each point or nearer."""
        below = np.searchsorted(self.usual, self.distances(points), side="right")
        return 100.0 * below / len(self.usual)


def _whitened(
    points: Float[ndarray, "row axis"],
) -> tuple[Float[ndarray, " axis"], Float[ndarray, "axis axis"]]:
    found = LedoitWolf().fit(points)
    values, vectors = np.linalg.eigh(found.covariance_)
    values = np.maximum(values, 1e-12 * max(values[-1], 1e-12))
    scale = 1 / np.sqrt(values * points.shape[1])
    return found.location_, vectors * scale
