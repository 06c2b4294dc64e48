"""Settings of a study against each other: paired by fold, corrected for shared training images.

Folds of one study are not independent: any two of them share most of their training images.
An ordinary t-test takes them for new data and finds differences that are not there. Nadeau
and Bengio's correction widens its standard error for that; Holm's keeps the chance of even one
false finding among all settings at 5 %.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from numpy import ndarray
from scipy.special import stdtr, stdtrit

from shapespace.errors import BadInput
from shapespace.evaluation.people.paired import holm
from shapespace.studies.sweeps.summary import Summary

LEVEL = 0.05
"""Chance of a false finding that is put up with; intervals hold 1 - LEVEL."""

MIN_FOLDS = 2
"""Fewer folds have no spread, so neither interval nor test."""


@dataclass(frozen=True, kw_only=True)
class Mean:
    """A mean over folds with its corrected 95 % interval and test against 0."""

    value: float
    low: float
    high: float
    """Bounds of the interval; nan for fewer than two folds."""
    p_value: float
    """Two-sided; nan for fewer than two folds."""
    n_folds: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One setting minus another, fold by fold."""

    setting: str
    reference: str
    measure: str
    mean: Mean
    by_fold: dict[int, float]
    """Differences of each fold, seeds averaged."""
    p_holm: float = math.nan
    """The p-value after Holm's correction over all settings compared with the reference."""

    @property
    def is_found(self) -> bool:
        """Whether the two differ beyond what chance gives, over all comparisons together."""
        return self.p_holm < LEVEL


