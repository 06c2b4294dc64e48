"""The published similarity spaces, rebuilt from the ratings and set beside the published figures."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial.distance import pdist

from shapespace.arrays import Flat
from shapespace.data.ratings import Ratings, published_dissimilarities
from shapespace.spaces.published import (
    published_coordinates,
    published_dims,
    published_spaces,
)
from shapespace.spaces.reproduction.comparison import Comparison, compared
from shapespace.spaces.reproduction.directions import compare_directions
from shapespace.spaces.reproduction.regions import N_DRAWS, compare_regions
from shapespace.spaces.scaling.alignment import align
from shapespace.spaces.scaling.fitting import N_STARTS, Space, fitted, scale, tau_b
from shapespace.spaces.scaling.smacof import Transformation
from shapespace.spaces.scaling.stress import stresses

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


def reproduce_spaces(
    *,
    seed: int = 42,
    n_starts: int = N_STARTS,
    dims: Sequence[int] = tuple(range(1, 11)),
    rebuild: bool = True,
    n_draws: int = N_DRAWS,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Comparison]:
    """Rebuild the published spaces from the ratings and compare every figure.

    Stress and tau-b, directions of features, and regions of categories are compared. Rows named
    "published coordinates: ..." measure the published coordinates with our formulas: they check
    the formulas, the others check the search as well.

    Args:
        seed: Of the random starts and the baselines.
        n_starts: Starts for each number of dimensions.
        dims: Which spaces, from 1 to 10 dimensions.
        rebuild: Whether spaces are rebuilt, which takes minutes; if not, only published
            coordinates are measured.
        n_draws: Draws of each baseline of the regions.
        tell: Called with a sentence when a space is finished.

    Reference:
        Bechberger & Scheibel (2020); the figures are those of their repository.
    """
    ratings = published_dissimilarities()
    found = []
    for n_dims in dims:
        if rebuild:
            space = scale(
                ratings, n_dims, n_starts=n_starts,
                generator=np.random.default_rng([seed, n_dims]),
            )  # fmt: skip
            found += _compare_rebuilt(space, ratings)
            tell(f"{n_dims}-D: stress-1 {space.stress['stress_1']:.4f}")
        if n_dims in published_dims():
            baselines = np.random.default_rng([seed, n_dims, 1])
            found += _compare_published(n_dims, ratings, baselines, n_draws)
            tell(f"{n_dims}-D: published coordinates measured")
    return found


def _compare_rebuilt(space: Space, ratings: Ratings) -> list[Comparison]:
    published = _published(space.n_dims)
    better = space.stress["stress_1"] < published["nonmetric_stress_primary"]
    rows = []
    for figure, kind in _MEASURED.items():
        if np.isnan(published[figure]):
            continue
        ours = _stress(space.distances, ratings.flat, kind)
        rows.append(
            compared(space.n_dims, figure, published[figure], ours, STRESS_TOLERANCE, better)
        )
    tau = published["kendall_euclidean_fixed"]
    rows.append(
        compared(space.n_dims, "kendall_tau_b", tau, space.kendall_tau_b, TAU_TOLERANCE, better)
    )
    if space.n_dims in published_dims():
        coordinates = published_coordinates(space.n_dims, space.items)
        congruence = align(space.coordinates, coordinates).congruence
        rows.append(
            compared(space.n_dims, "congruence", 1.0, congruence, 1 - LEAST_CONGRUENCE, better)
        )
    return [
        *rows,
        *compare_directions(space.items, space.coordinates, published=False, better=better),
        *compare_regions(space.items, space.coordinates, published=False, better=better),
    ]


def _compare_published(
    n_dims: int, ratings: Ratings, generator: np.random.Generator, n_draws: int
) -> list[Comparison]:
    published = _published(n_dims)
    coordinates = published_coordinates(n_dims, ratings.items)
    distances = pdist(coordinates)
    measured = "published coordinates: "
    rows = [
        compared(
            n_dims, measured + figure, published[figure],
            _stress(distances, ratings.flat, _MEASURED[figure]), 0.001,
        )
        for figure in ("nonmetric_stress_primary", "metric_stress")
    ]  # fmt: skip
    tau = tau_b(distances, ratings.flat)
    figure = measured + "kendall_tau_b"
    return [
        *rows,
        compared(n_dims, figure, published["kendall_euclidean_fixed"], tau, 0.0001),
        *compare_directions(ratings.items, coordinates, published=True),
        *compare_regions(
            ratings.items, coordinates, published=True, generator=generator, n_draws=n_draws
        ),
    ]


def _published(n_dims: int) -> dict[str, float]:
    table = published_spaces()
    return {str(name): float(table[name].to_numpy()[n_dims - 1]) for name in table}


def _stress(distances: Flat, dissimilarities: Flat, kind: Transformation) -> float:
    weights = np.ones_like(distances)
    disparities = fitted(distances, dissimilarities, weights, kind)
    return stresses(distances, disparities, weights)["stress_1"]
