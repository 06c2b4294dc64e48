"""Outlines: the lines that scribbles are put together from, drawn by the hundred."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.random import Generator

from shapespace.arrays import Counts, Lines, Mask

N_POINTS = 49
"""Points of a curve; straight lines have as many as they have corners."""
MAX_CORNERS = 9
"""Most points of a line with corners: an octagon ends where it began."""

_TIMES = np.linspace(0, 1, N_POINTS)
_TURN = 2 * np.pi * _TIMES
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
_ORDERS = np.arange(2, 6)
_WAVES = np.concatenate([np.cos(np.outer(_ORDERS, _TURN)), np.sin(np.outer(_ORDERS, _TURN))])


class Outlines(NamedTuple):
    """Lines around the origin, each about as large as the unit circle."""

    points: Lines
    """Lines x N_POINTS x 2; what is left over repeats the last point."""
    n_points: Counts
    """How many of its points each line has."""


def draw_outlines(straight: Mask, closed: Mask, generator: Generator) -> Outlines:
    """Draw one line for each entry.

    Args:
        straight: Whether it is made of straight lines with corners between them.
        closed: Whether it ends where it began.
        generator: Source of the randomness.
    """
    points = np.empty((len(straight), N_POINTS, 2))
    n_points = np.full(len(straight), N_POINTS)
    for draw, kind in (
        (_polygons, straight & closed),
        (_zigzags, straight & ~closed),
        (_blobs, ~straight & closed),
        (_arcs_and_splines, ~straight & ~closed),
    ):
        points[kind], n_points[kind] = draw(int(kind.sum()), generator)
    return Outlines(points, n_points)


def _polygons(n: int, generator: Generator) -> Outlines:
    """Boxes, regular polygons and irregular ones."""
    n_corners = generator.integers(3, MAX_CORNERS, n)
    jitter = np.where(generator.random(n) < 0.4, 0.0, 0.35)[:, None]
    uneven = np.arange(MAX_CORNERS - 1) + jitter * generator.uniform(
        -1, 1, (n, MAX_CORNERS - 1)
    )
    turn = uneven * (2 * np.pi / n_corners)[:, None]
    radius = 1 - jitter * generator.uniform(0, 2, turn.shape)
    corners = np.stack([np.cos(turn), np.sin(turn)], axis=2) * radius[:, :, None]
    box = generator.random(n) < 0.4
    halves = generator.uniform(0.3, 1, (n, 1, 2))
    corners[box, :4] = (halves * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]))[box]
    n_corners = np.where(box, 4, n_corners)
    order = np.arange(N_POINTS)
    steps = np.where(order < n_corners[:, None], order, 0)  # back to the first corner
    return Outlines(corners[np.arange(n)[:, None], steps], n_corners + 1)


def _zigzags(n: int, generator: Generator) -> Outlines:
    """One to four straight lines on end."""
    n_corners = generator.integers(2, 6, n)
    corners = generator.uniform(-1, 1, (n, 5, 2))
    steps = np.minimum(np.arange(N_POINTS), n_corners[:, None] - 1)
    return Outlines(corners[np.arange(n)[:, None], steps], n_corners)


def _blobs(n: int, generator: Generator) -> Outlines:
    """Ellipses, and circles bent by a few waves."""
    strength = generator.choice([0.0, 0.6, 1.2], (n, 1)) / np.tile(_ORDERS, 2)
    radius = 1 + (generator.normal(0, 0.4, (n, len(_WAVES))) * strength) @ _WAVES
    shape = np.stack([np.ones(n), generator.uniform(0.35, 1, n)], axis=1)
    return Outlines(radius[:, :, None] * _CIRCLE * shape[:, None], np.full(n, N_POINTS))


def _arcs_and_splines(n: int, generator: Generator) -> Outlines:
    """Parts of ellipses, and smooth curves through a few points."""
    start, span = generator.uniform(0, 2 * np.pi, (n, 1)), generator.uniform(0.8, 5, (n, 1))
    turn = start + span * _TIMES
    squeeze = generator.uniform(0.3, 1, (n, 1))
    arcs = np.stack([np.cos(turn), np.sin(turn) * squeeze], axis=2)
    splines = smooth(generator.uniform(-1, 1, (n, 6, 2)), generator.integers(3, 7, n))
    is_arc = generator.random(n) < 0.5
    return Outlines(np.where(is_arc[:, None, None], arcs, splines), np.full(n, N_POINTS))


def smooth(corners: Float[np.ndarray, "line corner 2"], n_corners: Counts) -> Lines:
    """Return a curve through the first `n_corners` points of each row.

    The curves are Catmull-Rom splines with equal time from point to point.
    """
    rows = np.arange(len(corners))
    # One more point before the first and behind the last, each on a straight line.
    padded = np.pad(corners, ((0, 0), (1, 1), (0, 0)))
    padded[:, 0] = 2 * corners[:, 0] - corners[:, 1]
    padded[rows, n_corners + 1] = (
        2 * corners[rows, n_corners - 1] - corners[rows, n_corners - 2]
    )
    position = _TIMES * (n_corners - 1)[:, None]
    index = np.minimum(position.astype(int), n_corners[:, None] - 2)
    t = (position - index)[:, :, None]
    before, here, there, after = (padded[rows[:, None], index + k] for k in range(4))
    return 0.5 * (
        2 * here
        + (there - before) * t
        + (2 * before - 5 * here + 4 * there - after) * t**2
        + (3 * here - before - 3 * there + after) * t**3
    )
