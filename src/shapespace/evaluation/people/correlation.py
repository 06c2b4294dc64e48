"""How well distances between codes follow the dissimilarities that people see."""

import math
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from shapespace.arrays import Flat
from shapespace.evaluation.pairs.cores import on_all_cores, spans
from shapespace.evaluation.pairs.isotonic import isotonic_r2
from shapespace.evaluation.pairs.ordering import CHUNK, ascending
from shapespace.evaluation.pairs.ranks import Orders, along, kendall, spearman

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

Rated = Float[ndarray, " rated"]


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
    x, y = _rated(distances, dissimilarities)
    note = why_undefined(x, y)
    if note:
        return Correlation(**dict.fromkeys(MEASURES, float("nan")), n_pairs=len(x), note=note)
    r = pearson(x, y)
    followed, starts_x = along(x, y)
    r2_isotonic = isotonic_r2(followed, starts_x)
    places, starts_y = ascending(followed)
    del followed  # no longer needed, and large where there are millions of pairs
    orders = Orders(starts_x, places, starts_y)
    tau = kendall(orders)
    return Correlation(
        kendall_tau_b=tau.b,
        kendall_tau_a=tau.a,
        spearman=spearman(orders),
        pearson=r,
        r2_linear=r**2,
        r2_isotonic=r2_isotonic,
        n_pairs=len(x),
    )


def kendall_tau_b(distances: Flat, dissimilarities: Flat) -> float:
    """Return Kendall's tau-b alone; see `correlate`."""
    x, y = _rated(distances, dissimilarities)
    if why_undefined(x, y):
        return float("nan")
    followed, starts_x = along(x, y)
    return kendall(Orders(starts_x, *ascending(followed))).b


def pearson(x: Flat, y: Flat) -> float:
    """Return Pearson's r of values neither of which are all the same."""
    middle_x, middle_y = x.mean(), y.mean()

    def products(span: slice) -> tuple[float, float, float]:
        a, b = x[span] - middle_x, y[span] - middle_y
        return float(a @ b), float(a @ a), float(b @ b)

    parts = zip(*on_all_cores(products, spans(len(x), CHUNK)), strict=True)
    shared, spread_x, spread_y = (math.fsum(part) for part in parts)
    return min(max(shared / (math.sqrt(spread_x) * math.sqrt(spread_y)), -1.0), 1.0)


def why_undefined(x: Flat, y: Flat) -> str:
    """Return why two sides have no agreement to measure; nothing if they have one."""
    if len(x) < 3:
        return f"Only {len(x)} pairs were rated; agreement needs at least 3."
    if np.ptp(x) == 0:
        return "All distances are equal: the codes do not depend on the drawing."
    if np.ptp(y) == 0:
        return "All dissimilarities are equal: there is no order to agree with."
    return ""


def _rated(distances: Flat, dissimilarities: Flat) -> tuple[Rated, Rated]:
    rated = ~np.isnan(dissimilarities)
    if rated.all():
        return distances, dissimilarities  # no copy: there may be millions
    return distances[rated], dissimilarities[rated]
