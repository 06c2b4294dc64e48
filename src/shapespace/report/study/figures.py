"""A study in pictures: each hyperparameter alone, differences to the default, the front."""

import math
import re
from collections.abc import Sequence
from textwrap import fill, shorten

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapespace.report.figures import GREY, OKABE_ITO, PALE, key, look
from shapespace.report.study.tables import factor_name, level_name
from shapespace.studies.sweeps.comparison import Difference, Mean, scores
from shapespace.studies.sweeps.front import FrontPoint
from shapespace.studies.sweeps.settings import progress, setting_scores
from shapespace.studies.sweeps.summary import DEFAULT, Measure, Summary

_COLUMNS = 3  # panels beside each other
_NARROWEST = 6.4  # inches: room for the legend
_TICK_LETTERS = 13  # in one line under an axis
_NOTE_LETTERS = 110  # in one line under a figure
_BLUE, _RED, _GREEN = OKABE_ITO["blue"], OKABE_ITO["vermilion"], OKABE_ITO["green"]


def axis_words(measure: Measure) -> str:
    """Return the label of an axis: name, unit, and which way is better."""
    unit = f" ({measure.unit})" if measure.unit else ""
    way = "lower" if measure.lower_is_better else "higher"
    return f"{measure.words}{unit}\n{way} is better"


def draw_factors(
    summary: Summary, measure: Measure, *, reference: float | None = None, note: str = ""
) -> Figure:
    """Draw a measure over the values of each hyperparameter that was varied alone.

    Small dots are folds, large ones their means with corrected 95 % intervals; the default is
    filled. A cross marks a setting of which some run collapsed.

    Args:
        summary: The study.
        measure: What to draw.
        reference: A level to hold it against: the loss of the mean image.
        note: A remark under the figure, such as that the drawings are stand-ins.
    """
    assert summary.factors
    means = {one.setting: one.mean for one in setting_scores(summary, measure.name)}
    collapsed = {one.setting for one in progress(summary) if one.n_collapsed}
    folds = scores(summary, measure.name).groupby(level="fold").mean()
    n_rows = -(-len(summary.factors) // _COLUMNS)
    n_columns = min(_COLUMNS, len(summary.factors))
    levels = {
        factor: [_short_level(summary, factor, name) for name in names]
        for factor, names in summary.factors.items()
    }
    height = 2.3 + 0.7 * any(map(_is_aslant, levels.values()))
    with look():
        figure = Figure(
            figsize=(max(_NARROWEST, 2.7 * n_columns + 0.5), height * n_rows + 0.8),
            layout="constrained",
        )
        grid = figure.subplots(n_rows, n_columns, sharey=True, squeeze=False)
        for place, (factor, names) in enumerate(summary.factors.items()):
            axes = grid[place // _COLUMNS][place % _COLUMNS]
            if reference is not None:
                axes.axhline(reference, color=GREY, linestyle=":", linewidth=1.2)
            for x, name in enumerate(names):
                own = folds[name].dropna().to_numpy(dtype=float)
                axes.plot(
                    np.full(len(own), x) + 0.18, own,
                    linestyle="", marker="o", markersize=2.5, color=GREY, alpha=0.6,
                )  # fmt: skip
                _draw_mean(axes, x, means[name], name, crossed=name in collapsed)
            _name_levels(axes, levels[factor])
            axes.set_xlim(-0.5, len(names) - 0.5)
            axes.set_xlabel(factor_name(summary, factor))
            axes.grid(axis="y", color=PALE, linewidth=0.5)
        for axes in grid.flat[len(summary.factors) :]:
            axes.set_axis_off()
        for row in grid:
            row[0].set_ylabel(axis_words(measure))
        handles = [
            key("default", _BLUE, marker="o", linestyle="-"),
            key("other value", _BLUE, marker="o", markerfacecolor="white", linestyle="-"),
        ]
        if collapsed:
            handles.append(key("some runs collapsed", _RED, marker="X", linestyle="-"))
        handles.append(key("one fold", GREY, marker="o", markersize=2.5, linestyle=""))
        if reference is not None:
            handles.append(key("mean image", GREY, linestyle=":"))
        _legend(figure, handles, _n_words(summary), note)
    return figure


def _draw_mean(axes: Axes, x: int, mean: Mean, name: str, *, crossed: bool) -> None:
    if not mean.n_folds:
        return
    colour = _RED if crossed else _BLUE
    reach = 0.0 if math.isnan(mean.high) else mean.high - mean.value
    axes.errorbar(
        x, mean.value, yerr=reach, color=colour, capsize=2, linewidth=1.2,
        marker="X" if crossed else "o", markersize=6,
        markerfacecolor=colour if name == DEFAULT or crossed else "white",
    )  # fmt: skip


def _short_level(summary: Summary, factor: str, name: str) -> str:
    words = level_name(summary, factor, name).removesuffix(" (default)")
    if name == DEFAULT and len(words) > _TICK_LETTERS:
        return DEFAULT
    return re.sub(r"\b0\.", ".", words)


def _is_aslant(names: Sequence[str]) -> bool:
    return len(names) > _COLUMNS and any(len(name) > _TICK_LETTERS for name in names)


def _name_levels(axes: Axes, names: Sequence[str]) -> None:
    """Write values under an axis; several words in lines, and aslant where they are many."""
    aslant = _is_aslant(names)
    width = 2 * _TICK_LETTERS if aslant else _TICK_LETTERS
    axes.set_xticks(
        range(len(names)), [fill(name, width, break_long_words=False) for name in names]
    )
    if aslant:
        axes.tick_params(axis="x", labelrotation=35)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")


def _n_words(summary: Summary) -> str:
    finished = summary.cells["state"].eq("finished")
    n_folds = summary.cells["fold"][finished].nunique()
    n_seeds = summary.cells["seed"][finished].nunique()
    runs = summary.cells["run_id"][finished].nunique()
    seeds = f", {n_seeds} seeds each" if n_seeds > 1 else ""
    return (
        f"n = {n_folds} folds{seeds}, {runs} runs; bars are 95 % intervals over folds, corrected "
        "for shared training images"
    )


def _legend(figure: Figure, handles: Sequence, *notes: str) -> None:
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))
    lines = [fill(note, _NOTE_LETTERS) for note in notes if note]
    figure.supxlabel("\n".join(lines), fontsize=8, color=GREY)


