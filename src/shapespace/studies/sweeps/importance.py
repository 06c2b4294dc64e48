"""How much each hyperparameter matters, over the values that were tried."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from shapespace.studies.sweeps.comparison import scores
from shapespace.studies.sweeps.summary import Summary

_MOST_CROSSED = 4
"""Factors of a grid that are looked for; more are rare, and their combinations many."""


@dataclass(frozen=True, kw_only=True)
class FactorImportance:
    """What varying one hyperparameter alone does to a measure."""

    factor: str
    n_levels: int
    """Values tried, the default among them."""
    lowest: float
    highest: float
    """Smallest and largest mean of a value."""
    variance: float
    """Variance of the means of the values, less what folds alone would give; at least 0."""
    share: float
    """That variance among those of all factors; nan where none varies."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Settings in which some hyperparameters were crossed in full, all others being the same."""

    factors: tuple[str, ...]
    n_settings: int
    shares: dict[tuple[str, ...], float]
    """Part of the variance of the setting means that belongs to each factor, and to each
    combination beyond what its smaller parts explain; together 1."""


def importance(
    summary: Summary, measure: str, *, leave_out: Sequence[str] = ()
) -> list[FactorImportance]:
    """Return the importance of each hyperparameter that was varied alone, largest first.

    The share is that of a functional analysis of variance if effects only add up, which
    one-at-a-time settings cannot test; it depends on the values that were chosen. Grids
    tell of interactions: see `grids`.

    Args:
        summary: The study.
        measure: Name of the measure.
        leave_out: Settings not to count, such as those that collapsed.
    """
    table = scores(summary, measure).groupby(level="fold").mean()
    found = []
    for factor, names in summary.factors.items():
        levels = [name for name in names if name not in leave_out]
        values = table[levels].dropna(axis=1, how="all").dropna().to_numpy(dtype=float)
        if values.shape[1] < 2 or len(values) < 2:
            continue
        means = values.mean(axis=0)
        found.append((factor, means, variance_of_levels(values)))
    total = sum(variance for _, _, variance in found)
    shares = [
        FactorImportance(
            factor=factor,
            n_levels=len(means),
            lowest=float(means.min()),
            highest=float(means.max()),
            variance=variance,
            share=variance / total if total > 0 else math.nan,
        )
        for factor, means, variance in found
    ]
    return sorted(shares, key=lambda one: -one.variance)


def variance_of_levels(values: Float[ndarray, "fold level"]) -> float:
    """Return the variance of the true means of levels, estimated from paired folds; at least 0.

    The variance of the observed means also holds noise of the folds; its expected part, the
    residual mean square of the table of folds by levels, is taken off.
    """
    n_folds, n_levels = values.shape
    means = values.mean(axis=0)
    residual = values - means - values.mean(axis=1, keepdims=True) + values.mean()
    noise = float((residual**2).sum()) / ((n_folds - 1) * (n_levels - 1))
    return max(0.0, float(means.var()) - noise / n_folds * (n_levels - 1) / n_levels)


def grids(summary: Summary, measure: str) -> list[Grid]:
    """Return the functional analysis of variance of each of the largest full grids of settings.

    Empty if no two factors were crossed in full. A grid whose means are all the same is left out.

    Reference:
        Hutter, Hoos and Leyton-Brown (2014), "An Efficient Approach for Assessing Hyperparameter
        Importance", ICML.
    """
    means = scores(summary, measure).groupby(level="fold").mean().mean()
    done = {name: v for name, v in summary.settings.items() if math.isfinite(means[name])}
    found = []
    for factors, levels, members in _largest_grids(done):
        cells = np.array([means[members[place]] for place in product(*levels)])
        parts = variance_parts(cells.reshape([len(values) for values in levels]))
        total = sum(parts.values())
        if total > 0:
            shares = {
                tuple(factors[axis] for axis in axes): part / total
                for axes, part in parts.items()
            }
            found.append(Grid(factors=tuple(factors), n_settings=len(members), shares=shares))
    return found


def variance_parts(grid: Float[ndarray, "..."]) -> dict[tuple[int, ...], float]:
    """Return the variance that belongs to each set of axes of a full grid of means.

    They add up to the variance of the grid.
    """
    effects: dict[tuple[int, ...], np.ndarray] = {(): grid.mean(keepdims=True)}
    for size in range(1, grid.ndim + 1):
        for axes in combinations(range(grid.ndim), size):
            others = tuple(axis for axis in range(grid.ndim) if axis not in axes)
            mean = grid.mean(axis=others, keepdims=True)
            smaller = [effects[part] for n in range(size) for part in combinations(axes, n)]
            effects[axes] = mean - sum(smaller)
    return {axes: float((effect**2).mean()) for axes, effect in effects.items() if axes}


def _largest_grids(
    settings: dict[str, dict[str, Any]],
) -> list[tuple[tuple[str, ...], list[list[Any]], dict[tuple, str]]]:
    """Return factors, their levels, and the setting at each place, of the fullest crossings."""
    keys = list(next(iter(settings.values()), {}))
    found = []
    for size in range(2, min(len(keys), _MOST_CROSSED) + 1):
        for crossed in combinations(keys, size):
            rest: dict[tuple, dict[tuple, str]] = {}
            for name, values in settings.items():
                fixed = tuple(values[key] for key in keys if key not in crossed)
                place = tuple(values[key] for key in crossed)
                rest.setdefault(fixed, {})[place] = name
            for members in rest.values():
                levels, members = _fullest(members)
                if members:
                    found.append((crossed, levels, members))
    largest = max((len(members) for _, _, members in found), default=0)
    return [one for one in found if len(one[2]) == largest]


def _fullest(members: dict[tuple, str]) -> tuple[list[list[Any]], dict[tuple, str]]:
    """Drop the levels with the fewest settings until the grid is full; nothing if none is left."""
    while members:
        levels = [list(dict.fromkeys(axis)) for axis in zip(*members, strict=True)]
        if min(map(len, levels)) < 2:
            break
        if math.prod(len(one) for one in levels) == len(members):
            return levels, members
        held = {
            (axis, level): sum(place[axis] == level for place in members)
            for axis, axis_levels in enumerate(levels)
            for level in axis_levels
        }
        axis, level = min(held, key=lambda one: held[one])
        members = {place: name for place, name in members.items() if place[axis] != level}
    return [], {}
