"""Directions on disk: `directions.json` with everything, `directions.csv` for other programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shapespace import __version__
from shapespace.data.writing import write_text
from shapespace.errors import BadInput
from shapespace.spaces.directions.candidates import ACCEPTED, Direction
from shapespace.spaces.directions.entanglement import cosines
from shapespace.spaces.directions.examining import Examined, ExaminingSettings
from shapespace.spaces.directory import defined

FORMAT = 1
"""Version of the layout of `directions.json`."""

LIBRARIES = ("numpy", "scipy", "scikit-learn")


def write_directions(
    found: Sequence[Examined], settings: ExaminingSettings, directory: Path
) -> None:
    """Write `directions.json` and `directions.csv`.

    Args:
        found: Of spaces of the same items.
        settings: They were examined with.
        directory: An existing folder, such as that of the space.

    Raises:
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    content = described_directions(found, settings)
    write_text(directory / "directions.json", json.dumps(content, indent=2) + "\n")
    write_text(directory / "directions.csv", _table(found).to_csv(index=False))


def described_directions(
    found: Sequence[Examined], settings: ExaminingSettings
) -> dict[str, Any]:
    """Return everything that was found, for JSON."""
    first = found[0]
    content = {
        "format": FORMAT,
        "source": first.space.source,
        "n_items": len(first.space.items),
        "features": [
            {
                "feature": way.name,
                "rating_type": way.rating_type,
                "n_rated": int((~np.isnan(way.values)).sum()),
                "low": [
                    i for i, m in zip(first.space.items, way.low.tolist(), strict=True) if m
                ],
                "high": [
                    i for i, m in zip(first.space.items, way.high.tolist(), strict=True) if m
                ],
            }
            for way in first.features
        ],
        "accepted_from": ACCEPTED,
        "settings": asdict(settings),
        "spaces": [_space(examined) for examined in found],
        "versions": {"shapespace": __version__} | {name: version(name) for name in LIBRARIES},
    }
    return defined(content)


def read_directions(directory: Path, n_dims: int) -> list[Direction]:
    """Return the directions that `space directions` found in a space.

    Each feature has two, by kappa and by rho.

    Raises:
        BadInput: If there are none, or not for so many dimensions.
    """
    path = directory / "directions.json"
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{path} cannot be read. `shapespace space directions {directory}` writes it."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise BadInput(f"{path} was written by another version; find the directions again.")
    spaces = {space["n_dims"]: space for space in content["spaces"]}
    if n_dims not in spaces:
        raise BadInput(
            f"{path} has directions of {', '.join(map(str, spaces))} dimensions, not of {n_dims}."
        )
    return [
        Direction(
            feature=row["feature"],
            criterion=row["criterion"],
            vector=np.array(row["vector"], np.float64),
            kappa=row["kappa"],
            rho=row["rho"],
            best=row["best"],
            made_from=tuple(row["made_from"]),
        )
        for row in spaces[n_dims]["directions"]
    ]


def _space(found: Examined) -> dict[str, Any]:
    names, matrix = cosines(found.candidates)
    return {
        "n_dims": found.space.n_dims,
        "candidates": [_row(candidate) for candidate in found.candidates],
        "directions": [_row(d) | {"accepted": d.accepted} for d in found.directions],
        "held_out": [asdict(row) for row in found.held_out],
        "chance": [asdict(row) for row in found.chance],
        "cosines": {"features": list(names), "matrix": matrix.tolist()},
        "conditional": [_row(row) for row in found.conditional],
        "leaks": [asdict(row) for row in found.leaks],
    }


def _row(thing: Any) -> dict[str, Any]:
    return asdict(thing) | {"vector": thing.vector.tolist()}


def _table(found: Sequence[Examined]) -> pd.DataFrame:
    """Return one row a direction, with its held-out measures beside those of the same items."""
    rows = []
    for examined in found:
        for direction in examined.directions:
            key = direction.feature, direction.criterion
            row: dict[str, Any] = {
                "n_dims": examined.space.n_dims,
                "feature": direction.feature,
                "criterion": direction.criterion,
                "made_from": "; ".join(direction.made_from),
                "kappa": direction.kappa,
                "rho": direction.rho,
                "best": direction.best,
                "accepted": direction.accepted,
            }
            for held in examined.held_out:
                if (held.feature, held.criterion) == key:
                    for name, value in (("kappa", held.kappa), ("rho", held.rho)):
                        column = f"{name}_held_out_{held.over}"
                        row |= {
                            column: value.value,
                            f"{column}_low": value.low,
                            f"{column}_high": value.high,
                        }
            rows.append(row | {f"d{i}": v for i, v in enumerate(direction.vector)})
    table = pd.DataFrame(rows)
    axes = [column for column in table if str(column)[1:].isdigit()]
    return table[[column for column in table if column not in axes] + axes]
