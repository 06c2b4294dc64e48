"""A decoded drawing as an SVG of filled outlines, sharp at every size."""

import cv2
import numpy as np

from shapespace.arrays import Greys

LEVELS = 6
"""Shades of grey between ink and paper."""

FINER = 8
"""How much finer than the pixels the outlines are traced."""


def svg_of(pictures: Greys, *, title: str) -> str:
    """Return one picture as SVG: outlines of equal grey, laid over one another.

    Args:
        pictures: One picture, values in [0, 1].
        title: What it is, for screen readers.
    """
    side = pictures.shape[1]
    big = cv2.resize(pictures[0], (side * FINER, side * FINER), interpolation=cv2.INTER_CUBIC)
    # A border of paper closes the outlines of ink that touches the edge.
    ink = np.pad(1 - big, 1)
    paths = []
    darkest = 0.0
    for level in (np.arange(LEVELS) + 0.5) / LEVELS:
        mask = (ink > level).astype(np.uint8)
        outlines, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_TC89_KCOS)
        rings = [_ring(outline[:, 0]) for outline in outlines if len(outline) > 2]
        # Layers lie over one another; each brings the grey to what it would be on its own.
        wanted = level + 0.5 / LEVELS
        opacity = 1 - (1 - wanted) / (1 - darkest) if wanted < 1 else 1
        darkest = wanted
        if rings:
            paths.append(
                f'<path fill="#000" fill-opacity="{opacity:.3f}" fill-rule="evenodd" '
                f'd="{"".join(rings)}"/>'
            )
    escaped = title.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="512" '
        f'height="512" role="img"><title>{escaped}</title>'
        f'<rect width="{side}" height="{side}" fill="#fff"/>{"".join(paths)}</svg>\n'
    )


def _ring(outline: np.ndarray) -> str:
    # Pixel centres lie half a pixel in, and the border moved everything by one.
    points = (outline - 0.5) / FINER
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points) + "Z"
