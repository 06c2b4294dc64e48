"""Packing: a stream of decoded images becomes a packed set on disk."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import UInt8
from PIL import Image

from shapespace.arrays import Scan
from shapespace.data.hulls import hull_points, ink_points
from shapespace.data.packed import COLUMNS, PackedSet, SetInfo, describe
from shapespace.data.writing import new_directory
from shapespace.errors import BadInput

MIN_CONTRAST = 8
"""Least difference between the darkest and the lightest pixel; below it, an image is blank."""
BLOCK = 512
"""Images that are held in memory at a time where a set is walked through."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One decoded image on its way into a set."""

    id: str
    scan: Scan
    """Square, of the set's side; see `fit_square`."""
    label: str = ""
    """The class, empty where there is none."""
    source: str = ""
    """File the image came from."""
    group: str = ""
    """What must stay in one fold with others; its own id where empty."""
    notes: tuple[str, ...] = ()
    """What was changed when it was read."""


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """An image that was left out."""

    source: str
    reason: str


def pack(items: Iterable[Item | Skipped], info: SetInfo, directory: Path) -> PackedSet:
    """Write a packed set from a stream of images, never holding more than one of them.

    Args:
        items: The images, or what was left out; an image without ink and a repeated id are
            left out here. Images with equal pixels get one group, so that no fold parts them.
        info: Name, side, licence and the like; counts and checksums are filled in here.
        directory: Where the set will lie; an older set there is replaced when all is done.

    Raises:
        BadInput: If no image is left.
        ShapespaceError: If the disk is full; the older set stays as it was.
    """
    rows: list[tuple] = []
    hulls: list[np.ndarray] = []
    skipped = list(info.skipped)
    changed: dict[str, list[str]] = {}
    seen: dict[str, str] = {}
    digest = hashlib.sha256()
    pure = True
    with new_directory(directory) as scratch:
        with _PixelFile(scratch / "images.npy", info.side) as pixels:
            for item in items:
                if isinstance(item, Skipped):
                    skipped.append((item.source, item.reason))
                    continue
                if item.id in seen:
                    skipped.append(
                        (item.source, f"its id {item.id!r} is already that of {seen[item.id]}")
                    )
                    continue
                darkest, lightest = int(item.scan.min()), int(item.scan.max())
                if lightest - darkest < MIN_CONTRAST:
                    skipped.append((item.source, _blank(darkest, lightest)))
                    continue
                seen[item.id] = item.source
                content = item.scan.tobytes()
                pixels.write(content)
                digest.update(content)
                pure = pure and bool(((item.scan == 0) | (item.scan == 255)).all())
                points = ink_points(item.scan)
                hulls.append(hull_points(points))
                known = (item.id, item.label, item.source, item.group or item.id)
                rows.append((*known, checksum(content), *measure(item.scan, points)))
                for note in item.notes:
                    changed.setdefault(note, []).append(item.source)
        if not rows:
            raise BadInput(
                f"No usable image for the set {info.name!r}: "
                + (
                    "; ".join(f"{name}: {why}" for name, why in skipped[:3])
                    or "the source is empty"
                )
                + "."
            )
        if pure:
            _store_bits(scratch, len(rows), info.side)
        np.save(scratch / "hulls.npy", np.stack(hulls))
        table = pd.DataFrame(_merge_groups(rows), columns=COLUMNS).to_csv(index=False)
        (scratch / "table.csv").write_text(table, encoding="utf-8", newline="")
        done = replace(
            info,
            n_images=len(rows),
            bits=pure,
            sha256=digest.hexdigest(),
            table_sha256=hashlib.sha256(table.encode()).hexdigest(),
            skipped=tuple(skipped),
            notes=(*info.notes, *(_told(note, names) for note, names in changed.items())),
        )
        (scratch / "set.json").write_text(describe(done), encoding="utf-8")
    return PackedSet(directory)


def checksum(content: bytes) -> str:
    """Return the short checksum of one image that stands in the table."""
    return hashlib.sha256(content).hexdigest()[:16]


