"""Categories as regions of a space: convexity, size, prototypes, overlap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from scipy.optimize import nnls
from scipy.spatial.distance import cdist

from shapespace.arrays import Matrix
from shapespace.errors import BadInput

TOLERANCE = 1e-9
"""A point this far from a hull, in units of the space's spread, still belongs to it."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Regions:
    """Items of a space, by category."""

    coordinates: Matrix
    """One row an item."""
    categories: tuple[str, ...]
    """Names, in the order in which they come first."""
    members: Int[ndarray, " item"]
    """Position of each item's category among the names."""

    def points(self, category: int) -> Matrix:
        """Return the items of a category."""
        return self.coordinates[self.members == category]

    def moved(self, coordinates: Matrix) -> "Regions":
        """Return the same categories with their items at other places."""
        return Regions(
            coordinates=coordinates, categories=self.categories, members=self.members
        )


def regions(coordinates: Matrix, categories: Sequence[str]) -> Regions:
    """Return the regions of a space.

    Args:
        coordinates: One row an item.
        categories: Of each item.

    Raises:
        BadInput: If the numbers differ, or there is one category only.
    """
    if len(categories) != len(coordinates):
        raise BadInput(
            f"There are {len(categories)} categories for the {len(coordinates)} items of the "
            "space; give one for each."
        )
    names = tuple(dict.fromkeys(categories))
    if len(names) < 2:
        raise BadInput(f"Regions need two categories or more, got {list(names)}.")
    members = np.array([names.index(category) for category in categories])
    return Regions(coordinates=coordinates, categories=names, members=members)


def inside_hull(
    points: Float[ndarray, "point dim"], hull: Float[ndarray, "corner dim"]
) -> Bool[ndarray, " point"]:
    """Return which points are mixtures of the points of a hull: weights from 0 on, of sum 1.

    Asked is whether a linear programme has a solution. Nonnegative least squares finds its
    weights if there are any, some 70 times as fast as a solver of linear programmes. Points on
    the border are inside.

    Args:
        points: One row a point.
        hull: Points whose convex hull is meant; they may be fewer than the dimensions.
    """
    low, high = hull.min(axis=0), hull.max(axis=0)
    spread = float((high - low).max()) or 1.0
    slack = TOLERANCE * spread
    # Who is outside the box around the hull needs no weights.
    inside = ((points >= low - slack) & (points <= high + slack)).all(axis=1)
    centre = hull.mean(axis=0)
    system = np.vstack([(hull - centre).T / spread, np.ones(len(hull))])
    for row in np.flatnonzero(inside):
        wanted = np.append((points[row] - centre) / spread, 1.0)
        inside[row] = nnls(system, wanted)[1] <= TOLERANCE
    return inside


def hulls_meet(
    first: Float[ndarray, "corner dim"], second: Float[ndarray, "other_corner dim"]
) -> bool:
    """Return whether two convex hulls have a point in common."""
    both = np.concatenate([first, second])
    centre, spread = both.mean(axis=0), float(np.ptp(both, axis=0).max()) or 1.0
    system = np.zeros((both.shape[1] + 2, len(both)))
    system[:-2] = ((both - centre) / spread).T
    system[:-2, len(first) :] *= -1
    system[-2, : len(first)] = 1
    system[-1, len(first) :] = 1
    wanted = np.zeros(len(system))
    wanted[-2:] = 1
    return bool(nnls(system, wanted)[1] <= TOLERANCE)


def violations(found: Regions) -> Int[ndarray, "category category"]:
    """Count for each category the items of every other one that lie inside its convex hull.

    Where concepts are convex regions there are none.

    Reference:
        Gärdenfors (2000), "Conceptual Spaces"; Bechberger & Scheibel (2020).
    """
    n = len(found.categories)
    counts = np.zeros((n, n), np.int64)
    for category in range(n):
        foreign = found.members != category
        inside = inside_hull(found.coordinates[foreign], found.points(category))
        counts[category] = np.bincount(found.members[foreign][inside], minlength=n)
    return counts


def meetings(found: Regions) -> Bool[ndarray, "category category"]:
    """Return which pairs of categories have hulls that meet; False on the diagonal."""
    n = len(found.categories)
    meet = np.zeros((n, n), bool)
    for first in range(n):
        for second in range(first + 1, n):
            both = hulls_meet(found.points(first), found.points(second))
            meet[first, second] = meet[second, first] = both
    return meet


def prototypes(found: Regions) -> Matrix:
    """Return the mean of each category's items, one row a category."""
    return np.stack([found.points(c).mean(axis=0) for c in range(len(found.categories))])


def sizes(found: Regions) -> Float[ndarray, " category"]:
    """Return for each category the mean Euclidean distance of its items to their prototype."""
    centres = prototypes(found)
    away = np.linalg.norm(found.coordinates - centres[found.members], axis=1)
    return _by_category(found, away)


def first_axis_sizes(found: Regions) -> Float[ndarray, " category"]:
    """Return the study's sizes: the mean distance to the prototype along the first axis alone.

    The study says Euclidean distance, but its figures are these. They change when the space is
    turned, and shrink with the number of dimensions for that reason alone.
    """
    centres = prototypes(found)
    away = np.abs(found.coordinates[:, 0] - centres[found.members, 0])
    return _by_category(found, away)


def nearest_own(found: Regions) -> Bool[ndarray, " item"]:
    """Return for which items the nearest prototype is that of their own category.

    The prototype of an item's own category is made without the item: else the item pulls it
    near. An item that is alone in its category has no prototype and counts as False.
    """
    counts = np.bincount(found.members)
    centres = prototypes(found)
    distances = cdist(found.coordinates, centres)
    own = counts[found.members].astype(np.float64)
    rows = np.arange(len(own))
    # Without the item, the mean of n moves away from it by n / (n - 1).
    distances[rows, found.members] *= own / np.maximum(own - 1, 1)
    nearest = distances.argmin(axis=1) == found.members
    return nearest & (own > 1)


def _by_category(
    found: Regions, values: Float[ndarray, " item"]
) -> Float[ndarray, " category"]:
    return np.bincount(found.members, weights=values) / np.bincount(found.members)
