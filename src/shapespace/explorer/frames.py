"""Pictures on their way to the page: a few facts as JSON, then the plain bytes."""

import json
import struct
from typing import Any

import numpy as np

from shapespace.arrays import Greys


def picture_frame(pictures: Greys, facts: dict[str, Any]) -> bytes:
    """Return pictures as grey bytes, 0 ink to 255 paper, behind their facts.

    Four bytes (little endian) hold the length of the JSON that follows; then come the pictures,
    row by row. Undoing this in the browser takes microseconds, which a PNG would not.

    Args:
        pictures: Grey values in [0, 1].
        facts: Anything that JSON can hold; `n` and `side` are added.
    """
    n, side, _ = pictures.shape
    grey = (pictures * 255 + 0.5).astype(np.uint8)
    return byte_frame(grey.tobytes(), {**facts, "n": n, "side": side})


def byte_frame(content: bytes, facts: dict[str, Any]) -> bytes:
    """Return any bytes behind their facts, in the same form."""
    head = json.dumps(facts, allow_nan=False).encode()
    return struct.pack("<I", len(head)) + head + content
