"""Candidates: what is measured, and what one round of it came to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from benchmarks.spread import Spread, spread

Pace = Callable[..., None]
"""Called by a candidate when it is set up, and after every unit of its work; it returns when the
next unit is wanted. Keywords are facts that go into the results."""


class Finished(Exception):
    """Raised by a pace: nothing more is wanted."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One way to do a piece of work, run in a process of its own."""

    name: str
    function: str
    """Module of this folder and function, as in "training:ours"; its first argument is a pace."""
    arguments: dict[str, Any] = field(default_factory=dict)
    n_threads: int = 1
    """Threads of the libraries, and cores that the process may use (Linux)."""
    n_helpers: int = 0
    """Cores beyond these, for processes that it starts."""
    keep_memory: bool = True
    """Whether the allocator keeps what is freed, as `train` has it; else the system's defaults."""
    units: int = 1
    """Units of work in one round."""
    copies: int = 1
    """Processes that do this at the same time, side by side."""
    share: float = 1.0
    """Part of the whole work that a unit does; times are scaled up to the whole."""
    rounds: int | None = None
    """Most rounds, for what takes minutes; None is as many as the others."""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round of one candidate."""

    seconds: list[float]
    """Time of each unit; with several copies, those of the slowest."""
    faults: int
    """Minor page faults of the process during the round."""
    peak_mb: float
    """Most memory held since the candidate was set up, in MB of 10^6 bytes."""
    facts: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All rounds of one candidate, or why there are none."""

    rounds: list[Round] = field(default_factory=list)
    missing: str = ""

    @property
    def seconds(self) -> list[float]:
        """Mean seconds a unit, of each round."""
        return [sum(one.seconds) / len(one.seconds) for one in self.rounds]

    @property
    def faults(self) -> float:
        """Minor page faults a unit, median of the rounds."""
        return self.over_rounds(lambda one: one.faults / len(one.seconds)).median

    @property
    def peak_mb(self) -> float:
        """Most memory held in any round, in MB."""
        return max(one.peak_mb for one in self.rounds)

    def over_rounds(self, measure: Callable[[Round], float]) -> Spread:
        """Return the spread of something over the rounds."""
        return spread([measure(one) for one in self.rounds])


def load(function: str) -> Callable[..., None]:
    """Return the function behind "module:name" of this folder."""
    module, name = function.split(":")
    return getattr(import_module(f"benchmarks.{module}"), name)
