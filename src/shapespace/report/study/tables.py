"""A study as plain tables: settings, factors, differences, importance, front. Needs no torch."""

import csv
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path

from shapespace.data.writing import write_text
from shapespace.report.tables import EMPTY, Cell, Row, Table, signed
from shapespace.studies.sweeps.cells import in_short
from shapespace.studies.sweeps.comparison import (
    Best,
    Difference,
    Mean,
    best_settings,
    differences,
)
from shapespace.studies.sweeps.front import FrontPoint, front
from shapespace.studies.sweeps.importance import FactorImportance, Grid, grids, importance
from shapespace.studies.sweeps.settings import Progress, progress, setting_scores
from shapespace.studies.sweeps.summary import AGREEMENT, DEFAULT, LOSS, Measure, Summary

_MINOR = ("human.manhattan", "human.inner_product")
"""Measures that only the table of all settings shows."""

_NAME_LETTERS = 100  # of words in the name of a file


def tables(summary: Summary) -> list[Table]:
    """Return everything a study came to, as tables to print; empty before the first result."""
    if not summary.measures:
        return []
    found = [settings_table(summary), *factor_tables(summary)]
    for measure in main_measures(summary):
        if has_differences(summary, measure):
            found.append(differences_table(summary, measure))
        best = best_settings(summary, measure.name)
        if best is not None and best.rivals:
            found.append(best_table(best, measure))
    found += importance_tables(summary)
    if has_front(summary):
        found.append(front_table(summary))
    return found


def main_measures(summary: Summary) -> list[Measure]:
    """Return the measures by which settings are compared, or else the first."""
    return [one for one in summary.measures if one.compares] or list(summary.measures[:1])


def has_differences(summary: Summary, measure: Measure) -> bool:
    """Tell whether there is a default with this measure, and something beside it."""
    of_default = summary.cells[summary.cells["setting"] == DEFAULT][measure.name]
    return len(summary.settings) > 1 and bool(of_default.notna().any())


def has_front(summary: Summary) -> bool:
    """Tell whether both measures of the front were taken."""
    return {LOSS, AGREEMENT} <= {one.name for one in summary.measures}


def settings_table(summary: Summary) -> Table:
    """Return every setting with the mean of every measure, its interval, epochs and collapses."""
    return _means_table(
        summary,
        "All settings: means over folds with 95 % intervals",
        list(summary.settings),
        measures=summary.measures,
    )


def factor_tables(summary: Summary) -> list[Table]:
    """Return one table for each hyperparameter that was varied alone, by its value."""
    return [
        _means_table(
            summary,
            f"{factor_name(summary, factor)} varied alone",
            names,
            measures=[one for one in summary.measures if not one.name.startswith(_MINOR)],
            heads=[level_name(summary, factor, name) for name in names],
            corner=factor_name(summary, factor),
        )
        for factor, names in summary.factors.items()
    ]


def factor_name(summary: Summary, factor: str) -> str:
    """Return the short name of a key, such as "code size"."""
    return summary.names.get(factor, factor.rpartition(".")[2]).replace("_", " ")


def level_name(summary: Summary, factor: str, setting: str) -> str:
    """Return the value of a factor in a setting as text; the default's is marked.

    Of a value that is a whole table only what differs from the default is named.
    """
    whole = in_short(summary.settings[setting].get(factor))
    return f"{whole} (default)" if setting == DEFAULT else setting.partition("=")[2] or whole


