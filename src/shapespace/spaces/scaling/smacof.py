"""Stress majorisation (SMACOF) of many starts at once, sped up by momentum."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from shapespace.spaces.scaling.monotone import Monotone, Rows, Ties

Transformation = Literal["ratio", "primary", "secondary", "tertiary"]
"""How disparities come from dissimilarities: in proportion, or monotone with ties treated so."""

Layouts = Float[ndarray, "start item dim"]
"""Coordinates of all items, for each start."""

MAX_ITERATIONS = 1000

_AT_ONCE = 15_000
"""Pairs times starts worked on together: so many stay in the cache of one core."""

_WARM = 5
"""First iterations in which disparities are in proportion: a monotone fit to a random layout is
nearly flat and says little."""

_PATIENCE = 10
"""Iterations between two looks at what has been gained."""

_LEAST_SQUARE = 1e-14
"""Squared distances below are rounding (layouts have a mean squared norm near 1)."""


@dataclass(frozen=True, eq=False)
class Fits:
    """What each start came to."""

    coordinates: Layouts
    stress: Float[ndarray, " start"]
    """Stress-1."""
    n_iterations: Int[ndarray, " start"]
    converged: Bool[ndarray, " start"]
    """Whether it stopped before the iterations ran out."""


def smacof(
    starts: Layouts,
    dissimilarities: Rows,
    weights: Rows,
    transformation: Transformation,
    *,
    row_of: Int[ndarray, " start"] | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = MAX_ITERATIONS,
) -> Fits:
    """Move the items of every start until stress-1 hardly falls.

    Args:
        starts: Where the items begin.
        dissimilarities: One or more rows in `squareform` order; the value of a pair with weight
            0 does not matter, but it must not be nan.
        weights: How much each pair counts, 0 or more; rows as for `dissimilarities`. In each row
            the pairs with a weight must connect all items.
        transformation: How disparities come from dissimilarities.
        row_of: Which row each start is to fit; the first for all where not given.
        tolerance: A start is done when ten iterations lower its stress by less than this.
        max_iterations: A start is given up, where it is, after so many.

    Returns:
        For each start the layout of the least stress on its way.

    Reference:
        de Leeuw (1977) and de Leeuw & Mair (2009), J. Stat. Software 31(3), for the step;
        Nesterov (1983) and O'Donoghue & Candès (2015) for momentum with restarts.
    """
    n_starts, n_items, _ = starts.shape
    counted = (weights > 0).any(axis=0)
    weights = weights / weights[:, counted].mean(axis=1, keepdims=True)
    places = np.flatnonzero(np.triu(np.ones((n_items, n_items), bool), 1))[counted]
    dissimilarities, weights = dissimilarities[:, counted], weights[:, counted]
    inverse = _inverse(weights, places, n_items)
    size = max(1, _AT_ONCE // len(places))
    every = np.zeros(n_starts, int) if row_of is None else row_of
    found = []
    for begin in range(0, n_starts, size):
        rows = every[begin : begin + size]
        stress_of = _Stress.of(
            dissimilarities[rows], weights[rows], inverse[rows], places, transformation
        )
        chunk = starts[begin : begin + size]
        found.append(_descend(chunk, stress_of, tolerance, max_iterations))
    return Fits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


class _Stress:
    """The stress of rows of layouts, and where the Guttman transform takes them.

    The pairs of each row stand in the order of their dissimilarities; `places` says where in
    the upper triangle of an n x n matrix each of them is.
    """

    def __init__(
        self,
        dissimilarities: Rows,
        weights: Rows,
        inverse: Float[ndarray, "fit item item"],
        places: Int[ndarray, "fit pair"],
        monotone: Monotone | None,
    ):
        n_rows, n_items, _ = inverse.shape
        self.dissimilarities, self.weights, self.inverse = dissimilarities, weights, inverse
        self.own_places, self.monotone = places, monotone
        self.places = places + (np.arange(n_rows) * n_items**2)[:, None]
        squares = _dot(weights * dissimilarities, dissimilarities)
        self.sum_of_squares = np.maximum(squares, np.finfo(float).tiny)
        self.equal = bool(np.ptp(weights) == 0)
        """Weights are the same throughout, so that they drop out of all that is computed."""

    @classmethod
    def of(
        cls,
        dissimilarities: Rows,
        weights: Rows,
        inverse: Float[ndarray, "fit item item"],
        places: Int[ndarray, " pair"],
        transformation: Transformation,
    ) -> "_Stress":
        order = np.argsort(dissimilarities, axis=1, kind="stable")
        ranked, w = (np.take_along_axis(a, order, axis=1) for a in (dissimilarities, weights))
        ties: Ties | None = None if transformation == "ratio" else transformation
        monotone = Monotone.of(ranked, w, ties) if ties else None
        return cls(ranked, w, inverse, places[order], monotone)

    def keep(self, rows: Int[ndarray, " kept"]) -> "_Stress":
        return _Stress(
            self.dissimilarities[rows],
            self.weights[rows],
            self.inverse[rows],
            self.own_places[rows],
            self.monotone.keep(rows) if self.monotone else None,
        )

    def __call__(
        self, layouts: Layouts, *, in_proportion: bool = False
    ) -> tuple[Float[ndarray, " fit"], Layouts]:
        """Return stress-1 and the Guttman transform of each layout."""
        n_rows, n_items, _ = layouts.shape
        squares = np.einsum("rid,rid->ri", layouts, layouts)
        matrix = layouts @ layouts.transpose(0, 2, 1)
        matrix *= -2
        matrix += squares[:, :, None]
        matrix += squares[:, None, :]
        distances = np.sqrt(np.maximum(matrix.take(self.places), _LEAST_SQUARE))

        weighted = distances if self.equal else self.weights * distances
        total = _dot(weighted, distances)
        if self.monotone is None or in_proportion:
            slope = _dot(weighted, self.dissimilarities) / self.sum_of_squares
            disparities = self.dissimilarities * slope[:, None]
        else:
            disparities = self.monotone(distances)
        common = _dot(weighted, disparities)
        # The closest disparities are at a right angle to the residuals, hence this short form.
        stress = np.sqrt(np.maximum(1 - common / total, 0.0))

        # Disparities are scaled so that the layout has the best size already: the transform
        # then changes its form alone, which momentum needs.
        disparities *= (total / np.maximum(common, _LEAST_SQUARE * total))[:, None]
        disparities /= distances
        if not self.equal:
            disparities *= self.weights
        ratios = np.zeros((n_rows, n_items, n_items))
        ratios.reshape(-1)[self.places] = disparities
        moved = (ratios.sum(axis=1) + ratios.sum(axis=2))[:, :, None] * layouts
        moved -= ratios @ layouts
        moved -= ratios.transpose(0, 2, 1) @ layouts
        return stress, self.inverse @ moved


def _descend(
    starts: Layouts, stress_of: _Stress, tolerance: float, max_iterations: int
) -> tuple[Layouts, Float[ndarray, " start"], Int[ndarray, " start"], Bool[ndarray, " start"]]:
    """Run rows of starts until each is done; return layouts, stress, iterations, converged."""
    layouts = starts - starts.mean(axis=1, keepdims=True)
    layouts /= np.sqrt((layouts**2).sum(axis=2).mean(axis=1))[:, None, None]
    n_rows = len(layouts)
    best, lowest = layouts.copy(), np.full(n_rows, np.inf)
    n_iterations, converged = np.full(n_rows, max_iterations), np.zeros(n_rows, bool)

    warm = _WARM if stress_of.monotone else 0
    live, before, speed = np.arange(n_rows), layouts, np.ones(n_rows)
    at_last_look = lowest.copy()
    for iteration in range(1, warm + max_iterations + 1):
        stress, moved = stress_of(layouts, in_proportion=iteration <= warm)
        if iteration > warm:
            better = stress < lowest[live]
            lowest[live[better]], best[live[better]] = stress[better], layouts[better]

        # Momentum, forgotten by a row as soon as it carries it uphill.
        uphill = np.einsum("rid,rid->r", layouts - moved, moved - before) > 0
        speed[uphill] = 1.0
        faster = (1 + np.sqrt(1 + 4 * speed**2)) / 2
        push = np.where(uphill, 0.0, (speed - 1) / faster)
        layouts, before = moved + push[:, None, None] * (moved - before), moved
        speed = faster

        if iteration > warm and (iteration - warm) % _PATIENCE == 0:
            done = at_last_look[live] - lowest[live] < tolerance
            at_last_look[live] = lowest[live]
            if done.any():
                n_iterations[live[done]], converged[live[done]] = iteration - warm, True
                kept = np.flatnonzero(~done)
                if len(kept) == 0:
                    break
                live, speed = live[kept], speed[kept]
                layouts, before = layouts[kept], before[kept]
                stress_of = stress_of.keep(kept)
    return best, lowest, n_iterations, converged


def _inverse(
    weights: Rows, places: Int[ndarray, " pair"], n_items: int
) -> Float[ndarray, "fit item item"]:
    """Return the pseudo-inverse of the matrix V of the weights: of their graph's Laplacian."""
    laplacian = np.zeros((len(weights), n_items, n_items))
    laplacian.reshape(len(weights), -1)[:, places] = -weights
    laplacian += laplacian.transpose(0, 2, 1)
    diagonal = np.arange(n_items)
    laplacian[:, diagonal, diagonal] = -laplacian.sum(axis=1)
    constant = weights.mean() / n_items  # any multiple of the matrix of ones will do
    return np.linalg.inv(laplacian + constant) - 1 / (constant * n_items**2)


def _dot(x: Rows, y: Rows) -> Float[ndarray, " fit"]:
    return np.einsum("rp,rp->r", x, y)
