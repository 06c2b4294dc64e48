"""Mappings in pictures: what each source and regression reach, and where images were placed."""

from collections.abc import Mapping, Sequence
from importlib.resources import as_file, files
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapespace.arrays import Coordinates
from shapespace.report.figures import GREY, OKABE_ITO, PALE, SERIES, key, look, one_axes
from shapespace.studies.mapping.cells import BASELINE, TRAINED, is_main

REGRESSION_NAMES = {
    "linear": "least squares",
    "ridge": "ridge",
    "lasso": "lasso",
    "knn": "k-NN",
    "svr": "SVR",
    "trained": "units trained for it",
    "zero": "at the origin",
    "mean": "at the mean of the training stimuli",
    "normal": "normal draws",
    "draw": "place of another stimulus",
    "shuffled": "places swapped (ridge)",
}
"""What regressions and baselines are called in figures and tables."""

PUBLISHED = {
    "classifier small": "classifier, lasso (published)",
    "autoencoder best": "autoencoder, lasso (published)",
}
"""Published sources that are drawn beside ours."""

_WORST = 1.6
"""Highest error that is drawn; worse ones are marked at the edge."""


def published_transfer() -> pd.DataFrame:
    """Return the published results of transfer: one row a source, regression, strength, space."""
    with as_file(files("shapespace.studies") / "published" / "transfer.csv") as path:
        return pd.read_csv(path)


def draw_sources(found: Mapping[str, Any]) -> Figure:
    """Draw the MSE of every source and regression, with strengths chosen inside the folds.

    Args:
        found: What `studies.mapping.measuring.judge_mapping` returns.
    """
    n_dims = found["dims"][0]
    chosen = [row for row in found["rows"] if is_main(row) and row["n_dims"] == n_dims]
    groups = {(row["source"], row["regression"]): [] for row in chosen}
    for row in chosen:
        groups[row["source"], row["regression"]].append(row)
    with look():
        figure, axes = one_axes(6.4, 0.9 + 0.24 * len(groups))
        for place, rows in enumerate(groups.values()):
            for row in rows:
                new = row["stimuli"] == "held out"
                _interval(axes, place + 0.24 * new, row, hollow=new)
        axes.set_yticks(range(len(groups)), [_label(*names) for names in groups])
        axes.invert_yaxis()
        axes.axvline(1.0, color=GREY, linewidth=1, linestyle="--")
        axes.set_xlim(0, _WORST)
        axes.grid(axis="x", color=PALE, linewidth=0.5)
        first = chosen[0]
        axes.set_xlabel(
            f"MSE in the {n_dims}-D space, clean images, {_stimuli(found, first['mse']['n'])}"
        )
        n_new = max((r["mse"]["n"] for r in chosen if r["stimuli"] == "held out"), default=0)
        handles = [
            key("all stimuli", SERIES[0], marker="o", markersize=4),
            key(
                f"each by networks that never saw it ({n_new} stimuli)",
                SERIES[0],
                marker="o",
                markersize=4,
                mfc="white",
            ),
            key("all images at the origin", GREY, linestyle="--"),
        ]
        if not n_new:
            del handles[1]
        figure.legend(handles=handles, loc="outside upper left", ncols=2)
    return figure