def measure(scan: Scan, points: np.ndarray) -> tuple[float, int, int, int, int]:
    """Return the share of ink and the box of the ink, in the order of the table."""
    left, top = points.min(axis=0).tolist()
    right, bottom = points.max(axis=0).tolist()
    return round(float((scan < 128).mean()), 5), left, top, right, bottom


def _blank(darkest: int, lightest: int) -> str:
    if darkest == lightest:
        return "it is blank: every pixel has the same grey"
    return f"it is blank: its greys only differ by {lightest - darkest} of 255"


def _told(note: str, names: list[str], shown: int = 3) -> str:
    """Say of how many images something is true, and name the first few."""
    more = "" if len(names) <= shown else f" and {len(names) - shown} more"
    return f"{note}: {', '.join(names[:shown])}{more}"


def _merge_groups(rows: list[tuple]) -> list[tuple]:
    """Join groups that share equal images, so that a duplicate pulls its whole group along."""
    group_at, checksum_at = COLUMNS.index("group"), COLUMNS.index("checksum")
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        while parent.setdefault(group, group) != group:
            parent[group] = parent[parent[group]]  # halving the way keeps it short
            group = parent[group]
        return group

    owner: dict[str, str] = {}
    for row in rows:
        other = owner.setdefault(row[checksum_at], row[group_at])
        parent[root(row[group_at])] = root(other)
    return [(*row[:group_at], root(row[group_at]), *row[group_at + 1 :]) for row in rows]


class _PixelFile:
    """A `.npy` file of square images that grows one image at a time.

    Written as an ordinary file, since a full disk ends a process that writes to mapped memory.
    """

    def __init__(self, path: Path, side: int) -> None:
        self._path, self._side, self._n_images = path, side, 0

    def __enter__(self) -> "_PixelFile":
        self._stream = self._path.open("wb")
        self._stream.write(self._header())
        return self

    def write(self, content: bytes) -> None:
        self._stream.write(content)
        self._n_images += 1

    def __exit__(self, kind: type | None, *_: object) -> None:
        with self._stream:
            if kind is None:
                self._stream.seek(0)
                self._stream.write(self._header())  # as long as before: numpy leaves room

    def _header(self) -> bytes:
        header = io.BytesIO()
        shape = (self._n_images, self._side, self._side)
        np.lib.format.write_array_header_1_0(
            header, {"descr": "|u1", "fortran_order": False, "shape": shape}
        )
        return header.getvalue()


def _store_bits(scratch: Path, n_images: int, side: int) -> None:
    """Turn the stored bytes, all of them 0 or 255, into bits; each image starts a new byte."""
    with (scratch / "images.npy").open("rb") as stream:
        np.lib.format.read_magic(stream)
        np.lib.format.read_array_header_1_0(stream)
        with (scratch / "bits.npy").open("wb") as target:
            np.lib.format.write_array_header_1_0(
                target,
                {
                    "descr": "|u1",
                    "fortran_order": False,
                    "shape": (n_images, -(-side * side // 8)),
                },
            )
            while block := stream.read(BLOCK * side * side):
                pixels = np.frombuffer(block, np.uint8).reshape(-1, side * side)
                target.write(np.packbits(pixels > 127, axis=1).tobytes())
    (scratch / "images.npy").unlink()


def fit_square(scan: Scan, side: int) -> UInt8[np.ndarray, "{side} {side}"]:
    """Shrink or enlarge to the longer side `side` and centre on white paper.

    Shrinking averages over the area of each new pixel, so that thin strokes turn grey
    instead of vanishing.
    """
    height, width = scan.shape
    if (height, width) == (side, side):
        return scan
    factor = side / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    filter_ = Image.Resampling.BOX if factor < 1 else Image.Resampling.BICUBIC
    resized = np.asarray(Image.fromarray(scan).resize(size, filter_))
    canvas = np.full((side, side), 255, np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = resized
    return canvas