def draw_differences(
    found: Sequence[Difference],
    measure: Measure,
    *,
    collapsed: Sequence[str] = (),
    note: str = "",
) -> Figure:
    """Draw every setting minus the default, with its interval, paired by fold.

    Filled dots differ beyond chance over all comparisons together; their colour says which way.

    Args:
        found: In the order in which they are to appear from the top.
        measure: What was compared.
        collapsed: Settings to mark as collapsed.
        note: A remark under the figure.
    """
    assert found
    with look():
        figure = Figure(figsize=(6.8, 1.6 + 0.24 * len(found)), layout="constrained")
        axes = figure.add_subplot()
        axes.axvline(0, color=GREY, linewidth=0.8)
        for y, one in enumerate(found):
            if not one.mean.n_folds:
                continue
            better = (one.mean.value < 0) == measure.lower_is_better
            colour = (_BLUE if better else _RED) if one.is_found else GREY
            reach = 0.0 if math.isnan(one.mean.high) else one.mean.high - one.mean.value
            axes.plot(
                list(one.by_fold.values()), [y + 0.22] * len(one.by_fold),
                linestyle="", marker="o", markersize=2, color=GREY, alpha=0.6,
            )  # fmt: skip
            axes.errorbar(
                one.mean.value, y, xerr=reach, color=colour, capsize=2, linewidth=1.2,
                marker="o", markersize=5, markerfacecolor=colour if one.is_found else "white",
            )  # fmt: skip
        names = [
            f"{one.setting} ×" if one.setting in collapsed else one.setting for one in found
        ]
        axes.set_yticks(range(len(found)), [shorten(n, 52, placeholder="…") for n in names])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(found) - 0.4, -0.6)
        axes.grid(axis="x", color=PALE, linewidth=0.5)
        unit = f" ({measure.unit})" if measure.unit else ""
        axes.set_xlabel(f"{measure.words}{unit}: setting minus default")
        handles = [
            key("better", _BLUE, marker="o"),
            key("worse", _RED, marker="o"),
            key("not told apart", GREY, marker="o", markerfacecolor="white"),
            key("one fold", GREY, marker="o", markersize=2, linestyle=""),
        ]
        counts = sorted({one.mean.n_folds for one in found})
        folds = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        crossed = "× some runs collapsed" if collapsed else ""
        _legend(
            figure, handles,
            f"n = {folds} folds; bars are corrected 95 % intervals, colours Holm-corrected tests "
            "at 5 %",
            crossed, note,
        )  # fmt: skip
    return figure


def draw_front(
    points: Sequence[FrontPoint],
    x: tuple[Measure, dict[str, Mean]],
    y: tuple[Measure, dict[str, Mean]],
    *,
    collapsed: Sequence[str] = (),
    note: str = "",
) -> Figure:
    """Draw settings in the plane of two measures, and the line of those that no other beats.

    Args:
        points: Settings with the means of both measures.
        x: The first measure, and the mean of each setting with its interval.
        y: The second.
        collapsed: Settings to mark as collapsed.
        note: A remark under the figure.
    """
    assert points
    ordered = sorted((p for p in points if p.on_front), key=lambda p: (p.x, p.y))
    with look():
        figure = Figure(figsize=(6.8, 5.0), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(
            [p.x for p in ordered], [p.y for p in ordered], color=_GREEN, linestyle=(0, (4, 2))
        )
        for point in points:
            spans = [means[point.setting] for _, means in (x, y)]
            reach = [0 if math.isnan(m.high) else m.high - m.value for m in spans]
            colour = _GREEN if point.on_front else GREY
            axes.errorbar(
                point.x, point.y, xerr=reach[0], yerr=reach[1], color=colour, alpha=0.3,
                linewidth=0.8,
            )  # fmt: skip
            crossed = point.setting in collapsed
            axes.plot(
                point.x, point.y, color=_RED if crossed else colour, linestyle="",
                marker="X" if crossed else ("D" if point.setting == DEFAULT else "o"),
                markersize=6, markerfacecolor=None if point.on_front or crossed else "white",
            )  # fmt: skip
        for number, point in enumerate(ordered, 1):
            axes.annotate(
                str(number), (point.x, point.y), xytext=(5, 5), textcoords="offset points",
                fontsize=8, fontweight="bold",
            )  # fmt: skip
        axes.set_xlabel(axis_words(x[0]))
        axes.set_ylabel(axis_words(y[0]))
        axes.grid(color=PALE, linewidth=0.5)
        handles = [
            key("on the front", _GREEN, marker="o", linestyle=(0, (4, 2))),
            key("beaten", GREY, marker="o", markerfacecolor="white", linestyle=""),
            key("default", GREY, marker="D", markerfacecolor="white", linestyle=""),
            key("some runs collapsed", _RED, marker="X", linestyle=""),
        ]
        named = [
            f"{number} {p.setting} (front of {p.n_folds_on_front} of {p.n_folds} folds)"
            for number, p in enumerate(ordered, 1)
        ]
        _legend(figure, handles, *named, "Bars are corrected 95 % intervals over folds", note)
    return figure
