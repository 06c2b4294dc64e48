"""The space directory: what `space build` writes, and how it is read again."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import squareform

from shapespace import __version__
from shapespace.arrays import Matrix
from shapespace.data.writing import write_text
from shapespace.errors import BadInput, Collision
from shapespace.spaces.scaling.building import Build
from shapespace.spaces.scaling.stability import Stability
from shapespace.spaces.scaling.stress import FORMULAS

FORMAT = 1
"""Version of the layout of `space.json`."""

LIBRARIES = ("numpy", "scipy", "pandas")


def refuse_foreign(directory: Path) -> None:
    """Make sure that building a space here replaces nothing but an older space.

    Raises:
        Collision: If there is something else.
    """
    if directory.is_dir() and not any(directory.iterdir()):
        return
    if directory.exists() and not (directory / "space.json").is_file():
        raise Collision(
            f"{directory} is there already and is no space; choose another place for it."
        )


def write_build(build: Build, directory: Path, *, with_distances: bool = False) -> None:
    """Write `space.json`, and the coordinates (and distances) of every space.

    Args:
        build: What was found.
        directory: An existing folder; `data.writing.new_directory` gives one.
        with_distances: Also write the matrix of distances of each space.

    Raises:
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    write_text(directory / "space.json", json.dumps(described(build), indent=2) + "\n")
    for space in build.spaces:
        axes = [f"d{i}" for i in range(space.n_dims)]
        write_text(
            directory / f"coordinates-{space.n_dims}d.csv",
            _csv(space.coordinates, space.items, axes),
        )
        if with_distances:
            matrix = squareform(space.distances)
            write_text(
                directory / f"distances-{space.n_dims}d.csv",
                _csv(matrix, space.items, space.items),
            )


def described(build: Build) -> dict[str, Any]:
    """Return everything about the spaces but their coordinates, for JSON."""
    settings = build.settings
    suggestion = build.fewest_good
    content = {
        "format": FORMAT,
        "ratings": {
            "source": build.pairs.source,
            "sha256": build.pairs.sha256,
            "n_items": len(build.pairs.ratings.items),
            "n_pairs": build.spaces[0].n_pairs,
            "n_pairs_missing": len(build.pairs.weights) - build.spaces[0].n_pairs,
            "n_raters": None if build.pairs.single is None else build.pairs.single.shape[1],
            "weighted": bool(np.ptp(build.pairs.weights[build.pairs.weights > 0]) > 0),
        },
        "settings": asdict(settings),
        "formulas": FORMULAS,
        "ceiling": build.ceiling,
        "fewest_good_dims": suggestion,
        "spaces": [
            {
                "n_dims": space.n_dims,
                "coordinates": f"coordinates-{space.n_dims}d.csv",
                "stress": space.stress,
                "kendall_tau_b": space.kendall_tau_b,
                "n_starts": space.n_starts,
                "n_at_best": space.n_at_best,
                "converged": space.converged,
                "held_out": [asdict(h) for h in build.held_out if h.n_dims == space.n_dims],
                "stability": _stability(build.stability.get(space.n_dims), space.items),
            }
            for space in build.spaces
        ],
        "versions": {"shapespace": __version__} | {name: version(name) for name in LIBRARIES},
    }
    return defined(content)


def read_description(directory: Path) -> dict[str, Any]:
    """Return the content of `space.json`.

    Raises:
        BadInput: If there is none, or it is of another format.
    """
    try:
        found = json.loads((directory / "space.json").read_text())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{directory} is no space directory: its space.json cannot be read. "
            "`shapespace space build` makes one."
        ) from error
    if not isinstance(found, Mapping) or found.get("format") != FORMAT:
        raise BadInput(f"{directory} was written by another version; build the space again.")
    return dict(found)


def read_coordinates(directory: Path, n_dims: int) -> tuple[tuple[str, ...], Matrix]:
    """Return the items of a space, and their coordinates, one row an item.

    Raises:
        BadInput: If the directory has no space of so many dimensions.
    """
    known = [space["n_dims"] for space in read_description(directory)["spaces"]]
    if n_dims not in known:
        raise BadInput(
            f"{directory} has no space of {n_dims} dimensions, only of "
            f"{', '.join(map(str, known))}."
        )
    table = pd.read_csv(directory / f"coordinates-{n_dims}d.csv", dtype={"item": str})
    axes = [f"d{i}" for i in range(n_dims)]
    return tuple(table["item"]), table[axes].to_numpy(np.float64)


def defined(value: Any) -> Any:
    """Return content for JSON: with None, which JSON knows, for every nan, which it does not."""
    if isinstance(value, Mapping):
        return {name: defined(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [defined(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _stability(stability: Stability | None, items: Sequence[str]) -> dict[str, Any] | None:
    if stability is None:
        return None
    return {
        "over": stability.over,
        "n_draws": stability.n_draws,
        "n_left_out": stability.n_left_out,
        "spread": dict(zip(items, stability.spread.tolist(), strict=True)),
        "covariances": dict(zip(items, stability.covariances.tolist(), strict=True)),
    }


def _csv(matrix: Matrix, items: Sequence[str], columns: Sequence[str]) -> str:
    table = pd.DataFrame(matrix, columns=list(columns))
    table.insert(0, "item", list(items), allow_duplicates=True)
    return table.to_csv(index=False, float_format="%.10g")
