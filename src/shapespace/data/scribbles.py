"""Scribbles: a seeded, endless supply of line drawings whose shape parameters are known."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from shapespace.arrays import Scans
from shapespace.data.placement import place
from shapespace.data.randomness import numpy_stream

SUPERSAMPLING = 4
"""Lines are drawn this many times larger and averaged down, which gives smooth edges."""

Stroke = np.ndarray
"""Points x 2, as (x, y); consecutive points are joined."""


@dataclass(frozen=True, kw_only=True)
class Scribble:
    """One line drawing in a unit square, with what is known about it.

    Attributes:
        strokes: Polylines within [0, 1] x [0, 1]; a closed one ends where it began.
        straightness: Share of the stroke length that is straight lines, in [0, 1].
        closedness: Share of the stroke length in closed outlines, in [0, 1].
        symmetric: Whether the left half mirrors the right before turning.
        elongation: Long over short axis of the frame it was squeezed into, at least 1.
        angle: Direction of the long axis in degrees, 0 horizontal, 90 vertical, in [0, 180).
        stroke_width: Width of the strokes as a share of the canvas side.
    """

    strokes: tuple[Stroke, ...]
    straightness: float
    closedness: float
    symmetric: bool
    elongation: float
    angle: float
    stroke_width: float


def scribble(generator: np.random.Generator) -> Scribble:
    """Draw the next scribble from a random stream."""
    parts: list[tuple[Stroke, bool, bool]] = []
    straight_taste = generator.choice([0.05, 0.5, 0.95])
    n_parts = int(generator.integers(1, 7))
    for index in range(n_parts):
        straight = bool(generator.random() < straight_taste)
        closed = bool(generator.random() < 0.6)
        shape = _outline(generator, straight=straight, closed=closed)
        if index == 0:
            size, centre = 1.0, np.zeros(2)
        else:  # smaller parts sit on what is there already
            anchor = parts[int(generator.integers(len(parts)))][0]
            centre = anchor[int(generator.integers(len(anchor)))] * generator.choice([0.5, 1.0])
            size = float(generator.uniform(0.12, 0.7))
        parts.append((shape * size + centre, straight, closed))
    symmetric = bool(generator.random() < 0.35)
    if symmetric:
        parts += [(part * np.array([-1.0, 1.0]), s, c) for part, s, c in parts]
    elongation = float(np.exp(generator.uniform(0, np.log(4))))
    angle = float(generator.choice([0.0, 90.0, generator.uniform(0, 180)], p=[0.25, 0.25, 0.5]))
    strokes = _fit_unit([part for part, _, _ in parts], elongation, angle)
    lengths = np.array([_length(stroke) for stroke in strokes]) + 1e-12
    return Scribble(
        strokes=tuple(strokes),
        straightness=float(lengths[[s for _, s, _ in parts]].sum() / lengths.sum()),
        closedness=float(lengths[[c for _, _, c in parts]].sum() / lengths.sum()),
        symmetric=symmetric,
        elongation=elongation,
        angle=angle,
        stroke_width=float(np.exp(generator.uniform(np.log(0.004), np.log(0.014)))),
    )


def _outline(generator: np.random.Generator, *, straight: bool, closed: bool) -> Stroke:
    """Return one part around the origin, about as large as the unit circle."""
    if straight and closed:
        n = int(generator.integers(3, 9))
        if generator.random() < 0.4:  # a box
            w, h = generator.uniform(0.3, 1, 2)
            corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]])
        else:
            jitter = 0.0 if generator.random() < 0.4 else 0.35
            turns = (np.arange(n) + generator.uniform(-jitter, jitter, n)) * (2 * np.pi / n)
            radii = 1 - generator.uniform(0, 2 * jitter, n)
            corners = np.stack([np.cos(turns), np.sin(turns)], axis=1) * radii[:, None]
        return np.concatenate([corners, corners[:1]])
    if straight:
        n = int(generator.integers(2, 6))
        return generator.uniform(-1, 1, (n, 2))
    if closed:  # a circle bent by a few waves
        t = np.linspace(0, 2 * np.pi, 49)
        orders = np.arange(2, 6)
        waves = generator.normal(0, 0.4, (2, 4)) / orders * generator.choice([0.0, 0.6, 1.2])
        radius = 1 + waves[0] @ np.cos(np.outer(orders, t)) + waves[1] @ np.sin(np.outer(orders, t))
        squeeze = generator.uniform(0.35, 1)
        return np.stack([np.cos(t), np.sin(t) * squeeze], axis=1) * radius[:, None]
    if generator.random() < 0.5:  # an arc
        start, span = generator.uniform(0, 2 * np.pi), generator.uniform(0.8, 5)
        t = np.linspace(start, start + span, 25)
        return np.stack([np.cos(t), np.sin(t) * generator.uniform(0.3, 1)], axis=1)
    corners = generator.uniform(-1, 1, (int(generator.integers(3, 7)), 2))
    return _smooth(corners)


def _smooth(corners: np.ndarray, n_points: int = 40) -> Stroke:
    """Return a curve through all corners: a Catmull-Rom spline with equal time steps."""
    padded = np.concatenate([2 * corners[:1] - corners[1:2], corners, 2 * corners[-1:] - corners[-2:-1]])
    position = np.linspace(0, len(corners) - 1, n_points)
    index = np.minimum(position.astype(int), len(corners) - 2)
    t = (position - index)[:, None]
    before, here, there, after = (padded[index + k] for k in range(4))
    return 0.5 * (
        2 * here
        + (there - before) * t
        + (2 * before - 5 * here + 4 * there - after) * t**2
        + (3 * here - before - 3 * there + after) * t**3
    )


def _fit_unit(parts: list[Stroke], elongation: float, angle: float) -> list[Stroke]:
    """Squeeze the whole drawing to an elongation, turn it, and fit it into the unit square."""
    points = np.concatenate(parts)
    low, high = points.min(axis=0), points.max(axis=0)
    upright = [(part - (low + high) / 2) / np.maximum(high - low, 1e-6) for part in parts]
    turn = np.deg2rad(angle)
    # y points down, so that 90 degrees is upright either way
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    turned = [(part * np.array([1.0, 1.0 / elongation])) @ axes for part in upright]
    points = np.concatenate(turned)
    low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
    return [(part - low) / extent for part in turned]


def _length(stroke: Stroke) -> float:
    return float(np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum())


def render(
    drawing: Scribble, side: int, *, smallest_share: float, generator: np.random.Generator
) -> np.ndarray:
    """Draw a scribble at a random size and place of a side x side canvas; uint8, 255 is paper.

    Sizes and places follow the same rule as augmented copies (see `placement.place`).
    """
    points = np.concatenate(drawing.strokes)
    extent = np.maximum(points.max(axis=0), 0.02)
    spot = place(
        extent[:1], extent[1:], side=side, smallest_share=smallest_share, generator=generator
    )
    width = max(1.0, drawing.stroke_width * side)
    box = np.array([spot.width[0], spot.height[0]])
    scale = np.maximum(box - width, 1) / extent * SUPERSAMPLING
    offset = (np.array([spot.left[0], spot.top[0]]) + width / 2) * SUPERSAMPLING
    canvas = Image.new("L", (side * SUPERSAMPLING, side * SUPERSAMPLING), 255)
    pen = ImageDraw.Draw(canvas)
    thickness = max(1, round(width * SUPERSAMPLING))
    for stroke in drawing.strokes:
        path = (stroke * scale + offset).ravel().tolist()
        pen.line(path, fill=0, width=thickness, joint="curve" if thickness > 6 else None)
    return np.asarray(canvas.reduce(SUPERSAMPLING))


def scribbles(
    positions: np.ndarray, side: int, *, seed: int, smallest_share: float = 0.75
) -> Scans:
    """Return the scribbles at these positions of the endless series with this seed.

    Args:
        positions: Whole numbers from 0; the same position always gives the same drawing.
        side: Side of the images in pixels.
        seed: Names the series; different seeds share no drawing.
        smallest_share: Smallest longest side of a drawing as a share of the canvas.
    """
    images = np.empty((len(positions), side, side), np.uint8)
    for row, position in enumerate(positions.tolist()):
        generator = numpy_stream(seed, "scribble", position)
        images[row] = render(
            scribble(generator), side, smallest_share=smallest_share, generator=generator
        )
    return images
