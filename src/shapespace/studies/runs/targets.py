"""What a code is trained for beside reconstruction: labels of sets, coordinates in a space."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shapespace.data.config import DRAWINGS
from shapespace.data.packed import PackedSet
from shapespace.data.targets import Targets, coordinates_by_id, label_sets
from shapespace.data.writing import write_text
from shapespace.errors import BadInput
from shapespace.spaces.directory import read_coordinates
from shapespace.spaces.published import published_coordinates
from shapespace.training.config import TasksConfig

LABELS = "labels.json"
"""File beside the weights with the names of the labels and the sets they occur in."""


def make_targets(tasks: TasksConfig, sets: Mapping[str, PackedSet]) -> Targets | None:
    """Return labels and coordinates as the tasks want them; None if all is reconstruction.

    Raises:
        BadInput: If no labelled set is at hand, one has no classes, or the space lacks a stimulus.
    """
    if not tasks.names:
        return None
    labels: tuple[str, ...] = ()
    label_of: dict[str, dict[str, int]] = {}
    if tasks.classification:
        at_hand = {name: sets[name].table for name in tasks.labelled if name in sets}
        if not at_hand:
            raise BadInput(
                f"No set whose classes shall be told apart ({', '.join(tasks.labelled)}) is at "
                "hand. `shapespace data list` shows what is."
            )
        labels, label_of = label_sets(at_hand)
    if not tasks.mapping:
        return Targets(labels, label_of)
    if DRAWINGS not in sets:
        raise BadInput(
            f"Mapping needs rated stimuli: give the set {DRAWINGS!r} a count in data.mixture."
        )
    return Targets(
        labels,
        label_of,
        coordinates=rated_coordinates(tasks, sets[DRAWINGS]),
        rated_set=DRAWINGS,
        n_dims=tasks.dims,
    )


def rated_coordinates(tasks: TasksConfig, drawings: PackedSet) -> dict[str, Any]:
    """Return where the stimuli of a set lie in the space of the tasks, by id.

    Raises:
        BadInput: If the space is not there, or has not every stimulus.
    """
    ids = drawings.table["id"].tolist()
    if tasks.space == "published":
        return coordinates_by_id(ids, published_coordinates(tasks.dims, ids))
    items, points = read_coordinates(Path(tasks.space), tasks.dims)
    found = coordinates_by_id(items, points)
    lacking = [name for name in ids if name not in found]
    if lacking:
        raise BadInput(
            f"The space {tasks.space} has no item {lacking[0]!r}; it must hold all "
            f"{len(ids)} drawings that a run is mapped by."
        )
    return {name: found[name] for name in ids}


def describe_targets(targets: Targets | None) -> dict[str, Any]:
    """Return what provenance keeps of the targets; equal targets have equal checksums."""
    if targets is None:
        return {}
    digest = hashlib.sha256()
    for name, labels in targets.label_of.items():
        digest.update(json.dumps([name, labels], sort_keys=True).encode())
    for name, point in sorted(targets.coordinates.items()):
        digest.update(name.encode() + point.tobytes())
    return {
        "n_labels": len(targets.labels),
        "labelled_sets": list(targets.labelled_sets),
        "n_mapped_stimuli": len(targets.coordinates),
        "n_dims": targets.n_dims,
        "sha256": digest.hexdigest(),
    }


def write_labels(targets: Targets | None, directory: Path) -> None:
    """Write the names of the labels beside the weights, so that guesses can be read."""
    if targets is None or not targets.labels:
        return
    allowed = targets.allowed()
    content = {
        "labels": list(targets.labels),
        "sets": {
            name: [label for label, here in zip(targets.labels, row, strict=True) if here]
            for name, row in zip(targets.labelled_sets, allowed, strict=True)
        },
    }
    write_text(directory / LABELS, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
