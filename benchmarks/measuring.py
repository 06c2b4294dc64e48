"""Measuring: candidates take turns, A B A B, each in a process of its own that waits between."""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.candidates import Candidate, Finished, Measured, Round, load
from benchmarks.progress import Watch
from benchmarks.worker import peak_mb

ROOT = Path(__file__).parents[1]
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How thoroughly to measure."""

    rounds: int = 7
    tiny: bool = False
    """Smallest sizes, one unit a round, to see that all works; the numbers mean nothing."""
    in_process: bool = False
    """Run the candidates in this process, one after the other, as the tests do."""
    watch: Watch = field(default_factory=Watch)
    deadline: float = math.inf
    """Time (`time.monotonic`) after which every way gets one round only."""
    home: Path = Path(tempfile.gettempdir()) / "shapespace-benchmark"
    """Folder for packed sets and runs made on the way."""


class CandidateFailed(Exception):
    """A candidate's process ended with an error; the message holds its last words."""


def measure(
    candidates: Sequence[Candidate],
    settings: Settings,
    *,
    title: str,
    budget_s: float = 1e9,
) -> dict[str, Measured]:
    """Run candidates in turn, round by round, after one round that does not count.

    Args:
        candidates: What to measure; names differ.
        settings: Number of rounds and the like.
        title: What this is, for the progress.
        budget_s: Seconds after which no further round begins; one is always made.

    Returns:
        What was measured, by name. A candidate whose library is missing has no rounds.

    Raises:
        CandidateFailed: If one of the processes ends with an error.
    """
    if settings.in_process:
        return {one.name: _in_process(one, settings.rounds) for one in candidates}
    teams: dict[str, list[_Process]] = {}
    found = {one.name: Measured() for one in candidates}
    try:
        for one in candidates:
            teams[one.name] = [_Process(one, settings.home, k) for k in range(one.copies)]
            missing = [member.missing for member in teams[one.name] if member.missing]
            if missing:
                found[one.name] = Measured(missing=missing[0])
        began = time.monotonic()
        for number in range(-1, settings.rounds):
            now = time.monotonic()
            if number > 0 and (now - began > budget_s or now > settings.deadline):
                break
            doing = f"round {number + 1} of {settings.rounds}" if number >= 0 else "warming up"
            settings.watch.say(f"{title}, {doing}")
            for one in candidates:
                limit = settings.rounds if one.rounds is None else one.rounds
                # What is only done once or twice takes minutes and needs no warming up.
                if found[one.name].missing or number >= limit or (number < 0 and one.rounds):
                    continue
                done = _round(teams[one.name], one.units)
                if number >= 0:
                    found[one.name].rounds.append(done)
    finally:
        for team in teams.values():
            for member in team:
                member.close()
    return found


def _round(team: list["_Process"], units: int) -> Round:
    """Let all copies work at the same time; return the slowest, with memory and faults added."""
    for member in team:
        member.start(units)
    rounds = [member.finish() for member in team]
    slowest = max(rounds, key=lambda one: sum(one.seconds))
    return Round(
        seconds=slowest.seconds,
        faults=sum(one.faults for one in rounds),
        peak_mb=sum(one.peak_mb for one in rounds),
        facts=slowest.facts,
    )


class _Process:
    """A candidate's process, seen from here; see `benchmarks.worker`."""

    def __init__(self, candidate: Candidate, home: Path, number: int) -> None:
        self._candidate = candidate
        threads = dict.fromkeys(THREADS, str(candidate.n_threads))
        own = {"SHAPESPACE_DATA": str(home / "data"), "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._words = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed with the process)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
            cwd=ROOT,
            env=os.environ | threads | own,
        )
        self._send(
            function=candidate.function,
            arguments=candidate.arguments,
            keep_memory=candidate.keep_memory,
            cores=_cores(candidate, number),
        )
        self.missing: str = self._receive().get("missing", "")

    def start(self, units: int) -> None:
        """Ask for one round."""
        self._send(units=units)

    def finish(self) -> Round:
        """Wait for the round."""
        return Round(**self._receive())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # it may have ended by itself
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._words.close()

    def _send(self, **content: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(content) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._fail()

    def _receive(self) -> dict:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._fail()
        return json.loads(line)

    def _fail(self) -> None:
        self._process.wait()
        self._words.seek(0)
        last = "".join(self._words.readlines()[-15:])
        self.close()
        raise CandidateFailed(f"{self._candidate.name} ({self._candidate.function}):\n{last}")


def _cores(candidate: Candidate, number: int) -> list[int]:
    """Return the cores of one copy of a candidate; none if the machine cannot say or has too few."""
    if not hasattr(os, "sched_getaffinity"):
        return []
    each = candidate.n_threads + candidate.n_helpers
    at_hand = sorted(os.sched_getaffinity(0))
    own = at_hand[number * each : (number + 1) * each]
    return own if len(own) == each else []


def _in_process(candidate: Candidate, rounds: int) -> Measured:
    """Run a candidate here, for as many units as its rounds have."""
    seconds: list[float] = []
    facts: dict = {}
    last = None

    def pace(**told: object) -> None:
        nonlocal last
        now = time.perf_counter()
        if last is not None:
            seconds.append(now - last)
        facts.update(told)
        if len(seconds) >= rounds * candidate.units:
            raise Finished
        last = time.perf_counter()

    try:
        load(candidate.function)(pace, **candidate.arguments)
    except Finished:
        pass
    except ModuleNotFoundError as error:
        return Measured(missing=f"{error.name} is not installed")
    size = candidate.units
    return Measured(
        rounds=[
            Round(seconds=seconds[k : k + size], faults=0, peak_mb=peak_mb(), facts=dict(facts))
            for k in range(0, len(seconds), size)
        ]
    )
