"""What can be measured of a line drawing without a model: how long, how upright, how curved."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial import ConvexHull

from shapespace.arrays import Scan
from shapespace.data.hulls import ink_points
from shapespace.errors import BadInput
from shapespace.evaluation.pictures.tracing import SIDE, Path, trace

TOLERANCE = SIDE / 200
"""How far a stroke may stray from a line or an arc that stands for it, in traced pixels."""

SHORTEST = SIDE / 33
"""Strokes below this length, in traced pixels, say nothing of straight or curved."""


@dataclass(frozen=True)
class Shape:
    """Measures of one drawing; none depends on its size or place."""

    elongation: float
    """Natural logarithm of the longer over the shorter axis: 0 for a circle or a square, 0.69
    for an ellipse or a box twice as long as wide."""
    orientation: float
    """+1 for an upright line, -1 for a lying one, 0 for a diagonal axis or for none. Grows with
    elongation: an upright ellipse or box twice as high as wide has 0.6."""
    curvature: float
    """Share of the length of the strokes that is curved, from 0 (polygons) to 1 (circles); nan
    where every stroke is too short to tell."""


def measure(scan: Scan) -> Shape:
    """Measure a drawing of dark strokes on light paper.

    Elongation and orientation are those of the convex hull of the ink, seen as a filled plate.
    Inner lines and gaps in the outline do not matter then, and the ratio of axes is exact for
    ellipses and boxes alike. Bent objects, such as a banana, count as less long than people see
    them, since the hull fills the bend.

    Raises:
        BadInput: If the drawing is blank.
    """
    covariance = hull_covariance(scan)
    shorter, longer = np.sqrt(np.linalg.eigvalsh(covariance))
    return Shape(
        elongation=float(np.log(longer / shorter)),
        orientation=float((covariance[1, 1] - covariance[0, 0]) / np.trace(covariance)),
        curvature=curved_share(trace(scan)),
    )


def hull_covariance(scan: Scan) -> Float[ndarray, "2 2"]:
    """Return the second moments of the filled convex hull of the ink, x first, in pixels².

    Raises:
        BadInput: If the drawing is blank.
    """
    points = ink_points(scan).astype(np.float64)
    if len(points) == 0:
        raise BadInput("The drawing is blank: it has no ink to measure.")
    corners = points[ConvexHull(points).vertices]
    corners -= corners.mean(axis=0)
    following = np.roll(corners, -1, axis=0)
    # The hull is cut into triangles from the origin to each side; their moments are summed.
    areas = (corners[:, 0] * following[:, 1] - following[:, 0] * corners[:, 1]) / 2
    both = corners + following
    centre = areas @ both / (3 * areas.sum())
    moments = np.einsum("t,ti,tj->ij", areas, both, both)
    moments += np.einsum("t,ti,tj->ij", areas, corners, corners)
    moments += np.einsum("t,ti,tj->ij", areas, following, following)
    return moments / (12 * areas.sum()) - np.outer(centre, centre)


def curved_share(paths: list[Path]) -> float:
    """Return the share of the length of the strokes that is curved; nan if none can be told.

    Each stroke is cut into pieces that a straight line or an arc of a circle fits: a piece
    that neither fits is cut where it is furthest from its chord, so that corners become cuts.
    The turning point of a wave is locally straight and counts as such: a gentle wave has
    half, not 1.
    """
    lengths = np.zeros(2)
    for path in paths:
        if _length(path) >= SHORTEST:
            lengths += _straight_and_curved(path)
    return float(lengths[1] / lengths.sum()) if lengths.any() else float("nan")


def _straight_and_curved(path: Path) -> Float[ndarray, "2"]:
    first, last = path[0], path[-1]
    way = last - first
    distance = np.hypot(*way)
    if distance > 3:
        off = np.abs((path - first) @ (way[1], -way[0])) / distance
    else:  # closed: no chord to be off from
        off = np.hypot(*(path - first).T)
    if off.max() <= TOLERANCE:
        return np.array([_length(path), 0.0])
    cut = int(off.argmax())
    # A line with a hooked end is nearly as far from any arc as from its chord: it is cut.
    if _off_arc(path) <= min(TOLERANCE, off.max() / 3) or cut in (0, len(path) - 1):
        return np.array([0.0, _length(path)])
    return _straight_and_curved(path[: cut + 1]) + _straight_and_curved(path[cut:])


def _off_arc(path: Path) -> float:
    """Return how far the path strays at most from the circle that fits it best."""
    points = path - path.mean(axis=0)
    squares = (points**2).sum(axis=1)
    equations = np.column_stack([points, np.ones(len(points))])
    (a, b, c), *_ = np.linalg.lstsq(equations, squares, rcond=None)
    radius = np.sqrt(c + (a * a + b * b) / 4)
    return float(np.abs(np.hypot(*(points - (a / 2, b / 2)).T) - radius).max())


def _length(path: Path) -> float:
    return float(np.hypot(*np.diff(path, axis=0).T).sum())
