"""Multidimensional scaling: from dissimilarities of pairs to coordinates of items."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int
from numpy import ndarray
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau

from shapespace.arrays import Flat, Matrix, Square
from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.spaces.scaling.monotone import Monotone, Rows, Ties
from shapespace.spaces.scaling.smacof import Fits, Transformation, smacof
from shapespace.spaces.scaling.stress import stresses

Method = Literal["classical", "metric", "nonmetric"]

N_STARTS = 256

SAME_MINIMUM = 1e-4
"""Starts whose stress-1 differs by less than this are said to have come to the same."""

_POLISHED = 4
"""So many of the best starts are run on until their stress stands still."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Space:
    """Items placed so that their distances follow their dissimilarities."""

    items: tuple[str, ...]
    coordinates: Matrix
    """One row an item: centroid 0, mean squared norm 1, axes by falling variance; the item
    farthest out on an axis lies on its positive side."""
    method: Method
    ties: Ties | None
    """What became of equal dissimilarities; None unless the method is nonmetric."""
    stress: dict[str, float]
    """By name; see `stress.FORMULAS`."""
    kendall_tau_b: float
    """Of the distances with the dissimilarities, over all rated pairs; nan for a single one."""
    disparities: Flat
    """What the distances should be; nan where a pair was not rated."""
    n_pairs: int
    """Pairs that were rated."""
    n_starts: int
    """Layouts from which the search began; 1 for classical scaling, which needs no search."""
    n_at_best: int
    """Starts that came within 0.0001 of the least stress-1."""
    converged: bool
    """Whether the search stopped because nothing more was to be gained."""

    @property
    def n_dims(self) -> int:
        return self.coordinates.shape[1]

    @property
    def distances(self) -> Flat:
        """Euclidean distance of every pair, in the order of scipy's `squareform`."""
        return pdist(self.coordinates)


def scale(
    ratings: Ratings,
    n_dims: int,
    *,
    method: Method = "nonmetric",
    ties: Ties = "primary",
    weights: Flat | None = None,
    n_starts: int = N_STARTS,
    generator: np.random.Generator,
) -> Space:
    """Place items so that their distances follow their dissimilarities.

    "classical" is the eigendecomposition of Torgerson and Gower; "metric" wants distances in
    proportion to dissimilarities; "nonmetric" wants them in the same order. The last two
    begin from classical scaling and from random layouts, and keep the layout of least stress-1.

    Args:
        ratings: Dissimilarity of each pair; nan where it was not rated.
        n_dims: Dimensions of the space, from 1 to one less than the items.
        method: How the space is found.
        ties: What becomes of equal dissimilarities in nonmetric scaling; see `Monotone`.
        weights: How much each pair counts, 0 or more, such as its number of ratings; in
            `squareform` order. All the same where not given. Classical scaling takes none.
        n_starts: Layouts to begin from.
        generator: Source of the random layouts.

    Raises:
        BadInput: If the dimensions do not fit the items, weights are negative, the rated pairs
            leave items unconnected, all dissimilarities are 0, or classical scaling meets
            missing pairs or weights.
    """
    dissimilarities, weights = checked(ratings, n_dims, weights)
    if n_starts < 1:
        raise BadInput(f"Scaling needs at least one start, got {n_starts}.")
    rated = weights > 0
    if method == "classical":
        if not rated.all() or np.ptp(weights) > 0:
            raise BadInput(
                "Classical scaling needs a rating of every pair, all with the same weight. "
                "Metric and nonmetric scaling do without."
            )
        layout = classical(squareform(dissimilarities), n_dims)
        n_starts, n_at_best, converged = 1, 1, True
    else:
        fits = search(
            dissimilarities[None], weights[None], n_dims, transformation(method, ties),
            n_starts=n_starts, generator=generator,
        )  # fmt: skip
        best = int(fits.stress.argmin())
        layout, converged = fits.coordinates[best], bool(fits.converged[best])
        n_at_best = int((fits.stress < fits.stress[best] + SAME_MINIMUM).sum())
    coordinates = normalised(layout)
    distances = pdist(coordinates)
    disparities = fitted(distances, dissimilarities, weights, transformation(method, ties))
    return Space(
        items=ratings.items,
        coordinates=coordinates,
        method=method,
        ties=ties if method == "nonmetric" else None,
        stress=stresses(distances, disparities, weights),
        kendall_tau_b=tau_b(distances[rated], dissimilarities[rated]),
        disparities=np.where(rated, disparities, np.nan),
        n_pairs=int(rated.sum()),
        n_starts=n_starts,
        n_at_best=n_at_best,
        converged=converged,
    )


def tau_b(distances: Flat, dissimilarities: Flat) -> float:
    """Return Kendall's tau-b; nan where there are fewer than two pairs."""
    if len(distances) < 2:
        return float("nan")
    return float(kendalltau(distances, dissimilarities).statistic)


def transformation(method: Method, ties: Ties) -> Transformation:
    """Return how disparities come from dissimilarities."""
    return ties if method == "nonmetric" else "ratio"


