"""Where packed sets lie on this machine."""

import os
from pathlib import Path

from platformdirs import user_data_path

from shapespace.data.packed import PackedSet
from shapespace.errors import BadInput


def data_home() -> Path:
    """Return the folder of the packed sets: `$SHAPESPACE_DATA`, or one in the user's home."""
    chosen = os.environ.get("SHAPESPACE_DATA")
    return Path(chosen) if chosen else user_data_path("shapespace", appauthor=False) / "data"


def set_directory(name: str) -> Path:
    """Return where the set `name` lies or would lie.

    Raises:
        BadInput: If the name could not be a folder's.
    """
    if not name or name.startswith(".") or any(c in name for c in "/\\:\0"):
        raise BadInput(
            f"{name!r} cannot be the name of a set: use letters, digits, '-' and '_'."
        )
    return data_home() / name


def names_of_sets() -> list[str]:
    """Return the names of the sets at hand, sorted."""
    home = data_home()
    return sorted(p.parent.name for p in home.glob("*/set.json") if p.parent.name[0] != ".")


def open_set(name: str) -> PackedSet:
    """Open the set `name`.

    Raises:
        BadInput: If there is none.
    """
    return PackedSet(set_directory(name))
