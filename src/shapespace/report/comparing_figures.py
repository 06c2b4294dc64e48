"""A comparison of representations in pictures: scores, differences, who would be named."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from shapespace.report.figures import GREY, OKABE_ITO, PALE, key, look, one_axes

MEASURE_AXES = {
    "kendall_tau_b": "Kendall tau-b",
    "spearman": "Spearman rho",
    "pearson": "Pearson r",
}

READ_OUT_NAMES = {
    "fixed": "fixed",
    "weighted": "weights of units",
    "low_rank": "low-rank linear map",
    "full": "full linear map",
}

_COLOURS = {
    "fixed": OKABE_ITO["blue"],
    "weighted": OKABE_ITO["vermilion"],
    "low_rank": OKABE_ITO["green"],
    "full": OKABE_ITO["purple"],
}

_MOST_PAIRS = 15
"""Pairs of models in one figure of differences; the table holds all."""


def figures(found: Mapping[str, Any]) -> dict[str, Figure]:
    """Return every figure of a comparison by name."""
    made = {"scores": draw_scores(found)}
    if found["differences"]:
        made["differences"] = draw_differences(found)
    for one in found["recovery"]:
        name = f"recovery-{one['read_out'].replace('_', '-')}"
        made[name if one["is_whole_truth"] else f"{name}-as-observed"] = draw_recovery(one)
    return made


def draw_scores(found: Mapping[str, Any]) -> Figure:
    """Draw each model's read-outs: hollow on training pairs, filled on held-out stimuli.

    Grey marks the ceiling for these means with its interval, and what shuffled ratings reach.
    """
    kinds = found["settings"]["read_outs"]
    models = found["models"]
    measure = found["settings"]["measure"]
    step = 0.8 / len(kinds)
    with look():
        figure, axes = one_axes(6.8, 1.9 + (0.35 + 0.2 * len(kinds)) * len(models))
        axes.axvline(0, color=GREY, linewidth=0.8)
        handles = []
        ceiling = found["ceiling"].get("attainable", {}).get(measure)
        if ceiling and ceiling["value"] is not None:
            if ceiling["low"] is not None:
                axes.axvspan(
                    ceiling["low"], ceiling["high"], color=PALE, alpha=0.5, linewidth=0
                )
            axes.axvline(ceiling["value"], color=GREY, linewidth=1.2)
            handles.append(Patch(color=PALE, label="a perfect model (ceiling)"))
        chance = [m["chance"]["percentile_95"] for m in models.values()]
        if measure == "kendall_tau_b" and None not in chance:
            axes.axvline(max(chance), color=GREY, linestyle=":", linewidth=1.2)
            handles.append(key("95 % of shuffled ratings", GREY, linestyle=":", linewidth=1.2))
        for row, one in enumerate(models.values()):
            for place, kind in enumerate(kinds):
                y = row + (place - (len(kinds) - 1) / 2) * step
                _dot(
                    axes,
                    y - 0.04,
                    one["scores"][kind]["training"],
                    _COLOURS[kind],
                    filled=False,
                )
                _dot(
                    axes, y + 0.04, one["scores"][kind]["held_out"], _COLOURS[kind], filled=True
                )
        for edge in np.arange(len(models) - 1) + 0.5:
            axes.axhline(edge, color=PALE, linewidth=0.6)
        axes.set_yticks(range(len(models)), [_wrapped(name) for name in models])
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(models) - 0.5, -0.5)
        axes.set_xlabel(
            f"{MEASURE_AXES[measure]} with human dissimilarities\n"
            f"{found['n_stimuli']} stimuli in {len(set(found['folds'].values()))} folds; "
            f"95 % intervals over {_over(found)}" + _stand_ins(found)
        )
        axes.grid(axis="x", color=PALE, linewidth=0.5)
        handles = [
            *(key(READ_OUT_NAMES[k], _COLOURS[k], marker="o") for k in kinds),
            key("fitted to these pairs", GREY, marker="o", markerfacecolor="white"),
            key("stimuli held out of the fit", GREY, marker="o"),
            *handles,
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure


def draw_differences(found: Mapping[str, Any]) -> Figure:
    """Draw the differences of all pairs of models, nothing fitted; filled where they were found."""
    every = [one for one in found["differences"] if one["read_out"] == "all_pairs"]
    shown = every[:_MOST_PAIRS]
    with look():
        figure, axes = one_axes(6.8, 1.5 + 0.32 * len(shown))
        axes.axvline(0, color=GREY, linewidth=0.8)
        for row, one in enumerate(shown):
            _dot(axes, float(row), one, OKABE_ITO["blue"], filled=one["is_found"])
        axes.set_yticks(
            range(len(shown)),
            [f"{_wrapped(o['model'])} − {_wrapped(o['other'])}" for o in shown],
        )
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(shown) - 0.5, -0.5)
        more = (
            f"; the first {len(shown)} of {len(every)} pairs" if len(every) > len(shown) else ""
        )
        axes.set_xlabel(
            f"difference of {MEASURE_AXES[found['settings']['measure']]}, nothing fitted, all pairs"
            f"\n{found['n_stimuli']} stimuli, 95 % intervals over {_over(found)}{more}"
        )
        axes.grid(axis="x", color=PALE, linewidth=0.5)
        handles = [
            key("differ at 5 % (Holm)", OKABE_ITO["blue"], marker="o"),
            key("not told apart", OKABE_ITO["blue"], marker="o", markerfacecolor="white"),
        ]
        figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure


def draw_recovery(one: Mapping[str, Any]) -> Figure:
    """Draw which model simulated studies name, by the model their ratings were made from."""
    names, shares = one["models"], np.array(one["named"], float)
    side = 2.2 + 0.62 * len(names)
    with look():
        figure, axes = one_axes(side + 1.2, side)
        image = axes.imshow(shares, vmin=0, vmax=1, cmap="Blues")
        for row, column in np.ndindex(shares.shape):
            axes.text(
                column, row, f"{shares[row, column]:.2f}", ha="center", va="center", fontsize=8,
                color="white" if shares[row, column] > 0.6 else "black",
            )  # fmt: skip
        labels = [_wrapped(name) for name in names]
        axes.set_xticks(range(len(names)), labels, rotation=40, ha="right")
        axes.set_yticks(range(len(names)), labels)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(
            f"model named ({READ_OUT_NAMES[one['read_out']]})\n"
            f"{one['n_studies']} simulated studies a row"
        )
        axes.set_ylabel("model behind the ratings")
        truth = "the whole truth" if one["is_whole_truth"] else "as good as it was"
        right, chance = one["right"]["value"], one["chance"]
        axes.set_title(
            f"if a model were {truth}\nthe right one: {right:.0%}, chance {chance:.0%}"
        )
        figure.colorbar(image, ax=axes, label="share of studies", shrink=0.8)
    return figure


def _dot(axes: Any, y: float, score: Mapping[str, Any], colour: str, *, filled: bool) -> None:
    if score["value"] is None:
        return
    if score["low"] is not None:
        axes.plot([score["low"], score["high"]], [y, y], color=colour, linewidth=1.2)
    axes.plot(
        score["value"], y, marker="o", markersize=5.5, color=colour, markeredgewidth=1.3,
        markerfacecolor=colour if filled else "white",
    )  # fmt: skip


def _stand_ins(found: Mapping[str, Any]) -> str:
    names = [name for name, one in found["models"].items() if one["stand_in"]]
    return f"\nstand-in drawings: {', '.join(names)}" if names else ""


def _over(found: Mapping[str, Any]) -> str:
    return f"stimuli and {found['n_raters']} raters" if found["n_raters"] else "stimuli"


def _wrapped(name: str) -> str:
    return name if len(name) <= 24 else f"…{name[-23:]}"
