"""Scribbles: a seeded, endless supply of line drawings whose shape parameters are known."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from shapespace.arrays import Counts, Line, Lines, Scan, Scans
from shapespace.data.outlines import MAX_CORNERS, N_POINTS, draw_outlines
from shapespace.data.placement import place
from shapespace.data.randomness import numpy_stream
from shapespace.errors import BadInput

SUPERSAMPLING = 4
"""Lines are drawn this many times larger and averaged down, which gives smooth edges."""
BLOCK = 64
"""Neighbouring positions whose random numbers are drawn at once, which is ten times faster."""
MAX_PARTS = 6
"""Most outlines of a drawing before it is mirrored."""
THINNEST = 0.05
"""Least width over height of the frame a drawing is placed with, or the other way round."""


@dataclass(frozen=True, kw_only=True)
class Scribble:
    """One line drawing in a unit square, with what is known about it.

    Attributes:
        strokes: Polylines within [0, 1] x [0, 1], y down; a closed one ends where it began.
        straightness: Share of the stroke length that is straight lines, in [0, 1].
        closedness: Share of the stroke length in closed outlines, in [0, 1].
        symmetric: Whether the left half mirrors the right before turning.
        elongation: Long over short axis of the frame it was squeezed into, at least 1.
        angle: Direction of the long axis, degrees counter-clockwise, 0 horizontal, in [0, 180).
        stroke_width: Width of the strokes as a share of the canvas side.
    """

    strokes: tuple[Line, ...]
    straightness: float
    closedness: float
    symmetric: bool
    elongation: float
    angle: float
    stroke_width: float


def scribbles_at(positions: np.ndarray, *, seed: int) -> list[Scribble]:
    """Return the drawings at these positions of the endless series with this seed.

    Args:
        positions: Whole numbers from 0; the same position always gives the same drawing.
        seed: Names the series; different seeds share no drawing.

    Raises:
        BadInput: If a position is negative.
    """
    blocks, places = _blocks(positions)
    return [
        _block(seed, block).drawings[place]
        for block, place in zip(blocks.tolist(), places.tolist(), strict=True)
    ]


def scribbles(
    positions: np.ndarray, side: int, *, seed: int, smallest_share: float = 0.75
) -> Scans:
    """Return pictures of the scribbles at these positions of the endless series with this seed.

    Sizes and places follow the same rule as augmented copies (see `placement.place`).

    Args:
        positions: Whole numbers from 0; the same position always gives the same picture.
        side: Side of the images in pixels.
        seed: Names the series; different seeds share no drawing.
        smallest_share: Smallest longest side of a drawing as a share of the canvas.

    Raises:
        BadInput: If a position is negative.
    """
    images = np.full((len(positions), side, side), 255, np.uint8)
    blocks, places = _blocks(positions)
    for image, block, row in zip(images, blocks.tolist(), places.tolist(), strict=True):
        spots = _spots(seed, block, side, smallest_share)
        render(_block(seed, block).drawings[row], image, spots[row])
    return images


def render(drawing: Scribble, image: Scan, box: tuple[int, int, int, int]) -> None:
    """Draw a scribble onto an image so that it fills a box; lines are 1 px wide or wider.

    Args:
        drawing: What to draw.
        image: Square canvas; what lies in the box is overwritten.
        box: Left, top, width and height in pixels.
    """
    side, (left, top, width, height) = len(image), box
    pen_width = max(1.0, drawing.stroke_width * side)
    width, height = max(width, math.ceil(pen_width)), max(height, math.ceil(pen_width))
    left, top = min(left, side - width), min(top, side - height)
    points = np.concatenate(drawing.strokes)
    # The pen reaches half its width beyond the points, and PIL one small pixel further.
    free = np.maximum(SUPERSAMPLING * (np.array([width, height]) - pen_width) - 1, 0)
    scale = free / np.maximum(points.max(axis=0), THINNEST)
    path = (points * scale + pen_width / 2 * SUPERSAMPLING).ravel().tolist()
    canvas = Image.new("L", (width * SUPERSAMPLING, height * SUPERSAMPLING), 255)
    pen = ImageDraw.Draw(canvas)
    thickness = round(pen_width * SUPERSAMPLING)
    begin = 0
    for stroke in drawing.strokes:
        end = begin + 2 * len(stroke)
        cornered = len(stroke) <= MAX_CORNERS  # curves turn too little from point to point
        pen.line(path[begin:end], 0, thickness, "curve" if cornered else None)
        begin = end
    image[top : top + height, left : left + width] = canvas.reduce(SUPERSAMPLING)


def _blocks(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the block of each position and its place there."""
    if len(positions) and positions.min() < 0:
        raise BadInput(f"Scribbles are counted from 0; there is none at {positions.min()}.")
    return np.divmod(positions, BLOCK)


@dataclass(frozen=True)
class _Block:
    """Neighbouring scribbles."""

    drawings: tuple[Scribble, ...]
    extents: np.ndarray
    """Width and height of each, one of them 1."""


