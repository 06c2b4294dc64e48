"""How large an object is drawn on its canvas, and where: the study's size-position rule."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Placement:
    """Where objects lie on a square canvas, in pixels; one entry an object."""

    left: np.ndarray
    top: np.ndarray
    width: np.ndarray
    height: np.ndarray


def longest_side_chances(aspect: np.ndarray, side: int, smallest: int) -> np.ndarray:
    """Return the chance of every longest side in smallest...side, one row an object.

    Every combination of size and position on the canvas is equally likely, so a size is as
    likely as it has positions: (side - i + 1) along the long side times
    floor(side - i * aspect + 1) along the short one.

    Args:
        aspect: Short side over long side of each object, in (0, 1].
        side: Side of the canvas in pixels.
        smallest: Smallest longest side in pixels.

    Reference:
        Bechberger, "Learning To Map Images Into Shape Space, Part 3".
    """
    longest = np.arange(smallest, side + 1)
    ways = (side - longest + 1) * np.floor(side - longest * aspect[:, None] + 1)
    return ways / ways.sum(axis=1, keepdims=True)


def place(
    widths: np.ndarray,
    heights: np.ndarray,
    *,
    side: int,
    smallest_share: float,
    generator: np.random.Generator,
) -> Placement:
    """Draw a size and a position for objects of these shapes.

    Args:
        widths: Widths of the objects, in any unit.
        heights: Heights of the objects, in the same unit.
        side: Side of the canvas in pixels.
        smallest_share: Smallest longest side as a share of the canvas (the study: 168 / 224).
        generator: Source of the randomness.

    Returns:
        Whole pixels. The short side is floor(longest * aspect), at least 1.
    """
    smallest = max(1, round(side * smallest_share))
    longest_object = np.maximum(widths, heights)
    aspect = np.minimum(widths, heights) / longest_object
    cumulative = longest_side_chances(aspect, side, smallest).cumsum(axis=1)
    draw = generator.random((len(aspect), 1))
    longest = np.minimum(smallest + (draw >= cumulative).sum(axis=1), side)
    short = np.maximum(1, np.floor(longest * aspect).astype(np.int64))
    wide = widths >= heights
    width, height = np.where(wide, longest, short), np.where(wide, short, longest)
    return Placement(
        left=generator.integers(0, side - width + 1),
        top=generator.integers(0, side - height + 1),
        width=width,
        height=height,
    )
