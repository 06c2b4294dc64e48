"""A packed set: every image of a collection decoded once, memory-mapped, beside its table."""

import csv
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shapespace.arrays import Points, Scans
from shapespace.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
"""Version of the files below; a set of another version is refused."""

COLUMNS = [
    "id",
    "class",
    "source",
    "group",
    "checksum",
    "ink",
    "left",
    "top",
    "right",
    "bottom",
]
"""Columns of `table.csv`; the box is that of the ink, in pixels, right and bottom exclusive."""


@dataclass(frozen=True, kw_only=True)
class SetInfo:
    """What a packed set says of itself in `set.json`."""

    name: str
    """How commands and recipes call the set."""
    side: int
    """Side of the stored square images in pixels."""
    n_images: int
    bits: bool
    """Whether pixels are stored as bits, as they are where all are pure black or white."""
    turnable: bool
    """Whether copies may be mirrored, rotated and sheared (not where orientation was rated)."""
    stand_in: bool = False
    """Whether the images only stand in for the stimuli that people rated."""
    licence: str = ""
    citation: str = ""
    origin: str = ""
    """Where the files came from."""
    sha256: str = ""
    """Checksum of the stored pixels, one byte each."""
    table_sha256: str = ""
    """Checksum of `table.csv`."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Files left out, each with the reason."""
    notes: tuple[str, ...] = ()
    """What was changed on the way in, such as inverted images."""
    format: int = FORMAT


class PackedSet:
    """Images of one collection, read from disk only where they are asked for.

    Attributes:
        info: What the set says of itself.
        hulls: Ink points that lie furthest in each of a number of directions, for exact boxes
            of turned copies (see `hull_points`).
    """

    def __init__(self, directory: Path) -> None:
        """Open the set in `directory`.

        Raises:
            BadInput: If there is no set, or one that this version cannot read.
        """
        described = directory / "set.json"
        if not described.is_file():
            raise BadInput(
                f"There is no packed set in {directory}. "
                "`shapespace data list` shows those at hand, `shapespace data add` makes one."
            )
        try:
            raw = json.loads(described.read_text(encoding="utf-8"))
            if raw["format"] != FORMAT:
                raise BadInput(
                    f"The set in {directory} has format {raw['format']}, this version reads "
                    f"{FORMAT}. Pack it again with `shapespace data add`."
                )
            raw["skipped"] = tuple((name, reason) for name, reason in raw["skipped"])
            raw["notes"] = tuple(raw["notes"])
            self.info = SetInfo(**raw)
            table = (directory / "table.csv").read_bytes()
            if hashlib.sha256(table).hexdigest() != self.info.table_sha256:
                raise ValueError("table.csv is not as it was written")
            self.hulls: Points = np.load(directory / "hulls.npy", mmap_mode="r")
            self._pixels = np.load(
                directory / ("bits.npy" if self.info.bits else "images.npy"), mmap_mode="r"
            )
        except BadInput:
            raise
        except Exception as error:  # damage can fail in any way, deep in numpy or pandas
            raise BadInput(
                f"The set in {directory} is damaged ({error}). Pack it again with "
                "`shapespace data add`."
            ) from error
        if len(self.hulls) != self.info.n_images or not self._fits():
            raise BadInput(
                f"The set in {directory} is damaged: its hulls and pixels do not fit "
                "together. Pack it again with `shapespace data add`."
            )
        self.directory = directory

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row an image, with the columns in `COLUMNS`; `id` is unique."""
        import pandas as pd  # here, since listing sets must not wait for it

        return pd.read_csv(  # an id or a class may well be "NA" or "null"
            self.directory / "table.csv",
            dtype=dict.fromkeys(COLUMNS[:5], str)
            | {"ink": float}
            | dict.fromkeys(COLUMNS[6:], int),
            keep_default_na=False,
        )[COLUMNS]

    def n_distinct(self, column: str) -> int:
        """Return how many different values a column of the table has; "" does not count."""
        with (self.directory / "table.csv").open(encoding="utf-8", newline="") as stream:
            return len({row[column] for row in csv.DictReader(stream)} - {""})

    def _fits(self) -> bool:
        """Say whether the pixels are as many as the description says, and of its kind."""
        n, side = self.info.n_images, self.info.side
        shape = (n, -(-side * side // 8)) if self.info.bits else (n, side, side)
        return self._pixels.shape == shape and self._pixels.dtype == np.uint8

    def __len__(self) -> int:
        return self.info.n_images

    def gather(self, indices: np.ndarray) -> Scans:
        """Return the images at these rows of the table, as a copy in memory."""
        rows = np.asarray(self._pixels[np.asarray(indices)])
        if not self.info.bits:
            return rows
        side = self.info.side
        pixels = np.unpackbits(rows, axis=1, count=side * side)
        return (pixels * np.uint8(255)).reshape(-1, side, side)


def summary(packed: PackedSet) -> dict[str, object]:
    """Return what matters about a set in a few words and numbers, fit for JSON."""
    info = packed.info
    return {
        "name": info.name,
        "directory": str(packed.directory),
        "n_images": info.n_images,
        "n_classes": n_classes(packed),
        "n_groups": packed.n_distinct("group"),
        "side": info.side,
        "turnable": info.turnable,
        "stand_in": info.stand_in,
        "licence": info.licence,
        "citation": info.citation,
        "sha256": info.sha256,
    }


def n_classes(packed: PackedSet) -> int:
    """Return how many classes a set has; images without one do not count."""
    return packed.n_distinct("class")


def describe(info: SetInfo) -> str:
    """Return the text of `set.json`."""
    return json.dumps(asdict(info), indent=2, ensure_ascii=False) + "\n"
