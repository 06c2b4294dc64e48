"""The report: one HTML page that holds everything it shows. Needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from shapespace import __version__
from shapespace.data.ratings import published_dissimilarities
from shapespace.data.writing import write_text
from shapespace.evaluation.definitions import RECONSTRUCTION
from shapespace.evaluation.people.correlation import DEFINITIONS
from shapespace.report import beside, illustrations, people, tables, words
from shapespace.report.runs import FinishedRun, damage_said, pretty_json, read_runs


@dataclass(frozen=True, kw_only=True)
class Page:
    """A report that was written."""

    path: Path
    n_bytes: int
    runs: list[str]
    warnings: list[str]
    """What a reader must not overlook, such as a collapsed run."""


def write_report(runs: Sequence[Path], out: Path) -> Page:
    """Write one page about evaluated runs, side by side.

    The page asks nothing of a network: figures are part of it, and a policy in its head forbids
    every request. What stands in `figures/` of a run (by `shapespace draw` or the demo) is
    shown; everything else comes from the tables and results of the run directory.

    Args:
        runs: Run directories that `shapespace evaluate` has measured.
        out: HTML file to write.

    Raises:
        BadInput: If a run has no results yet, or files that cannot be read.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    read = read_runs(runs)
    with damage_said(read):
        page = _render(read)
    write_text(out, page)
    return Page(
        path=out,
        n_bytes=len(page.encode()),
        runs=[run.name for run in read],
        warnings=words.warnings(read),
    )


def _render(runs: list[FinishedRun]) -> str:
    return fill_template(
        "report.html",
        title=f"Report on {' and '.join(run.name for run in runs)}",
        warnings=words.warnings(runs),
        collapsed=[run.name for run in runs if run.scores["collapsed"]],
        stand_ins=words.STAND_INS if any(run.has_stand_ins for run in runs) else "",
        runs=[_about(run, f"run{place}") for place, run in enumerate(runs, 1)],
        curves=illustrations.curves(runs),
        reconstruction=tables.reconstruction_tables({run.name: run.scores for run in runs}),
        elsewhere=_elsewhere(runs),
        agreement=people.agreement_table(runs),
        references=people.references_table(runs),
        measures=people.measures_table(runs),
        reconstruction_terms=_terms(tables.MEASURE_NAMES, RECONSTRUCTION),
        correlation_terms=_terms(people.CORRELATION_NAMES, DEFINITIONS),
    )


def fill_template(name: str, **values: Any) -> str:
    """Return a page from its template; every page says by what and when it was written."""
    environment = Environment(
        loader=PackageLoader("shapespace.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(
        version=__version__, written=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", **values
    )


def _about(run: FinishedRun, prefix: str) -> dict[str, Any]:
    """Return what the page says of one run alone."""
    return {
        "name": run.name,
        "prefix": prefix,
        "summary": words.summary(run),
        "facts": words.facts(run),
        "data": words.data_rows(run),
        "notes": run.provenance["notes"],
        "human_notes": [note for note in run.human["notes"] if "stand-in" not in note],
        "ceiling_note": run.human["ceiling"].get("note", ""),
        "pixels_note": words.distance_note(run),
        "chance": run.human["shuffled"]["euclidean"],
        "counts": {key: run.human[key] for key in ("n_pairs", "n_held_out_pairs")},
        "seen": words.seen_drawings(run, published_dissimilarities().items),
        "pictures": illustrations.pictures(run.directory.figures, run.name),
        "agreement": illustrations.agreement(run, prefix),
        "scatter": illustrations.scatter(run, prefix),
        "beside": _beside(run, prefix),
        "evaluated": run.results.get("evaluated", ""),
        "config_json": pretty_json(run.config),
        "provenance_json": pretty_json(run.provenance),
    }


def _beside(run: FinishedRun, prefix: str) -> dict[str, Any] | None:
    """Return the run beside an untrained network and pixels; None if it was not compared."""
    found = run.human.get("compared")
    if found is None:
        return None
    return {
        "explained": beside.seen_sentence(found),
        "scores": beside.scores_table(found, run.name),
        "differences": beside.differences_table(found, run.name),
        "likeness": beside.likeness_table(found) if found["space"] else None,
        "recovery": beside.recovery_sentence(found),
        "figure": illustrations.read_outs(run, prefix),
    }


def _elsewhere(runs: Sequence[FinishedRun]) -> list[dict[str, Any]]:
    """Return the tables of sets that runs were tested on beside their own test fold."""
    sets = dict.fromkeys(name for run in runs for name in run.elsewhere)
    return [
        {
            "name": name,
            "about": {
                run.name: words.tested_on(run.elsewhere[name])
                for run in runs
                if name in run.elsewhere
            },
            "tables": tables.reconstruction_tables(
                {
                    run.name: run.elsewhere[name]["reconstruction"]
                    for run in runs
                    if name in run.elsewhere
                },
                shown=f", {name}",
            ),
        }
        for name in sets
    ]


def _terms(names: dict[str, str], definitions: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"name": name, "code": key, "definition": definitions[key]}
        for key, name in names.items()
    ]
