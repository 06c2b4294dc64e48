"""Representations on disk, of runs and from elsewhere, brought to the order of the ratings."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

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
    for name, (representation, _) in zip(names, found, strict=True):
        fit = match(items, representation.ids)
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
            codes=representation.of(items),
            source=representation.source,
            unseen=unseen,
            stand_in=unseen is not None and _published(people),
        )
        for name, (representation, unseen) in zip(names, found, strict=True)
    ]
    return Opened(models=models, people=people, notes=notes)


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


def _open(path: Path, ids: Path | None) -> tuple[Representation, tuple[str, ...] | None]:
    """Return a representation, and of a run the stimuli that it never saw."""
    run = RunDirectory(path)
    if not run.config_file.is_file() or (path / "file_names.txt").is_file():
        return read_representation(path, ids=ids), None
    known, codes = run.codes()
    representation = Representation(
        name=path.resolve().name, ids=tuple(known), codes=codes.astype(np.float64), source="run"
    )
    parts = read_parts(run)
    near = parts[(parts["set"] == DRAWINGS) & (parts["part"] != "test")]
    return representation, tuple(one for one in known if one not in set(near["id"]))


def _names(paths: Sequence[Path], found: Sequence[tuple[Representation, object]]) -> list[str]:
    """Return short names; whole paths where two are alike."""
    names = [representation.name for representation, _ in found]
    if len(set(names)) == len(names):
        return names
    whole = [str(path) for path in paths]
    twice = next((path for path in whole if whole.count(path) > 1), None)
    if twice:
        raise BadInput(f"{twice} is named twice; name each representation once.")
    return whole


def _published(people: PeopleSaid) -> bool:
    return people.ratings.single is not None and people.raters is None
