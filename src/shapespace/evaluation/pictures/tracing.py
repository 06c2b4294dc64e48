"""From a drawing of strokes to their centre lines, as sequences of points."""

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray
from scipy import ndimage
from scipy.spatial.distance import cdist

from shapespace.arrays import Scan
from shapespace.data.hulls import otsu_threshold
from shapespace.errors import BadInput

SIDE = 256
"""Longer side in pixels of the box of the ink, to which every drawing is scaled for tracing."""

LARGEST_SCALE = 8
"""A drawing of fewer than 32 pixels is not blown up to `SIDE`: no more is to be seen in it."""

GAP = SIDE / 32
"""Largest gap at a crossing over which two ends are taken for one stroke, in pixels."""

BEND = 35
"""Largest bend at a crossing with which two ends are taken for one stroke, in degrees."""

Path = Float[ndarray, "_ 2"]
Ink = Bool[ndarray, "row column"]

# The eight neighbours of a pixel, clockwise from above; bit k of a pixel's code is neighbour k.
_RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def trace(scan: Scan) -> list[Path]:
    """Return the centre lines of the strokes: one array of points (x, y) for each stroke.

    The box of the ink is scaled to `SIDE` pixels first, so that what is traced does not depend
    on the size of the drawing. Strokes go on straight over crossings, and are cut elsewhere at
    junctions. Closed strokes end where they begin. Marks of a few pixels are left out.

    Raises:
        BadInput: If the drawing is blank.

    Reference:
        Zhang and Suen (1984), "A Fast Parallel Algorithm for Thinning Digital Patterns",
        CACM 27.
    """
    return [_smoothed(path) for path in _joined(_pieces(thin(_scaled(scan))))]


def thin(ink: Ink) -> Ink:
    """Return lines one pixel wide in the middle of the strokes."""
    padded = np.pad(ink, 1)
    whole = padded[1:-1, 1:-1]
    flat = padded.reshape(-1)
    steps = [down * padded.shape[1] + right for down, right in _RING]
    while True:
        n_gone = 0
        for removable in (_FIRST, _SECOND):
            # Only ink beside paper can go, which is little of a thick stroke.
            inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
            at = np.flatnonzero(np.pad(whole & ~inner, 1))
            codes = np.zeros(len(at), np.uint8)
            for bit, step in enumerate(steps):
                codes |= flat[at + step].view(np.uint8) << np.uint8(bit)
            gone = at[removable[codes]]
            flat[gone] = False
            n_gone += len(gone)
        if n_gone == 0:
            return whole.copy()


def _scaled(scan: Scan) -> Ink:
    if scan.min() == scan.max():
        raise BadInput("The drawing is blank: it has no strokes to measure.")
    rows, columns = np.nonzero(scan <= otsu_threshold(scan))
    top, bottom, left, right = rows.min(), rows.max() + 1, columns.min(), columns.max() + 1
    margin = 3  # of paper, which the interpolation needs
    padded = np.pad(scan.astype(np.float64), margin, constant_values=255)
    cut = padded[top : bottom + 2 * margin, left : right + 2 * margin]
    scale = min(SIDE / max(bottom - top, right - left), LARGEST_SCALE)
    # Cubic where the drawing grows, since soft edges then hold more than whole pixels.
    grown = ndimage.zoom(
        cut, scale, order=3 if scale > 1 else 1, mode="nearest", grid_mode=True
    )
    grey = grown.clip(0, 255).astype(np.uint8)
    return grey <= otsu_threshold(grey)


def _neighbours(ink: Ink) -> np.ndarray:
    """Return for each pixel which of its neighbours are ink, as a code of eight bits."""
    weights = np.zeros((3, 3), np.int32)
    for bit, (down, right) in enumerate(_RING):
        weights[1 + down, 1 + right] = 1 << bit
    return ndimage.correlate(ink.astype(np.int32), weights, mode="constant")


