"""The 60 built-in drawings, packed like any other set."""

import csv
import hashlib
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from shapespace.data.home import set_directory
from shapespace.data.images import decode_image
from shapespace.data.packed import PackedSet, SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import BadInput

NAME = "drawings"
USUAL_SIDE = 224
THINNEST = 1.2
"""Width of the lines in pixels where the drawings are so small that they would be thinner."""

_BOX = 300
"""Side of the view box of every drawing."""
_WIDTH = re.compile(rb'(stroke-width=")([0-9.]+)(")')


def drawings_set(side: int = USUAL_SIDE) -> PackedSet:
    """Return the built-in drawings for runs of a side; packed into the data home if need be.

    Need is if they are not there yet for this side, or the package has newer drawings.
    """
    directory = _directory(side)
    try:
        packed = PackedSet(directory)
    except BadInput:  # none yet, or of another version
        return pack_drawings(side, directory)
    if packed.info.side != _stored_side(side) or packed.info.origin != _origin():
        return pack_drawings(side, directory)
    return packed


def pack_drawings(side: int = USUAL_SIDE, directory: Path | None = None) -> PackedSet:
    """Pack the built-in drawings, category by category, in the order of the study's folds.

    The position of a drawing modulo 5 is its published fold. They are drawn anew for every
    side, with lines at least `THINNEST` pixels wide; for small sides they are stored twice as
    large, so that augmented copies are shrunk, not blurred.

    Args:
        side: Side of the images of a run in pixels.
        directory: Where the set will lie; in the data home if none is named.
    """
    info = SetInfo(
        name=NAME,
        side=_stored_side(side),
        n_images=0,
        bits=False,
        turnable=False,
        stand_in=True,
        licence="CC0 1.0",
        citation="Drawn for shapespace after the items of the Shapes study; not its stimuli",
        origin=_origin(),
    )
    return pack(_items(side), info, directory or _directory(side))


def _directory(side: int) -> Path:
    """Keep sides apart, so that runs of different sides can share a data home."""
    return set_directory(NAME if side == USUAL_SIDE else f"{NAME}-{side}")


def _stored_side(side: int) -> int:
    return 2 * side if 2 * side <= USUAL_SIDE else side


def _items(side: int) -> Iterator[Item]:
    folder = files("shapespace.data")
    lines = folder.joinpath("human/folds.csv").read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(lines):
        for fold in range(5):
            item = row[f"fold{fold}"]
            name = f"{item.replace(' ', '_')}.svg"
            content = _thickened(folder.joinpath("drawings", name).read_bytes(), side)
            scan = decode_image(content, _stored_side(side)).scan
            yield Item(id=item, label=row["category"], source=name, scan=scan)


def _thickened(content: bytes, side: int) -> bytes:
    """Widen the lines of a drawing to at least `THINNEST` pixels of a run's images."""
    least = THINNEST * _BOX / side

    def widen(match: re.Match[bytes]) -> bytes:
        return match[1] + f"{max(float(match[2]), least):g}".encode() + match[3]

    return _WIDTH.sub(widen, content)


def _origin() -> str:
    """Name the drawings by their content, which tells whether a packed set is out of date."""
    folder = files("shapespace.data")
    digest = hashlib.sha256(folder.joinpath("human/folds.csv").read_bytes())
    drawings = [d for d in folder.joinpath("drawings").iterdir() if d.name.endswith(".svg")]
    for drawing in sorted(drawings, key=lambda d: d.name):
        digest.update(drawing.name.encode() + b"\0" + drawing.read_bytes())
    return f"built-in drawings, SHA-256 {digest.hexdigest()}"
