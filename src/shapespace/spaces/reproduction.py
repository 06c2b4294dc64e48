"""The published similarity spaces, rebuilt from the ratings and set beside the published figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial.distance import pdist

from shapespace.arrays import Flat
from shapespace.data.ratings import Ratings, published_dissimilarities
from shapespace.spaces.alignment import align
from shapespace.spaces.published import (
    published_coordinates,
    published_dims,
    published_spaces,
)
from shapespace.spaces.scaling import N_STARTS, Space, fitted, scale, tau_b
from shapespace.spaces.smacof import Transformation
from shapespace.spaces.stress import stresses

Verdict = Literal["within", "better stress", "off"]

STRESS_TOLERANCE = 0.005
TAU_TOLERANCE = 0.01
LEAST_CONGRUENCE = 0.99
"""Two spaces with less are of another form."""

_MEASURED: dict[str, Transformation] = {
    "nonmetric_stress_primary": "primary",
    "nonmetric_stress_secondary": "secondary",
    "metric_stress": "ratio",
}
"""Published stresses, all of one nonmetric solution, and the disparities they are taken with."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One published figure and ours."""

    n_dims: int
    figure: str
    published: float
    ours: float
    difference: float
    """Ours minus published."""
    tolerance: float
    verdict: Verdict
    """"better stress": outside the tolerance, where our space fits the ratings better than the
    published one; "off": outside it without that excuse."""


def reproduce_spaces(
    *,
    seed: int = 42,
    n_starts: int = N_STARTS,
    dims: Sequence[int] = tuple(range(1, 11)),
    tell: Callable[[str], None] = lambda _: None,
) -> list[Comparison]:
    """Rebuild the published spaces from the ratings and compare every figure.

    Rows named "published coordinates: ..." measure the published coordinates with our formulas:
    they check the formulas, the others check the search as well.

    Args:
        seed: Of the random starts.
        n_starts: Starts for each number of dimensions.
        dims: Which spaces, from 1 to 10 dimensions.
        tell: Called with a sentence when a space is finished.

    Reference:
        Bechberger & Scheibel (2020); the figures are those of their repository.
    """
    ratings = published_dissimilarities()
    found = []
    for n_dims in dims:
        space = scale(
            ratings, n_dims, n_starts=n_starts, generator=np.random.default_rng([seed, n_dims])
        )
        tell(f"{n_dims}-D: stress-1 {space.stress['stress_1']:.4f}")
        found += _compare(space, ratings)
        if n_dims in published_dims():
            found += _compare_coordinates(space, ratings)
    return found


def _compare(space: Space, ratings: Ratings) -> list[Comparison]:
    published = _published(space.n_dims)
    better = space.stress["stress_1"] < published["nonmetric_stress_primary"]
    rows = []
    for figure, kind in _MEASURED.items():
        if np.isnan(published[figure]):
            continue
        ours = _stress(space.distances, ratings.flat, kind)
        rows.append(
            _row(space.n_dims, figure, published[figure], ours, STRESS_TOLERANCE, better)
        )
    figure = "kendall_euclidean_fixed"
    tau = _row(
        space.n_dims,
        "kendall_tau_b",
        published[figure],
        space.kendall_tau_b,
        TAU_TOLERANCE,
        better,
    )
    return [*rows, tau]


def _compare_coordinates(space: Space, ratings: Ratings) -> list[Comparison]:
    published = _published(space.n_dims)
    coordinates = published_coordinates(space.n_dims, space.items)
    distances = pdist(coordinates)
    better = space.stress["stress_1"] < published["nonmetric_stress_primary"]
    congruence = align(space.coordinates, coordinates).congruence
    measured = "published coordinates: "
    tau = tau_b(distances, ratings.flat)
    return [
        _row(space.n_dims, "congruence", 1.0, congruence, 1 - LEAST_CONGRUENCE, better),
        *(
            _row(
                space.n_dims, measured + figure, published[figure],
                _stress(distances, ratings.flat, _MEASURED[figure]), 0.001, False,
            )
            for figure in ("nonmetric_stress_primary", "metric_stress")
        ),
        _row(
            space.n_dims, measured + "kendall_tau_b", published["kendall_euclidean_fixed"],
            tau, 0.0001, False,
        ),
    ]  # fmt: skip


def _published(n_dims: int) -> dict[str, float]:
    table = published_spaces()
    return {str(name): float(table[name].to_numpy()[n_dims - 1]) for name in table}


def _stress(distances: Flat, dissimilarities: Flat, kind: Transformation) -> float:
    weights = np.ones_like(distances)
    disparities = fitted(distances, dissimilarities, weights, kind)
    return stresses(distances, disparities, weights)["stress_1"]


def _row(
    n_dims: int, figure: str, published: float, ours: float, tolerance: float, better: bool
) -> Comparison:
    difference = ours - published
    within = abs(difference) <= tolerance
    return Comparison(
        n_dims=n_dims,
        figure=figure,
        published=published,
        ours=ours,
        difference=difference,
        tolerance=tolerance,
        verdict="within" if within else "better stress" if better else "off",
    )
