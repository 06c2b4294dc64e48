"""How well distances between codes follow the dissimilarities that people see."""

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.optimize import isotonic_regression
from scipy.stats import kendalltau, pearsonr, spearmanr

from shapespace.arrays import Flat

DEFINITIONS = {
    "kendall_tau_b": "Kendall's tau-b: pairs of pairs in the same order minus those in "
    "opposite order, over the geometric mean of those not tied on either side; -1 to 1.",
    "kendall_tau_a": "Kendall's tau-a: the same difference over all pairs of pairs, so that "
    "ties in the ratings keep it below 1; -1 to 1.",
    "spearman": "Spearman's rho: correlation of the ranks, ties given their mean; -1 to 1.",
    "pearson": "Pearson's r: correlation of the values themselves; -1 to 1.",
    "r2_linear": "Share of the variance of the dissimilarities that a straight line of the "
    "distances explains, whatever its slope; 0 to 1.",
    "r2_isotonic": "Share of the variance of the dissimilarities that the best never-falling "
    "function of the distances explains; 0 to 1. It grows with fewer pairs even by chance.",
}
"""Measures of agreement by name; higher is better for each."""

MEASURES = tuple(DEFINITIONS)


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Agreement of distances with dissimilarities; see `DEFINITIONS`."""

    kendall_tau_b: float
    kendall_tau_a: float
    spearman: float
    pearson: float
    r2_linear: float
    r2_isotonic: float
    n_pairs: int
    """Pairs that were rated."""
    note: str = ""
    """Why the measures are nan, where they are."""

    def measures(self) -> dict[str, float]:
        """Return the measures by name."""
        return {name: value for name, value in asdict(self).items() if name in DEFINITIONS}


def correlate(distances: Flat, dissimilarities: Flat) -> Correlation:
    """Measure how well distances follow dissimilarities.

    Args:
        distances: One distance for each pair.
        dissimilarities: What people said of the same pairs, in the same order; nan where a pair
            was not rated, which leaves it out.

    Returns:
        The measures; all nan, with a note, where fewer than three pairs are rated or one side
        has the same value throughout, since there is no order then to agree on.
    """
    rated = ~np.isnan(dissimilarities)
    x, y = distances[rated], dissimilarities[rated]
    note = _why_undefined(x, y)
    if note:
        return Correlation(
            **dict.fromkeys(MEASURES, float("nan")), n_pairs=int(rated.sum()), note=note
        )
    tau_b = float(kendalltau(x, y).statistic)
    pearson = float(pearsonr(x, y).statistic)
    return Correlation(
        kendall_tau_b=tau_b,
        kendall_tau_a=tau_b * float(np.sqrt(_untied(x) * _untied(y))),
        spearman=float(spearmanr(x, y).statistic),
        pearson=pearson,
        r2_linear=pearson**2,
        r2_isotonic=float(isotonic_r2(x, y, np.ones((1, len(y))))[0]),
        n_pairs=int(rated.sum()),
    )


def isotonic_r2(
    x: Flat, y: Flat, times: Float[ndarray, "draw pair"]
) -> Float[ndarray, " draw"]:
    """Return the share of the variance of `y` that a never-falling function of `x` explains.

    Args:
        x: Predictor; equal values get one prediction.
        y: What is predicted.
        times: How often each pair counts, 0 to leave it out; one row for each answer.

    Reference:
        Barlow et al. (1972), "Statistical Inference under Order Restrictions".
    """
    order = np.argsort(x, kind="stable")
    starts = np.flatnonzero(np.diff(x[order], prepend=-np.inf))
    times, y = times[:, order], y[order] - y.mean()
    counts = np.add.reduceat(times, starts, axis=1)
    sums = np.add.reduceat(times * y, starts, axis=1)
    explained = np.empty(len(times))
    for row, (count, total) in enumerate(zip(counts, sums, strict=True)):
        used = count > 0
        fitted = isotonic_regression(total[used] / count[used], weights=count[used]).x
        # The fit keeps the mean, so what it explains is its own spread about it.
        mean = total.sum() / count.sum()
        explained[row] = count[used] @ (fitted - mean) ** 2
    spread = times @ y**2 - sums.sum(axis=1) ** 2 / counts.sum(axis=1)
    return explained / spread


def _why_undefined(x: Flat, y: Flat) -> str:
    if len(x) < 3:
        return f"Only {len(x)} pairs were rated; agreement needs at least 3."
    if np.ptp(x) == 0:
        return "All distances are equal: the codes do not depend on the drawing."
    if np.ptp(y) == 0:
        return "All dissimilarities are equal: there is no order to agree with."
    return ""


def _untied(values: Flat) -> float:
    """Return the share of pairs of values that are not tied."""
    _, counts = np.unique(values, return_counts=True)
    n = len(values)
    return 1 - float((counts * (counts - 1)).sum()) / (n * (n - 1))
