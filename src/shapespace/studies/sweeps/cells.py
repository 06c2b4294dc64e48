"""The cells of a study: which settings, folds and seeds there are, and which run each one is.

Needs neither torch nor pandas, so that looking at a study costs nothing.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapespace.errors import BadInput


@dataclass(frozen=True)
class Cell:
    """One setting on one fold with one seed."""

    setting: str
    """How it differs from the default, such as "code_size=64"; "default" if it does not."""
    values: dict[str, Any]
    """Value of every key that the study varies anywhere, by its path in the config."""
    factor: str | None
    """The key that alone differs from the default; None for the default itself and where
    several differ."""
    fold: int
    """Test fold."""
    seed: int
    """Source of all randomness."""
    run_id: str
    """Name of the run's folder: a hash of its config, its data and what is measured."""


def study_file(study: Path) -> Path:
    """Return where the resolved study lies."""
    return study / "study.json"


def run_path(study: Path, run_id: str) -> Path:
    """Return the run directory of a cell."""
    return study / "runs" / run_id


def read_study(study: Path) -> dict[str, Any]:
    """Read the resolved study as plain values.

    Returns:
        Among others `name`, `about`, `protocol`, `default` (value of every varied key), `vary`
        and `grid` (lists of values by key), `names` (short names of keys), `cells`.

    Raises:
        BadInput: If there is none, or it is damaged.
    """
    try:
        return json.loads(study_file(study).read_text())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadInput(
            f"There is no study in {study}: it has no study.json. "
            "`shapespace study run NAME --out DIR` makes one."
        ) from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{study_file(study)} cannot be read: {error}.") from error


def read_cells(study: Path) -> list[Cell]:
    """Read the cells of a study in the order in which they are run: fold by fold.

    Raises:
        BadInput: If there is no study, or its file is damaged.
    """
    try:
        return [Cell(**cell) for cell in read_study(study)["cells"]]
    except (KeyError, TypeError) as error:
        raise BadInput(
            f"{study_file(study)} is damaged or of another version of shapespace ({error})."
        ) from error


def labelled_sets(content: dict[str, Any]) -> list[str]:
    """Return the sets whose classes some setting of a study is trained to tell apart, by name.

    Args:
        content: What `read_study` returns.
    """
    base = content.get("base", {}).get("training", {}).get("tasks") or {}
    found = set(base.get("labelled", ()))
    for cell in content["cells"]:
        varied = cell["values"]
        found |= set((varied.get("training.tasks") or {}).get("labelled", ()))
        found |= set(varied.get("training.tasks.labelled", ()))
    return sorted(found)


def in_short(value: Any, default: Any = None) -> str:
    """Return a value as labels show it: on, off, plain numbers, lists with spaces between.

    Of a whole table only what differs from the default is shown.
    """
    if isinstance(value, dict):
        known = default if isinstance(default, dict) else {}
        differing = [name for name in value if name not in known or value[name] != known[name]]
        return " ".join(f"{name} {in_short(value[name])}" for name in differing)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return " ".join(in_short(part) for part in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)
