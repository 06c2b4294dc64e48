"""The page of a study: one file that holds everything it shows. Needs no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from shapespace.data.writing import write_text
from shapespace.errors import BadInput
from shapespace.report.curves import level_of_mixture
from shapespace.report.html import Page, fill_template
from shapespace.report.illustrations import Illustration, pictures, prefixed_svg
from shapespace.report.runs import pretty_json
from shapespace.report.save import save
from shapespace.report.study import figures as study_figures
from shapespace.report.study import tables as study_tables
from shapespace.report.study.curves import draw_histories, read_histories
from shapespace.report.study.reproduction import claims_table, number_table
from shapespace.report.tables import Table
from shapespace.report.words import STAND_INS
from shapespace.studies.sweeps.cells import study_file
from shapespace.studies.sweeps.comparison import Best, best_settings, differences
from shapespace.studies.sweeps.front import front
from shapespace.studies.sweeps.published_claims import check_claims
from shapespace.studies.sweeps.reproduction import NUMBERS, Reproduction, beside_published
from shapespace.studies.sweeps.rows import lookup
from shapespace.studies.sweeps.settings import progress, setting_scores
from shapespace.studies.sweeps.summary import (
    AGREEMENT,
    LOSS,
    Measure,
    Summary,
    summarise,
)

_SHORT_NOTE = "agreement is that of stand-in drawings"


@dataclass(frozen=True, kw_only=True)
class _Compared:
    """What the page says of one measure."""

    words: str
    differences: Table | None
    differences_figure: Illustration | None
    best: Table | None
    best_words: str


def is_study(path: Path) -> bool:
    """Tell whether a directory is that of a study."""
    return study_file(path).is_file()


def write_study_report(study: Path, out: Path, *, with_pictures: bool = True) -> Page:
    """Write one page about a study, finished or not, and its figures as files.

    Figures go into `figures/` of the study, each as SVG and PNG. Like every page of ours it
    asks nothing of a network.

    Args:
        study: Directory of a study.
        out: HTML file to write.
        with_pictures: Whether to let the default and the best setting draw (needs torch);
            without, pictures that are there already are shown.

    Raises:
        BadInput: If it is no study, or has no result yet.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    summary = summarise(study)
    if not summary.measures:
        raise BadInput(
            f"No run of {summary.name} has results yet; `shapespace study show` tells how far it is."
        )
    warnings = list(summary.problems)
    folder = study / "figures"
    if with_pictures:
        from shapespace.report.study.pictures import draw_study_pictures  # brings torch

        try:
            draw_study_pictures(summary, folder)
        except BadInput as error:
            warnings.append(f"The pictures could not be drawn: {error}")
    page = _render(summary, folder, warnings)
    write_text(out, page)
    done = summary.cells[summary.cells["state"] == "finished"]
    return Page(
        path=out,
        n_bytes=len(page.encode()),
        runs=done["run_id"].unique().tolist(),
        warnings=warnings + _collapsed_words(summary),
    )


def _render(summary: Summary, folder: Path, warnings: list[str]) -> str:
    stand_ins = _has_stand_ins(summary)
    note = _SHORT_NOTE if stand_ins else ""
    reproduction = beside_published(summary)
    compared = [
        _compare(summary, one, folder, note) for one in study_tables.main_measures(summary)
    ]
    return fill_template(
        "study.html",
        title=f"Study {summary.name}",
        lead=[_extent_words(summary), *(one.best_words for one in compared)],
        warnings=[*warnings, *_unfinished_words(summary)],
        collapsed=_collapsed_words(summary),
        stand_ins=STAND_INS if stand_ins else "",
        settings=study_tables.settings_table(summary),
        factor_figures=_factor_figures(summary, folder, note),
        factor_tables=study_tables.factor_tables(summary),
        compared=compared,
        front=_front(summary, folder, note),
        front_table=study_tables.front_table(summary)
        if study_tables.has_front(summary)
        else None,
        importance=study_tables.importance_tables(summary),
        curves=_curves(summary, folder),
        pictures=pictures(folder, summary.name),
        **_published(summary, reproduction),
        share=f"{summary.test_share:.3f}",
        config_json=pretty_json(summary.config),
        provenance_json=pretty_json(summary.provenance),
    )


def _published(summary: Summary, reproduction: Reproduction) -> dict[str, Any]:
    """Return what stands beside the published study; nothing if no setting is the same."""
    if not reproduction.settings:
        return {"deviations": [], "claims": None, "numbers": []}
    known = {one.name for one in summary.measures}
    return {
        "deviations": reproduction.deviations,
        "claims": claims_table(check_claims(summary)),
        "numbers": [
            number_table(reproduction, number)
            for number, name in NUMBERS.items()
            if name in known
        ],
    }


def _extent_words(summary: Summary) -> str:
    states = progress(summary)
    n_cells = sum(one.n_cells for one in states)
    n_finished = sum(one.n_finished for one in states)
    n_folds = summary.cells["fold"].nunique()
    n_seeds = summary.cells["seed"].nunique()
    seeds = f" and {n_seeds} seeds" if n_seeds > 1 else ""
    return (
        f"{summary.name} has {len(states)} settings in {n_folds} folds{seeds}; {n_finished:,} of "
        f"{n_cells:,} runs are finished."
    )


