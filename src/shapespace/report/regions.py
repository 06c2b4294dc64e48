"""Regions in pictures: the hull of every category, and violations beside baselines."""

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from scipy.spatial import ConvexHull, QhullError

from shapespace.report.figures import GREY, PALE, SERIES, key, look
from shapespace.spaces.regions.baselines import Baseline, Measured
from shapespace.spaces.regions.hulls import Regions, inside_hull, prototypes

_PER_ROW = 4

_SHOWN = {
    "violations": "items inside a foreign hull",
    "meeting_pairs": "pairs of hulls that meet",
    "size": "mean distance to the prototype",
    "nearest_own": "share nearest to own prototype",
}


def draw_hulls(found: Measured, axes_shown: tuple[int, int] = (0, 1)) -> Figure:
    """Draw each category in a panel of its own: its items, their hull, and everyone else.

    In a space of more than two dimensions the hull is that of the items as they are seen from
    this side; an item that seems to lie in it need not. Those that do are crossed.

    Args:
        found: A space of two dimensions or more.
        axes_shown: The two dimensions, from 0.
    """
    of = found.regions
    points = of.coordinates[:, list(axes_shown)]
    centres = prototypes(of)[:, list(axes_shown)]
    n = len(of.categories)
    rows = -(-n // _PER_ROW)
    with look():
        figure = Figure(figsize=(8, 2.1 * rows + 0.8), layout="constrained")
        grid = figure.subplots(rows, _PER_ROW, squeeze=False, sharex=True, sharey=True)
        for axes in grid.flat[n:]:
            axes.set_axis_off()
        for category, axes in zip(range(n), grid.flat, strict=False):
            _draw_category(axes, of, category, points)
            axes.plot(*centres[category], color="black", marker="+", markersize=7)
            axes.set_aspect("equal")
        for axes in grid[:, 0]:
            axes.set_ylabel(f"dimension {axes_shown[1]}")
        for axes in grid.flat[max(n - _PER_ROW, 0) : n]:
            axes.set_xlabel(f"dimension {axes_shown[0]}")
        all_dims = f" (counted in all {found.n_dims} dimensions)" if found.n_dims > 2 else ""
        figure.suptitle(
            f"{found.n_dims}-D space: {len(points)} items, {n} categories, "
            f"{found.values['violations']:.0f} items in a foreign hull{all_dims}",
            fontsize=10,
        )
        handles = [
            key("item of the category", SERIES[0], marker="o", linestyle="", markersize=4),
            key("prototype", "black", marker="+", linestyle=""),
            key("other items", PALE, marker="o", linestyle="", markersize=3),
            key("other item inside the hull", SERIES[1], marker="x", linestyle=""),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _draw_category(axes: Axes, of: Regions, category: int, points: np.ndarray) -> None:
    own = of.members == category
    inside = inside_hull(of.coordinates, of.points(category)) & ~own
    axes.scatter(*points[~own].T, s=5, color=PALE)
    corners = _outline(points[own])
    axes.fill(
        *corners.T, facecolor=(*to_rgb(SERIES[0]), 0.15), edgecolor=SERIES[0], linewidth=1
    )
    axes.scatter(*points[own].T, s=12, color=SERIES[0], zorder=3)
    axes.scatter(*points[inside].T, s=22, color=SERIES[1], marker="x", zorder=4)
    foreign = f" ({int(inside.sum())})" if inside.any() else ""
    axes.set_title(of.categories[category] + foreign, loc="left", fontsize=8.5)


def _outline(points: np.ndarray) -> np.ndarray:
    """Return the corners of the hull in order; all points where they lie on one line."""
    try:
        return points[ConvexHull(points).vertices]
    except (QhullError, ValueError):
        return points[np.lexsort(points.T)]


def draw_region_measures(found: Sequence[Measured]) -> Figure:
    """Draw every measure of the categories over dimensions, beside the three baselines.

    Args:
        found: Of spaces of rising dimensions, of the same items and categories.
    """
    dims = np.array([measured.n_dims for measured in found])
    with look():
        figure = Figure(figsize=(7.6, 5.6), layout="constrained")
        grid = figure.subplots(2, 2)
        colours = dict(
            zip(
                get_args(Baseline),
                (SERIES[1], SERIES[3], SERIES[2]),
                strict=True,
            )
        )
        for axes, (name, words) in zip(grid.flat, _SHOWN.items(), strict=True):
            axes.plot(dims, [m.values[name] for m in found], color=SERIES[0], marker="o")
            for place, (baseline, colour) in enumerate(colours.items()):
                rows = [
                    b for m in found for b in m.beside
                    if (b.baseline, b.measure) == (baseline, name)
                ]  # fmt: skip
                means = np.array([b.mean for b in rows])
                ends = np.array([[b.low, b.high] for b in rows]).T
                axes.errorbar(
                    dims + 0.12 * (place - 1), means, yerr=np.abs(ends - means), color=colour,
                    linestyle=("--", ":", "-.")[place], capsize=2, linewidth=1,
                )  # fmt: skip
            if name == "violations":  # from hundreds to none
                axes.set_yscale("symlog", linthresh=1)
                axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.0f}"))
            axes.set_ylim(bottom=0)
            axes.set_ylabel(words)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.grid(axis="y", color=PALE, linewidth=0.5)
        first = found[0]
        for axes in grid[1]:
            axes.set_xlabel("dimensions of the space")
        figure.suptitle(
            f"{len(first.items)} items in {len(first.regions.categories)} categories",
            fontsize=10,
        )
        n_draws = first.beside[0].n_draws
        handles = [key("the space", SERIES[0], marker="o")]
        handles += [
            key(baseline, colour, linestyle=("--", ":", "-.")[place])
            for place, (baseline, colour) in enumerate(colours.items())
        ]
        handles.append(key(f"bars: 95 % of {n_draws} draws", GREY, linestyle=""))
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def region_figures(found: Sequence[Measured], shown: int) -> Mapping[str, Figure]:
    """Return every figure of regions, by the name of its file.

    Args:
        found: Of one space or several.
        shown: Dimensions of the space whose hulls are drawn, if it has two or more.
    """
    space = next(measured for measured in found if measured.n_dims == shown)
    figures = {}
    firsts = [*range(0, shown - 1, 2)]
    if shown % 2 and shown > 1:  # an odd one out: every dimension is on a map
        firsts.append(shown - 2)
    for first in firsts:
        figures[f"hulls-{shown}d-{first}-{first + 1}"] = draw_hulls(space, (first, first + 1))
    if len(found) > 1:
        figures["regions-by-dimensions"] = draw_region_measures(found)
    return figures
