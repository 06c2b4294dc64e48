"""How long commands take from the shell, each in a fresh process."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.entry import Entry, Row
from benchmarks.measuring import Settings
from benchmarks.spread import spread

WITHOUT_TORCH = ("--help", "data list", "report")
"""Commands that must not import torch; Python lists for these what they import."""


def startup(settings: Settings) -> Entry:
    """Measure the start of the commands that people wait for, in turn."""
    entry = Entry(
        title="Start of a command",
        notes=[
            "Whole time of a fresh process. `report` and `evaluate` work on a run of 64 images "
            "made for this; `evaluate` scores 4 images a source, so what is left is its start "
            "and the agreement with people. Where they are refused they are given no run: their "
            "start alone.",
        ],
    )
    run = settings.home / "run"
    commands = {"--help": ["--help"]}
    if not settings.tiny:
        _trained(run, settings)
        commands |= {
            "data list": ["data", "list"],
            "report": ["report", str(run), "--out", str(run / "page.html")],
            "report, refused": [
                "report",
                str(run / "nothing"),
                "--out",
                str(run / "page.html"),
            ],
            "evaluate, refused": ["evaluate", str(run / "nothing")],
            "evaluate": [
                "evaluate",
                str(run),
                "--n-images",
                "4",
                "--threads",
                "1",
                "--people",
                "short",
            ],
        }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(settings.rounds):
        if number > 0 and time.monotonic() > settings.deadline:
            break
        settings.watch.say(f"round {number + 1} of {settings.rounds}")
        for name, words in commands.items():
            if name == "evaluate" and number >= 3:
                continue
            began = time.perf_counter()
            _shapespace(words, settings, may_fail="refused" in name)
            times[name].append(time.perf_counter() - began)
    for name, words in commands.items():
        checked = name in WITHOUT_TORCH
        loads = checked and "torch" in _imported(words, settings)
        entry.rows.append(
            Row(
                case=name,
                candidate="ours",
                value=spread(times[name]),
                unit="s",
                note=("imports torch" if loads else "without torch") if checked else "",
                facts={"imports_torch": loads} if checked else {},
            )
        )
    return entry


def _trained(run: Path, settings: Settings) -> None:
    """Train and evaluate the run of 64 images, if it is not there."""
    if not (run / "provenance.json").is_file():
        small = ("training.n_images=64", "training.n_validation_images=32")
        changes = [word for change in small for word in ("--set", change)]
        _shapespace(["train", "--recipe", "quick", "--out", str(run), *changes], settings)
    if not (run / "results.json").is_file():
        _shapespace(["evaluate", str(run), "--n-images", "4", "--people", "short"], settings)


def _shapespace(words: list[str], settings: Settings, *, may_fail: bool = False) -> None:
    done = _python(["-m", "shapespace.cli.main", *words], settings)
    assert may_fail or done.returncode == 0, done.stderr


def _imported(words: list[str], settings: Settings) -> set[str]:
    """Return the names of all modules that a command imports."""
    done = _python(["-X", "importtime", "-m", "shapespace.cli.main", *words], settings)
    return set(re.findall(r"^import time:.*\| +([\w.]+)$", done.stderr, re.MULTILINE))


def _python(words: list[str], settings: Settings) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SHAPESPACE_DATA": str(settings.home / "data")},
    )