@lru_cache(maxsize=8)  # the next batch often begins in a block that the last one ended in
def _spots(
    seed: int, block: int, side: int, smallest_share: float
) -> list[tuple[int, int, int, int]]:
    """Return left, top, width and height of each drawing of a block on a canvas."""
    width, height = np.maximum(_block(seed, block).extents, THINNEST).T
    generator = numpy_stream(seed, "scribbles/places", block)
    spot = place(width, height, side=side, smallest_share=smallest_share, generator=generator)
    whole = np.stack([spot.left, spot.top, spot.width, spot.height], axis=1)
    return [tuple(row) for row in whole.tolist()]


@lru_cache(maxsize=8)
def _block(seed: int, block: int) -> _Block:
    """Draw a block of scribbles, apart from their pixels."""
    generator = numpy_stream(seed, "scribbles", block)
    exists = np.arange(MAX_PARTS) < generator.integers(1, MAX_PARTS + 1, (BLOCK, 1))
    taste = generator.choice([0.05, 0.5, 0.95], (BLOCK, 1))
    straight = generator.random((BLOCK, MAX_PARTS)) < taste
    closed = generator.random((BLOCK, MAX_PARTS)) < 0.6
    points = np.zeros((BLOCK, MAX_PARTS, N_POINTS, 2))
    n_points = np.ones((BLOCK, MAX_PARTS), int)
    points[exists], n_points[exists] = draw_outlines(
        straight[exists], closed[exists], generator
    )
    _attach(points, n_points, generator)
    symmetric = generator.random((BLOCK, 1)) < 0.35
    exists = np.concatenate([exists, exists & symmetric], axis=1)
    points = np.concatenate([points, points * np.array([-1.0, 1.0])], axis=1)[exists]
    straight, closed, n_points = (np.tile(x, 2)[exists] for x in (straight, closed, n_points))
    # From here on there is one row a part that exists, drawing after drawing.
    owner = exists.nonzero()[0]
    starts = np.searchsorted(owner, np.arange(BLOCK))
    elongation = np.exp(generator.uniform(0, np.log(4), BLOCK))
    choice = generator.random(BLOCK)
    angle = np.where(choice < 0.5, generator.uniform(0, 180, BLOCK), 0.0)
    angle[choice > 0.75] = 90.0
    points = _fit_unit(points, owner, starts, elongation, angle)
    steps = np.diff(points, axis=1)
    lengths = np.hypot(steps[:, :, 0], steps[:, :, 1]).sum(axis=1)
    shares = np.stack([lengths, lengths * straight, lengths * closed])
    total, straight_length, closed_length = np.add.reduceat(shares, starts, axis=1)
    stroke_width = np.exp(generator.uniform(np.log(0.004), np.log(0.014), BLOCK))
    strokes = [line[:n] for line, n in zip(points, n_points.tolist(), strict=True)]
    ends = [*starts[1:].tolist(), len(strokes)]
    drawings = tuple(
        Scribble(
            strokes=tuple(strokes[starts[i] : ends[i]]),
            straightness=float(straight_length[i] / total[i]),
            closedness=float(closed_length[i] / total[i]),
            symmetric=bool(symmetric[i, 0]),
            elongation=float(elongation[i]),
            angle=float(angle[i]),
            stroke_width=float(stroke_width[i]),
        )
        for i in range(BLOCK)
    )
    return _Block(drawings, _boxes(points, starts)[1])


def _attach(points: np.ndarray, n_points: np.ndarray, generator: np.random.Generator) -> None:
    """Shrink all parts but the first; put them on or halfway to a point of an earlier one."""
    rows = np.arange(BLOCK)
    which_part, which_point = generator.random((2, BLOCK, MAX_PARTS))
    reach = generator.choice([0.5, 1.0], (BLOCK, MAX_PARTS, 1))
    size = generator.uniform(0.12, 0.7, (BLOCK, MAX_PARTS, 1, 1))
    for index in range(1, MAX_PARTS):
        anchor = (which_part[:, index] * index).astype(int)
        point = (which_point[:, index] * n_points[rows, anchor]).astype(int)
        centre = points[rows, anchor, point] * reach[:, index]
        points[:, index] = points[:, index] * size[:, index] + centre[:, None]


def _fit_unit(
    points: Lines, owner: Counts, starts: np.ndarray, elongation: np.ndarray, angle: np.ndarray
) -> Lines:
    """Squeeze each drawing to an elongation, turn it, and fit it into the unit square."""
    low, high = _boxes(points, starts)
    scale = np.stack([np.ones(BLOCK), 1 / elongation], axis=1) / np.maximum(high - low, 1e-6)
    upright = (points - ((low + high) / 2)[owner, None]) * scale[owner, None]
    turn = np.deg2rad(angle)
    cos, sin = np.cos(turn), np.sin(turn)
    # y points down, so that turning to the left takes x to (cos, -sin)
    axes = np.stack([cos, -sin, sin, cos], axis=1).reshape(BLOCK, 2, 2)
    turned = upright @ axes[owner]
    low, high = _boxes(turned, starts)
    return (turned - low[owner, None]) / (high - low).max(axis=1)[owner, None, None]


def _boxes(points: Lines, starts: Counts) -> tuple[Line, Line]:
    """Return the lowest and the highest x and y of each drawing."""
    # numpy is slow along an axis of two, so x and y get rows of their own
    flat = points.transpose(2, 0, 1).reshape(2, -1)
    first = starts * N_POINTS
    return np.minimum.reduceat(flat, first, axis=1).T, np.maximum.reduceat(
        flat, first, axis=1
    ).T