def _means_table(
    summary: Summary,
    caption: str,
    names: Sequence[str],
    *,
    measures: Sequence[Measure],
    heads: Sequence[str] = (),
    corner: str = "setting",
) -> Table:
    states = {one.setting: one for one in progress(summary)}
    columns = {
        measure.words: {s.setting: s for s in setting_scores(summary, measure.name)}
        for measure in measures
    }
    rows = []
    for name, head in zip(names, heads or names, strict=True):
        cells = [
            mean_cell(column[name].mean, measure.digits)
            for column, measure in zip(columns.values(), measures, strict=True)
        ]
        spread = columns[measures[0].words][name]
        digits = measures[0].digits
        spreads = [_number(spread.sd_folds, digits), _number(spread.sd_seeds, digits)]
        rows.append(Row(head=head, cells=[*_state_cells(states[name]), *cells, *spreads]))
    first = measures[0].words
    return Table(
        caption=caption,
        corner=corner,
        groups=[],
        columns=[
            "runs", "collapsed", "best epoch", *columns,
            f"SD of {first} over folds", "… over seeds",
        ],
        rows=rows,
    )  # fmt: skip


def _state_cells(state: Progress) -> list[Cell]:
    runs = f"{state.n_finished}/{state.n_cells}"
    if state.n_failed:
        runs += f", {state.n_failed} failed"
    epochs = state.best_epochs
    collapsed = Cell(value=f"{state.n_collapsed}" if state.n_finished else "–")
    if not epochs:
        return [Cell(value=runs), collapsed, EMPTY]
    mean = f"{sum(epochs) / len(epochs):.1f}"
    between = f"{min(epochs)} to {max(epochs)}" if len(epochs) > 1 else ""
    return [Cell(value=runs), collapsed, Cell(value=mean, interval=between)]


def mean_cell(mean: Mean, digits: int) -> Cell:
    """Return a mean with its interval; a dash where there is none."""
    if not mean.n_folds:
        return EMPTY
    if math.isnan(mean.low):
        return Cell(value=signed(mean.value, digits))
    return Cell(
        value=signed(mean.value, digits),
        interval=f"{signed(mean.low, digits)} to {signed(mean.high, digits)}",
    )


def _number(value: float, digits: int) -> Cell:
    return EMPTY if math.isnan(value) else Cell(value=signed(value, digits))


def p_text(p_value: float) -> str:
    """Return a p-value as it is printed: "0.034", "< 0.001", a dash where there is none."""
    if math.isnan(p_value):
        return "–"
    return "< 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def differences_table(summary: Summary, measure: Measure) -> Table:
    """Return every setting minus the default, with interval and test."""
    found = differences(summary, measure.name)
    return Table(
        caption=f"Differences to the default: {measure.words}, paired by fold",
        corner="setting",
        groups=[],
        columns=["difference", "p", "p (Holm)", "folds", "verdict"],
        rows=[
            Row(
                head=one.setting,
                cells=[
                    mean_cell(one.mean, measure.digits),
                    Cell(value=p_text(one.mean.p_value)),
                    Cell(value=p_text(one.p_holm)),
                    Cell(value=str(one.mean.n_folds)),
                    Cell(value=difference_words(one, measure)),
                ],
            )
            for one in found
        ],
    )


def difference_words(found: Difference, measure: Measure) -> str:
    """Return "better", "worse", "not told apart", or "not measured" where no fold has both."""
    if not found.mean.n_folds:
        return "not measured"
    if not found.is_found:
        return "not told apart"
    return "better" if (found.mean.value < 0) == measure.lower_is_better else "worse"


def best_table(best: Best, measure: Measure) -> Table:
    """Return how far every setting is behind the one with the best mean."""
    return Table(
        caption=f"Behind the best mean ({best.setting}): {measure.words}, paired by fold",
        corner="setting",
        groups=[],
        columns=["difference", "p (one-sided, × rivals)", "folds", "verdict"],
        rows=[
            Row(
                head=rival.setting,
                cells=[
                    mean_cell(rival.difference.mean, measure.digits),
                    Cell(value=p_text(rival.p_worse)),
                    Cell(value=str(rival.difference.mean.n_folds)),
                    Cell(value="may be the best" if rival.is_indistinguishable else "worse"),
                ],
            )
            for rival in best.rivals
        ],
    )


