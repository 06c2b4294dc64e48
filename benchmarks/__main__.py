"""`python -m benchmarks`: measures, writes results.json and docs/performance.md from it."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import results as stored
from benchmarks.entry import Entry
from benchmarks.evaluating import evaluating, weighting
from benchmarks.growth import growth, volume
from benchmarks.inputs import inputs
from benchmarks.latency import latency
from benchmarks.limits import limits
from benchmarks.measuring import ROOT, CandidateFailed, Settings
from benchmarks.progress import Watch
from benchmarks.scaling import scaling
from benchmarks.startup import startup
from benchmarks.training import memory, threading, training
from shapespace.data.writing import write_text

ENTRIES: dict[str, tuple[Callable[[Settings], Entry], float]] = {
    "limits": (limits, 30),
    "training": (training, 220),
    "threads": (threading, 110),
    "memory": (memory, 70),
    "inputs": (inputs, 80),
    "evaluation": (evaluating, 280),
    "weights": (weighting, 40),
    "scaling": (scaling, 200),
    "latency": (latency, 60),
    "startup": (startup, 60),
    "growth": (growth, 150),
    "volume": (volume, 80),
}
"""Every entry, and the seconds it takes on two cores, about."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; return the exit code."""
    asked = _parser().parse_args(arguments)
    names = asked.only or list(ENTRIES)
    watch = Watch(quiet=False, entries={name: ENTRIES[name][1] for name in names})
    found = stored.read(asked.results)
    if asked.render:
        found["paper"] = found["paper"] or _on_paper()
        _write(stored.finished(found), asked.results, asked.docs)
        return 0
    broken = []
    found |= {"machine": stored.machine(), "versions": stored.versions()}
    with tempfile.TemporaryDirectory(prefix="shapespace-benchmark-") as folder:
        settings = Settings(
            rounds=asked.rounds,
            deadline=time.monotonic() + 60 * asked.minutes,
            tiny=asked.tiny,
            watch=watch,
            home=Path(folder),
        )
        for name in names:
            watch.enter(name)
            began = time.monotonic()
            try:
                entry = ENTRIES[name][0](settings)
            except CandidateFailed as error:
                print(f"{name} was broken off: {error}", file=sys.stderr)
                broken.append(name)
                continue
            found = stored.with_entry(
                found, name, entry, rounds=asked.rounds, seconds=time.monotonic() - began
            )
            stored.write(found, asked.results)
    found["paper"] = _on_paper()
    _write(stored.finished(found), asked.results, asked.docs)
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure shapespace beside other ways to do the same.",
        epilog="Example: python -m benchmarks --only training --only limits --rounds 3",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=list(ENTRIES),
        help="measure only this entry (may be repeated); others keep their numbers",
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each candidate (7)")
    parser.add_argument(
        "--minutes",
        type=float,
        default=22,
        help="minutes after which every way gets one round only (22)",
    )
    parser.add_argument(
        "--tiny",
        action="store_true",
        help="smallest sizes, to see that all works; the numbers mean nothing",
    )
    parser.add_argument(
        "--render", action="store_true", help="measure nothing, write the page again"
    )
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results.json")
    parser.add_argument(
        "--docs", type=Path, default=ROOT / "docs", help="folder of performance.md"
    )
    return parser


def _on_paper() -> dict:
    from benchmarks.paper import paper_model

    return paper_model()


def _write(found: dict, results: Path, docs: Path) -> None:
    """Write the numbers, the page and its plots."""
    from benchmarks.plots import draw
    from benchmarks.rendering import page

    stored.write(found, results)
    draw(found["entries"], docs / "performance")
    write_text(docs / "performance.md", page(found))


if __name__ == "__main__":
    sys.exit(main())
