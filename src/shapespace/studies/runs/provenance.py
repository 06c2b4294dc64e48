"""What a run came from: versions, command, data, machine, times."""

import hashlib
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch

from shapespace import __version__
from shapespace.data.packed import PackedSet

ROOMS_OF_NUMBERS = ("data", "model", "training", "evaluation")
"""Rooms whose code decides what a run comes to."""

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "pandas", "pillow", "resvg-py")


def now() -> str:
    """Return the time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Return the versions of shapespace, Python and the libraries that make numbers."""
    found = {"shapespace": __version__, "python": platform.python_version()}
    return found | {name: version(name) for name in LIBRARIES}


def code_version() -> dict[str, str]:
    """Return what must be the same for runs to be compared: versions, and the code itself.

    Between two releases the version stays while the code changes; its checksum does not.
    """
    digest = hashlib.sha256()
    package = Path(str(files("shapespace")))
    for room in ROOMS_OF_NUMBERS:
        for module in sorted((package / room).rglob("*.py")):
            name = module.relative_to(package).as_posix()
            digest.update(f"{name}\0".encode() + module.read_bytes())
    return {
        "shapespace": __version__,
        "torch": version("torch"),
        "numpy": version("numpy"),
        "code": digest.hexdigest(),
    }


def machine(device: torch.device) -> dict[str, Any]:
    """Return what computed: processor, threads, device; no names of people or hosts."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "n_cores": os.cpu_count(),
        "n_threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
    }


def command() -> str:
    """Return the command line without the folders of this machine's programs."""
    return " ".join(["shapespace", *sys.argv[1:]]) if sys.argv[0] else "python"


def data_sets(sets: dict[str, PackedSet], counts: dict[str, int]) -> dict[str, Any]:
    """Return each source of a mixture with its checksum and licence."""
    described: dict[str, Any] = {}
    for name, count in counts.items():
        described[name] = {"images_per_batch": count}
        if name in sets:
            info = sets[name].info
            described[name] |= {
                "n_images": info.n_images,
                "side": info.side,
                "sha256": info.sha256,
                "licence": info.licence,
                "stand_in": info.stand_in,
            }
    return described