@dataclass(frozen=True, kw_only=True)
class Rival:
    """One setting against the one with the best mean."""

    setting: str
    difference: Difference
    """The setting minus the best one."""
    p_worse: float
    """One-sided chance of such a lag if it were as good, times the number of rivals."""

    @property
    def is_indistinguishable(self) -> bool:
        """Whether the folds leave it open that this setting is the best."""
        return not self.p_worse < LEVEL


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best mean, and every setting that the folds cannot tell from it."""

    measure: str
    setting: str
    rivals: tuple[Rival, ...]
    """All other settings, from the nearest."""

    @property
    def indistinguishable(self) -> list[str]:
        """The best setting and those not shown to be worse."""
        return [self.setting, *(r.setting for r in self.rivals if r.is_indistinguishable)]


def corrected_mean(values: Float[ndarray, " fold"], *, test_share: float) -> Mean:
    """Return the mean over folds with Nadeau and Bengio's corrected interval and t-test.

    The squared standard error is (1 / folds + test / training) times the variance, with
    folds - 1 degrees of freedom. It is exact if fold values are correlated by
    test / (test + training) and conservative if by less; an uncorrected test supposes 0.

    Args:
        values: One value a fold: a difference, or a score.
        test_share: Test images a training image: 1/3 where one fold tests and three teach.

    Reference:
        Nadeau and Bengio (2003), "Inference for the Generalization Error", Machine Learning 52.
    """
    n = len(values)
    mean = float(values.mean()) if n else math.nan
    if n < MIN_FOLDS:
        return Mean(value=mean, low=math.nan, high=math.nan, p_value=math.nan, n_folds=n)
    error = math.sqrt((1 / n + test_share) * float(values.var(ddof=1)))
    reach = _t_bound(n - 1) * error
    # Folds that agree to the last digit leave no doubt.
    t = abs(mean) / error if error else (math.inf if mean else 0.0)
    p_value = 2 * float(stdtr(n - 1, -t))
    return Mean(value=mean, low=mean - reach, high=mean + reach, p_value=p_value, n_folds=n)


@cache
def _t_bound(degrees: int) -> float:
    """Return how many standard errors the interval reaches to either side."""
    return float(stdtrit(degrees, 1 - LEVEL / 2))


def contrast(summary: Summary, measure: str, weights: Mapping[str, float]) -> Difference:
    """Return a weighted sum of settings, fold by fold.

    `{"a": 1.0, "default": -1.0}` is the difference of two settings; `{"both": 1.0, "a": -1.0,
    "b": -1.0, "default": 1.0}` is what two changes together give beyond the sum of both alone.

    Only folds and seeds that all of the settings have finished count. Seeds are averaged within
    their fold first: another seed is no other data.

    Raises:
        BadInput: If the study has no such setting.
    """
    unknown = [name for name in weights if name not in summary.settings]
    if unknown:
        raise BadInput(
            f"The study has no setting {unknown[0]!r}; its settings are "
            f"{', '.join(summary.settings)}."
        )
    return _contrast(_paired(scores(summary, measure)), weights, summary, measure)


@dataclass(frozen=True)
class _Paired:
    """Scores of all settings, ready to be paired many times."""

    values: Float[ndarray, "cell setting"]
    folds: Int[ndarray, " cell"]
    places: dict[str, int]
    """Column of each setting."""


def _paired(table: pd.DataFrame) -> _Paired:
    return _Paired(
        values=table.to_numpy(dtype=float),
        folds=table.index.get_level_values("fold").to_numpy(dtype=int),
        places={str(name): place for place, name in enumerate(table.columns)},
    )


def _contrast(
    paired: _Paired, weights: Mapping[str, float], summary: Summary, measure: str
) -> Difference:
    values = paired.values[:, [paired.places[name] for name in weights]]
    sums = values @ np.array(list(weights.values()))
    there = np.isfinite(sums)  # nan where a setting has no score
    sums, folds = sums[there], paired.folds[there]
    by_fold = {int(fold): float(sums[folds == fold].mean()) for fold in np.unique(folds)}
    return Difference(
        setting=" + ".join(name for name, weight in weights.items() if weight > 0),
        reference=" + ".join(name for name, weight in weights.items() if weight < 0),
        measure=measure,
        mean=corrected_mean(
            np.array(list(by_fold.values()), dtype=float), test_share=summary.test_share
        ),
        by_fold=by_fold,
    )


def scores(summary: Summary, measure: str) -> pd.DataFrame:
    """Return one measure with a row for each fold and seed and a column for each setting.

    Cells that are not finished, and scores that are not defined, are nan.
    """
    # A pivot table would drop folds and seeds of which no setting has this measure.
    means = summary.cells.groupby(["fold", "seed", "setting"])[measure].mean()
    return means.unstack("setting").reindex(columns=list(summary.settings))


def differences(
    summary: Summary, measure: str, *, reference: str = "default"
) -> list[Difference]:
    """Compare every setting with one, with Holm's correction over all of them.

    Raises:
        BadInput: If the study has no such setting.
    """
    if reference not in summary.settings:
        raise BadInput(
            f"The study has no setting {reference!r} to compare with; its settings are "
            f"{', '.join(summary.settings)}."
        )
    paired = _paired(scores(summary, measure))
    found = [
        _contrast(paired, {name: 1.0, reference: -1.0}, summary, measure)
        for name in summary.settings
        if name != reference
    ]
    corrected = holm([one.mean.p_value for one in found])
    return [replace(one, p_holm=p) for one, p in zip(found, corrected, strict=True)]


def best_settings(summary: Summary, measure: str) -> Best | None:
    """Return the setting with the best mean, and those that the folds cannot tell from it.

    With at least 95 % chance the truly best setting is among them, although the apparent best
    was chosen by the same folds: for it to be missing, one of the others would have to beat it
    by chance in a one-sided test at 5 % / rivals (Bonferroni), whichever looks best.

    Only settings that have finished most folds can be the best. None if nothing is finished.
    """
    table = scores(summary, measure)
    by_fold = table.groupby(level="fold").mean()
    n_folds = by_fold.notna().sum()
    if n_folds.max() == 0:
        return None
    means = by_fold.mean()[n_folds == n_folds.max()]
    lower = summary.measure(measure).lower_is_better
    best = str(means.idxmin() if lower else means.idxmax())
    others = [name for name in summary.settings if name != best and n_folds[name] > 0]
    paired = _paired(table)
    rivals = []
    for name in others:
        difference = _contrast(paired, {name: 1.0, best: -1.0}, summary, measure)
        lags = difference.mean.value > 0 if lower else difference.mean.value < 0
        half = difference.mean.p_value / 2
        p_worse = min(1.0, (half if lags else 1 - half) * len(others))
        rivals.append(Rival(setting=name, difference=difference, p_worse=p_worse))
    rivals.sort(key=lambda rival: abs(rival.difference.mean.value))
    return Best(measure=measure, setting=best, rivals=tuple(rivals))
