"""Agreement with people as tables: distances, baselines, chance, ceiling; runs side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

from shapespace.report.runs import FinishedRun
from shapespace.report.tables import EMPTY, Cell, Row, Table, cell, groups_of

CORRELATION_NAMES = {
    "kendall_tau_b": "Kendall’s tau-b",
    "kendall_tau_a": "Kendall’s tau-a",
    "spearman": "Spearman’s rho",
    "pearson": "Pearson’s r",
    "r2_linear": "R² linear",
    "r2_isotonic": "R² isotonic",
}

DISTANCE_NAMES = {
    "euclidean": "Euclidean",
    "manhattan": "Manhattan",
    "cosine": "cosine",
    "inner_product": "inner product",
}

WEIGHT_NAMES = {
    "fixed": "fixed weights",
    "fixed_in_folds": "fixed, on the pairs of “optimised”",
    "optimised": "optimised weights",
}

_CEILINGS = {
    "attainable": "ceiling: a perfect model, with these means",
    "single.lower": "one rater with the others",
    "single.upper": "one rater with all",
}
"""What people reach: where it stands in the results, and in words."""


def agreement_table(runs: Sequence[FinishedRun], measure: str = "kendall_tau_b") -> Table:
    """Return one measure of agreement: distances and weights down, stimuli across."""
    rows = []
    for kind, distance in DISTANCE_NAMES.items():
        for weights, words in WEIGHT_NAMES.items():
            cells = [
                _find(part, kind, weights, measure) for run in runs for part in _halves(run)
            ]
            if any(one != EMPTY for one in cells):
                rows.append(
                    Row(
                        head=f"{distance}, {words}",
                        cells=cells,
                        starts_group=weights == "fixed" and bool(rows),
                    )
                )
    return _over_stimuli(runs, f"{CORRELATION_NAMES[measure]} with human dissimilarities", rows)


def measures_table(runs: Sequence[FinishedRun], kind: str = "euclidean") -> Table:
    """Return every measure of agreement of one distance."""
    rows = [
        Row(
            head=f"{name}, {WEIGHT_NAMES[weights]}",
            cells=[
                _find(part, kind, weights, measure) for run in runs for part in _halves(run)
            ],
            code=measure,
            starts_group=weights == "fixed" and measure != "kendall_tau_b",
        )
        for measure, name in CORRELATION_NAMES.items()
        for weights in ("fixed", "optimised")
    ]
    caption = f"All measures, {DISTANCE_NAMES[kind]} distance"
    return _over_stimuli(runs, caption, rows, corner="measure and weights")


def references_table(runs: Sequence[FinishedRun]) -> Table:
    """Return what agreement (Kendall's tau-b) must be held to: baselines, chance, people."""
    rows = []
    names = dict.fromkeys(name for run in runs for name in run.human["baselines"])
    for name in names:
        for weights in ("fixed", "optimised"):
            cells = []
            for run in runs:
                baseline = run.human["baselines"].get(name, {})
                kind = baseline_distance(baseline)
                cells += [
                    _find(part, kind, weights, "kendall_tau_b")
                    for part in (baseline, baseline.get("held_out", {}))[: len(_halves(run))]
                ]
            head = f"{baseline_name(name)}, {WEIGHT_NAMES[weights]}"
            rows.append(
                Row(head=head, cells=cells, starts_group=bool(rows) and weights == "fixed")
            )
    chance, people = [], []
    reached: dict[str, list[Cell]] = {words: [] for words in _CEILINGS.values()}
    for run in runs:
        shuffled, ceiling = run.human["shuffled"]["euclidean"], run.human["ceiling"]
        empty = [EMPTY] * (len(_halves(run)) - 1)
        chance += [
            cell({"value": shuffled["percentile_95"], "low": None, "high": None}),
            *empty,
        ]
        halves = ceiling.get("kendall_tau_b")
        people += [cell({"value": halves, "low": None, "high": None}), *empty]
        for key, words in _CEILINGS.items():
            part, _, bound = key.partition(".")
            values = ceiling.get(part, {})
            value = (values.get(bound, {}) if bound else values).get("kendall_tau_b")
            reached[words] += [cell({"value": value, "low": None, "high": None}), *empty]
    rows.append(Row(head="shuffled ratings, 95th percentile", cells=chance, starts_group=True))
    rows.append(Row(head="people with people: two halves of the raters", cells=people))
    rows += [
        Row(head=words, cells=cells)
        for words, cells in reached.items()
        if any(one != EMPTY for one in cells)
    ]
    caption = "What this is to be held to (Kendall’s tau-b)"
    return _over_stimuli(runs, caption, rows, corner="comparison")


def baseline_name(name: str) -> str:
    """Return a baseline in words."""
    return {"untrained": "untrained network", "pixels": "pixels"}.get(name, name)


def baseline_distance(baseline: Mapping[str, Any]) -> str:
    """Return the distance in which a baseline is shown: its own best, or the Euclidean."""
    return baseline.get("choice", {}).get("distance", "euclidean")


def _over_stimuli(
    runs: Sequence[FinishedRun],
    caption: str,
    rows: list[Row],
    *,
    corner: str = "distance and weights",
) -> Table:
    columns = []
    for run in runs:
        human = run.human
        columns.append(f"all {human['n_stimuli']} stimuli")
        if len(_halves(run)) == 2:
            columns.append(f"{human['n_held_out']} held out")
    return Table(
        caption=caption,
        corner=corner,
        groups=groups_of({run.name: len(_halves(run)) for run in runs}),
        columns=columns,
        rows=rows,
    )


def _halves(run: FinishedRun) -> list[Mapping[str, Any]]:
    """Return the agreement over all stimuli, and over those held out if only some are."""
    human = run.human
    some = bool(human["held_out"]) and human["n_held_out"] < human["n_stimuli"]
    return [human, human["held_out"]] if some else [human]


def _across(runs: Sequence[FinishedRun], kind: str, weights: str, measure: str) -> list[Cell]:
    return [_find(part, kind, weights, measure) for run in runs for part in _halves(run)]


def _find(scores: Mapping[str, Any], kind: str, weights: str, measure: str) -> Cell:
    return cell(scores.get(kind, {}).get(weights, {}).get(measure))
