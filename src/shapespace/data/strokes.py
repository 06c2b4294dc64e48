"""Drawings kept as strokes, one JSON object a line, as Quick, Draw! publishes them."""

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from shapespace.arrays import Scan
from shapespace.data.listing import printable
from shapespace.data.packing import Item, Skipped
from shapespace.errors import BadInput

SUFFIXES = (".ndjson", ".ndjson.gz")
MARGIN = 12 / 224
"""White around the drawing, as a share of the side."""
STROKE_WIDTH = 1.6 / 224
"""Width of a stroke, as a share of the side."""
MAX_LINE_BYTES = 2**20
MAX_POINTS = 20_000

_FINER = 4
"""Drawn this many times larger, then averaged, so that strokes have soft edges."""


def is_stroke_file(path: Path) -> bool:
    """Say whether the name is that of a stroke file."""
    return path.name.lower().endswith(SUFFIXES)


def count_drawings(path: Path, at_most: int | None = None) -> int:
    """Return the number of lines, which is that of drawings.

    Raises:
        BadInput: If the file cannot be read.
    """
    return sum(1 for _ in islice(_lines(path), at_most))


def read_drawings(
    path: Path, side: int, at_most: int | None = None
) -> Iterator[Item | Skipped]:
    """Draw the drawings of one file, in its order.

    Args:
        path: Lines of JSON with `drawing` (strokes, each a list of x and a list of y), `word`
            (the class) and `key_id` or `id`; gzipped if the name ends in `.gz`.
        side: Side of the images in pixels.
        at_most: Read no more than this many.

    Raises:
        BadInput: If the file cannot be read.
    """
    for number, line in enumerate(islice(_lines(path), at_most), start=1):
        source = printable(f"{path.name}:{number}")
        try:
            drawing = _parse(line)
            name = drawing.get("key_id") or drawing.get("id") or f"{path.stem}-{number}"
            yield Item(
                id=printable(str(name)),
                label=printable(str(drawing.get("word", ""))),
                source=source,
                scan=draw_strokes(_strokes(drawing), side),
            )
        except BadInput as error:
            yield Skipped(source=source, reason=str(error))


def draw_strokes(strokes: list[np.ndarray], side: int) -> Scan:
    """Draw lines of points (x, y; y down) centred on white, as large as the margin allows.

    Raises:
        BadInput: If all points coincide, so that there is nothing to scale.
    """
    everything = np.concatenate(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    extent = (high - low).max()
    if not extent > 0:
        raise BadInput("all its points coincide")
    large = side * _FINER
    scale = large * (1 - 2 * MARGIN) / extent
    middle = (low + high) / 2
    width = max(1, round(large * STROKE_WIDTH))
    image = Image.new("L", (large, large), 255)
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        points = (stroke - middle) * scale + large / 2
        pen.line([tuple(p) for p in points], fill=0, width=width, joint="curve")
        for x, y in points[[0, -1]]:  # round ends
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=0)
    return np.asarray(image.reduce(_FINER))


def _lines(path: Path) -> Iterator[bytes]:
    """Walk through the lines that are not empty, none longer than the limit."""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            while line := stream.readline(MAX_LINE_BYTES):
                if line.strip():
                    yield line
    except (OSError, EOFError) as error:
        raise BadInput(f"{path} cannot be read ({error}).") from error


def _parse(line: bytes) -> dict:
    try:
        drawing = json.loads(line)
    except (ValueError, RecursionError):
        raise BadInput("the line is not JSON, or is longer than 1 MB") from None
    if not isinstance(drawing, dict):
        raise BadInput("the line holds no JSON object")
    return drawing


def _strokes(drawing: dict) -> list[np.ndarray]:
    """Return the strokes as arrays of points; times, which the raw files have, are left out."""
    try:
        strokes = [
            np.array([stroke[0], stroke[1]], np.float64).T for stroke in drawing["drawing"]
        ]
    except (KeyError, IndexError, TypeError, ValueError):
        raise BadInput("it has no strokes with a list of x and a list of y each") from None
    strokes = [stroke for stroke in strokes if len(stroke)]
    if not strokes or any(s.ndim != 2 or not np.isfinite(s).all() for s in strokes):
        raise BadInput("it has no strokes with a list of x and a list of y each")
    if sum(map(len, strokes)) > MAX_POINTS:
        raise BadInput(f"it has more than {MAX_POINTS:,} points")
    return strokes
