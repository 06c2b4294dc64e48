"""A comparison of representations as tables, files and figures."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shapespace.data.writing import new_directory, write_text
from shapespace.errors import Collision
from shapespace.report.comparing_figures import figures
from shapespace.report.save import save
from shapespace.report.study.tables import as_text, p_text
from shapespace.report.tables import EMPTY, Cell, Row, Table, cell, signed

MEASURE_WORDS = {
    "kendall_tau_b": "Kendall’s tau-b",
    "spearman": "Spearman’s rho",
    "pearson": "Pearson’s r",
}

READ_OUT_WORDS = {
    "all_pairs": "fixed, all pairs",
    "unseen": "fixed, stimuli that no model saw",
    "fixed": "fixed",
    "weighted": "weights of units",
    "low_rank": "low-rank linear map",
    "full": "full linear map",
}

FILE = "comparison.json"


def tables(found: Mapping[str, Any]) -> list[Table]:
    """Return what there is of scores, differences, geometry and recovery.

    Args:
        found: As `compare_models` gives it, None in place of nan.
    """
    made = [scores_table(found)]
    if found["differences"]:
        made.append(differences_table(found))
    if found["space"]:
        made.append(geometry_table(found))
    return made + [recovery_table(one) for one in found["recovery"]]


def scores_table(found: Mapping[str, Any]) -> Table:
    """Return the scores of every model: all pairs, then each read-out within and held out."""
    measure = found["settings"]["measure"]
    kinds = {"training": "pairs fitted to", "held_out": "stimuli held out"}
    if any(
        both["unseen"] for one in found["models"].values() for both in one["scores"].values()
    ):
        kinds["unseen"] = "of these, those no model saw"
    empty = [EMPTY] * len(kinds)
    rows: list[Row] = []
    for name, one in found["models"].items():
        n_unseen, n = one["n_unseen"], found["n_stimuli"]
        seen = "seen unknown" if n_unseen is None else f"{n - n_unseen} of {n} seen in training"
        head = f"{name} ({one['n_units']} units, {seen})"
        cells = [cell(one["all_pairs"]), *empty]
        rows.append(Row(head=head, cells=cells, starts_group=bool(rows)))
        if one["unseen"]:
            words = f"  on the {n_unseen} stimuli it never saw"
            rows.append(Row(head=words, cells=[cell(one["unseen"]), *empty]))
        for kind, both in one["scores"].items():
            cells = [EMPTY, *(cell(both[part]) for part in kinds)]
            rows.append(Row(head=f"  {READ_OUT_WORDS[kind]}", cells=cells))
    chance = [one["chance"]["percentile_95"] for one in found["models"].values()]
    known = [value for value in chance if value is not None]
    levels: list[tuple[str, Mapping[str, Any]]] = []
    if known and measure == "kendall_tau_b":
        highest = {"value": max(known), "low": None, "high": None}
        levels.append(("shuffled ratings, 95th percentile", highest))
    levels += ceiling_levels(found["ceiling"], measure)
    rows += [
        Row(head=words, cells=[cell(level), *empty], starts_group=not place)
        for place, (words, level) in enumerate(levels)
    ]
    caption = (
        f"{MEASURE_WORDS[measure]} with human dissimilarities over {found['n_stimuli']} stimuli "
        f"({found['n_pairs']:,} pairs), 95 % intervals over {interval_words(found)}"
    )
    return Table(
        caption=caption,
        corner="model and read-out",
        groups=[],
        columns=["all pairs, nothing fitted", *kinds.values()],
        rows=rows,
    )


def ceiling_levels(
    ceiling: Mapping[str, Any], measure: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give what people reach, in words, with its estimate."""
    if ceiling:
        yield "ceiling: a perfect model, with these means", ceiling["attainable"][measure]
        for bound, words in (
            ("lower", "one rater with the others"),
            ("upper", "one rater with all"),
        ):
            if ceiling["single"]:
                yield words, ceiling["single"][bound][measure]


def interval_words(found: Mapping[str, Any]) -> str:
    """Return what the intervals are over."""
    n = found["n_raters"]
    return f"stimuli and {n} raters" if n else "stimuli"


def differences_table(found: Mapping[str, Any]) -> Table:
    """Return every pair of models, read-out by read-out, with Holm's p-values."""
    rows, last = [], None
    for one in found["differences"]:
        p_values = [_p(one["p_value"]), _p(one["p_holm"])]
        found_words = "differ" if one["is_found"] else "not told apart"
        rows.append(
            Row(
                head=f"{READ_OUT_WORDS[one['read_out']]}: {one['model']} − {one['other']}",
                cells=[cell(one), *p_values, Cell(value=found_words)],
                starts_group=last is not None and one["read_out"] != last,
            )
        )
        last = one["read_out"]
    return Table(
        caption=(
            f"Differences of {MEASURE_WORDS[found['settings']['measure']]}, paired over "
            f"{interval_words(found)}; fitted read-outs on held-out stimuli"
        ),
        corner="read-out and models",
        groups=[],
        columns=["difference", "p", "p (Holm)", "verdict at 5 %"],
        rows=rows,
    )


