"""The network drawn from the list of its layers: feature maps to scale, sizes beneath."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from shapespace.report.figures import GREY, OKABE_ITO, PALE, look

_COLUMN = 0.64  # inches a layer takes
_LEFT = 0.85  # room for the names of the table's rows
_TALLEST = 2.0  # inches: the side of the largest map, and the longest bar
_CHANNELS_PER_INCH = 800  # thickness of a map
_SLANT = 0.2  # how far a map leans back, as a share of its side
_THINNEST = 0.012  # inches; a single channel would be invisible
_ROW_HEIGHT = 0.19
_LINE_HEIGHT = 0.12  # of the caption
_LETTERS_PER_INCH = 15.5  # of the caption
_HEADINGS = ("layer", "kernel / stride", "activation", "output C×H×W", "parameters")

_COLOURS = {"encoder": OKABE_ITO["blue"], "code": OKABE_ITO["vermilion"]}
_COLOURS["decoder"] = OKABE_ITO["green"]


@dataclass(frozen=True)
class _Scale:
    """Inches a pixel of a map's side and a unit of a vector."""

    pixel: float
    unit: float


def draw_network(layers: Sequence[Mapping[str, Any]], *, code: str = "bottleneck") -> Figure:
    """Draw an autoencoder from left to right: encoder, code, decoder.

    Maps are boxes whose height is their side in pixels and whose thickness is their number of
    channels; vectors are bars as long as their number of units. Each kind has one scale, stated
    in the figure.

    Args:
        layers: One mapping a layer in the order of the computation, with `name`, `kind`,
            `output_shape` as (channels, height, width) or (units,), `kernel` and `stride` in
            pixels or None, `activation` (a word or None) and `n_parameters`.
        code: Name of the layer whose output is the code; what comes after it is the decoder. A
            name with dots counts by its last part.
    """
    names = [_short(layer) for layer in layers]
    assert code in names, f"no layer is called {code}: {names}"
    middle = names.index(code)
    parts = ["encoder"] * middle + ["code"] + ["decoder"] * (len(layers) - middle - 1)
    scale = _scale(layers)
    floor = -_TALLEST / 2 - 0.35
    width = _LEFT + _COLUMN * len(layers) + 0.3
    caption = _caption(scale, width)
    bottom = floor - _ROW_HEIGHT * len(_HEADINGS) - 0.2 - _LINE_HEIGHT * len(caption)
    top = _TALLEST / 2 + _SLANT * _TALLEST / 2 + 0.55

    with look():
        figure = Figure(figsize=(width, top - bottom))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(bottom, top))
        axes.set_axis_off()
        axes.plot(
            [_centre(0), _centre(len(layers) - 1)], [0, 0], color=PALE, linewidth=1.2, zorder=0
        )
        for column, (layer, part) in enumerate(zip(layers, parts, strict=True)):
            _draw_output(axes, layer["output_shape"], _centre(column), _COLOURS[part], scale)
            _draw_cells(axes, layer, column, floor)
        _draw_headings(axes, floor, width)
        _draw_brackets(axes, layers, parts, top - 0.4)
        axes.text(
            0.08, bottom + 0.08, "\n".join(caption), ha="left", va="bottom",
            fontsize=6.5, color=GREY,
        )  # fmt: skip
    return figure


def _centre(column: int) -> float:
    return _LEFT + _COLUMN * (column + 0.5)


def _short(layer: Mapping[str, Any]) -> str:
    return str(layer["name"]).rsplit(".", maxsplit=1)[-1]


def _scale(layers: Sequence[Mapping[str, Any]]) -> _Scale:
    shapes = [layer["output_shape"] for layer in layers]
    side = max((max(shape[1:]) for shape in shapes if len(shape) == 3), default=1)
    units = max((shape[0] for shape in shapes if len(shape) == 1), default=1)
    return _Scale(pixel=_TALLEST / side, unit=_TALLEST / units)


