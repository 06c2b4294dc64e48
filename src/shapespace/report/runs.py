"""Everything a report reads of a run, read once. Needs no torch."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open

from shapespace.errors import BadInput
from shapespace.studies.runs.finished import names_of_runs, read_parts
from shapespace.studies.runs.run_directory import RunDirectory

_NOT_TRAINED = ("running_mean", "running_var", "num_batches_tracked")
"""What batch normalisation counts, which is stored beside the weights but is none of them."""

_NEEDED = {
    "results.json": ("reconstruction", "human", "images", "warnings", "versions"),
    "provenance.json": ("data", "machine", "versions", "command", "started", "notes"),
    "config.json": ("recipe", "protocol", "fold", "seed", "data", "model", "training"),
}


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """One evaluated run as its files tell it."""

    name: str
    directory: RunDirectory
    config: dict[str, Any]
    provenance: dict[str, Any]
    results: dict[str, Any]
    elsewhere: dict[str, dict[str, Any]]
    """Results on other sets than the run's own test fold, by name of the set."""
    history: pd.DataFrame
    parts: pd.DataFrame
    """Set, id and part ("train", "validation", "test") of every stimulus; see `read_parts`."""
    codes: tuple[list[str], np.ndarray]
    """Ids of the rated stimuli and their codes."""
    n_parameters: dict[str, int]
    """Trainable values of encoder and decoder."""

    @property
    def scores(self) -> dict[str, Any]:
        """Reconstruction at the lowest level of noise."""
        return self.results["reconstruction"]

    @property
    def human(self) -> dict[str, Any]:
        """Agreement with people."""
        return self.results["human"]

    @property
    def has_stand_ins(self) -> bool:
        """Whether the drawings compared with ratings are not those that were rated."""
        sets = [*self.results["images"].values(), *self.provenance["data"].values()]
        said = any("stand-in" in note for note in self.human["notes"])
        return said or any(one.get("stand_in") for one in sets)


def read_runs(paths: Sequence[Path]) -> list[FinishedRun]:
    """Read evaluated runs.

    Raises:
        BadInput: If one is no run, has not been evaluated, or has files that cannot be read.
    """
    names = names_of_runs(paths)
    return [_read(RunDirectory(path), name) for path, name in zip(paths, names, strict=True)]


def _read(run: RunDirectory, name: str) -> FinishedRun:
    config, provenance = run.config(), run.provenance()
    results = run.results()
    for file, values in (
        ("config.json", config), ("provenance.json", provenance), ("results.json", results),
    ):  # fmt: skip
        _must_have(run.path / file, values, _NEEDED[file])
    others = sorted(run.path.glob("results-*.json"))
    elsewhere = {path.stem.removeprefix("results-"): path for path in others}
    return FinishedRun(
        name=name,
        directory=run,
        config=config,
        provenance=provenance,
        results=results,
        elsewhere={set_name: run.results(set_name) for set_name in elsewhere},
        history=run.history(),
        parts=read_parts(run),
        codes=run.codes(),
        n_parameters=_count_parameters(run.model / "model.safetensors"),
    )


@contextmanager
def damage_said(runs: Sequence[FinishedRun]) -> Iterator[None]:
    """Turn what goes wrong where results are shown into one plain sentence.

    Raises:
        BadInput: If the results of the runs lack something, or hold something else.
    """
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise BadInput(
            f"The results of {', '.join(run.name for run in runs)} cannot be shown: they are "
            f"damaged or of another version ({error!r}). `shapespace evaluate` writes them anew."
        ) from error


def _must_have(file: Path, values: Any, keys: Sequence[str]) -> None:
    missing = [k for k in keys if not isinstance(values, Mapping) or k not in values]
    if missing:
        raise BadInput(
            f"{file} has no {missing[0]!r}: it is damaged or was written by another version of "
            "shapespace. `shapespace evaluate` writes the results anew."
        )


def _count_parameters(file: Path) -> dict[str, int]:
    """Count the values of each part of a network from the head of its file of weights."""
    try:
        with safe_open(file, framework="numpy") as weights:
            sizes = {
                name: int(np.prod(weights.get_slice(name).get_shape()))
                for name in weights.keys()  # noqa: SIM118 (not a dict)
            }
    except (OSError, SafetensorError) as error:
        raise BadInput(f"There is no readable model in {file.parent} ({error}).") from error
    trained = {n: size for n, size in sizes.items() if not n.endswith(_NOT_TRAINED)}
    return {
        part: sum(size for name, size in trained.items() if name.startswith(f"{part}."))
        for part in ("encoder", "decoder")
    }


def best_epoch(run: FinishedRun) -> int | None:
    """Return the epoch whose weights were kept; None while the training goes on."""
    summary = run.provenance.get("summary")
    return summary["best_epoch"] if summary else None


def pretty_json(values: Any) -> str:
    """Return values as text to read."""
    return json.dumps(values, indent=2, ensure_ascii=False)
