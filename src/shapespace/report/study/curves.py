"""Learning curves of all runs of a study: one panel a setting, one line a run."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from shapespace.errors import BadInput
from shapespace.report.curves import thousands
from shapespace.report.figures import GREY, OKABE_ITO, PALE, key, look
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.sweeps.cells import run_path
from shapespace.studies.sweeps.summary import Summary

_COLUMNS = 5
_MOST = 60  # panels; a study of more settings has one panel with all runs
_BLUE, _RED = OKABE_ITO["blue"], OKABE_ITO["vermilion"]


def read_histories(summary: Summary) -> dict[str, pd.DataFrame]:
    """Return the history of every run that learns to draw, by its id.

    Those without a finished epoch and unreadable ones are left out.
    """
    found = {}
    for run_id in summary.cells["run_id"].unique():
        try:
            history = RunDirectory(run_path(summary.path, run_id)).history()
        except BadInput:
            continue
        if history["validation_bce"].notna().any():
            found[run_id] = history
    return found


def draw_histories(
    summary: Summary, histories: Mapping[str, pd.DataFrame], *, reference: float | None = None
) -> Figure:
    """Draw the validation loss of every run over the images it has seen.

    Losses above 1.25 times the reference (the first steps) are cut off at the top.

    Args:
        summary: The study.
        histories: What `read_histories` found; at least one.
        reference: Loss of the mean image.
    """
    assert histories
    cells = summary.cells[summary.cells["run_id"].isin(list(histories))]
    names = [name for name in summary.settings if name in set(cells["setting"])]
    groups = {name: cells[cells["setting"] == name] for name in names}
    if len(names) > _MOST:
        groups = {f"all {len(names)} settings": cells}
    n_columns = min(_COLUMNS, len(groups))
    n_rows = -(-len(groups) // n_columns)
    with look():
        figure = Figure(
            figsize=(max(4.5, 1.9 * n_columns + 0.6), max(3.0, 1.6 * n_rows + 0.9)),
            layout="constrained",
        )
        grid = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
        for axes, (name, rows) in zip(grid.flat, groups.items(), strict=False):
            _draw_group(axes, name, rows, histories, reference)
        for place in range(len(groups), grid.size):
            grid.flat[place].set_axis_off()
            grid.flat[place - n_columns].tick_params(labelbottom=True)
        _limit(grid.flat[0], list(histories.values()), reference)
        grid.flat[0].xaxis.set_major_formatter(FuncFormatter(thousands))
        figure.supxlabel(
            f"images seen in training ({cells['run_id'].nunique()} runs)", fontsize=9
        )
        figure.supylabel("validation cross-entropy (nats per pixel)", fontsize=9)
        handles = [key("one run", _BLUE), key("collapsed run", _RED, linestyle=(0, (3, 1)))]
        if reference is not None:
            handles.append(key("mean image", GREY, linestyle=":"))
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles))
    return figure


def _draw_group(
    axes: Axes,
    name: str,
    rows: pd.DataFrame,
    histories: Mapping[str, pd.DataFrame],
    reference: float | None,
) -> None:
    if reference is not None:
        axes.axhline(reference, color=GREY, linestyle=":", linewidth=1.0)
    opacity = 0.8 if len(rows) <= 20 else 0.2
    for run_id, crossed in zip(rows["run_id"], rows["collapsed"].eq(True), strict=True):
        history = histories[run_id]
        axes.plot(
            history["n_images"], history["validation_bce"], linewidth=1.0, alpha=opacity,
            color=_RED if crossed else _BLUE, linestyle=(0, (3, 1)) if crossed else "-",
            marker="." if len(history) == 1 else "", markersize=3,
        )  # fmt: skip
    axes.set_title(fill(name, 28), fontsize=7.5, loc="left")
    axes.grid(axis="y", color=PALE, linewidth=0.5)


def _limit(axes: Axes, histories: Sequence[pd.DataFrame], reference: float | None) -> None:
    losses = np.concatenate([h["validation_bce"].to_numpy(dtype=float) for h in histories])
    losses = losses[np.isfinite(losses)]
    if not len(losses):
        return
    top = (
        float(losses.max()) if reference is None else min(float(losses.max()), 1.25 * reference)
    )
    top = max(top, reference or top)
    bottom = float(losses.min())
    room = 0.06 * max(top - bottom, 1e-6)
    axes.set_ylim(bottom - room, top + room)
    axes.set_xlim(0, max(float(h["n_images"].max()) for h in histories) * 1.03)
