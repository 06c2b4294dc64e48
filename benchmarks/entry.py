"""What an entry of the benchmark leaves in `results.json`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.candidates import Candidate, Measured, Round
from benchmarks.spread import Spread, times_as_fast


@dataclass(frozen=True, kw_only=True)
class Row:
    """One number of one candidate."""

    case: str
    """What was asked for, such as "batch 128, 2 threads"."""
    candidate: str
    value: Spread | None
    """None where it could not be measured."""
    unit: str
    """Of the value, such as "images/s"."""
    peak_mb: float | None = None
    """Most memory held after setting up, in MB of 10^6 bytes."""
    faults: float | None = None
    """Minor page faults a unit of work."""
    size: float | None = None
    """How much of what grows, in entries about growth."""
    share_of_peak: float | None = None
    """Operations of the direct algorithm a second over the attainable peak."""
    note: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How many times as fast one candidate was as another, within the rounds of one entry."""

    case: str
    ours: str
    theirs: str
    value: Spread


@dataclass(frozen=True, kw_only=True)
class Entry:
    """All that one entry measured."""

    title: str
    rows: list[Row] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Conditions, and what is missing."""

    def add(
        self,
        case: str,
        candidates: Sequence[Candidate],
        found: dict[str, Measured],
        value: Callable[[Candidate, Round], float],
        unit: str,
        *,
        against: str = "",
        size: float | None = None,
    ) -> None:
        """Add a row for each candidate, and the ratio of each other one to `against`.

        Args:
            case: What was asked for.
            candidates: In the order of the rows.
            found: What was measured, by name.
            value: The number of one round.
            unit: Of that number.
            against: Name of the candidate whose speed the others are compared with.
            size: How much of what grows.
        """
        for one in candidates:
            measured = found[one.name]
            if measured.missing:
                self.rows.append(
                    Row(
                        case=case,
                        candidate=one.name,
                        value=None,
                        unit=unit,
                        note=f"not measured: {measured.missing}",
                    )
                )
                continue
            self.rows.append(
                Row(
                    case=case,
                    candidate=one.name,
                    value=measured.over_rounds(lambda each, one=one: value(one, each)),
                    unit=unit,
                    peak_mb=measured.peak_mb,
                    faults=measured.faults,
                    size=size,
                    facts=measured.rounds[-1].facts,
                )
            )
        ours = next((one for one in candidates if one.name == against), None)
        for theirs in candidates:
            if ours and theirs is not ours:
                self.compare(case, ours, theirs, found)

    def compare(
        self, case: str, ours: Candidate, theirs: Candidate, found: dict[str, Measured]
    ) -> None:
        """Add how many times as much work `ours` does in the same time as `theirs`."""
        fast, slow = found[ours.name], found[theirs.name]
        if fast.rounds and slow.rounds:
            # Copies work side by side: each unit of time yields as many units of work.
            value = times_as_fast(
                [each / ours.copies / ours.share for each in fast.seconds],
                [each / theirs.copies / theirs.share for each in slow.seconds],
            )
            self.ratios.append(
                Ratio(case=case, ours=ours.name, theirs=theirs.name, value=value)
            )


def per_second(amount: float) -> Callable[[Candidate, Round], float]:
    """Return the measure of how much a second all copies of a candidate do together.

    Args:
        amount: What one unit of work does, such as the images of a step.
    """
    return lambda one, each: one.copies * len(each.seconds) * amount / sum(each.seconds)


def seconds(one: Candidate, each: Round) -> float:
    """Return the mean time of the whole work in seconds."""
    return sum(each.seconds) / len(each.seconds) / one.share


def milliseconds(one: Candidate, each: Round) -> float:
    """Return the mean time of the whole work in milliseconds."""
    return 1e3 * seconds(one, each)
