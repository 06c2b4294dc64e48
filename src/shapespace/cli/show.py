"""How results reach the terminal: plain text for people, JSON for machines."""

import json
from typing import Any


def show_json(values: Any) -> None:
    """Print values as JSON on stdout."""
    print(json.dumps(values, indent=2, ensure_ascii=False))


def interval(estimate: dict[str, Any], *, digits: int = 3) -> str:
    """Return "0.57 [0.49, 0.64]" for a value with its 95 % interval; "undefined" for none."""
    if estimate["value"] is None:
        return "undefined"
    text = f"{estimate['value']:.{digits}f}"
    if estimate["low"] is None:
        return text
    return f"{text} [{estimate['low']:.{digits}f}, {estimate['high']:.{digits}f}]"
