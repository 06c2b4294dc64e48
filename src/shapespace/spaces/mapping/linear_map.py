"""A linear map from codes to coordinates, and the shortest way back."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from shapespace.arrays import CodeRows, Coordinates


@dataclass(frozen=True, kw_only=True)
class LinearMap:
    """Coordinates as a linear function of normalised codes.

    Coordinates are ``(codes - centre) / scale @ weights.T + offset``.
    """

    centre: Float[ndarray, " unit"]
    """Mean of every unit over the codes it was fitted to."""
    scale: Float[ndarray, " unit"]
    """What every unit is divided by; never 0."""
    weights: Float[ndarray, "dim unit"]
    """Coordinates a normalised unit is worth."""
    offset: Float[ndarray, " dim"]
    """Coordinates of the mean code."""

    def coordinates(self, codes: CodeRows) -> Coordinates:
        """Return where codes lie in the space, one row a code."""
        return (codes - self.centre) / self.scale @ self.weights.T + self.offset

    def move(self, codes: CodeRows, coordinates: Coordinates) -> CodeRows:
        """Return the nearest codes that lie at the given coordinates.

        The step is the shortest one in normalised units (the pseudo-inverse of the weights), so
        that everything the map does not look at stays as it is.
        """
        step = self._inverse @ (coordinates - self.coordinates(codes)).T
        return codes + step.T * self.scale

    @cached_property
    def _inverse(self) -> Float[ndarray, "unit dim"]:
        return np.linalg.pinv(self.weights)