def importance_tables(summary: Summary) -> list[Table]:
    """Return the importance of each hyperparameter, with and without collapsed settings."""
    found = []
    collapsed = [one.setting for one in progress(summary) if one.n_collapsed]
    for measure in main_measures(summary):
        whole = importance(summary, measure.name)
        if not whole:
            continue
        without = {
            one.factor: one for one in importance(summary, measure.name, leave_out=collapsed)
        }
        found.append(
            Table(
                caption=f"Importance of each hyperparameter varied alone: {measure.words}",
                corner="hyperparameter",
                groups=[],
                columns=[
                    "values", "lowest mean", "highest mean", "share of variance",
                    "… without collapsed settings",
                ],
                rows=[_importance_row(summary, one, without, measure) for one in whole],
            )
        )  # fmt: skip
        found += [_grid_table(summary, grid, measure) for grid in grids(summary, measure.name)]
    return found


def _grid_table(summary: Summary, grid: Grid, measure: Measure) -> Table:
    crossed = " × ".join(factor_name(summary, key) for key in grid.factors)
    return Table(
        caption=f"Functional ANOVA over {crossed} ({grid.n_settings} settings): {measure.words}",
        corner="hyperparameters",
        groups=[],
        columns=["share of variance"],
        rows=[
            Row(
                head=" × ".join(factor_name(summary, key) for key in factors),
                cells=[Cell(value=f"{share:.3f}")],
            )
            for factors, share in grid.shares.items()
        ],
    )


def _importance_row(
    summary: Summary,
    one: FactorImportance,
    without: dict[str, FactorImportance],
    measure: Measure,
) -> Row:
    other = without.get(one.factor)
    return Row(
        head=factor_name(summary, one.factor),
        cells=[
            Cell(value=str(one.n_levels)),
            _number(one.lowest, measure.digits),
            _number(one.highest, measure.digits),
            _number(one.share, 3),
            EMPTY if other is None else _number(other.share, 3),
        ],
    )


def front_table(summary: Summary) -> Table:
    """Return which settings no other beats in both loss and agreement."""
    x, y = summary.measure(LOSS), summary.measure(AGREEMENT)

    def row(point: FrontPoint) -> Row:
        cells = [
            Cell(value=signed(point.x, x.digits)),
            Cell(value=signed(point.y, y.digits)),
            Cell(value="yes" if point.on_front else "no"),
            Cell(value=f"{point.n_folds_on_front} of {point.n_folds}"),
        ]
        return Row(head=point.setting, cells=cells)

    points = sorted(front(summary), key=lambda point: (not point.on_front, point.x))
    return Table(
        caption="Front of reconstruction against agreement with people",
        corner="setting",
        groups=[],
        columns=[x.words, y.words, "on the front", "on the front of single folds"],
        rows=[row(point) for point in points],
    )


def as_text(table: Table) -> str:
    """Return a table in columns for the terminal; intervals stand in brackets."""
    lines = [
        [table.corner, *table.columns],
        *([row.head, *(_in_line(cell) for cell in row.cells)] for row in table.rows),
    ]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    text = [
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([table.caption, *text]) + "\n"


def _in_line(cell: Cell) -> str:
    if not cell.interval:
        return cell.value
    return f"{cell.value} [{cell.interval.replace(' to ', ', ')}]"


def file_name(words: str) -> str:
    """Return words as a name of a file, without an ending: small letters, digits and dashes."""
    return re.sub("[^a-z0-9]+", "-", words.lower())[:_NAME_LETTERS].strip("-")


def write_csvs(summary: Summary, folder: Path) -> list[Path]:
    """Write the cells at full precision, and every table as it is printed, as CSV files.

    Raises:
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    written = [folder / "cells.csv"]
    write_text(written[0], summary.cells.to_csv(index=False))
    for number, table in enumerate(tables(summary), 1):
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([table.corner, *table.columns])
        for row in table.rows:
            writer.writerow([row.head, *(_in_line(cell) for cell in row.cells)])
        written.append(folder / f"{number:02d}-{file_name(table.caption)}.csv")
        write_text(written[-1], stream.getvalue())
    return written
