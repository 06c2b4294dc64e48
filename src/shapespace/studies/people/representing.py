"""Representations on disk, of runs and from elsewhere, brought to the order of the ratings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from shapespace.arrays import Coordinates
from shapespace.data.config import DRAWINGS
from shapespace.data.representations import Representation, read_representation
from shapespace.data.trials.matching import match
from shapespace.errors import BadInput
from shapespace.spaces.opening import PUBLISHED, open_spaces
from shapespace.studies.people.comparing import Model
from shapespace.studies.people.rated import PeopleSaid, subset
from shapespace.studies.runs.finished import read_parts
from shapespace.studies.runs.run_directory import RunDirectory


@dataclass(frozen=True, eq=False, kw_only=True)
class Opened:
    """Everything a comparison needs, of the same stimuli in the same order."""

    models: list[Model]
    people: PeopleSaid
    notes: list[str]
    """What was left out, one sentence each."""
    folds: Int[ndarray, " stimulus"] | None
    """The fold of each stimulus where there are runs and all dealt the stimuli alike; read-outs
    that take these are scored on each run's test fold, too, which is new to both."""


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A representation, and what a run is known to have done with the stimuli."""

    representation: Representation
    unseen: tuple[str, ...] | None = None
    """Stimuli that a run never saw; None for everything else."""
    folds: Mapping[str, int] | None = None
    """The fold of each stimulus of a run; empty if it never met them, None for everything else."""


def open_models(
    paths: Sequence[Path], people: PeopleSaid, *, ids: Path | None = None, shared: bool = False
) -> Opened:
    """Read representations and join them to the ratings by the ids of stimuli.

    Args:
        paths: Run directories that were evaluated; or what `read_representation` reads.
        people: The ratings.
        ids: Names of the rows of `.npy` files that have none beside them.
        shared: Whether rated stimuli that a representation lacks are left out of all. If not,
            they are an error.

    Raises:
        BadInput: If a file is damaged, a rated stimulus is missing (all are named), or two
            representations have the same name.
    """
    if not paths:
        raise BadInput(
            "Name at least one representation: a file, a folder of features or a run."
        )
    found = [_open(path, ids) for path in paths]
    names = _names(paths, found)
    items, notes = people.ratings.items, []
    for name, one in zip(names, found, strict=True):
        fit = match(items, one.representation.ids)
        if not shared:
            fit.require_all_known(name)
        elif fit.only_rated:
            items = tuple(item for item in items if item in fit.both)
            listed = ", ".join(map(repr, fit.only_rated))
            notes.append(f"Left out, since {name} has no row for them: {listed}.")
        if fit.only_known:
            notes.append(
                f"{len(fit.only_known)} stimuli of {name} were not rated and are not used."
            )
    people = subset(people, items)
    models = [
        Model(
            name=name,
            codes=one.representation.of(items),
            source=one.representation.source,
            unseen=one.unseen,
            stand_in=one.unseen is not None and _published(people),
        )
        for name, one in zip(names, found, strict=True)
    ]
    return Opened(models=models, people=people, notes=notes, folds=_shared_folds(items, found))


def space_of(
    people: PeopleSaid, directory: Path | None, n_dims: int = 0
) -> tuple[str, Coordinates] | None:
    """Return name and coordinates of a similarity space of the rated stimuli.

    Args:
        people: The ratings.
        directory: Of a built space; None for the published ones, if it is these 60 items.
        n_dims: Which space; the suggested one if 0.

    Returns:
        The space; None where no directory is named and the items are not the published ones.

    Raises:
        BadInput: If the space lacks a rated stimulus.
    """
    published = open_spaces(None)
    if directory is None and not set(people.ratings.items) <= set(published[0].items):
        return None
    spaces = open_spaces(directory, [n_dims] if n_dims else []) if directory else published
    wanted = [s for s in spaces if (s.n_dims == n_dims if n_dims else s.suggested)]
    if not wanted:
        raise BadInput(f"There is no published space of {n_dims} dimensions.")
    space = wanted[0]
    known = Representation(
        name=f"the space {space.source}", ids=space.items,
        codes=np.asarray(space.coordinates, np.float64), source="similarity space",
    )  # fmt: skip
    source = "published space" if space.source == PUBLISHED else space.source
    return f"{source}, {space.n_dims}-D", known.of(people.ratings.items)


def _shared_folds(
    items: Sequence[str], found: Sequence[_Read]
) -> Int[ndarray, " stimulus"] | None:
    """Return the folds of all runs that dealt these stimuli; None if they did not do it alike."""
    dealt = [one.folds for one in found if one.folds]
    if not dealt or not all(set(items) <= set(folds) for folds in dealt):
        return None
    rows = {tuple(folds[item] for item in items) for folds in dealt}
    return np.array(rows.pop()) if len(rows) == 1 else None


def _open(path: Path, ids: Path | None) -> _Read:
    run = RunDirectory(path)
    if not run.config_file.is_file() or (path / "file_names.txt").is_file():
        return _Read(representation=read_representation(path, ids=ids))
    known, codes = run.codes()
    representation = Representation(
        name=path.resolve().name, ids=tuple(known), codes=codes.astype(np.float64), source="run"
    )
    parts = read_parts(run)
    own = parts[parts["set"] == DRAWINGS]
    near = set(own["id"][own["part"] != "test"])
    return _Read(
        representation=representation,
        unseen=tuple(one for one in known if one not in near),
        folds=dict(zip(own["id"], own["fold"].astype(int), strict=True)),
    )


def _names(paths: Sequence[Path], found: Sequence[_Read]) -> list[str]:
    """Return short names; whole paths where two are alike."""
    names = [one.representation.name for one in found]
    if len(set(names)) == len(names):
        return names
    whole = [str(path) for path in paths]
    twice = next((path for path in whole if whole.count(path) > 1), None)
    if twice:
        raise BadInput(f"{twice} is named twice; name each representation once.")
    return whole


def _published(people: PeopleSaid) -> bool:
    return people.ratings.single is not None and people.raters is None
