"""From a declaration to a list of runs, each named by its content, and the study on disk."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from shapespace.data.batches import rescale_mixture
from shapespace.data.config import SCRIBBLES, DataConfig
from shapespace.data.writing import write_text
from shapespace.errors import BadInput, Collision
from shapespace.studies.runs.config import RunConfig
from shapespace.studies.runs.provenance import code_version, data_sets
from shapespace.studies.runs.sets import missing_sets, open_sets
from shapespace.studies.sweeps.cells import Cell, in_short, read_study, study_file
from shapespace.studies.sweeps.declaration import (
    Declaration,
    base_config,
    changed,
    parse_declaration,
    value_at,
)

ID_LENGTH = 16
"""Hexadecimal digits of a run's name; two of a million runs share one by a chance of 3e-8."""


@dataclass(frozen=True)
class Plan:
    """A study resolved: what every run is, on which data, by which code."""

    declared: Declaration
    base: RunConfig
    cells: list[Cell]
    data: dict[str, Any]
    """Each set of the mixture with its checksum and images a minibatch."""
    notes: tuple[str, ...]
    """What was asked for and will not be done."""

    def config(self, cell: Cell) -> RunConfig:
        """Return the whole config of a cell's run."""
        return config_of(asdict(self.base), cell)


def make_plan(declared: Declaration) -> Plan:
    """Resolve a declaration with the sets that are at hand.

    Raises:
        BadInput: If a config is impossible, or none of the sets is at hand.
    """
    base = base_config(declared)
    data, notes = data_at_hand(base.data)
    cells = list(_cells(declared, base, data))
    return Plan(declared, base, cells, data, notes)


def config_of(base: dict[str, Any], cell: Cell) -> RunConfig:
    """Return the config of a cell's run, given the study's base config as plain values."""
    return changed(base, cell.values | {"fold": cell.fold, "seed": cell.seed})


def data_at_hand(config: DataConfig) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what a mixture comes to here, with checksums, and a note on what is missing."""
    sets = open_sets(config)
    counts = rescale_mixture(config.mixture, set(sets) | {SCRIBBLES})
    missing = missing_sets(config, sets)
    if not missing:
        return data_sets(sets, counts), ()
    shares = ", ".join(f"{name} {n}" for name, n in counts.items())
    return data_sets(sets, counts), (
        f"Not at hand and left out: {', '.join(missing)}. A minibatch of {config.batch_size} "
        f"is now {shares}.",
    )


def run_id(config: RunConfig, data: dict[str, Any], measures: dict[str, Any]) -> str:
    """Return the name of a run: equal configs, data and measures give equal names."""
    content = json.dumps([asdict(config), _identity(data), measures], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:ID_LENGTH]


def same_images(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether two records of the data of a study name the same images in the same shares."""
    return _identity(one) == _identity(other)


def _identity(data: dict[str, Any]) -> dict[str, Any]:
    """Return what of the data decides the numbers: which images, and how many a minibatch."""
    return {
        name: [values["images_per_batch"], values.get("sha256")]
        for name, values in sorted(data.items())
    }


def _cells(declared: Declaration, base: RunConfig, data: dict[str, Any]) -> Iterator[Cell]:
    measures = asdict(declared.measures)
    settings = settings_of(declared, base)
    plain = asdict(base)
    for seed, fold in product(declared.seeds, declared.folds):
        for label, values, factor in settings:
            config = changed(plain, values | {"fold": fold, "seed": seed})
            yield Cell(label, values, factor, fold, seed, run_id(config, data, measures))


def settings_of(
    declared: Declaration, base: RunConfig
) -> list[tuple[str, dict[str, Any], str | None]]:
    """Return every setting once: its label, the value of each varied key, the only key changed.

    The default comes first, then one key at a time, then what the grid adds.
    """
    plain = asdict(base)
    keys = list(dict.fromkeys([*declared.vary, *declared.grid]))
    default = {key: _as_json(value_at(plain, key)) for key in keys}
    candidates = [default]
    for key, options in declared.vary.items():
        candidates += [default | {key: _resolved(plain, key, option)} for option in options]
    for combination in product(*declared.grid.values()):
        choice = dict(zip(declared.grid, combination, strict=True))
        resolved = {key: _resolved(plain, key, option) for key, option in choice.items()}
        candidates += [default | resolved] if resolved else []
    settings, seen = [], set()
    for values in candidates:
        differing = [key for key in keys if values[key] != default[key]]
        label = ", ".join(
            f"{short_name(key, declared)}={in_short(values[key], default[key])}"
            for key in differing
        )
        if label not in seen:
            seen.add(label)
            factor = differing[0] if len(differing) == 1 else None
            settings.append((label or "default", values, factor))
    return settings