def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for each code whether each step of thinning removes it, and whether lines fork."""
    ring = (np.arange(256)[:, None] >> np.arange(8)) & 1 == 1
    lines, inked = (~ring & np.roll(ring, -1, axis=1)).sum(axis=1), ring.sum(axis=1)
    up, right, down, left = ring[:, 0::2].T
    outer = (lines == 1) & (inked >= 2) & (inked <= 6)
    first = outer & ~(up & right & down) & ~(right & down & left)
    second = outer & ~(up & right & left) & ~(up & down & left)
    # Where two lines cross in a clot of pixels, none sees three lines, but one many neighbours.
    return first, second, (lines >= 3) | (inked >= 5)


_FIRST, _SECOND, _FORKED = _tables()


def _pieces(lines: Ink) -> list[Path]:
    """Cut lines at their junctions and walk along each piece."""
    junctions = lines & _FORKED[_neighbours(lines)]
    rest = lines & ~ndimage.binary_dilation(junctions, np.ones((3, 3), bool))
    ends = rest & (np.bitwise_count(_neighbours(rest)) <= 1)
    left = {(row, column) for row, column in np.argwhere(rest).tolist()}
    pieces = []
    # What has no end is closed, and begun anywhere.
    for row, column in np.concatenate([np.argwhere(ends), np.argwhere(rest)]).tolist():
        path = _walk((row, column), left)
        if len(path) > 3:
            pieces.append(np.array(path, np.float64)[:, ::-1])
    return pieces


def _walk(pixel: tuple[int, int], left: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pixels from this one on, taking them from those that are left."""
    path = []
    straight_first = _RING[0::2] + _RING[1::2]  # so that a corner pixel is not jumped over
    while pixel in left:
        left.remove(pixel)
        path.append(pixel)
        row, column = pixel
        for down, right in straight_first:
            if (row + down, column + right) in left:
                pixel = (row + down, column + right)
                break
    return path


def _joined(pieces: list[Path]) -> list[Path]:
    """Join pieces that go on straight over a crossing, the straightest pairs first."""
    if not pieces:
        return []
    partner = _partners(pieces)
    paths, done = [], set()
    starts = [end for end in range(2 * len(pieces)) if end not in partner]
    for start in starts + list(range(0, 2 * len(pieces), 2)):
        end, chain = start, []
        while end is not None and end // 2 not in done:
            done.add(end // 2)
            chain.append(pieces[end // 2][:: -1 if end % 2 else 1])
            end = partner.get(end ^ 1)
        if chain:
            if end == start:
                chain.append(chain[0][:1])  # round a closed stroke to where it began
            paths.append(np.concatenate(chain))
    return paths


def _partners(pieces: list[Path]) -> dict[int, int]:
    """Return which end meets which; ends 2k and 2k + 1 are the first and last of piece k."""
    tips = np.array([tip for piece in pieces for tip in (piece[0], piece[-1])])
    inner = np.array([p for piece in pieces for p in (piece[:10][-1], piece[-10:][0])])
    ways = tips - inner
    ways /= np.linalg.norm(ways, axis=1, keepdims=True).clip(min=1e-9)
    straightness = -(ways @ ways.T)
    possible = (straightness > np.cos(np.radians(BEND))) & (cdist(tips, tips) <= GAP)
    first, second = np.nonzero(np.triu(possible, 1))
    partner: dict[int, int] = {}
    for pair in np.argsort(-straightness[first, second], kind="stable"):
        one, other = int(first[pair]), int(second[pair])
        if one not in partner and other not in partner:
            partner[one], partner[other] = other, one
    return partner


def _smoothed(path: Path) -> Path:
    """Take out the steps of the pixels, keeping the ends in place."""
    if np.hypot(*(path[0] - path[-1])) < 3:
        return ndimage.gaussian_filter1d(path, 2.0, axis=0, mode="wrap")
    # Turned about its ends the path goes on evenly, so that smoothing does not pull them in.
    before, after = 2 * path[0] - path[8:0:-1], 2 * path[-1] - path[-2:-10:-1]
    longer = np.concatenate([before, path, after])
    return ndimage.gaussian_filter1d(longer, 2.0, axis=0)[len(before) : len(before) + len(path)]
