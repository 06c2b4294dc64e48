"""Regions on disk: `regions.json`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from shapespace import __version__
from shapespace.data.writing import write_text
from shapespace.spaces.directory import defined
from shapespace.spaces.regions.baselines import DEFINITIONS, MEASURES, Measured
from shapespace.spaces.regions.hulls import (
    meetings,
    nearest_own,
    prototypes,
    sizes,
    violations,
)

FORMAT = 1
"""Version of the layout of `regions.json`."""

LIBRARIES = ("numpy", "scipy")


def write_regions(found: Sequence[Measured], source: str, seed: int, directory: Path) -> None:
    """Write `regions.json`.

    Args:
        found: Of spaces of the same items.
        source: Name of the spaces.
        seed: Of the baselines.
        directory: Where to, such as the folder of the space.

    Raises:
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    content = described_regions(found, source, seed)
    write_text(directory / "regions.json", json.dumps(content, indent=2) + "\n")


def described_regions(found: Sequence[Measured], source: str, seed: int) -> dict[str, Any]:
    """Return everything that was measured, for JSON."""
    content = {
        "format": FORMAT,
        "source": source,
        "n_items": len(found[0].items),
        "seed": seed,
        "measures": MEASURES,
        "baselines": DEFINITIONS,
        "spaces": [_space(measured) for measured in found],
        "versions": {"shapespace": __version__} | {name: version(name) for name in LIBRARIES},
    }
    return defined(content)


def _space(found: Measured) -> dict[str, Any]:
    of = found.regions
    crossed, meet = violations(of), meetings(of)
    own, by_size, centres = nearest_own(of), sizes(of), prototypes(of)
    return {
        "n_dims": found.n_dims,
        "values": found.values,
        "beside": [asdict(beside) for beside in found.beside],
        "categories": [
            {
                "category": name,
                "items": [i for i, m in zip(found.items, of.members, strict=True) if m == row],
                "prototype": centres[row].tolist(),
                "size": float(by_size[row]),
                "nearest_own": float(own[of.members == row].mean()),
                "holds_items_of": {
                    other: int(n)
                    for other, n in zip(of.categories, crossed[row], strict=True)
                    if n
                },
                "meets": [o for o, m in zip(of.categories, meet[row], strict=True) if m],
            }
            for row, name in enumerate(of.categories)
        ],
    }
