"""Similarity spaces in pictures: scree, held-out ratings, Shepard diagram, map with ellipses."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse as Patch
from matplotlib.ticker import MaxNLocator

from shapespace.arrays import Flat
from shapespace.report.figures import GREY, OKABE_ITO, PALE, SERIES, key, look, one_axes
from shapespace.spaces.scaling.building import Build
from shapespace.spaces.scaling.fitting import Space
from shapespace.spaces.scaling.held_out import HeldOut
from shapespace.spaces.scaling.stability import Stability

_NAMED_ITEMS = 80
"""With more items than this their names would hide each other and are left out."""


def draw_scree(spaces: Sequence[Space]) -> Figure:
    """Draw stress-1 over the number of dimensions.

    Args:
        spaces: Spaces of the same ratings by the same method.
    """
    dims = [space.n_dims for space in spaces]
    values = [space.stress["stress_1"] for space in spaces]
    with look():
        figure, axes = one_axes(4.8, 3.4)
        axes.plot(dims, values, color=SERIES[0], marker="o")
        for x, y in zip(dims, values, strict=True):
            axes.annotate(
                f"{y:.3f}", (x, y), xytext=(4, 4), textcoords="offset points", fontsize=7
            )
        axes.set_xlabel("dimensions")
        axes.set_ylabel("stress-1")
        axes.set_ylim(0, max(values) * 1.15)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", color=PALE, linewidth=0.5)
        first = spaces[0]
        axes.set_title(
            f"{_method(first)}: {len(first.items)} items, {first.n_pairs:,} pairs", loc="left"
        )
    return figure


def draw_held_out(
    held_out: Sequence[HeldOut], *, fewest_good: int, ceiling: Mapping[str, Any] | None = None
) -> Figure:
    """Draw agreement with ratings that were held out, and with those that were not.

    Args:
        held_out: One or more numbers of dimensions, over pairs, raters or both.
        fewest_good: The number of dimensions that is suggested.
        ceiling: Agreement of halves of the raters, `kendall_tau_b` over `n_pairs`, where known.
    """
    with look():
        figure, axes = one_axes(5.2, 3.8)
        handles = []
        for over, colour in (("pairs", SERIES[0]), ("raters", SERIES[1])):
            found = [h for h in held_out if h.over == over]
            if not found:
                continue
            dims = [h.n_dims for h in found]
            axes.errorbar(
                dims, [h.kendall_tau_b for h in found],
                yerr=[h.standard_error for h in found],
                color=colour, marker="o", capsize=2, linewidth=1.4,
            )  # fmt: skip
            axes.plot(dims, [h.in_sample_tau_b for h in found], color=colour, linestyle=":")
            handles += [
                key(f"held-out {over} ± standard error, {found[0].n_folds} folds", colour),
                key("ratings the space was made from", colour, linestyle=":"),
            ]
        if ceiling is not None:
            axes.axhline(ceiling["kendall_tau_b"], color=GREY, linewidth=1, linestyle="--")
            label = f"halves of the raters with each other ({ceiling['n_pairs']:,} pairs)"
            handles.append(key(label, GREY, linestyle="--"))
        axes.axvline(fewest_good, color=PALE, linewidth=6, zorder=0)
        handles.append(key("fewest dimensions within one error of the best", PALE, linewidth=6))
        axes.set_xlabel("dimensions")
        axes.set_ylabel("Kendall tau-b with dissimilarities")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y", color=PALE, linewidth=0.5)
        figure.legend(handles=handles, loc="outside lower center", ncols=1)
    return figure


def draw_shepard(space: Space, dissimilarities: Flat) -> Figure:
    """Draw distance and disparity of every rated pair over its dissimilarity.

    Args:
        space: The space.
        dissimilarities: Of every pair; nan where it was not rated.
    """
    rated = ~np.isnan(space.disparities)
    x, distances = dissimilarities[rated], space.distances[rated]
    disparities = space.disparities[rated]
    order = np.lexsort((disparities, x))
    with look():
        figure, axes = one_axes(4.8, 4.2)
        axes.scatter(x, distances, s=9, color=SERIES[0], alpha=0.3, linewidths=0)
        axes.plot(x[order], disparities[order], color=OKABE_ITO["vermilion"], linewidth=1.2)
        axes.set_xlabel("human dissimilarity")
        axes.set_ylabel(f"distance in the {space.n_dims}-D space")
        axes.set_ylim(bottom=0)
        axes.set_title(
            f"stress-1 {space.stress['stress_1']:.3f}, Kendall tau-b "
            f"{space.kendall_tau_b:+.3f}: {space.n_pairs:,} pairs",
            loc="left",
        )
        handles = [
            key("a pair of items", SERIES[0], marker="o", linestyle="", markersize=3),
            key("disparities", OKABE_ITO["vermilion"]),
        ]
        axes.legend(handles=handles, loc="upper left", frameon=True, edgecolor="white")
    return figure


def draw_map(
    space: Space, stability: Stability | None = None, axes_shown: tuple[int, int] = (0, 1)
) -> Figure:
    """Draw the items on two dimensions of a space, with ellipses of 95 % where they are known.

    Args:
        space: A space of two dimensions or more.
        stability: Of the same space.
        axes_shown: The two dimensions, from 0.
    """
    first, second = axes_shown
    with look():
        figure, axes = one_axes(6.6, 6.6)
        points = space.coordinates[:, [first, second]]
        if stability is not None:
            for row, point in enumerate(points):
                ellipse = stability.ellipse(row, axes_shown)
                axes.add_patch(
                    Patch(
                        (float(point[0]), float(point[1])), ellipse.length, ellipse.breadth,
                        angle=ellipse.angle_degrees, linewidth=0.5,
                        facecolor=(*to_rgb(OKABE_ITO["sky"]), 0.06), edgecolor=OKABE_ITO["sky"],
                    )
                )  # fmt: skip
        axes.scatter(points[:, 0], points[:, 1], s=10, color=SERIES[0])
        if len(space.items) <= _NAMED_ITEMS:
            for item, (x, y) in zip(space.items, points, strict=True):
                axes.annotate(
                    item, (x, y), xytext=(3, 2), textcoords="offset points", fontsize=6.5
                )
        axes.set_aspect("equal")
        axes.set_xlabel(f"dimension {first}")
        axes.set_ylabel(f"dimension {second}")
        title = f"{space.n_dims}-D space, {_method(space)}"
        if stability is not None:
            title += f"; 95 % ellipses of {stability.n_draws} draws of {stability.over}"
        axes.set_title(title, loc="left")
    return figure


def figures(build: Build) -> dict[str, Figure]:
    """Return every figure of spaces that were built, by the name of its file.

    Shepard diagrams and maps are drawn for the suggested number of dimensions, or for the
    highest where nothing was held out. A map needs two dimensions.
    """
    shown = build.fewest_good or build.spaces[-1].n_dims
    space = build.spaces[shown - 1]
    found = {
        "scree": draw_scree(build.spaces),
        f"shepard-{shown}d": draw_shepard(space, build.pairs.ratings.flat),
    }
    if build.held_out and build.fewest_good is not None:
        found["held-out"] = draw_held_out(
            build.held_out, fewest_good=build.fewest_good, ceiling=build.ceiling
        )
    firsts = [*range(0, shown - 1, 2)]
    if shown % 2 and shown > 1:  # an odd one out: every dimension is on a map
        firsts.append(shown - 2)
    for first in firsts:
        found[f"map-{shown}d-{first}-{first + 1}"] = draw_map(
            space, build.stability.get(shown), (first, first + 1)
        )
    return found


def _method(space: Space) -> str:
    ties = f" ({space.ties} ties)" if space.ties else ""
    return f"{space.method} scaling{ties}"
