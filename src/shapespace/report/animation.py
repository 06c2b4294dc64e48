"""Pictures that move: GIF and APNG by Pillow, MP4 where ffmpeg is installed."""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from jaxtyping import UInt8
from numpy import ndarray
from PIL import Image

from shapespace.arrays import Greys
from shapespace.data.writing import write_bytes
from shapespace.errors import BadInput

Animation = Literal["gif", "apng", "mp4"]

SIDE = 256
"""Pictures are enlarged by a whole number to about this many pixels."""

Frames = UInt8[ndarray, "frame high wide"]

FRAME_MS = 80
"""How long a frame stays."""

HOLD = 6
"""Frames for which the two ends stay."""


def save_animation(pictures: Greys, stem: Path, kind: Animation = "gif") -> Path:
    """Write pictures as an animation that runs there and back for ever.

    Args:
        pictures: The frames, two or more.
        stem: Path without an ending.
        kind: "gif", "apng" (all grey values, larger), or "mp4" (needs ffmpeg).

    Returns:
        The file: .gif, .png or .mp4.

    Raises:
        BadInput: If there is no such kind, a single frame, or no ffmpeg for "mp4".
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    if kind not in get_args(Animation):
        raise BadInput(f"There is no animation {kind!r}; choose gif, apng or mp4.")
    if len(pictures) < 2:
        raise BadInput(f"An animation has 2 frames or more, got {len(pictures)}.")
    frames = _frames(pictures)
    if kind == "mp4":
        path, content = stem.with_name(f"{stem.name}.mp4"), _mp4(frames)
    else:
        ending = "png" if kind == "apng" else "gif"
        path, content = stem.with_name(f"{stem.name}.{ending}"), _pillow(frames, ending)
    write_bytes(path, content)
    return path


def _frames(pictures: Greys) -> Frames:
    """Enlarge, hold the ends, and go back again."""
    scans = (pictures.clip(0, 1) * 255).round().astype(np.uint8)
    factor = max(1, round(SIDE / scans.shape[1]))
    large = scans.repeat(factor, axis=1).repeat(factor, axis=2)
    there = np.concatenate([large[:1].repeat(HOLD, axis=0), large[1:-1], large[-1:]])
    back = np.concatenate([large[-1:].repeat(HOLD, axis=0), large[-2:0:-1]])
    return np.concatenate([there, back])


def _pillow(frames: Frames, ending: str) -> bytes:
    first, *others = (Image.fromarray(frame) for frame in frames)
    stream = io.BytesIO()
    first.save(
        stream, format=ending, save_all=True, append_images=others, duration=FRAME_MS, loop=0
    )
    return stream.getvalue()


def _mp4(frames: Frames) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        raise BadInput(
            "MP4 needs the program ffmpeg, which is not installed; choose gif or apng."
        )
    even = frames[:, : frames.shape[1] // 2 * 2, : frames.shape[2] // 2 * 2]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "film.mp4")
        done = subprocess.run(
            [
                program, "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "gray",
                "-s", f"{even.shape[2]}x{even.shape[1]}", "-r", f"{1000 / FRAME_MS:g}",
                "-i", "-", "-pix_fmt", "yuv420p", str(file),
            ],
            input=even.tobytes(), capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise BadInput(f"ffmpeg failed: {done.stderr.decode(errors='replace').strip()}")
        return file.read_bytes()
