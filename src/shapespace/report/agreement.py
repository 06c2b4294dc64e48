"""Agreement with people in pictures: correlations with intervals, and distance by rating."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.optimize import isotonic_regression

from shapespace.arrays import Flat
from shapespace.report.figures import GREY, OKABE_ITO, PALE, key, look, one_axes

Weights = Literal["fixed", "optimised"]
Stimuli = Literal["all", "held-out"]


@dataclass(frozen=True, kw_only=True)
class Score:
    """One correlation with human dissimilarities."""

    distance: str
    """How codes were compared, such as "euclidean"."""
    weights: Weights
    """Whether all units count the same, or as fitted to the ratings."""
    stimuli: Stimuli
    """Whether stimuli seen in training are among them."""
    value: float
    low: float | None
    high: float | None
    n: int
    """Stimuli compared."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A level to hold the scores against: a baseline or the ceiling."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


_COLOURS = {"fixed": OKABE_ITO["blue"], "optimised": OKABE_ITO["vermilion"]}
_ORDER: list[tuple[Weights, Stimuli]] = [
    ("fixed", "all"),
    ("fixed", "held-out"),
    ("optimised", "all"),
    ("optimised", "held-out"),
]

DISTANCES = ("euclidean", "manhattan", "cosine", "inner_product")
"""Names in the results, in the order in which they are drawn."""


def read_scores(human: Mapping[str, Any], measure: str = "kendall_tau_b") -> list[Score]:
    """Take one measure of every distance out of what stands under `human` in the results.

    Scores that are not defined (nan or None) are left out.
    """
    found = []
    for distance in DISTANCES:
        for weights, stimuli in _ORDER:
            part = human if stimuli == "all" else human.get("held_out", {})
            estimate = part.get(distance, {}).get(weights, {}).get(measure, {})
            if _defined(estimate.get("value")):
                bounds = {key: estimate[key] for key in ("value", "low", "high", "n")}
                found.append(
                    Score(distance=distance, weights=weights, stimuli=stimuli, **bounds)
                )
    return found


def read_references(
    human: Mapping[str, Any], measure: str = "kendall_tau_b", distance: str = "euclidean"
) -> list[Reference]:
    """Take baselines and ceiling out of what stands under `human` in the results.

    Baselines are over all stimuli with fixed weights; ratings shuffled have Kendall's tau-b
    alone. The ceiling is what a model that knows the true means would reach.
    """
    found = []
    chance = human.get("shuffled", {}).get(distance, {})
    if measure == "kendall_tau_b" and _defined(chance.get("mean")):
        found.append(
            Reference(
                name="shuffled ratings,\nmean to 95th percentile",
                value=chance["mean"],
                low=chance["mean"],
                high=chance["percentile_95"],
            )
        )
    for name, scores in human.get("baselines", {}).items():
        estimate = scores[distance]["fixed"][measure]
        if _defined(estimate["value"]):
            bounds = {key: estimate[key] for key in ("value", "low", "high")}
            found.append(Reference(name=f"{_plain(name)},\n{_plain(distance)}", **bounds))
    ceiling = human.get("ceiling", {})
    if _defined(ceiling.get(measure)):
        name = f"halves of the raters\n({ceiling['n_pairs']} pairs only)"
        found.append(Reference(name=name, value=ceiling[measure]))
    attainable = ceiling.get("attainable", {}).get(measure)
    if _defined(attainable):
        found.append(
            Reference(name="ceiling: a perfect model,\nwith these means", value=attainable)
        )
    return found


