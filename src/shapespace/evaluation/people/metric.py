"""A linear map of codes, fitted so that distances after it follow dissimilarities."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from scipy.linalg import cho_factor, cho_solve, eigh

from shapespace.arrays import Flat, Matrix
from shapespace.errors import BadInput

MOST_PAIRS = 4000
"""Pairs that a metric is fitted to; of more, these many are drawn."""

PairNumbers = Int[ndarray, " pair"]


@dataclass(frozen=True, eq=False)
class Metric:
    """Distance of two codes: the root of their difference, times a matrix, times the difference.

    The matrix has no negative eigenvalue, so that this is the Euclidean distance after a linear
    map of the codes.
    """

    map: Float[ndarray, "column axis"]
    """Columns by falling share in the distances of the training stimuli."""

    def coordinates(self, codes: Matrix, rank: int | None = None) -> Float[ndarray, "row axis"]:
        """Return the mapped codes, along all axes or the strongest ones."""
        return codes @ self.map[:, :rank]


class MetricFit:
    """Fits metrics to some stimuli of one set of codes, for any ratings and ridges of theirs.

    Squared distances are to follow squared dissimilarities up to a constant, with least squares
    and a ridge that draws the matrix towards the best multiple of the plain Euclidean distance:
    with a large ridge the distances of the codes themselves are left. The answer is found
    among all symmetric matrices (kernel ridge regression over pairs, the kernel being the
    squared product of differences) and its negative eigenvalues are then set to 0.

    Args:
        codes: One row a stimulus.
        chosen: Stimuli that may be used.
        rated: Pairs that were rated, in the order of scipy's `squareform`.
        generator: Draws pairs where there are too many.

    Raises:
        BadInput: If fewer than three pairs of chosen stimuli were rated.

    Reference:
        Schölkopf and Smola (2002), "Learning with Kernels", chapter 4; Schultz and Joachims
        (2003), "Learning a Distance Metric from Relative Comparisons", NIPS 16.
    """

    def __init__(
        self,
        codes: Matrix,
        chosen: Bool[ndarray, " stimulus"],
        rated: Bool[ndarray, " pair"],
        *,
        generator: np.random.Generator,
    ) -> None:
        first, second = np.triu_indices(len(codes), 1)
        pairs = np.flatnonzero(rated & chosen[first] & chosen[second])
        if len(pairs) < 3:
            raise BadInput(
                f"Only {len(pairs)} pairs of training stimuli were rated; a linear read-out needs "
                "at least 3. Use fewer folds or more ratings."
            )
        if len(pairs) > MOST_PAIRS:
            pairs = np.sort(generator.choice(pairs, MOST_PAIRS, replace=False))
        self.pairs: PairNumbers = pairs
        centred = codes - codes[chosen].mean(axis=0)
        _, sizes, turn = np.linalg.svd(centred[chosen], full_matrices=False)
        kept = sizes > 1e-9 * sizes.max(initial=0)
        # Differences of training stimuli have no part outside these axes, and a ridge none either.
        scale = sizes[kept][:1] if kept.any() else np.ones(1)
        self._axes = turn[kept].T / (scale / np.sqrt(chosen.sum()))
        points = centred @ self._axes
        self._spread = points[chosen].var(axis=0)
        self._differences = points[first[pairs]] - points[second[pairs]]
        products = (self._differences @ self._differences.T) ** 2
        self._plain = (self._differences**2).sum(axis=1)
        products -= products.mean(axis=0)
        self._kernel = products - products.mean(axis=1, keepdims=True)
        self._size = float(np.trace(self._kernel)) / len(pairs)
        self._factors: dict[float, tuple[ndarray, bool]] = {}

    def fit(self, dissimilarities: Flat, ridge: float) -> Metric:
        """Return the metric for these dissimilarities.

        Args:
            dissimilarities: Of all pairs of the stimuli.
            ridge: Relative to the mean diagonal of the kernel; about 1e-3 to 1e3.
        """
        target = dissimilarities[self.pairs] ** 2
        target = target - target.mean()
        plain = self._plain - self._plain.mean()
        scale = max(float(plain @ target), 0.0) / max(float(plain @ plain), 1e-300)
        if ridge not in self._factors:
            # An all-equal code has a kernel of zeros, for which any ridge will do.
            shifted = self._kernel + np.eye(len(target)) * (ridge * self._size or 1.0)
            self._factors[ridge] = cho_factor(shifted, check_finite=False)
        weights = cho_solve(self._factors[ridge], target - scale * plain, check_finite=False)
        matrix = (self._differences.T * weights) @ self._differences
        matrix += scale * np.eye(len(matrix))
        # Axes by how much they add to the distances of training stimuli.
        spread = np.sqrt(self._spread)
        shares, turns = eigh(spread[:, None] * matrix * spread)
        order = np.argsort(-shares)
        shares, turns = np.maximum(shares[order], 0), turns[:, order]
        inverse = np.divide(1, spread, out=np.zeros_like(spread), where=spread > 0)
        return Metric(self._axes @ (inverse[:, None] * turns * np.sqrt(shares)))