def draw_dimensions(
    found: Mapping[str, Any], *, published: bool, regression: str = ""
) -> Figure:
    """Draw the MSE over the dimensions of the space.

    Args:
        found: What `studies.mapping.measuring.judge_mapping` returns, with two spaces or more.
        published: Whether to draw the published results, too, which are of the lasso.
        regression: Which is drawn; if none is named the one with the least MSE of all.
    """
    rows = sorted(filter(is_main, found["rows"]), key=lambda row: row["n_dims"])
    every = [row for row in rows if row["stimuli"] == "all"]
    own = [row for row in every if row["source"] != BASELINE and row["regression"] != TRAINED]
    kind = regression or min(own or every, key=lambda row: row["mse"]["value"])["regression"]
    curves: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for row in rows:
        if row["regression"] == kind:
            of_source = curves.setdefault(row["source"], {})
            of_source.setdefault(row["stimuli"], []).append(row)
    with look():
        figure, axes = one_axes(6.0, 4.2)
        handles = []
        lines = [(s, g, c) for s, groups in curves.items() for g, c in groups.items()]
        colours = dict(zip(curves, SERIES * 3, strict=False))
        for source, group, curve in lines:
            new = group == "held out"
            colour, style = colours[source], {"marker": "o", "markersize": 4}
            style |= {"linestyle": "--", "mfc": "white"} if new else {}
            values = np.array(
                [[row["mse"][k] for k in ("value", "low", "high")] for row in curve]
            )
            beside = [row["n_dims"] + 0.07 * (len(handles) - 1) for row in curve]
            away = np.abs(values[:, 1:].T - values[:, 0])
            axes.errorbar(beside, values[:, 0], away, color=colour, elinewidth=0.8, **style)
            seen = f", {curve[0]['share_seen']:.0%} seen" if curve[0]["share_seen"] else ""
            if new:
                seen = f", new to it ({curve[0]['mse']['n']})"
            handles.append(key(f"{source}{seen}", colour, **style))
        if published:
            table = published_transfer()
            best = table[table["mse"].notna() & (table["regression"] == "lasso")]
            for style, (source, name) in zip((":", "-."), PUBLISHED.items(), strict=True):
                line = best[best["source"] == source].sort_values("n_dims")
                axes.plot(
                    line["n_dims"], line["mse"], color=OKABE_ITO["black"], linestyle=style
                )
                handles.append(key(name, OKABE_ITO["black"], linestyle=style))
        axes.axhline(1.0, color=GREY, linewidth=1, linestyle="--")
        handles.append(key("all images at the origin", GREY, linestyle="--"))
        axes.set_xlabel("dimensions of the similarity space")
        shown = _stimuli(found, every[0]["mse"]["n"])
        axes.set_ylabel(f"MSE ({REGRESSION_NAMES[kind]}), {shown}")
        axes.set_ylim(0, min(_WORST, axes.get_ylim()[1]))
        axes.set_xticks(range(1, max(found["dims"]) + 1))
        axes.grid(axis="y", color=PALE, linewidth=0.5)
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def draw_places(
    found: Mapping[str, Any], stimuli: Sequence[str], places: Coordinates
) -> Figure:
    """Draw where images were placed among the stimuli, two dimensions at a time.

    Args:
        found: What `studies.mapping.placing.place_images` returns.
        stimuli: Names of the stimuli of the space.
        places: Where they lie.
    """
    n_dims = places.shape[1]
    firsts = sorted({min(k, max(n_dims - 2, 0)) for k in range(0, n_dims, 2)})
    with look():
        figure = Figure(figsize=(5.6 * len(firsts), 5.8), layout="constrained")
        panels = figure.subplots(1, len(firsts), squeeze=False)[0]
        for axes, first in zip(panels, firsts, strict=True):
            second = min(first + 1, n_dims - 1)
            flat = n_dims == 1  # one dimension: all on a line
            y = np.zeros(len(places)) if flat else places[:, second]
            axes.scatter(places[:, first], y, s=9, color=GREY)
            for name, a, b in zip(stimuli, places[:, first], y, strict=True):
                axes.annotate(
                    name, (a, b), xytext=(3, 2), textcoords="offset points", fontsize=5.5,
                    color=GREY, rotation=60 if flat else 0,
                )  # fmt: skip
            for colour, image in zip(SERIES * 9, found["images"], strict=False):
                point, low, high = (image[k] for k in ("coordinates", "low", "high"))
                at = point[first], 0.0 if flat else point[second]
                axes.plot([low[first], high[first]], [at[1]] * 2, color=colour, linewidth=1)
                if not flat:
                    axes.plot(
                        [at[0]] * 2, [low[second], high[second]], color=colour, linewidth=1
                    )
                axes.plot(*at, marker="D", color=colour, markersize=6)
            if not flat:
                axes.set_aspect("equal", adjustable="datalim")
            axes.set_xlabel(f"dimension {first}")
            axes.set_ylabel("" if flat else f"dimension {second}")
            if flat:
                axes.set_yticks([])
        handles = [
            key(image["image"].split("/")[-1], colour, marker="D", markersize=5)
            for colour, image in zip(SERIES * 9, found["images"], strict=False)
        ]
        n = found["error"]["n_stimuli"]
        handles.append(
            key(
                f"stimuli; bars: 95 % intervals from {n} held-out stimuli",
                GREY,
                marker="o",
                linestyle="",
                markersize=3,
            )
        )
        figure.legend(handles=handles, loc="outside upper left", ncols=min(4, len(handles)))
    return figure


def figures(found: Mapping[str, Any]) -> dict[str, Figure]:
    """Return every figure of a table of mappings, by the name of its file."""
    drawn = {"sources": draw_sources(found)}
    if len(found["dims"]) > 1:
        drawn["dimensions"] = draw_dimensions(found, published=found["space"] == "published")
    return drawn


def _stimuli(found: Mapping[str, Any], n: int) -> str:
    return f"{n} {'stand-in drawings' if found['stimuli']['stand_in'] else 'stimuli'}"


def _label(source: str, regression: str) -> str:
    return f"{source}: {REGRESSION_NAMES[regression]}"


def _interval(axes: Axes, y: float, row: Mapping[str, Any], *, hollow: bool) -> None:
    mse = row["mse"]
    colour = GREY if row["source"] == BASELINE else SERIES[0]
    if mse["value"] > _WORST:
        axes.annotate(
            f"{mse['value']:.3g} →",
            (_WORST, y),
            ha="right",
            va="center",
            fontsize=7,
            color=colour,
        )
        return
    axes.plot([mse["low"], mse["high"]], [y, y], color=colour, linewidth=1.2)
    axes.plot(
        mse["value"],
        y,
        marker="o",
        markersize=4.5,
        color=colour,
        mfc="white" if hollow else colour,
    )