def _defined(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def draw_agreement(
    scores: Sequence[Score], references: Sequence[Reference], *, measure: str, note: str = ""
) -> Figure:
    """Draw each score as a dot with its interval, and the references beneath as grey ones.

    Args:
        scores: In the order in which their distances are to appear from the top.
        references: Baselines and ceiling, from the top.
        measure: Name of the correlation for the axis, such as "Kendall tau-b".
        note: A remark under the axis, such as that the drawings are stand-ins.
    """
    assert scores
    distances = list(dict.fromkeys(score.distance for score in scores))
    n_rows = len(distances) + 0.55 * len(references)
    with look():
        figure, axes = one_axes(6.6, 1.6 + 0.62 * n_rows)
        axes.axvline(0, color=GREY, linewidth=0.8)
        for score in scores:
            place = _ORDER.index((score.weights, score.stimuli))
            y = distances.index(score.distance) + (place - 1.5) * 0.18
            _draw_interval(
                axes, y, score, _COLOURS[score.weights], filled=score.stimuli == "held-out"
            )
        below = [len(distances) - 0.1 + 0.5 * i for i in range(len(references))]
        for y, reference in zip(below, references, strict=True):
            _draw_interval(axes, y, reference, GREY, filled=True, marker="D")
        for edge in np.arange(len(distances)) + 0.5:
            axes.axhline(edge, color=PALE, linewidth=0.6)

        names = [_plain(distance) for distance in distances] + [r.name for r in references]
        axes.set_yticks([*range(len(distances)), *below], names)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(len(distances) - 0.2 + 0.5 * len(references), -0.5)
        axes.set_xlabel(
            "\n".join(filter(None, [f"{measure} with human dissimilarities", note]))
        )
        axes.grid(axis="x", color=PALE, linewidth=0.5)
        figure.legend(handles=_legend(scores), loc="outside upper center", ncols=2)
    return figure


def draw_distances(
    distances: Flat,
    dissimilarities: Flat,
    *,
    distance: str,
    tau_b: float,
    n: int,
    note: str = "",
) -> Figure:
    """Draw every pair of stimuli: distance of their codes, dissimilarity to people.

    The line is the best monotone fit; the closer the dots lie to it, the better the code orders
    the pairs as people do.

    Args:
        distances: Distances of codes.
        dissimilarities: The human ratings of the same pairs, 0 being the same shape.
        distance: How codes were compared, for the axis.
        tau_b: Kendall's tau-b of the two, as it stands in the results.
        n: Stimuli compared.
        note: A remark under the axis, such as that the drawings are stand-ins.
    """
    with look():
        figure, axes = one_axes(4.8, 4.2)
        axes.scatter(
            distances, dissimilarities, s=9, color=OKABE_ITO["blue"], alpha=0.3, linewidths=0
        )
        order = np.argsort(distances, kind="stable")
        fitted = isotonic_regression(dissimilarities[order]).x
        axes.plot(distances[order], fitted, color=OKABE_ITO["vermilion"])
        axes.set_xlabel(
            "\n".join(filter(None, [f"{_plain(distance)} distance of codes", note]))
        )
        axes.set_ylabel("human dissimilarity (5 - mean similarity)")
        axes.set_title(
            f"Kendall tau-b {tau_b:+.3f}: {n} stimuli, {len(distances):,} pairs", loc="left"
        )
        handles = [
            key("a pair of stimuli", OKABE_ITO["blue"], marker="o", linestyle="", markersize=3),
            key("best monotone fit", OKABE_ITO["vermilion"]),
        ]
        axes.legend(handles=handles, loc="lower right", frameon=True, edgecolor="white")
    return figure


def _plain(distance: str) -> str:
    return distance.replace("_", " ")


def _draw_interval(
    axes: Axes,
    y: float,
    score: Score | Reference,
    colour: str,
    *,
    filled: bool,
    marker: str = "o",
) -> None:
    if score.low is not None and score.high is not None:
        axes.plot([score.low, score.high], [y, y], color=colour, linewidth=1.4)
    axes.plot(
        score.value, y, marker=marker, markersize=6 if marker == "o" else 4.5, color=colour,
        markerfacecolor=colour if filled else "white", markeredgewidth=1.4,
    )  # fmt: skip


def _legend(scores: Sequence[Score]) -> list[Line2D]:
    handles = []
    for weights, stimuli in _ORDER:
        counts = sorted({s.n for s in scores if (s.weights, s.stimuli) == (weights, stimuli)})
        if not counts:
            continue
        colour = _COLOURS[weights]
        label = f"{weights} weights, {stimuli} stimuli (n = {', '.join(map(str, counts))})"
        inside = colour if stimuli == "held-out" else "white"
        handle = key(label, colour, marker="o", markerfacecolor=inside, markeredgewidth=1.4)
        handles.append(handle)
    return handles