def geometry_table(found: Mapping[str, Any]) -> Table:
    """Return CKA and Procrustes likeness with a similarity space, beside chance."""
    rows = []
    for name, one in found["models"].items():
        parts = [one["geometry"][key] for key in ("cka", "procrustes")]
        cells = [
            each
            for part in parts
            for each in (
                cell(part),
                _number(part["chance"]),
                _number(part["chance_95"]),
                _p(part["p_value"]),
            )
        ]
        rows.append(
            Row(head=name, cells=[*cells, _number(one["geometry"]["cka_with_ratings"])])
        )
    chances = ("chance", "95 % of chance", "p")
    return Table(
        caption=f"Likeness with the similarity space ({found['space']}), 0 to 1",
        corner="model",
        groups=[],
        columns=["CKA", *chances, "Procrustes", *chances, "CKA with the ratings"],
        rows=rows,
    )


def recovery_table(one: Mapping[str, Any]) -> Table:
    """Return how often simulated studies name each model, by the model behind the ratings."""
    right = one["right"]
    truth = "the whole truth" if one["is_whole_truth"] else "as good as it was"
    return Table(
        caption=(
            f"Who this study would name, {READ_OUT_WORDS[one['read_out']]}, if a model were "
            f"{truth}: {one['n_studies']} simulated studies from each; the right one is named in "
            f"{right['value']:.0%} [{right['low']:.0%}, {right['high']:.0%}], chance "
            f"{one['chance']:.0%}"
        ),
        corner="ratings made from",
        groups=[],
        columns=[f"names {name}" for name in one["models"]],
        rows=[
            Row(head=name, cells=[Cell(value=f"{share:.0%}") for share in shares])
            for name, shares in zip(one["models"], one["named"], strict=True)
        ],
    )


def text_tables(found: Mapping[str, Any]) -> str:
    """Return all tables for the terminal."""
    return "\n".join(as_text(table) for table in tables(found))


def write_comparison(found: Mapping[str, Any], out: Path) -> None:
    """Write `comparison.json`, every table as CSV, and the figures, all at once.

    Args:
        found: As `compare_models` gives it, None in place of nan.
        out: Directory; an older comparison in it is replaced.

    Raises:
        Collision: If the directory holds something else.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    refuse_foreign(out)
    with new_directory(out) as scratch:
        text = json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)
        write_text(scratch / FILE, text + "\n")
        write_text(scratch / "scores.csv", _csv(score_rows(found)))
        if found["differences"]:
            write_text(scratch / "differences.csv", _csv(found["differences"]))
        if found["recovery"]:
            write_text(scratch / "recovery.csv", _csv(recovery_rows(found)))
        for name, figure in figures(found).items():
            save(figure, scratch / "figures" / name)


def score_rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row for each model, read-out and kind of pairs."""
    rows = []
    for name, one in found["models"].items():
        known = {"model": name, "n_units": one["n_units"], "n_unseen": one["n_unseen"]}
        parts = [("fixed", "all", one["all_pairs"]), ("fixed", "unseen", one["unseen"])]
        for kind, both in one["scores"].items():
            parts += [(kind, part, both[part]) for part in ("training", "held_out")]
            parts.append((kind, "held_out_unseen", both["unseen"]))
        rows += [
            {**known, "read_out": kind, "pairs": part, **score}
            for kind, part, score in parts
            if score
        ]
    return rows


def recovery_rows(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row for each read-out, model behind the ratings, and model named."""
    return [
        {
            "read_out": one["read_out"],
            "is_whole_truth": one["is_whole_truth"],
            "made_from": truth,
            "model": model,
            "named": one["named"][row][column],
            "beaten_by_the_truth": one["beats"][row][column],
            "mean_score": one["scores"][row][column],
            "n_studies": one["n_studies"],
        }
        for one in found["recovery"]
        for row, truth in enumerate(one["models"])
        for column, model in enumerate(one["models"])
    ]


def refuse_foreign(out: Path) -> None:
    """Make sure that writing here replaces nothing but an older comparison.

    Raises:
        Collision: If there is something else.
    """
    if out.is_dir() and (not any(out.iterdir()) or (out / FILE).is_file()):
        return
    if out.exists():
        raise Collision(
            f"{out} is there already and is no comparison; choose another place for it."
        )


def _number(value: float | None) -> Cell:
    return EMPTY if value is None else Cell(value=signed(value))


def _p(value: float | None) -> Cell:
    return EMPTY if value is None else Cell(value=p_text(value))


def _csv(rows: list[dict[str, Any]]) -> str:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
