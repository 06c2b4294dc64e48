"""Where in a TOML file each key stands, so that a mistake can be named with its line."""

import tomllib
from typing import Any

Path = tuple[str, ...]


def lines_of_keys(text: str) -> dict[Path, int]:
    """Return the line, counted from 1, on which each key of a valid TOML text begins.

    The standard library's reader tells no lines. So the text is read again and again, one
    statement longer each time; what is new then stands in that statement.

    Args:
        text: TOML that `tomllib` reads without complaint.

    Returns:
        Lines by path, such as ("vary", "model", "code_size"); tables have lines, too.
    """
    lines = text.splitlines()
    found: dict[Path, int] = {}
    whole, start = "", 1
    for number, line in enumerate(lines, start=1):
        whole += line + "\n"
        if start == number and not line.split("#")[0].strip():
            start = number + 1
            continue
        try:
            values = tomllib.loads(whole)
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value of several lines
        for path in _paths(values, ()):
            found.setdefault(path, start)
        start = number + 1
    return found


def _paths(values: dict[str, Any], above: Path) -> list[Path]:
    paths = []
    for key, value in values.items():
        paths.append((*above, key))
        if isinstance(value, dict):
            paths += _paths(value, (*above, key))
    return paths