def _best_words(summary: Summary, best: Best, measure: Measure) -> str:
    means = {one.setting: one.mean for one in setting_scores(summary, measure.name)}
    cell = study_tables.mean_cell(means[best.setting], measure.digits)
    interval = f" [{cell.interval.replace(' to ', ', ')}]" if cell.interval else ""
    others = best.indistinguishable[1:]
    if not best.rivals:
        said = ""
    elif not others:
        all_others = len(best.rivals) + 1 == len(summary.settings)
        measured = "" if all_others else " that was measured"
        said = f" Every other setting{measured} is shown to be worse."
    elif len(others) > 8:
        said = f" {len(others)} of the {len(best.rivals)} others cannot be told from it."
    else:
        said = f" Not told apart from it: {'; '.join(others)}."
    which = "lowest" if measure.lower_is_better else "highest"
    return (
        f"The {which} mean {measure.words} is {cell.value}{interval}, of {best.setting}.{said}"
    )


def _collapsed_words(summary: Summary) -> list[str]:
    return [
        f"{one.setting}: {one.n_collapsed} of {one.n_finished} runs collapsed."
        for one in progress(summary)
        if one.n_collapsed
    ]


def _unfinished_words(summary: Summary) -> list[str]:
    states = progress(summary)
    n_missing = sum(one.n_cells - one.n_finished - one.n_failed for one in states)
    said = [f"{n_missing:,} runs are not finished."] if n_missing else []
    said += [f"{one.setting}: {one.n_failed} runs failed." for one in states if one.n_failed]
    return said


def _has_stand_ins(summary: Summary) -> bool:
    sets = {**summary.provenance.get("data", {}), **(summary.results.get("images") or {})}
    return any(one.get("stand_in") for one in sets.values())


def _note(measure: Measure, note: str) -> str:
    return note if measure.name.startswith("human.") else ""


def _collapsed_settings(summary: Summary) -> list[str]:
    return [one.setting for one in progress(summary) if one.n_collapsed]


def _illustrate(figure: Figure, folder: Path, name: str, caption: str) -> Illustration:
    """Write a figure into the folder, and return it for the page."""
    svg, _ = save(figure, folder / name)
    return Illustration(
        svg=prefixed_svg(svg.read_bytes(), name),
        alt=f"{caption} The numbers are in the tables.",
        caption=caption,
    )


def _short(measure: Measure) -> str:
    """Return what a measure is called in the names of files."""
    known = {LOSS: "loss", AGREEMENT: "agreement"}
    return known.get(measure.name) or study_tables.file_name(measure.words)


def _factor_figures(summary: Summary, folder: Path, note: str) -> list[Illustration]:
    if not summary.factors:
        return []
    found = []
    for measure in study_tables.main_measures(summary):
        reference = None
        if measure.name == LOSS:
            reference = lookup(summary.results, "reconstruction.bce_mean_image.value")
        figure = study_figures.draw_factors(
            summary, measure, reference=reference, note=_note(measure, note)
        )
        found.append(
            _illustrate(
                figure,
                folder,
                f"factors-{_short(measure)}",
                f"Each hyperparameter varied alone from the default: {measure.words}.",
            )
        )
    return found


def _compare(summary: Summary, measure: Measure, folder: Path, note: str) -> _Compared:
    best = best_settings(summary, measure.name)
    assert best is not None
    table, figure = None, None
    if study_tables.has_differences(summary, measure):
        table = study_tables.differences_table(summary, measure)
        drawn = study_figures.draw_differences(
            differences(summary, measure.name),
            measure,
            collapsed=_collapsed_settings(summary),
            note=_note(measure, note),
        )
        figure = _illustrate(
            drawn,
            folder,
            f"differences-{_short(measure)}",
            f"Every setting minus the default, paired by fold: {measure.words}.",
        )
    return _Compared(
        words=measure.words,
        differences=table,
        differences_figure=figure,
        best=study_tables.best_table(best, measure) if best.rivals else None,
        best_words=_best_words(summary, best, measure),
    )


def _front(summary: Summary, folder: Path, note: str) -> Illustration | None:
    if not study_tables.has_front(summary):
        return None
    points = front(summary)
    if not points:
        return None
    x, y = (
        (
            summary.measure(name),
            {one.setting: one.mean for one in setting_scores(summary, name)},
        )
        for name in (LOSS, AGREEMENT)
    )
    figure = study_figures.draw_front(
        points, x, y, collapsed=_collapsed_settings(summary), note=note
    )
    return _illustrate(
        figure, folder, "front", "Reconstruction against agreement with people, by setting."
    )


def _curves(summary: Summary, folder: Path) -> Illustration | None:
    histories = read_histories(summary)
    if not histories:
        return None
    reference = level_of_mixture(
        summary.results.get("reconstruction", {}),
        summary.provenance.get("data", {}),
        "bce_mean_image",
    )
    figure = draw_histories(summary, histories, reference=reference)
    return _illustrate(
        figure,
        folder,
        "learning-curves",
        f"Learning curves of all {len(histories)} runs that have begun. The line of the mean image "
        "is that of the test images of one run, in the shares of its minibatches.",
    )
