"""Directions in pictures: items along them, their cosines, and how good they are by dimensions."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from shapespace.report.figures import GREY, OKABE_ITO, PALE, SERIES, key, look, one_axes
from shapespace.spaces.directions.candidates import ACCEPTED, Direction, by_name
from shapespace.spaces.directions.examining import Examined
from shapespace.spaces.directions.features import Feature
from shapespace.spaces.directions.quality import HeldOutDirection

_LOW, _HIGH = OKABE_ITO["blue"], OKABE_ITO["vermilion"]
_MARKERS = ("o", "^", "s", "D")

_WIDE = 12
"""With more candidates than this their cosines are not written into the matrix."""


def draw_projections(found: Examined) -> Figure:
    """Draw every item on the direction of each feature (by kappa) over its rating.

    Args:
        found: Of one space.
    """
    directions = found.of("kappa")
    columns = min(len(directions), 3)
    rows = -(-len(directions) // columns)
    with look():
        figure = Figure(figsize=(3.4 * columns, 3.3 * rows + 0.6), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes in grid.flat[len(directions) :]:
            axes.remove()
        ways = by_name(found.features)
        for axes, direction in zip(grid.flat, directions, strict=False):
            _draw_items(axes, found, direction, ways[direction.feature])
        handles = [
            key("lowest class", _LOW, marker="o", linestyle="", markersize=4),
            key("between", GREY, marker="o", linestyle="", markersize=3),
            key("highest class", _HIGH, marker="o", linestyle="", markersize=4),
        ]
        kinds = [way.rating_type for way in max(ways.values(), key=len)]
        if len(kinds) > 1:
            handles += [
                key(kind, GREY, marker=marker, linestyle="", fillstyle="none")
                for kind, marker in zip(kinds, _MARKERS, strict=False)
            ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _draw_items(
    axes: Axes, found: Examined, direction: Direction, ways: Sequence[Feature]
) -> None:
    projections = found.space.coordinates @ direction.vector
    for way, marker in zip(ways, _MARKERS, strict=False):
        between = ~way.low & ~way.high
        for chosen, colour, size in (
            (between, GREY, 8), (way.low, _LOW, 14), (way.high, _HIGH, 14)
        ):  # fmt: skip
            axes.scatter(
                projections[chosen], way.values[chosen], s=size, marker=marker,
                facecolors="none", edgecolors=colour, linewidths=0.8,
            )  # fmt: skip
    axes.set_xlabel(f"projection on {direction.feature}, {found.space.n_dims}-D space")
    axes.set_ylabel(f"rated {direction.feature}")
    title = (
        f"{len(projections)} items, seen: kappa {direction.kappa:.2f}, rho {direction.rho:.2f}"
    )
    held = _held_out(found, direction)[-1]
    for name, value in (("kappa", held.kappa), ("rho", held.rho)):
        title += (
            f"\nheld-out {held.over}: {name} {value.value:.2f} "
            f"[{value.low:.2f}, {value.high:.2f}]"
        )
    axes.set_title(title, loc="left", fontsize=8)


def draw_cosines(found: Examined) -> Figure:
    """Draw the cosine of every two candidates, features one after the other."""
    candidates = found.candidates
    vectors = np.stack([candidate.vector for candidate in candidates])
    names = [f"{candidate.feature} {candidate.name}".strip() for candidate in candidates]
    n = len(names)
    matrix = vectors @ vectors.T
    with look():
        side = 1.9 + 0.36 * n
        figure, axes = one_axes(side + 0.9, side)
        image = axes.imshow(matrix, cmap="PuOr", vmin=-1, vmax=1)
        axes.set_xticks(range(n), names, rotation=90, fontsize=7)
        axes.set_yticks(range(n), names, fontsize=7)
        if n <= _WIDE:
            for row in range(n):
                for column in range(n):
                    value = matrix[row, column]
                    axes.text(
                        column, row, f"{value:.2f}".replace("0.", ".", 1), ha="center",
                        va="center", fontsize=6,
                        color="white" if abs(value) > 0.6 else "black",
                    )  # fmt: skip
        features = [candidate.feature for candidate in candidates]
        for edge in (i for i in range(1, n) if features[i] != features[i - 1]):
            axes.axhline(edge - 0.5, color="black", linewidth=0.8)
            axes.axvline(edge - 0.5, color="black", linewidth=0.8)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.set_title(
            f"candidates of the {found.space.n_dims}-D space: {len(found.space.items)} items",
            loc="left",
        )
        figure.colorbar(image, ax=axes, shrink=0.7, label="cosine")
    return figure


def draw_by_dimensions(found: Sequence[Examined]) -> Figure:
    """Draw kappa and rho of the best directions over dimensions: seen, held out, and by chance.

    Args:
        found: Of spaces of rising dimensions, of the same features.
    """
    names = [direction.feature for direction in found[0].of("kappa")]
    dims = [examined.space.n_dims for examined in found]
    over = found[0].held_out[-1].over
    with look():
        figure = Figure(figsize=(2.9 * len(names) + 0.5, 5.2), layout="constrained")
        grid = figure.subplots(2, len(names), squeeze=False, sharex=True, sharey="row")
        for row, criterion in enumerate(("kappa", "rho")):
            for axes, name in zip(grid[row], names, strict=True):
                seen = [
                    next(d for d in examined.of(criterion) if d.feature == name).best
                    for examined in found
                ]
                axes.plot(dims, seen, color=SERIES[0], marker="o", markersize=3)
                estimates = [
                    getattr(_held(examined, name, criterion, over), criterion)
                    for examined in found
                ]
                values = np.array([e.value for e in estimates])
                ends = np.array([[e.low, e.high] for e in estimates]).T
                axes.errorbar(
                    dims, values, yerr=np.abs(ends - values), color=SERIES[1], marker="s",
                    markersize=3, capsize=2, linewidth=1.2,
                )  # fmt: skip
                by_chance = [
                    c for examined in found for c in examined.chance
                    if (c.feature, c.criterion) == (name, criterion)
                ]  # fmt: skip
                if by_chance:
                    axes.plot(dims, [c.high for c in by_chance], color=GREY, linestyle=":")
                axes.axhline(ACCEPTED[criterion], color=PALE, linewidth=1, zorder=0)
                axes.axhline(0, color=PALE, linewidth=0.5, zorder=0)
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
                if row == 0:
                    axes.set_title(name, loc="left")
                else:
                    axes.set_xlabel("dimensions of the space")
            grid[row][0].set_ylabel("Cohen’s kappa" if row == 0 else "Spearman’s rho")
        figure.suptitle(f"directions of {len(found[0].space.items)} items", fontsize=10)
        handles = [
            key("best candidate, on the items it was found from", SERIES[0], marker="o"),
            key(f"held-out {over} (95 % interval)", SERIES[1], marker="s"),
            key("accepted from", PALE, linewidth=1),
        ]
        if found[0].chance:
            n = found[0].chance[0].n_draws
            handles.append(key(f"95 % of {n} draws of shuffled items", GREY, linestyle=":"))
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def direction_figures(found: Sequence[Examined]) -> Mapping[str, Figure]:
    """Return every figure of directions, by the name of its file.

    Items and cosines are drawn for the suggested space.
    """
    shown = next(examined for examined in found if examined.space.suggested)
    n_dims = shown.space.n_dims
    figures = {
        f"directions-{n_dims}d": draw_projections(shown),
        f"cosines-{n_dims}d": draw_cosines(shown),
    }
    if len(found) > 1:
        figures["directions-by-dimensions"] = draw_by_dimensions(found)
    return figures


def _held_out(found: Examined, direction: Direction) -> list[HeldOutDirection]:
    key_of = direction.feature, direction.criterion
    return [held for held in found.held_out if (held.feature, held.criterion) == key_of]


def _held(found: Examined, feature: str, criterion: str, over: str) -> HeldOutDirection:
    return next(
        held for held in found.held_out
        if (held.feature, held.criterion, held.over) == (feature, criterion, over)
    )  # fmt: skip
