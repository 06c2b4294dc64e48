"""Images that every candidate is given alike."""

from pathlib import Path

import numpy as np

from shapespace.data.packed import PackedSet
from shapespace.data.scribble_set import pack_scribbles
from shapespace.data.scribbles import scribbles

SEED = 1


def stored_images(n: int, side: int) -> np.ndarray:
    """Return scribbles as grey values in [0, 1], N x 1 x side x side, float32."""
    drawn = scribbles(np.arange(n), side, seed=SEED, smallest_share=0.75)
    return drawn[:, None].astype(np.float32) / 255


def packed_scribbles(n: int, side: int, home: Path) -> PackedSet:
    """Return a packed set of scribbles in `home`, made if it is not there."""
    directory = home / f"scribbles-{n}-{side}"
    if (directory / "set.json").is_file():
        return PackedSet(directory)
    return pack_scribbles(n, side, SEED, directory)


def png_files(n: int, side: int, home: Path) -> list[Path]:
    """Return the same scribbles as PNG files, one an image."""
    from PIL import Image

    directory = home / f"png-{n}-{side}"
    paths = [directory / f"{number:06d}.png" for number in range(n)]
    if not paths[-1].is_file():
        directory.mkdir(parents=True, exist_ok=True)
        packed = packed_scribbles(n, side, home)
        for number, path in enumerate(paths):
            Image.fromarray(packed.gather(np.array([number]))[0]).save(path)
    return paths
