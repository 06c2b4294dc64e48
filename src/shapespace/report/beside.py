"""A run beside the same network untrained and beside pixels: read-outs, differences, recovery."""

from collections.abc import Mapping
from typing import Any

from shapespace.report.comparing import (
    MEASURE_WORDS,
    READ_OUT_WORDS,
    geometry_table,
    interval_words,
)
from shapespace.report.study.tables import p_text
from shapespace.report.tables import EMPTY, Cell, Row, Table, cell

RUN, OTHERS = "run", ("untrained", "pixels")
"""Names of the models in `compared` of the results."""

WORDS = {RUN: "network", "untrained": "untrained network", "pixels": "pixels"}


def beside_tables(found: Mapping[str, Any], name: str) -> list[Table]:
    """Return scores with the ceiling beside each, and the run minus each baseline.

    Args:
        found: What stands under `human.compared` in the results.
        name: Of the run.
    """
    return [scores_table(found, name), differences_table(found, name)]


def scores_table(found: Mapping[str, Any], name: str) -> Table:
    """Return read-outs down and models across: on held-out stimuli, and on those never seen."""
    measure, models = found["settings"]["measure"], found["models"]
    ceiling = cell(found["ceiling"].get("attainable", {}).get(measure))
    n, n_new = found["n_stimuli"], models[RUN]["n_unseen"]
    seen = f"{n - n_new} of {n} seen" if n_new < n else "none seen"

    def row(head: str, part: str, kind: str = "", *, starts_group: bool = False) -> Row:
        parts = [one["scores"][kind] if kind else one for one in models.values()]
        cells = [*(cell(one[part]) for one in parts), ceiling]
        return Row(head=head, cells=cells, starts_group=starts_group)

    parts = {"held_out": f"held out ({seen})"}
    if found["n_unseen_by_all"]:
        parts["unseen"] = f"held out, never seen ({n_new})"
    rows = [row(f"{READ_OUT_WORDS['all_pairs']} ({seen})", "all_pairs")]
    rows += [
        row(f"{READ_OUT_WORDS[kind]}, {words}", part, kind, starts_group=not place)
        for part, words in parts.items()
        for place, kind in enumerate(found["settings"]["read_outs"])
    ]
    return Table(
        caption=f"{name} beside baselines: {MEASURE_WORDS[measure]} with human dissimilarities, "
        f"95 % intervals over {interval_words(found)}",
        corner="read-out and stimuli",
        groups=[],
        columns=[*in_words(found)["models"], "ceiling: a perfect model"],
        rows=rows,
    )


def differences_table(found: Mapping[str, Any], name: str) -> Table:
    """Return the run minus each baseline for every read-out, with Holm's p-values."""
    rows = []
    for kind in dict.fromkeys(one["read_out"] for one in found["differences"]):
        cells = []
        for other in OTHERS:
            one = _run_minus(found, kind, other)
            cells += [cell(one), EMPTY if one is None else Cell(value=_p(one["p_holm"]))]
        held_out = "" if kind in ("all_pairs", "unseen") else ", held out"
        rows.append(Row(head=f"{READ_OUT_WORDS[kind]}{held_out}", cells=cells))
    return Table(
        caption=f"{name} minus baselines, paired over {interval_words(found)}; "
        "p after Holm’s correction",
        corner="read-out and stimuli",
        groups=[],
        columns=[each for other in OTHERS for each in (f"− {WORDS[other]}", "p")],
        rows=rows,
    )


def likeness_table(found: Mapping[str, Any]) -> Table:
    """Return CKA and Procrustes with the similarity space, beside chance."""
    return geometry_table(in_words(found))


def in_words(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the comparison with its models named in words."""
    return {**found, "models": {WORDS.get(k, k): one for k, one in found["models"].items()}}


def seen_sentence(found: Mapping[str, Any]) -> str:
    """Return what read-outs are, and which stimuli were new to them and to the network."""
    n, n_new = found["n_stimuli"], found["models"][RUN]["n_unseen"]
    said = (
        "Read-outs, from rigid to flexible, are fitted without the stimuli of one fold and scored "
        "on them (“held out”), the same for the network, for the same network with its first "
        "weights, and for the blocks of pixels that agree best"
    )
    if n_new == n:
        return f"{said}; none of the {n} stimuli had been seen by the network."
    if not found["n_unseen_by_all"]:
        return f"{said}; all {n} stimuli had been seen by the network in training."
    return (
        f"{said}; the network had seen {n - n_new} of the {n} in training or validation, and only "
        f"the {n_new} of its test fold are new to both network and read-out (“never seen”)."
    )


def recovery_sentence(found: Mapping[str, Any]) -> str:
    """Return how often a study of this size would name the right model; empty if not simulated."""
    if not found["recovery"]:
        return ""
    cases = []
    for one in found["recovery"]:
        right = one["right"]
        truth = (
            "if one of the three were the whole truth"
            if one["is_whole_truth"]
            else "if each were only as good as it was"
        )
        cases.append(
            f"{right['value']:.0%} [{right['low']:.0%}, {right['high']:.0%}] of simulated "
            f"studies {truth}"
        )
    return (
        f"A study of this size ({found['n_pairs']:,} pairs) would name the right one of the three "
        f"in {', and in '.join(cases)}; chance is {found['recovery'][0]['chance']:.0%}."
    )


def _run_minus(found: Mapping[str, Any], read_out: str, other: str) -> dict[str, Any] | None:
    """Return the difference of the run and a baseline, turned round where the baseline leads."""
    for one in found["differences"]:
        if one["read_out"] == read_out and {one["model"], one["other"]} == {RUN, other}:
            if one["model"] == RUN or one["value"] is None:
                return dict(one)
            low, high = one["low"], one["high"]
            return {
                **one,
                "value": -one["value"],
                "low": None if high is None else -high,
                "high": None if low is None else -low,
            }
    return None


def _p(value: float | None) -> str:
    return EMPTY.value if value is None else p_text(value)
