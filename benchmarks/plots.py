"""Plots of how cost grows, as SVG and PNG beside docs/performance.md."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from shapespace.report.figures import SERIES, look
from shapespace.report.save import save


def draw(entries: dict[str, Any], folder: Path) -> list[Path]:
    """Write the plots of the entries that were measured; return their PNG files."""
    written = []
    for name, figure in (("growth", growth_figure), ("volume", volume_figure)):
        if name in entries:
            with look():
                _, png = save(figure(entries[name]["rows"]), folder / name)
            written.append(png)
    return written


def growth_figure(rows: list[dict[str, Any]]) -> Figure:
    """Draw speed and memory of a training step over what grows."""
    figure = Figure(figsize=(7.2, 5.2), layout="constrained")
    axes = figure.subplots(2, 2)
    for place, what in zip(
        axes.flat, ("minibatch", "side in pixels", "units of the code"), strict=False
    ):
        _lines(place, _about(rows, what), "value")
        place.set(xlabel=what, ylabel="images/s", xscale="log")
        place.legend()
    _lines(axes[1, 1], _about(rows, "minibatch"), "peak_mb")
    axes[1, 1].set(xlabel="minibatch", ylabel="memory in MB", xscale="log")
    for place in axes.flat:
        sizes = sorted({float(x) for line in place.lines for x in line.get_xdata()})
        place.set_xticks(sizes, [f"{size:g}" for size in sizes])
        place.minorticks_off()
    for place in axes.flat[1:]:
        place.set_ylim(bottom=0)
    axes[0, 0].set_yscale("log")  # the two networks are far apart
    _plain_numbers(axes[0, 0].yaxis)
    return figure


def volume_figure(rows: list[dict[str, Any]]) -> Figure:
    """Draw time and memory of packing and evaluation over n, both logarithmic."""
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    time, memory = figure.subplots(1, 2)
    _lines(time, rows, "value")
    _lines(memory, rows, "peak_mb")
    time.set(xlabel="n (images or stimuli)", ylabel="seconds", xscale="log", yscale="log")
    memory.set(
        xlabel="n (images or stimuli)", ylabel="memory in MB", xscale="log", yscale="log"
    )
    for place in (time, memory):
        _plain_numbers(place.xaxis)
        _plain_numbers(place.yaxis)
    time.legend()
    return figure


def _plain_numbers(axis: Axis) -> None:
    """Label the powers of ten of a logarithmic axis as numbers; our look has no formulas."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(NullFormatter())


def _about(rows: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["case"].startswith(f"{what} ")]


def _lines(axes: Axes, rows: list[dict[str, Any]], measure: str) -> None:
    """Draw one line a candidate, with the range of its rounds."""
    names = list(dict.fromkeys(row["candidate"] for row in rows))
    for colour, marker, name in zip(SERIES, "osD^vP", names, strict=False):
        own = [row for row in rows if row["candidate"] == name and row["value"]]
        sizes = [row["size"] for row in own]
        if measure == "value":
            middle = [row["value"]["median"] for row in own]
            below = [row["value"]["median"] - row["value"]["low"] for row in own]
            above = [row["value"]["high"] - row["value"]["median"] for row in own]
            axes.errorbar(
                sizes, middle, (below, above), label=name, color=colour, marker=marker, ms=4
            )
        else:
            memory = [row[measure] for row in own]
            axes.plot(sizes, memory, label=name, color=colour, marker=marker, ms=4)
