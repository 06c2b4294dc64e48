"""The published directions beside ours, on the published or on rebuilt coordinates."""

from collections.abc import Sequence
from typing import get_args

import numpy as np
import pandas as pd

from shapespace.arrays import Matrix
from shapespace.spaces.directions.candidates import (
    Candidate,
    Criterion,
    best_directions,
    candidates,
)
from shapespace.spaces.directions.entanglement import cosines
from shapespace.spaces.directions.features import Feature, category_features, shape_features
from shapespace.spaces.published import (
    Classes,
    published_candidates,
    published_cosines,
    published_direction_means,
)
from shapespace.spaces.reproduction.comparison import Comparison, compared

TOLERANCE = 0.03
"""Of means of kappa and rho, and of cosines."""

EXACT = 0.0005
"""Of single candidates: their published figures rest on the coordinates that are carried, which
were cut to six decimals."""

THIRD = 1 / 3


def compare_directions(
    items: Sequence[str],
    coordinates: Matrix,
    *,
    published: bool,
    better: bool = False,
) -> list[Comparison]:
    """Compare every published figure of directions in spaces of so many dimensions.

    The published table of kappa and rho holds means over a feature's candidates. The cosines
    were published twice: with classes of a quarter of the items, and later of a third. Their
    means within a feature count each candidate with itself.

    Args:
        items: The 60 items, in the order of the rows.
        coordinates: One row an item.
        published: Whether they are the published ones; then single candidates are compared as
            well, where they are carried (1 to 5 dimensions).
        better: Whether the space fits the ratings better than the published one.
    """
    n_dims = coordinates.shape[1]
    prefix = "published coordinates: " if published else ""
    features = [*shape_features(items), *category_features(items)]
    found = candidates(coordinates, features)
    rows = [
        compared(n_dims, f"{prefix}{feature} mean {name}", value, ours, TOLERANCE, better)
        for feature, name, value, ours in _means(n_dims, found)
    ]
    rows.append(
        compared(
            n_dims,
            f"{prefix}features with accepted directions",
            _n_accepted_in_the_study(n_dims),
            _n_accepted(coordinates, features),
            0.0,
            better,
        )
    )
    thirds = candidates(coordinates, shape_features(items, share=THIRD))
    of_classes: dict[Classes, list[Candidate]] = {"quarters": found, "thirds": thirds}
    for classes, of in of_classes.items():
        names, matrix = cosines(of, with_themselves=True)
        table = published_cosines(n_dims, classes)
        for first, second, value in table:
            ours = float(matrix[names.index(first), names.index(second)])
            figure = f"{prefix}cosine {first} {second} ({classes})"
            rows.append(compared(n_dims, figure, value, ours, TOLERANCE, better))
    if published:
        rows += _single(n_dims, found, prefix)
    return rows


def _means(
    n_dims: int, found: Sequence[Candidate]
) -> list[tuple[str, Criterion, float, float]]:
    means = []
    for feature, values in published_direction_means(n_dims).items():
        of = [candidate for candidate in found if candidate.feature == feature]
        means += [
            (feature, name, values[name], float(np.mean([getattr(c, name) for c in of])))
            for name in get_args(Criterion)
        ]
    return means


def _n_accepted_in_the_study(n_dims: int) -> float:
    """Return how many of FORM, LINES, ORIENTATION had directions accepted by kappa and rho.

    In its table of accepted directions there is none in one dimension, and in two LINES is
    missing by rho.
    """
    return {1: 0.0, 2: 2.0}.get(n_dims, 3.0)


def _n_accepted(coordinates: Matrix, features: Sequence[Feature]) -> float:
    shapes = [feature for feature in features if feature.rating_type]
    directions = pd.DataFrame(
        [(d.feature, d.accepted) for d in best_directions(coordinates, shapes)],
        columns=["feature", "accepted"],
    )
    return float(directions.groupby("feature")["accepted"].all().sum())


def _single(n_dims: int, found: Sequence[Candidate], prefix: str) -> list[Comparison]:
    """Compare each candidate: kappa, rho, and the cosine of the two vectors."""
    of = {(c.feature, c.rating_type, c.model): c for c in found}
    rows = []
    for published in published_candidates(n_dims):
        ours = of[published.feature, published.rating_type, published.model]
        label = f"{prefix}{published.feature} {published.name}"
        cosine = float(ours.vector @ published.vector)
        rows += [
            compared(n_dims, f"{label}: kappa", published.kappa, ours.kappa, EXACT),
            compared(n_dims, f"{label}: rho", published.rho, ours.rho, EXACT),
            compared(n_dims, f"{label}: cosine with ours", 1.0, cosine, EXACT),
        ]
    return rows