def _draw_output(
    axes: Axes, shape: Sequence[int], centre: float, colour: str, scale: _Scale
) -> None:
    if len(shape) == 1:
        length, thickness = shape[0] * scale.unit, 0.07
        bar = Rectangle(
            (centre - thickness / 2, -length / 2), thickness, length,
            facecolor=colour, edgecolor="white", linewidth=0.4,
        )  # fmt: skip
        axes.add_patch(bar)
        return
    channels, height, width = shape
    tall, deep = height * scale.pixel, width * scale.pixel * _SLANT
    thick = max(_THINNEST, channels / _CHANNELS_PER_INCH)
    left, low = centre - (thick + deep) / 2, -tall / 2 - deep / 4
    right, high = left + thick, low + tall
    faces = (
        (1.0, [(left, low), (right, low), (right, high), (left, high)]),
        (0.55, [(left, high), (right, high), (right + deep, high + deep / 2),
                (left + deep, high + deep / 2)]),
        (0.3, [(right, low), (right + deep, low + deep / 2), (right + deep, high + deep / 2),
               (right, high)]),
    )  # fmt: skip
    for shade, corners in faces:
        axes.add_patch(Polygon(corners, facecolor="white", edgecolor="none", zorder=1))
        axes.add_patch(Polygon(corners, facecolor=colour, alpha=shade, linewidth=0, zorder=2))
        axes.add_patch(Polygon(corners, fill=False, edgecolor=colour, linewidth=0.5, zorder=3))


def _draw_cells(axes: Axes, layer: Mapping[str, Any], column: int, floor: float) -> None:
    cells = (_short(layer), *_numbers(layer))
    for row, text in enumerate(cells):
        axes.text(
            _centre(column), floor - row * _ROW_HEIGHT, text, ha="center", va="top",
            fontsize=6.5, fontweight="bold" if row == 0 else "normal",
        )  # fmt: skip


def _numbers(layer: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Return kernel, activation, output and parameters as they stand in the table."""
    kernel = "–"
    if layer["kernel"]:
        kernel = f"{layer['kernel']}×{layer['kernel']} / {layer['stride']}"
    shape = "×".join(f"{size:,}" for size in layer["output_shape"])
    n_parameters = layer["n_parameters"]
    return (
        kernel,
        layer["activation"] or "–",
        shape,
        f"{n_parameters:,}" if n_parameters else "–",
    )


def _draw_headings(axes: Axes, floor: float, width: float) -> None:
    for row, heading in enumerate(_HEADINGS):
        y = floor - row * _ROW_HEIGHT
        axes.text(0.08, y, heading, ha="left", va="top", fontsize=6.5, color=GREY)
    rule = floor + 0.06
    axes.plot([0.08, width - 0.1], [rule, rule], color=PALE, linewidth=0.6)


def _draw_brackets(
    axes: Axes, layers: Sequence[Mapping[str, Any]], parts: Sequence[str], y: float
) -> None:
    """Write above each part what it is and how many parameters it has."""
    n_parameters = {"encoder": 0, "code": 0, "decoder": 0}
    for layer, part in zip(layers, parts, strict=True):
        n_parameters["encoder" if part == "code" else part] += layer["n_parameters"]
    for part in ("encoder", "code", "decoder"):
        columns = [column for column, p in enumerate(parts) if p == part]
        if not columns:
            continue
        first, last = _centre(columns[0]) - 0.28, _centre(columns[-1]) + 0.28
        axes.plot([first, last], [y, y], color=_COLOURS[part], linewidth=2)
        if part == "code":
            (units,) = layers[columns[0]]["output_shape"]
            text = f"Code\n{units:,} units"
        else:
            text = f"{part.capitalize()}: {n_parameters[part]:,} parameters"
        axes.text((first + last) / 2, y + 0.05, text, ha="center", va="bottom", fontsize=8)


def _caption(scale: _Scale, width: float) -> list[str]:
    """Return the lines of the caption of a figure `width` inches wide."""
    text = (
        f"Boxes are feature maps: height is the side (the tallest {_TALLEST / scale.pixel:.0f} "
        "pixels), thickness the number of channels. Bars are vectors: length is the number of "
        f"units (the longest {_TALLEST / scale.unit:,.0f}). The code's parameters count as the "
        "encoder's."
    )
    return wrap(text, round(_LETTERS_PER_INCH * (width - 0.2)))
