"""How our figures look: colours that everyone can tell apart, sizes, and a plain frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

DPI = 200
"""Pixels an inch of the PNG files; panels of images are laid out on this grid."""

OKABE_ITO = {
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "sky": "#56B4E9",
    "orange": "#E69F00",
    "yellow": "#F0E442",
    "black": "#000000",
}
"""Colours the colour-blind tell apart (Okabe and Ito 2008, Color Universal Design)."""

SERIES = [OKABE_ITO[name] for name in ("blue", "vermilion", "green", "purple", "sky", "orange")]
"""Colours of runs, in the order in which they are named."""

GREY = "#595959"
"""Notes and reference lines; dark enough to read on white (contrast 7 to 1)."""

PALE = "#D0D0D0"
"""Frames and grids."""

_LOOK = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "text.parse_math": False,  # a "$" in the name of a run is a dollar sign
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "savefig.facecolor": "white",
    "svg.fonttype": "none",  # text stays text: it can be searched, copied and read aloud
    "svg.hashsalt": "shapespace",  # else the ids in the file change every time
}


@contextmanager
def look() -> Iterator[None]:
    """Draw or save in our look, whatever the settings of the user's matplotlib."""
    with style.context(["default", _LOOK]):
        yield


def one_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of this size in inches with one pair of axes that fills it well."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def key(label: str, colour: str, **style: Any) -> Line2D:
    """Return an entry for a legend; `style` is what matplotlib's lines take."""
    return Line2D([], [], color=colour, label=label, **style)
