"""Published agreement of human features and spaces with the ratings, measured again."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from shapespace.arrays import Matrix
from shapespace.data.ratings import (
    published_correlations,
    published_dissimilarities,
    published_features,
)
from shapespace.evaluation.pairs.distances import Kind, distances
from shapespace.evaluation.people.correlation import kendall_tau_b
from shapespace.evaluation.people.weights import folds_over_pairs
from shapespace.spaces.directions.features import category_features
from shapespace.spaces.published import published_coordinates, published_dims
from shapespace.spaces.reproduction.comparison import Comparison, compared

FIXED_TOLERANCE = 0.0002
OPTIMISED_TOLERANCE = 0.002
"""Fitted weights differ in their last digits, and values that tie with one set of them do not
with another."""

N_JUDGEMENTS = {"attentive": 4500, "pre-attentive": 18}
"""Published means are whole multiples of one over this number; files round them."""

_DISTANCES: tuple[Kind, ...] = ("euclidean", "inner_product", "manhattan")


def reproduce_features(*, tell: Callable[[str], None] = lambda _: None) -> list[Comparison]:
    """Measure how human features, and the published spaces, agree with the ratings.

    Every set of FORM, LINES, ORIENTATION, `artificial` and `visSim` is compared, with both ways
    of rating; so are the spaces whose coordinates are known. Kendall's tau-b over all pairs,
    with weights of 1 ("fixed"), and with weights fitted over five folds of pairs ("optimised").

    Args:
        tell: Called with a sentence when a representation is finished.

    Reference:
        The figures are those of the study's repository, folder
        `data/Shapes/mds/analysis/correlations/mean`.
    """
    ratings = published_dissimilarities()
    flat, found = ratings.flat, []
    for published in published_correlations().to_dict("records"):
        name, rating_type = str(published["representation"]), str(published["rating_type"])
        codes = _codes(name, rating_type, ratings.items)
        if codes is None:
            continue
        label = f"{name} ({rating_type})" if rating_type else name
        for kind in _DISTANCES:
            blocks = folds_over_pairs(codes, flat, kind)
            taus = [kendall_tau_b(block.distances, flat[block.pairs]) for block in blocks]
            ours = {
                "fixed": kendall_tau_b(distances(codes, kind), flat),
                "optimised": float(np.mean(taus)),
            }
            for weights, tolerance in (
                ("fixed", FIXED_TOLERANCE),
                ("optimised", OPTIMISED_TOLERANCE),
            ):
                figure = f"{label}: {kind.replace('_', ' ')}, {weights}"
                known = float(published[f"{kind}_{weights}"])
                found.append(compared(codes.shape[1], figure, known, ours[weights], tolerance))
        tell(f"{label}: measured")
    return found


def _codes(name: str, rating_type: str, names: tuple[str, ...]) -> Matrix | None:
    """Return the columns of a representation; None for spaces without published coordinates."""
    if name.startswith("space "):
        n_dims = int(name.removeprefix("space ").removesuffix("-D"))
        return published_coordinates(n_dims, names) if n_dims in published_dims() else None
    columns = {one.name: one.values for one in category_features(names)}
    if rating_type in ("attentive", "pre-attentive"):
        n = N_JUDGEMENTS[rating_type]
        rated = (published_features(rating_type).loc[list(names)] * n).round() / n
        columns |= {str(key): rated[key].to_numpy(np.float64) for key in rated}
    return pd.DataFrame({key: columns[key] for key in name.split(" + ")}).to_numpy(np.float64)
