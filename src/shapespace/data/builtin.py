"""The 60 built-in drawings, packed like any other set."""

import csv
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from shapespace.data.home import set_directory
from shapespace.data.images import decode_image
from shapespace.data.packed import PackedSet, SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import BadInput

NAME = "drawings"


def drawings_set(side: int = 224) -> PackedSet:
    """Return the built-in drawings from the data home; packed now if need be.

    Need is if they are not there, are of another side, or the package has newer drawings.
    """
    directory = set_directory(NAME)
    try:
        packed = PackedSet(directory)
    except BadInput:  # none yet, or of another version
        return pack_drawings(side, directory)
    if packed.info.side != side or packed.info.origin != _origin():
        return pack_drawings(side, directory)
    return packed


def pack_drawings(side: int = 224, directory: Path | None = None) -> PackedSet:
    """Pack the built-in drawings, in the order of the published items.

    Args:
        side: Side of the images in pixels.
        directory: Where the set will lie; in the data home if none is named.
    """
    info = SetInfo(
        name=NAME,
        side=side,
        n_images=0,
        bits=False,
        turnable=False,
        stand_in=True,
        licence="CC0 1.0",
        citation="Drawn for shapespace after the items of the Shapes study; not its stimuli",
        origin=_origin(),
    )
    return pack(_items(side), info, directory or set_directory(NAME))


def _items(side: int) -> Iterator[Item]:
    folder = files("shapespace.data")
    lines = folder.joinpath("human/items.csv").read_text(encoding="utf-8").splitlines()
    for row in sorted(csv.DictReader(lines), key=lambda row: int(row["index"])):
        name = f"{row['item'].replace(' ', '_')}.svg"
        content = folder.joinpath("drawings", name).read_bytes()
        yield Item(
            id=row["item"],
            label=row["category"],
            source=name,
            scan=decode_image(content, side).scan,
        )


def _origin() -> str:
    """Name the drawings by their content, which tells whether a packed set is out of date."""
    folder = files("shapespace.data")
    digest = hashlib.sha256(folder.joinpath("human/items.csv").read_bytes())
    drawings = [d for d in folder.joinpath("drawings").iterdir() if d.name.endswith(".svg")]
    for drawing in sorted(drawings, key=lambda d: d.name):
        digest.update(drawing.name.encode() + b"\0" + drawing.read_bytes())
    return f"built-in drawings, SHA-256 {digest.hexdigest()}"
