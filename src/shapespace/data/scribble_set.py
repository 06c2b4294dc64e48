"""Scribbles packed into a set, for those who want a fixed number of them as files."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from shapespace.data.packed import PackedSet, SetInfo
from shapespace.data.packing import Item, Skipped, pack
from shapespace.data.scribbles import BLOCK, scribbles
from shapespace.data.sources import Watch
from shapespace.errors import BadInput


def pack_scribbles(
    n: int,
    side: int,
    seed: int,
    directory: Path,
    *,
    watch: Watch = lambda items, _: items,
) -> PackedSet:
    """Pack the first scribbles of a series; each fills its canvas as far as its shape allows.

    Args:
        n: How many, at least 1.
        side: Side of the stored images in pixels, at least 16.
        seed: Names the series, from 0.
        directory: Where the set will lie; its last part is the name of the set.
        watch: Shows progress.

    Raises:
        BadInput: If a number is too small.
        ShapespaceError: If the set cannot be written.
    """
    for what, value, least in (
        ("number of scribbles", n, 1),
        ("side", side, 16),
        ("seed", seed, 0),
    ):
        if value < least:
            raise BadInput(f"The {what} must be at least {least}, got {value}.")
    info = SetInfo(
        name=directory.name,
        side=side,
        n_images=0,
        bits=False,
        turnable=True,
        licence="CC0 1.0",
        citation="Scribbles drawn by shapespace",
        origin=f"scribbles 0 to {n - 1} of seed {seed}",
    )
    items: Iterable[Item | Skipped] = _items(n, side, seed)
    return pack(watch(items, n), info, directory)


def _items(n: int, side: int, seed: int) -> Iterator[Item]:
    for first in range(0, n, BLOCK):
        positions = np.arange(first, min(first + BLOCK, n))
        # Copies get their own size and place later, so these are as large as they can be.
        scans = scribbles(positions, side, seed=seed, smallest_share=1.0)
        for position, scan in zip(positions.tolist(), scans, strict=True):
            yield Item(id=f"scribble-{seed}-{position}", scan=scan)
