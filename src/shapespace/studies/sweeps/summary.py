"""What a study has come to so far: one row for each of its cells. Needs no torch."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from shapespace.errors import BadInput
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.sweeps.cells import (
    Cell,
    in_short,
    labelled_sets,
    read_cells,
    read_study,
    run_path,
)
from shapespace.studies.sweeps.rows import lookup, read_json, read_rows

DEFAULT = "default"
"""The setting from which the others differ."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A number of `results.json` that settings are compared by."""

    name: str
    """Where it stands, with dots, such as "reconstruction.bce"."""
    words: str
    """What it is called in tables and on axes."""
    unit: str = ""
    lower_is_better: bool = False
    digits: int = 3
    compares: bool = False
    """Whether settings are compared by it: with tests, figures and the best of them."""


LOSS = "reconstruction.bce"
"""The measure of reconstruction that the study compares settings by."""

AGREEMENT = "human.euclidean.optimised.kendall_tau_b"
"""The measure of agreement with people that the study compares settings by."""


def _agreement(distance: str, words: str) -> list[Measure]:
    names = {w: f"human.{distance}.{w}.kendall_tau_b" for w in ("fixed", "optimised")}
    return [
        Measure(name=name, words=f"tau-b {words}, {weights}", compares=name == AGREEMENT)
        for weights, name in names.items()
    ]


MEASURES = (
    Measure(
        name=LOSS,
        words="cross-entropy",
        unit="nats per pixel",
        lower_is_better=True,
        digits=4,
        compares=True,
    ),
    Measure(name="reconstruction.explained", words="explained"),
    *_agreement("euclidean", "Euclidean"),
    *_agreement("manhattan", "Manhattan"),
    *_agreement("inner_product", "inner product"),
    Measure(
        name="human.held_out.euclidean.fixed.kendall_tau_b",
        words="tau-b Euclidean, fixed, held-out stimuli",
    ),
    Measure(
        name="tasks.mapping.0.mse",
        words="squared error of mapping",
        lower_is_better=True,
        compares=True,
    ),
    Measure(name="tasks.mapping.0.r2", words="R2 of mapping"),
)
"""What is looked at unless others are named, beside `accuracy` on each labelled set."""


def accuracy(labelled: str) -> Measure:
    """Return the share of clean test sketches of a labelled set that are given their class."""
    name = f"tasks.classification.0.{labelled}.accuracy"
    return Measure(name=name, words=f"accuracy on {labelled}", compares=True)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A study in numbers."""

    name: str
    path: Path
    cells: pd.DataFrame
    """One row a cell: `setting`, `factor`, the varied keys, `fold`, `seed`, `run_id`, `state`,
    each measure by its name, `best_epoch`, `collapsed`, `n_images`, `seconds`. Of cells that are
    not finished the numbers are nan."""
    settings: dict[str, dict[str, Any]]
    """The value of each varied key in each setting, in the order of the declaration."""
    factors: dict[str, list[str]]
    """For each key varied alone its settings, the default among them, sorted by value."""
    names: dict[str, str]
    """A short name for each varied key."""
    measures: tuple[Measure, ...]
    """Those that at least one result holds."""
    config: dict[str, Any]
    """The config of a finished run, of the default if there is one; empty before the first."""
    provenance: dict[str, Any]
    """The provenance of the same run."""
    results: dict[str, Any]
    """Its results."""
    problems: list[str]
    """What could not be read, in sentences."""

    @property
    def test_share(self) -> float:
        """Test images a training image: one fold tests, one chooses the snapshot, others teach."""
        n_folds = lookup(self.config, "data.n_folds")
        return 1 / (n_folds - 2) if n_folds else math.nan

    def measure(self, name: str) -> Measure:
        """Return the measure called `name`.

        Raises:
            BadInput: If no result holds it.
        """
        for one in self.measures:
            if one.name == name:
                return one
        raise BadInput(
            f"No finished run of {self.name} has the measure {name!r}; there are "
            f"{', '.join(one.name for one in self.measures) or 'none'}."
        )


def summarise(study: Path, *, measures: Sequence[str] = ()) -> Summary:
    """Gather the results of a study; safe while it runs.

    What was read is remembered in the study's `rows.json`, so that the next time is fast. A
    cell whose run has no results yet is unfinished; one whose files cannot be read is named in
    `problems`.

    Args:
        study: Directory of a study.
        measures: Names as they stand in `results.json`, with dots; if empty `MEASURES` and the
            accuracy on each labelled set. A name that ends in "bce" is better the lower it is,
            any other the higher.

    Raises:
        BadInput: If it is not a study.
    """
    planned, content = read_cells(study), read_study(study)
    accuracies = [accuracy(name) for name in labelled_sets(content)]
    known = {one.name: one for one in (*MEASURES, *accuracies)}
    wanted = [known.get(name) or _unknown(name) for name in measures] or list(known.values())
    run_ids = list(dict.fromkeys(cell.run_id for cell in planned))
    found, problems = read_rows(study, run_ids, [one.name for one in wanted])
    settings = {
        cell.setting: {key: plain_value(value) for key, value in cell.values.items()}
        for cell in planned
    }
    rows = [
        {
            "setting": cell.setting,
            "factor": cell.factor,
            **settings[cell.setting],
            "fold": cell.fold,
            "seed": cell.seed,
            "run_id": cell.run_id,
            **found[cell.run_id],
        }
        for cell in planned
    ]
    cells = pd.DataFrame(rows)
    config, provenance, results = _example(study, rows)
    return Summary(
        name=study.resolve().name,
        path=study,
        cells=cells,
        settings=settings,
        factors=_factors(planned, settings),
        names=content.get("names", {}),
        measures=tuple(one for one in wanted if cells[one.name].notna().any()),
        config=config,
        provenance=provenance,
        results=results,
        problems=problems,
    )


def plain_value(value: Any) -> Any:
    """Return a value of a config as one cell of a table: a list of one as its only member."""
    if isinstance(value, list | tuple) and len(value) == 1:
        return value[0]
    return in_short(value) if isinstance(value, list | tuple | dict) else value


def _unknown(name: str) -> Measure:
    lower = name.rpartition(".")[2].endswith("bce")
    return Measure(name=name, words=name, lower_is_better=lower)


def _example(study: Path, rows: Sequence[Mapping[str, Any]]) -> tuple[dict, dict, dict]:
    """Return config, provenance and results of a finished run, of the default where there is one."""
    finished = [row for row in rows if row["state"] == "finished"]
    for row in sorted(finished, key=lambda row: row["setting"] != DEFAULT):
        run = RunDirectory(run_path(study, row["run_id"]))
        try:
            read = [
                read_json(file)
                for file in (run.config_file, run.provenance_file, run.results_file())
            ]
        except (OSError, ValidationError):
            continue  # another run will do
        return read[0], read[1], read[2]
    return {}, {}, {}


def _factors(
    planned: Sequence[Cell], settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[str]]:
    factors: dict[str, list[str]] = {}
    for cell in planned:
        if cell.factor is not None:
            factors.setdefault(cell.factor, [])
            if cell.setting not in factors[cell.factor]:
                factors[cell.factor].append(cell.setting)
    for factor, names in factors.items():
        if DEFAULT in settings and DEFAULT not in names:
            names.append(DEFAULT)
        names.sort(key=lambda name: _order(settings[name].get(factor)))
    return factors


def _order(value: Any) -> tuple[int, float, str]:
    """Sort numbers by size, before words by letter."""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return 1, 0.0, str(value)