def checked(ratings: Ratings, n_dims: int, weights: Flat | None) -> tuple[Flat, Flat]:
    """Return dissimilarities without nan, and weights that are 0 where none was rated.

    Raises:
        BadInput: See `scale`.
    """
    n_items = len(ratings.items)
    if not 1 <= n_dims < n_items:
        raise BadInput(
            f"A space of {n_items} items can have 1 to {n_items - 1} dimensions, got {n_dims}."
        )
    values = ratings.flat
    weights = np.ones_like(values) if weights is None else weights
    if weights.shape != values.shape or not (np.isfinite(weights) & (weights >= 0)).all():
        raise BadInput(
            f"{n_items} items need {len(values)} weights of 0 or more, one for each pair."
        )
    weights = np.where(np.isnan(values), 0.0, weights)
    values = np.nan_to_num(values)
    if values.min() < 0 or not values[weights > 0].any():
        raise BadInput("Dissimilarities must be 0 or more, and not all of them 0.")
    if not connected(weights, n_items):
        raise BadInput(
            "The rated pairs leave items in groups with no pair between them, so their places "
            "cannot be told. Rate pairs between the groups, or scale each group alone."
        )
    return values, weights


def connected(weights: Flat, n_items: int) -> bool:
    """Return whether the pairs that count connect all items."""
    matrix = squareform(weights > 0)
    return int(connected_components(matrix, directed=False)[0]) == 1 and n_items > 1


def classical(matrix: Square, n_dims: int) -> Matrix:
    """Return the coordinates of classical scaling.

    Reference:
        Torgerson (1952), Psychometrika 17; Gower (1966), Biometrika 53.
    """
    squares = matrix**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    values, vectors = np.linalg.eigh(-centred / 2)
    kept = slice(None, -n_dims - 1, -1)
    return vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0.0))


def search(
    dissimilarities: Rows,
    weights: Rows,
    n_dims: int,
    kind: Transformation,
    *,
    n_starts: int,
    generator: np.random.Generator,
) -> Fits:
    """Fit each row from classical scaling and from random layouts, all at once.

    Args:
        dissimilarities: Rows in `squareform` order, without nan.
        weights: How much each pair counts; rows as above.
        n_dims: Dimensions of the space.
        kind: How disparities come from dissimilarities.
        n_starts: Layouts to begin from, for each row.
        generator: Source of the random layouts.

    Returns:
        `n_starts` fits for the first row, then those for the second, and so on; the best of each
        row are run on until their stress stands still.
    """
    n_rows = len(dissimilarities)
    n_items = len(squareform(dissimilarities[0]))
    starts = generator.standard_normal((n_rows, n_starts, n_items, n_dims))
    for row, (values, counted) in enumerate(zip(dissimilarities, weights, strict=True)):
        typical = np.average(values, weights=counted)
        start = classical(squareform(np.where(counted > 0, values, typical)), n_dims)
        if np.ptp(start, axis=0).all():
            starts[row, 0] = start
    row_of = np.repeat(np.arange(n_rows), n_starts)
    fits = smacof(
        starts.reshape(-1, n_items, n_dims), dissimilarities, weights, kind, row_of=row_of
    )
    ranked = np.argsort(fits.stress.reshape(n_rows, n_starts), axis=1)[:, :_POLISHED]
    best = (ranked + np.arange(n_rows)[:, None] * n_starts).ravel()
    polished = smacof(
        fits.coordinates[best], dissimilarities, weights, kind,
        row_of=row_of[best], tolerance=1e-10, max_iterations=3000,
    )  # fmt: skip
    better = polished.stress <= fits.stress[best]
    fits.coordinates[best[better]] = polished.coordinates[better]
    fits.stress[best[better]] = polished.stress[better]
    return fits


def best_of_each(fits: Fits, n_rows: int) -> Int[ndarray, " fit"]:
    """Return the place of the best fit of each row that `search` was given."""
    by_row = fits.stress.reshape(n_rows, -1)
    return by_row.argmin(axis=1) + np.arange(n_rows) * by_row.shape[1]


def normalised(layout: Matrix) -> Matrix:
    """Move the centroid to 0, scale the mean squared norm to 1, turn axes by falling variance."""
    centred = layout - layout.mean(axis=0)
    centred = centred / np.sqrt((centred**2).sum(axis=1).mean())
    turned = centred @ np.linalg.svd(centred, full_matrices=False)[2].T
    farthest = turned[np.abs(turned).argmax(axis=0), np.arange(turned.shape[1])]
    return turned * np.where(farthest < 0, -1.0, 1.0)


def fitted(distances: Flat, dissimilarities: Flat, weights: Flat, kind: Transformation) -> Flat:
    """Return the disparities closest to the distances; 0 where a pair has no weight."""
    if kind == "ratio":
        d, w = dissimilarities, weights
        return d * float((w * d) @ distances / ((w * d) @ d)) * (w > 0)
    counted = np.flatnonzero(weights > 0)
    order = counted[np.argsort(dissimilarities[counted], kind="stable")]
    monotone = Monotone.of(dissimilarities[None, order], weights[None, order], kind)
    disparities = np.zeros_like(distances)
    disparities[order] = monotone(distances[None, order])[0]
    return disparities
