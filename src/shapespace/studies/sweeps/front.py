"""The front of a study: settings that no other beats in both of two measures."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from shapespace.arrays import Mask
from shapespace.studies.sweeps.comparison import scores
from shapespace.studies.sweeps.summary import AGREEMENT, LOSS, Summary


@dataclass(frozen=True, kw_only=True)
class FrontPoint:
    """One setting in the plane of two measures."""

    setting: str
    x: float
    y: float
    """Means over folds."""
    on_front: bool
    """Whether no other setting is at least as good in both means and better in one."""
    n_folds_on_front: int
    """Folds in which the same holds of the scores of that fold alone."""
    n_folds: int


def front(summary: Summary, x: str = LOSS, y: str = AGREEMENT) -> list[FrontPoint]:
    """Return every setting with both measures, in the order of the declaration.

    How often a setting is on the front of a single fold tells how much of the front is chance.
    """
    signs = np.array([-1.0 if summary.measure(n).lower_is_better else 1.0 for n in (x, y)])
    tables = [scores(summary, name).groupby(level="fold").mean() for name in (x, y)]
    values = np.stack([table.to_numpy(dtype=float) for table in tables], axis=2)
    both = np.logical_and(np.isfinite(values[:, :, 0]), np.isfinite(values[:, :, 1]))
    values[~both] = math.nan
    n_folds = both.sum(axis=0)
    there = np.flatnonzero(n_folds)
    means = np.nanmean(values[:, there], axis=0)
    whole = nondominated(signs * means)
    counts = np.zeros(len(summary.settings), dtype=int)
    for own, known in zip(values, both, strict=True):
        counts[known] += nondominated(signs * own[known])
    names = list(summary.settings)
    return [
        FrontPoint(
            setting=names[column],
            x=float(means[place, 0]),
            y=float(means[place, 1]),
            on_front=bool(whole[place]),
            n_folds_on_front=int(counts[column]),
            n_folds=int(n_folds[column]),
        )
        for place, column in enumerate(there)
    ]


def nondominated(points: Float[ndarray, "item 2"]) -> Mask:
    """Return which points no other beats, larger being better in both columns.

    Of equal points none beats the other.
    """
    at_least = np.all(points[:, None] <= points[None], axis=2)
    better = np.any(points[:, None] < points[None], axis=2)
    return np.logical_not(np.any(at_least & better, axis=1))
