"""Categories of a space beside the same categories of items that lie anywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from shapespace.arrays import Matrix
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import LEVEL
from shapespace.spaces.regions.hulls import (
    Regions,
    meetings,
    nearest_own,
    regions,
    sizes,
    violations,
)

Baseline = Literal["uniform", "normal", "shuffled"]

DEFINITIONS: dict[Baseline, str] = {
    "uniform": "every item anywhere in a cube",
    "normal": "every item from a normal distribution, the same in all directions",
    "shuffled": "the places of the space, dealt to the items at random",
}
"""What the space is set beside; the first two have centroid 0 and mean squared norm 1."""

MEASURES = {
    "violations": "items inside the convex hull of another category",
    "meeting_pairs": "pairs of categories whose convex hulls meet",
    "size": "distance of items to the prototype of their category, mean over categories",
    "nearest_own": "share of items nearest to the prototype of their own category, which is "
    "made without them",
}
"""What is measured of all categories together."""

N_DRAWS = 100


@dataclass(frozen=True, kw_only=True)
class Beside:
    """One measure of a baseline, over many draws of a whole space."""

    baseline: Baseline
    measure: str
    """One of `MEASURES`."""
    mean: float
    low: float
    """95 % of the draws lie between `low` and `high`."""
    high: float
    share_as_good: float
    """Of the draws with a value as good as the space's, counting the space as one more draw: a
    one-sided p. Good is many items nearest to their own prototype, and little of the rest."""
    n_draws: int


@dataclass(frozen=True, eq=False, kw_only=True)
class Measured:
    """Regions of one space, measured and set beside baselines."""

    n_dims: int
    regions: Regions
    items: tuple[str, ...]
    values: dict[str, float]
    """By measure."""
    beside: list[Beside]


def measure(
    items: Sequence[str],
    coordinates: Matrix,
    categories: Sequence[str],
    *,
    generator: np.random.Generator,
    n_draws: int = N_DRAWS,
    tell: Callable[[], object] = lambda: None,
) -> Measured:
    """Measure the regions of a space and those of `n_draws` spaces of each baseline.

    Args:
        items: Names of the rows.
        coordinates: One row an item.
        categories: Of each item.
        generator: Source of the randomness.
        n_draws: How many spaces are drawn of each baseline.
        tell: Called after each drawn space.

    Raises:
        BadInput: As `regions`; or if there are no draws.
    """
    if n_draws < 1:
        raise BadInput(f"Baselines need 1 draw or more, got {n_draws}.")
    found = regions(coordinates, categories)
    values = totals(found)
    beside = []
    for baseline in get_args(Baseline):
        drawn = []
        for _ in range(n_draws):
            drawn.append(totals(found.moved(baseline_space(baseline, coordinates, generator))))
            tell()
        beside += [
            _beside(baseline, name, [draw[name] for draw in drawn], values[name])
            for name in MEASURES
        ]
    return Measured(
        n_dims=coordinates.shape[1], regions=found, items=tuple(items), values=values,
        beside=beside,
    )  # fmt: skip


def totals(found: Regions) -> dict[str, float]:
    """Return each of `MEASURES` of all categories together."""
    return {
        "violations": float(violations(found).sum()),
        "meeting_pairs": float(meetings(found).sum() / 2),
        "size": float(sizes(found).mean()),
        "nearest_own": float(nearest_own(found).mean()),
    }


def baseline_space(
    baseline: Baseline, coordinates: Matrix, generator: np.random.Generator
) -> Matrix:
    """Return one draw of a baseline, for as many items and dimensions; see `DEFINITIONS`."""
    if baseline == "shuffled":
        return coordinates[generator.permutation(len(coordinates))]
    if baseline == "uniform":
        return normalised(generator.uniform(size=coordinates.shape))
    return normalised(generator.normal(size=coordinates.shape))


def normalised(points: Matrix) -> Matrix:
    """Return points moved and scaled to centroid 0 and mean squared norm 1."""
    centred = points - points.mean(axis=0)
    return centred / np.sqrt((centred**2).sum(axis=1).mean())


def _beside(baseline: Baseline, name: str, drawn: Sequence[float], value: float) -> Beside:
    draws = np.array(drawn)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    as_good = draws >= value if name == "nearest_own" else draws <= value
    return Beside(
        baseline=baseline, measure=name, mean=float(draws.mean()), low=float(low),
        high=float(high), share_as_good=float((as_good.sum() + 1) / (len(draws) + 1)),
        n_draws=len(draws),
    )  # fmt: skip
