"""Medians with their range, and ratios of what was measured side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The middle of some rounds and how far they lay apart."""

    median: float
    low: float
    """Lowest round."""
    high: float
    """Highest round."""
    n: int
    """Rounds."""


def spread(values: Sequence[float]) -> Spread:
    """Return median and range of at least one value."""
    assert values, "nothing was measured"
    return Spread(median=median(values), low=min(values), high=max(values), n=len(values))


def times_as_fast(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Return how many times as fast ours was, from the seconds of both, round by round.

    Rounds of the two alternate, so that a slow minute of the machine hits both; a ratio is
    therefore taken within each round, and the median of these ratios told. If one side has
    fewer rounds, the first ones of the other are used.
    """
    n = min(len(ours), len(theirs))
    return spread([slow / fast for fast, slow in zip(ours[:n], theirs[:n], strict=True)])
