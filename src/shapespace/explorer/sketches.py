"""Sketches that people draw or drop in: cleaned, kept for a while, and given to a run."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

import cv2
import numpy as np
from jaxtyping import UInt8
from numpy import ndarray

from shapespace.arrays import Greys, Scan
from shapespace.data.builtin import THINNEST
from shapespace.data.images import decode_image
from shapespace.errors import BadInput

MAX_BYTES = 8 * 2**20
"""The largest file that is taken."""

SIDE = 512
"""Side of a sketch as it is kept, in pixels."""

FILLS = 0.9
"""Share of the picture that the longer side of a sketch fills; training images fill .75 to 1."""

MOST_KEPT = 32
PREFIX = "sketch:"

_FAINTEST = 32
"""Grey steps between ink and paper below which there is no drawing."""
_PAPER = 0.9
"""Share of the way from the darkest ink to the paper above which a pixel counts as paper."""


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """A cleaned sketch."""

    id: str
    scan: Scan
    """Square of `SIDE` pixels: the ink cut out and centred on white paper."""
    notes: tuple[str, ...]
    """What was changed."""
    width: float
    """Width of its lines in pixels of the scan."""

    def picture(self, side: int) -> Greys:
        """Return it for a run of this side, lines at least as wide as those of the stimuli."""
        wanted = THINNEST * SIDE / side
        scan = self.scan
        if self.width < wanted:
            step = max(2, round(wanted - self.width + 1))
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (step, step))
            scan = cv2.erode(scan, kernel)  # of grey values: lines, being dark, grow
        small = cv2.resize(scan, (side, side), interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32)[None] / np.float32(255)


def clean(content: bytes) -> Sketch:
    """Make a sketch out of a PNG, JPEG or SVG file.

    White on black is inverted, grey paper becomes white and the darkest ink black, and the ink
    is cut out, centred and scaled to fill the picture as the stimuli do.

    Raises:
        BadInput: If it is no usable image, or there is nothing on it.
    """
    if len(content) > MAX_BYTES:
        raise BadInput(
            f"This file cannot be used: it is larger than {MAX_BYTES // 2**20} MB. Make it smaller."
        )
    try:
        decoded = decode_image(content, SIDE)
    except BadInput as error:
        raise BadInput(f"This file cannot be used: {error}.") from error
    notes = list(decoded.notes)
    grey = decoded.scan.astype(np.float32)
    ink, paper = float(grey.min()), float(np.median(grey))
    if paper - ink < _FAINTEST:
        raise BadInput(
            "There is no drawing on this picture: take dark lines on light paper, or the other "
            "way round."
        )
    share = np.clip((grey - ink) / (paper - ink), 0, 1)
    if paper < 250 or ink > 64:
        notes.append("paper made white and ink black")
    share = np.where(share > _PAPER, 1.0, share / _PAPER)
    rows, columns = (
        np.where((share < 0.5).any(axis=1))[0],
        np.where((share < 0.5).any(axis=0))[0],
    )
    cut = share[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scan = _centred((cut * 255).round().astype(np.uint8))
    return Sketch(
        id=PREFIX + hashlib.sha256(scan.tobytes()).hexdigest()[:12],
        scan=scan,
        notes=(*notes, "cut out, centred and scaled"),
        width=_line_width(scan),
    )


def _centred(cut: UInt8[ndarray, "cut_height cut_width"]) -> Scan:
    factor = FILLS * SIDE / max(cut.shape)
    height, width = (max(1, round(length * factor)) for length in cut.shape)
    kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(cut, (width, height), interpolation=kind)
    scan = np.full((SIDE, SIDE), 255, np.uint8)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    scan[top : top + height, left : left + width] = resized
    return scan


def _line_width(scan: Scan) -> float:
    """Return twice the area of the ink by its outline: exact for long even lines."""
    ink = (scan < 128).astype(np.uint8)
    outlines, _ = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    around = sum(cv2.arcLength(outline, True) for outline in outlines)
    return 2 * float(ink.sum()) / max(around, 1.0)


@dataclass
class Sketches:
    """The last sketches, by their id; the oldest is forgotten first."""

    _kept: OrderedDict[str, Sketch] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, content: bytes) -> Sketch:
        """Clean and keep a sketch.

        Raises:
            BadInput: If it cannot be used.
        """
        sketch = clean(content)
        with self._lock:
            self._kept[sketch.id] = sketch
            self._kept.move_to_end(sketch.id)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return sketch

    def get(self, id_: str) -> Sketch:
        """Return a sketch.

        Raises:
            UnknownSketch: If it is not, or no longer, kept.
        """
        with self._lock:
            if id_ not in self._kept:
                raise UnknownSketch("This sketch is no longer kept here. Give it again.")
            return self._kept[id_]


class UnknownSketch(BadInput):
    """A sketch that the server does not have, such as after it was started again."""
