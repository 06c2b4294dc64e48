"""`results.json`: what was measured, on what, and what it comes to."""

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.bars import bars
from benchmarks.entry import Entry
from shapespace.data.writing import write_text

LIBRARIES = (
    "shapespace",
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "pillow",
    "rsatoolbox",
    "keras",
    "tensorflow-cpu",
    "onnxruntime",
    "opencv-python-headless",
)


def machine() -> dict[str, Any]:
    """Return what computes; no names of people or hosts."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processor": _processor(),
        "n_cores": os.cpu_count(),
        "memory_gb": round(memory, 1),
        "system": platform.system(),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    found = {
        name.strip(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    kinds = [k for k in ("avx512f", "avx2") if k in found.get("flags", "").split()]
    return (
        f"{found.get('model name', platform.machine())} ({', '.join(kinds[:1]) or 'no AVX2'})"
    )


def versions() -> dict[str, str]:
    """Return the versions of the libraries that are installed."""
    found = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def read(path: Path) -> dict[str, Any]:
    """Return what stands in `results.json`, or an empty frame."""
    if path.is_file():
        return json.loads(path.read_text(encoding="utf-8"))
    return {"machine": {}, "versions": {}, "entries": {}, "paper": {}, "bars": []}


def write(results: dict[str, Any], path: Path) -> None:
    """Write `results.json` in one step."""
    write_text(path, json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def with_entry(
    results: dict[str, Any], name: str, entry: Entry, *, rounds: int, seconds: float
) -> dict[str, Any]:
    """Return results with an entry added or replaced, and all that follows from it anew."""
    measured = asdict(entry) | {
        "measured": datetime.now(UTC).isoformat(timespec="minutes"),
        "rounds": rounds,
        "seconds": round(seconds, 1),
    }
    return finished(results | {"entries": results["entries"] | {name: measured}})


def finished(results: dict[str, Any]) -> dict[str, Any]:
    """Return results with shares of the peak and the table of bars worked out."""
    entries = results["entries"]
    gflop = results["paper"].get("gflop_an_image")
    for row in entries.get("training", {}).get("rows", []):
        peak = _peak(entries, row["case"].split(", ")[-1])
        if row["value"] and peak and gflop:
            row["share_of_peak"] = row["value"]["median"] * gflop / peak
    return results | {"bars": [asdict(bar) for bar in bars(entries)]}


def _peak(entries: dict[str, Any], threads: str) -> float | None:
    """Return the attainable GFLOP/s with this many threads: the better of the two measured."""
    found = [
        row["value"]["median"]
        for row in entries.get("limits", {}).get("rows", [])
        if row["case"] == threads and row["unit"] == "GFLOP/s"
    ]
    return max(found, default=None)
