"""Training curves: the reconstruction loss over images seen, between mean image and floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from shapespace.report.figures import GREY, PALE, SERIES, key, look, one_axes

_DASHES = (0, (2, 1))


def level_of_mixture(
    scores: Mapping[str, Any], sets: Mapping[str, Any], measure: str
) -> float | None:
    """Return a measure of the test images in the shares of the run's minibatches.

    Tests show equally many images of every source, validation those of the mixture; without
    this, a line drawn from the first would not belong to curves of the second.

    Args:
        scores: `reconstruction` of the results.
        sets: `data` of the provenance.
        measure: Such as "bce_mean_image".

    Returns:
        The weighted mean; None if the test showed other sources.
    """
    by_source = scores.get("by_source", {})
    shares = {name: one["images_per_batch"] for name, one in sets.items()}
    if not shares or set(shares) != set(by_source):
        return None
    total = sum(n * by_source[name][measure]["value"] for name, n in shares.items())
    return total / sum(shares.values())


@dataclass(frozen=True, kw_only=True)
class Curve:
    """The course of one run."""

    name: str
    history: pd.DataFrame
    """Rows of `history.csv`: `epoch`, `n_images` seen so far, `train_bce`, `validation_bce`."""
    mean_image_bce: float | None = None
    """Cross-entropy of the mean training image: what ignoring the input can reach."""
    floor_bce: float | None = None
    """Entropy of the grey targets: the lowest cross-entropy possible."""
    best_epoch: int | None = None
    """The epoch whose weights were kept; the one of lowest `validation_bce` where None."""


def draw_curves(curves: Sequence[Curve]) -> Figure:
    """Draw the loss of one or more runs over the images they have seen.

    Training losses are of noisy images, validation losses of clean ones, so the first may lie
    above the second. Losses above 1.25 times the mean image's (the first steps of a run) are
    cut off at the top.

    Args:
        curves: The runs, each in its own colour in this order.
    """
    assert curves
    with look():
        figure, axes = one_axes(6.6, 4.0)
        for curve, colour in zip(curves, _colours(len(curves)), strict=True):
            _draw_curve(axes, curve, colour)
        _draw_levels(axes, curves)
        _limit(axes, curves)

        axes.set_xlabel("images seen in training")
        axes.set_ylabel("binary cross-entropy (nats per pixel)")
        axes.xaxis.set_major_formatter(FuncFormatter(thousands))
        axes.grid(axis="y", color=PALE, linewidth=0.5)
        _draw_legend(figure, curves)
    return figure


def best_row(curve: Curve) -> pd.Series:
    """Return the row of the history whose weights were kept."""
    history = curve.history
    if curve.best_epoch is None:
        return history.iloc[int(history["validation_bce"].argmin())]
    return history.loc[history["epoch"] == curve.best_epoch].iloc[0]


def _colours(n: int) -> list[str]:
    return [SERIES[i % len(SERIES)] for i in range(n)]


def _draw_curve(axes: Axes, curve: Curve, colour: str) -> None:
    history = curve.history
    lonely = "." if len(history) == 1 else ""  # a line through one point cannot be seen
    axes.plot(
        history["n_images"], history["train_bce"],
        color=colour, linewidth=1.0, alpha=0.6, linestyle=_DASHES, marker=lonely,
    )  # fmt: skip
    axes.plot(history["n_images"], history["validation_bce"], color=colour, marker=lonely)
    best = best_row(curve)
    axes.plot(
        best["n_images"], best["validation_bce"],
        marker="o", markersize=7, markerfacecolor="white", markeredgecolor=colour,
        markeredgewidth=1.6, clip_on=False, zorder=5,
    )  # fmt: skip


def _draw_levels(axes: Axes, curves: Sequence[Curve]) -> None:
    """Draw the reference lines: once where all runs share them, else in each run's colour."""
    for kind, label in (("mean_image_bce", "mean image"), ("floor_bce", "entropy floor")):
        levels = [getattr(curve, kind) for curve in curves]
        shared = len({round(level, 4) for level in levels if level is not None}) == 1
        named = list(zip(levels, _colours(len(curves)), curves, strict=True))
        drawn = [(level, colour, c.name) for level, colour, c in named if level is not None]
        for level, colour, name in drawn[:1] if shared else drawn:
            lowest = not shared and level == min(other for other, _, _ in drawn)
            text = f"{label} {level:.4f}" if shared else f"{label} ({name}) {level:.4f}"
            axes.axhline(level, color=GREY if shared else colour, linestyle=":", linewidth=1.2)
            axes.annotate(  # the lowest is named below its line: two levels may nearly touch
                text, (0.995, level), xycoords=("axes fraction", "data"),
                xytext=(0, -3 if lowest else 3), textcoords="offset points",
                ha="right", va="top" if lowest else "bottom",
                fontsize=8, color=GREY if shared else colour,
            )  # fmt: skip


def _limit(axes: Axes, curves: Sequence[Curve]) -> None:
    losses = pd.concat([c.history[["train_bce", "validation_bce"]] for c in curves]).to_numpy()
    references = [level for c in curves for level in (c.mean_image_bce, c.floor_bce)]
    levels = [level for level in references if level is not None]
    top = max([float(np.nanmax(losses)), *levels])
    means = [c.mean_image_bce for c in curves if c.mean_image_bce is not None]
    if means:
        top = min(top, 1.25 * max(means))
    bottom = min([float(np.nanmin(losses)), *levels])
    axes.set_ylim(bottom - 0.1 * (top - bottom), top + 0.08 * (top - bottom))
    axes.set_xlim(0, max(float(c.history["n_images"].max()) for c in curves) * 1.02)


def _draw_legend(figure: Figure, curves: Sequence[Curve]) -> None:
    handles = []
    for curve, colour in zip(curves, _colours(len(curves)), strict=True):
        best = best_row(curve)
        text = f"{curve.name}: best {best['validation_bce']:.4f} at epoch {best['epoch']:.0f}"
        handles.append(key(text, colour))
    handles += [
        key("validation, clean input", GREY),
        key("training, noisy input", GREY, linewidth=1.0, linestyle=_DASHES),
        key("weights kept", GREY, marker="o", markerfacecolor="white", linestyle=""),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)


def thousands(value: float, _position: int | None) -> str:
    """Return a count for an axis: "500", "150 k", "2 M"."""
    if value >= 1e6:
        return f"{value / 1e6:g} M"
    return f"{value / 1e3:g} k" if value >= 1e3 else f"{value:g}"
