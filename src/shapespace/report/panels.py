"""Panels of grey images with titles: originals beside reconstructions, inputs above outputs."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from shapespace.report.figures import DPI, GREY, OKABE_ITO, PALE, look

Grey = Float[np.ndarray, "_height _width"]
"""One image, grey values in [0, 1]: 0 is ink, 1 is paper."""

_CELL = 300  # about how wide an image is drawn, in pixels of the PNG: 1.5 inches
_GAP = 14
_MARGIN = 24
_LINE = 34  # height of a line of text
_LOUD = OKABE_ITO["vermilion"]
_LETTER = 15  # width of a letter, on average and with some room


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A grid of images."""

    images: Sequence[Sequence[Grey | None]]
    """Rows of images; None leaves a place empty."""
    row_titles: Sequence[str]
    column_titles: Sequence[str]
    heading: str = ""
    marks: Sequence[Sequence[str]] = ()
    """A few letters in the lower left corner of each image; those that end in "!" stand out."""

    def __post_init__(self) -> None:
        assert len(self.images) == len(self.row_titles) > 0
        assert not self.marks or [len(m) for m in self.marks] == [len(r) for r in self.images]
        assert all(len(row) == len(self.column_titles) > 0 for row in self.images)


def originals_beside_runs(
    originals: Mapping[str, Grey], runs: Mapping[str, Sequence[Grey]], *, heading: str = ""
) -> Panel:
    """Arrange one row for each drawing: the original, then what each run makes of it.

    Args:
        originals: The drawings by name.
        runs: For each run by name its reconstructions, in the order of `originals`.
        heading: Text above the panel.
    """
    rows = [
        [original, *(reconstructions[row] for reconstructions in runs.values())]
        for row, original in enumerate(originals.values())
    ]
    return Panel(
        images=rows,
        row_titles=list(originals),
        column_titles=["original", *runs],
        heading=heading,
    )


def inputs_above_runs(
    inputs: Mapping[str, Grey], runs: Mapping[str, Sequence[Grey]], *, heading: str = ""
) -> Panel:
    """Arrange one column for each input: the input, and under it what each run makes of it.

    Args:
        inputs: The noisy inputs by name, such as "seed 42" or "noise 25 %".
        runs: For each run by name its reconstructions, in the order of `inputs`.
        heading: Text above the panel.
    """
    return Panel(
        images=[list(inputs.values()), *(list(outputs) for outputs in runs.values())],
        row_titles=["input", *runs],
        column_titles=list(inputs),
        heading=heading,
    )


def draw_panels(panels: Sequence[Panel], *, note: str = "") -> Figure:
    """Draw panels one under the other, lettered (a), (b), ... where several have a heading.

    Every image is enlarged by a whole number where its side allows it, so that its pixels keep
    one size and nothing is blurred.

    Args:
        panels: What to draw; all images are drawn equally large.
        note: A remark under the last panel.
    """
    assert panels
    side = max(max(i.shape) for p in panels for row in p.images for i in row if i is not None)
    cell = side * max(1, round(_CELL / side))
    left = _MARGIN + max(_text_width(title) for p in panels for title in p.row_titles)
    n_columns = max(len(p.column_titles) for p in panels)
    width = left + n_columns * (cell + _GAP) - _GAP + _MARGIN

    several = sum(bool(panel.heading) for panel in panels) > 1
    letters = [f"({chr(97 + i)}) " if several else "" for i in range(len(panels))]
    headings = [
        textwrap.wrap(letter + panel.heading, int((width - 2 * _MARGIN) / (1.3 * _LETTER)))
        for letter, panel in zip(letters, panels, strict=True)
    ]
    letters_wide = int((width - 2 * _MARGIN) / (0.85 * _LETTER))
    notes = textwrap.wrap(note, letters_wide, break_on_hyphens=False)
    heights = [_panel_height(p, h, cell) for p, h in zip(panels, headings, strict=True)]
    height = sum(heights) + (_LINE * len(notes) + _MARGIN if notes else 0)

    with look():
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
        canvas = _Canvas(figure, width, height)
        top = 0
        for panel, heading, panel_height in zip(panels, headings, heights, strict=True):
            _draw(canvas, panel, heading, top=top, left=left, cell=cell)
            top += panel_height
        canvas.text(_MARGIN, top, "\n".join(notes), color=GREY, fontsize=7.5, va="top")
    return figure


@dataclass(frozen=True)
class _Canvas:
    """A figure addressed in pixels from its top left corner."""

    figure: Figure
    width: int
    height: int

    def text(self, x: int, y: int, text: str, **style) -> None:
        self.figure.text(x / self.width, 1 - y / self.height, text, **style)

    def image(self, x: int, y: int, cell: int, image: Grey, mark: str = "") -> None:
        box = (
            x / self.width,
            1 - (y + cell) / self.height,
            cell / self.width,
            cell / self.height,
        )
        axes = self.figure.add_axes(box)
        whole = cell % max(image.shape) == 0
        axes.imshow(
            image, cmap="gray", vmin=0, vmax=1, interpolation="none" if whole else "antialiased"
        )
        axes.set(xticks=[], yticks=[])
        loud = mark.endswith("!")
        axes.spines[:].set(visible=True, color=_LOUD if loud else PALE, linewidth=0.6)
        if mark:
            axes.text(
                0.025, 0.025, mark, transform=axes.transAxes, fontsize=6, va="bottom",
                color=_LOUD if loud else GREY,
                bbox={"facecolor": "white", "linewidth": 0, "pad": 1, "alpha": 0.85},
            )  # fmt: skip


def _draw(
    canvas: _Canvas, panel: Panel, heading: list[str], *, top: int, left: int, cell: int
) -> None:
    top += _MARGIN
    canvas.text(_MARGIN, top, "\n".join(heading), fontsize=10, fontweight="bold", va="top")
    titles = [_wrapped(title, cell) for title in panel.column_titles]
    top += _title_height(panel, heading, cell)
    for column, title in enumerate(titles):
        centre = left + column * (cell + _GAP) + cell // 2
        canvas.text(centre, top - 8, title, ha="center", va="bottom", fontsize=9)
    for row, (title, images) in enumerate(zip(panel.row_titles, panel.images, strict=True)):
        y = top + row * (cell + _GAP)
        canvas.text(
            left - 16, y + cell // 2, _folded(title), ha="right", va="center", fontsize=9
        )
        for column, image in enumerate(images):
            if image is not None:
                mark = panel.marks[row][column] if panel.marks else ""
                canvas.image(left + column * (cell + _GAP), y, cell, image, mark)


def _panel_height(panel: Panel, heading: list[str], cell: int) -> int:
    rows = len(panel.images) * (cell + _GAP)
    return _MARGIN + _title_height(panel, heading, cell) + rows + _GAP


def _title_height(panel: Panel, heading: list[str], cell: int) -> int:
    """Return the height of the heading and the column titles together."""
    lines = max(_wrapped(title, cell).count("\n") + 1 for title in panel.column_titles)
    return (len(heading) + lines) * _LINE + (12 if heading else 0) + 8


def _wrapped(title: str, cell: int) -> str:
    return textwrap.fill(title, max(8, int(cell / _LETTER)))


def _folded(title: str) -> str:
    return textwrap.fill(title, 18)


def _text_width(title: str) -> int:
    return 16 + max(len(line) for line in _folded(title).split("\n")) * _LETTER
