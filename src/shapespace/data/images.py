"""One image file from anyone, read into grey values: dark ink on white paper."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL.Image import Image, alpha_composite, new
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from shapespace.arrays import Scan
from shapespace.data.packing import fit_square
from shapespace.data.svg import rasterise
from shapespace.errors import BadInput

MAX_BYTES = 64 * 2**20
MAX_PIXELS = 40_000_000
"""Larger images are refused from their header, before a pixel is decoded."""
MIN_SIDE = 8

INVERTED = "inverted, since it was white on black"
TURNED = "turned upright, as its EXIF data says"
FLATTENED = "put on white paper where it was transparent"

_KNOWN_STARTS = {
    b"GIF8": "a GIF", b"BM": "a BMP", b"II*\0": "a TIFF", b"MM\0*": "a TIFF", b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive", b"\x1f\x8b": "a gzip file", b"8BPS": "a Photoshop file",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """An image as it goes into a set."""

    scan: Scan
    """Square, of the side asked for."""
    notes: tuple[str, ...] = ()
    """What was changed on the way."""


def read_image(path: Path, side: int) -> Decoded:
    """Read one file; see `decode_image`.

    Raises:
        BadInput: If there is no such file, or it is no usable image; the file is named.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadInput(f"it is larger than {MAX_BYTES // 2**20} MB")
        return decode_image(path.read_bytes(), side)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except BadInput as error:
        raise BadInput(f"{path} cannot be used: {error}.") from error


def decode_image(content: bytes, side: int) -> Decoded:
    """Turn the bytes of a PNG, JPEG or SVG file into a square of grey values.

    Colours become their luminance, transparent parts white paper, 16 bits become 8. An image
    whose border and most pixels are dark is taken as white on black and inverted.

    Args:
        content: The whole file; what it is, is told from its first bytes, not from a name.
        side: Side of the square in pixels.

    Raises:
        BadInput: If it is no usable image. The reason reads on from the name of the file.
    """
    notes: list[str] = []
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not content:
        raise BadInput("it is empty (0 bytes)")
    if content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        scan = _decode_pixels(content, notes)
    elif head.startswith(b"<"):
        scan = rasterise(content, side)
    else:
        raise BadInput(f"it is {_kind(content)}, not a PNG, JPEG or SVG image")
    if is_white_on_black(scan):
        scan = 255 - scan
        notes.append(INVERTED)
    return Decoded(scan=fit_square(scan, side), notes=tuple(notes))


def is_white_on_black(scan: Scan) -> bool:
    """Say whether both the border and most of the image are dark."""
    border = np.concatenate([scan[0], scan[-1], scan[1:-1, 0], scan[1:-1, -1]])
    return bool((border < 128).mean() > 0.5 and (scan < 128).mean() > 0.5)


def _decode_pixels(content: bytes, notes: list[str]) -> Scan:
    """Decode PNG or JPEG, its size checked first."""
    # The plugins are called by name, so that only these two formats are ever tried, and so that
    # the limit on the size is the one stated here.
    plugin = PngImageFile if content.startswith(b"\x89PNG") else JpegImageFile
    try:
        with warnings.catch_warnings(action="ignore"), plugin(io.BytesIO(content)) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise BadInput(
                    f"it has {width:,} × {height:,} pixels, more than the limit of "
                    f"{MAX_PIXELS // 10**6} million"
                )
            if min(width, height) < MIN_SIDE:
                raise BadInput(
                    f"it has {width} × {height} pixels, too small (at least "
                    f"{MIN_SIDE} × {MIN_SIDE})"
                )
            orientation = _orientation(image)
            image.load()
            scan = _upright(_grey(image, notes), orientation)
    except BadInput:
        raise
    except MemoryError:
        raise BadInput("there is not enough memory to decode it") from None
    except Exception as error:  # a decoder fed with damage can fail in any way
        raise BadInput(f"it is damaged or cut short ({error})") from error
    if orientation != 1:
        notes.append(TURNED)
    return scan


def _grey(image: Image, notes: list[str]) -> Scan:
    """Return the luminance on white paper."""
    if image.mode.startswith("I"):  # 16 bits; 257 maps 65535 to 255
        deep = np.asarray(image).astype(np.int64)
        grey = ((deep + 128) // 257).clip(0, 255).astype(np.uint8)
        if isinstance(clear := image.info.get("transparency"), int):
            notes.append(FLATTENED)
            grey[deep == clear] = 255
        return grey
    if "A" in image.mode or "transparency" in image.info:
        colours = image.convert("RGBA")
        lowest = colours.getchannel("A").getextrema()[0]
        if isinstance(lowest, (int, float)) and lowest < 255:
            notes.append(FLATTENED)
            paper = new("RGBA", image.size, "white")
            colours = alpha_composite(paper, colours)
        return np.asarray(colours.convert("RGB").convert("L"))
    if image.mode == "L":
        return np.asarray(image)
    return np.asarray(image.convert("RGB").convert("L"))


def _orientation(image: Image) -> int:
    """Return how the camera was held, from 1 (upright) to 8, as EXIF numbers it."""
    try:
        value = image.getexif().get(0x0112, 1)
    except Exception:  # damaged EXIF data say nothing about the pixels
        return 1
    return value if value in range(1, 9) else 1


def _upright(scan: Scan, orientation: int) -> Scan:
    """Undo what EXIF says about how the camera was held."""
    if orientation in (5, 6, 7, 8):  # rows of the file are columns of the picture
        scan = scan.T
    if orientation in (2, 3, 6, 7):
        scan = scan[:, ::-1]
    if orientation in (3, 4, 7, 8):
        scan = scan[::-1]
    return np.ascontiguousarray(scan)


def _kind(content: bytes) -> str:
    """Say in words what a file seems to be."""
    for start, name in _KNOWN_STARTS.items():
        if content.startswith(start):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "a WebP"
    if b"\0" not in content[:1024]:
        return "text"
    return "of an unknown kind"
