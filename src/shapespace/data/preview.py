"""A contact sheet: a sample of a set on one page, to be looked at."""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shapespace.data.packed import PackedSet
from shapespace.errors import BadInput

_GAP = 8
_LINE = 15
"""Height of a line of text in pixels."""


def sample(packed: PackedSet, n: int, seed: int) -> np.ndarray:
    """Return `n` rows of a set, drawn without repetition, in their order; all if it has fewer.

    Raises:
        BadInput: If `n` is less than 1.
    """
    if n < 1:
        raise BadInput(f"A preview needs at least 1 image, got {n}.")
    n = min(n, len(packed))
    return np.sort(np.random.default_rng(seed).choice(len(packed), n, replace=False))


def contact_sheet(packed: PackedSet, rows: np.ndarray, columns: int = 8) -> Image.Image:
    """Return the images at these rows in a grid, each over its id and class."""
    # matplotlib brings a font that covers most alphabets
    font = ImageFont.truetype(
        Path(matplotlib.get_data_path(), "fonts/ttf/DejaVuSans.ttf"), size=11
    )
    side = packed.info.side
    columns = min(columns, len(rows))
    lines = -(-len(rows) // columns)
    step = (side + _GAP, side + 2 * _LINE + _GAP)
    sheet = Image.new("L", (columns * step[0] + _GAP, lines * step[1] + _GAP), 224)
    pen = ImageDraw.Draw(sheet)
    texts = packed.table.iloc[rows][["id", "class"]].to_numpy(str).tolist()
    for place, (scan, captions) in enumerate(zip(packed.gather(rows), texts, strict=True)):
        x = _GAP + place % columns * step[0]
        y = _GAP + place // columns * step[1]
        sheet.paste(Image.fromarray(scan), (x, y))
        for number, text in enumerate(captions):
            while font.getlength(text) > side:
                text = text[:-2].rstrip("…") + "…"
            pen.text((x, y + side + number * _LINE), text, fill=0, font=font)
    return sheet
