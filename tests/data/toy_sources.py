"""Sources of small images, made for tests."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from shapespace.data.packed import PackedSet, SetInfo
from shapespace.data.sources import pack_sources

SIDE = 16


def drawing(seed: int) -> np.ndarray:
    """A black blob at a place of its own, on white."""
    scan = np.full((SIDE, SIDE), 255, np.uint8)
    y, x = divmod(seed * 7 + 3, 12)
    scan[1 + y % 12 : 4 + y % 12, 1 + x : 3 + x] = 0
    return scan


def png(seed: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(drawing(seed)).save(stream, "PNG")
    return stream.getvalue()


def info(name: str = "toy", **more) -> SetInfo:
    return SetInfo(name=name, side=SIDE, n_images=0, bits=False, turnable=True, **more)


def packed(path: Path, out: Path, **options) -> PackedSet:
    return pack_sources([path], info(), out / "packed", **options)


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def a_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def a_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


FILES = {
    f"png/{c}/{i}.png": png(i)
    for c, ids in {"cat": (1, 2, 10), "dog": (3,)}.items()
    for i in ids
}


def make(kind: str, folder: Path, files: dict[str, bytes]) -> Path:
    if kind == "folder":
        return fill(folder / "pictures", files)
    return (
        a_zip(folder / "p.zip", files) if kind == "zip" else a_tar(folder / f"p.{kind}", files)
    )