def short_name(key: str, declared: Declaration) -> str:
    """Return what labels call a key: its declared name, or the last part of its path."""
    if key in declared.names:
        return declared.names[key]
    last = key.rpartition(".")[2]
    alike = [k for k in {*declared.vary, *declared.grid} if k.rpartition(".")[2] == last]
    return last if len(alike) == 1 else key


def _resolved(plain: dict[str, Any], key: str, option: Any) -> Any:
    """Return a value as the config holds it: 0 for a share becomes 0.0, so that equals are equal."""
    return _as_json(value_at(asdict(changed(plain, {key: option})), key))


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def write_plan(plan: Plan, study: Path, text: str, *, any_version: bool = False) -> None:
    """Make the study's directory, or make sure that the one there is the same study.

    Args:
        plan: What to run.
        study: The study's directory.
        text: The declaration, kept beside the plan.
        any_version: Go on although the code has changed since the study began.

    Raises:
        Collision: If the directory holds another study or something else.
        BadInput: If the data or the code changed since the study began.
    """
    if study_file(study).is_file():
        _same_study(plan, study, any_version=any_version)
        return
    if study.is_file() or (study.is_dir() and any(study.glob("[!.]*"))):
        raise Collision(f"{study} is not empty and not a study. Choose another --out.")
    declared = asdict(plan.declared)
    content = {
        "name": declared["name"],
        "about": declared["about"],
        "recipe": declared["recipe"],
        "protocol": declared["protocol"],
        "default": plan.cells[0].values if plan.cells else {},
        "vary": _resolved_values(plan, plan.declared.vary),
        "grid": _resolved_values(plan, plan.declared.grid),
        "names": declared["names"],
        "folds": declared["folds"],
        "seeds": declared["seeds"],
        "budget": declared["budget"],
        "measures": declared["measures"],
        "data": plan.data,
        "notes": plan.notes,
        "code": code_version(),
        "base": asdict(plan.base),
        "cells": [asdict(cell) for cell in plan.cells],
    }
    write_text(study / "study.toml", text)
    write_text(study_file(study), json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _resolved_values(plan: Plan, choices: dict[str, list[Any]]) -> dict[str, list[Any]]:
    base = asdict(plan.base)
    return {key: [_resolved(base, key, o) for o in options] for key, options in choices.items()}


def check_study(study: Path, *, any_version: bool = False) -> None:
    """Make sure that a study can go on here: the same data, and the same code.

    Raises:
        BadInput: If there is none, or data or code changed since it began.
    """
    try:
        text = (study / "study.toml").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        read_study(study)  # says what to do if there is no study at all
        raise BadInput(f"{study / 'study.toml'} cannot be read: {error}.") from error
    _same_study(make_plan(parse_declaration(text)), study, any_version=any_version)


def _same_study(plan: Plan, study: Path, *, any_version: bool) -> None:
    found = read_study(study)
    if not same_images(found["data"], plan.data):
        names = {*found["data"], *plan.data}
        differing = [n for n in names if found["data"].get(n) != plan.data.get(n)]
        raise BadInput(
            f"The study in {study} was begun with other data ({', '.join(sorted(differing))} "
            "changed). Bring the sets back, or begin a new study."
        )
    if any_version:  # the study goes on with its own configs, whatever they are called today
        return
    now = code_version()
    changes = [
        f"{key} {found['code'].get(key, 'unknown')[:12]} is now {value[:12]}"
        for key, value in now.items()
        if found["code"].get(key) != value
    ]
    if changes:
        raise BadInput(
            f"The study in {study} was begun with other code ({', '.join(changes)}). Go back to "
            "that code, begin a new study, or mix both with --any-version."
        )
    if found["cells"] != [asdict(cell) for cell in plan.cells]:
        raise Collision(f"{study} holds another study. Choose another --out.")
