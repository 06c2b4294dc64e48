"""Monotone regression of many rows at once: the disparities of nonmetric scaling."""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from scipy.optimize import isotonic_regression

Ties = Literal["primary", "secondary", "tertiary"]

Rows = Float[ndarray, "fit pair"]

_SAME = 1e-9
"""Dissimilarities that differ by less than this share of the largest are tied."""

_NEXT_TO_NOTHING = 1e-12
"""Stands for a weight of 0, which scipy's regression does not take; share of the mean weight."""


class Monotone:
    """Finds, for each row of distances, the closest numbers that rise with dissimilarity.

    Equal dissimilarities are a *tie*. "primary" lets the disparities of a tie differ, in the
    order of their distances; "secondary" makes them equal; "tertiary" asks only that their
    means rise.

    Reference:
        Kruskal (1964), "Nonmetric multidimensional scaling: a numerical method", Psychometrika
        29; the third way is de Leeuw's.
    """

    def __init__(self, first_of_tie: Bool[ndarray, "fit pair"], weights: Rows, ties: Ties):
        self.ties: Ties = ties
        self.first_of_tie = first_of_tie
        self.weights = weights
        n_rows, n_pairs = weights.shape
        self._row = np.arange(n_rows)[:, None]
        self._starts = np.flatnonzero(first_of_tie)
        self._sizes = np.diff(self._starts, append=n_rows * n_pairs)
        self._tied = len(self._starts) < n_rows * n_pairs
        self._used = np.maximum(weights, _NEXT_TO_NOTHING * weights.mean())
        self._equal = bool(np.ptp(self._used) == 0)
        if not self._tied:
            return
        if ties == "primary":
            self._prepare_sorting()
        else:
            self._tie_weights = np.add.reduceat(self._used.ravel(), self._starts)
            self._tie_row = self._starts // n_pairs

    @classmethod
    def of(cls, dissimilarities: Rows, weights: Rows, ties: Ties) -> "Monotone":
        """Prepare for dissimilarities that rise, or stay, from left to right in every row.

        Args:
            dissimilarities: What the disparities are to rise with; none is nan.
            weights: How much each pair counts, 0 or more.
            ties: What becomes of equal dissimilarities.
        """
        steps = np.diff(dissimilarities, axis=1, prepend=-np.inf)
        return cls(steps > _SAME * np.abs(dissimilarities).max(initial=0.0), weights, ties)

    def keep(self, rows: Int[ndarray, " kept"]) -> "Monotone":
        """Return the regression of these rows alone."""
        return Monotone(self.first_of_tie[rows], self.weights[rows], self.ties)

    def __call__(self, distances: Rows) -> Rows:
        """Return the disparities: the closest rows, by weighted squares, that rise as they must."""
        # All rows are one regression: each is lifted above the one before, so that no value is
        # ever pooled with one of another row, and one call of compiled code serves them all.
        lift = float(distances.max()) + 1.0
        if not self._tied:
            return self._regress(distances + lift * self._row, self._used) - lift * self._row
        if self.ties == "primary":
            return self._primary(distances, lift)
        sums = np.add.reduceat((self._used * distances).ravel(), self._starts)
        means = sums / self._tie_weights
        lifts = lift * self._tie_row
        fitted = isotonic_regression(means + lifts, weights=self._tie_weights).x - lifts
        if self.ties == "secondary":
            return np.repeat(fitted, self._sizes).reshape(distances.shape)
        return distances + np.repeat(fitted - means, self._sizes).reshape(distances.shape)

    def _primary(self, distances: Rows, lift: float) -> Rows:
        """Sort the distances within each tie, then regress; sorted as whole numbers, for speed."""
        steps = (distances * (self._finest / float(distances.max()))).astype(np.int64)
        keys = (steps << self._place_bits) + self._fixed_part
        keys.sort(axis=1)
        places = (keys & self._place_mask) + self._row * distances.shape[1]
        used = self._used if self._equal else self._used.take(places)
        fitted = self._regress(distances.take(places) + lift * self._row, used)
        disparities = np.empty_like(distances)
        disparities.reshape(-1)[places] = fitted - lift * self._row
        return disparities

    def _prepare_sorting(self) -> None:
        """Lay out the keys: number of the tie, then the distance in fine steps, then the place."""
        n_pairs = self.weights.shape[1]
        tie = np.cumsum(self.first_of_tie, axis=1)
        self._place_bits = n_pairs.bit_length()
        self._place_mask = (1 << self._place_bits) - 1
        step_bits = 62 - self._place_bits - int(tie.max()).bit_length()
        self._finest = float((1 << step_bits) - 1)
        self._fixed_part = (tie << (step_bits + self._place_bits)) + np.arange(n_pairs)

    def _regress(self, lifted: Rows, used: Rows) -> Rows:
        weights = None if self._equal else used.ravel()
        return isotonic_regression(lifted.ravel(), weights=weights).x.reshape(lifted.shape)
