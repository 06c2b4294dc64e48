"""How many dimensions: which space predicts ratings that it was not made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.spatial.distance import pdist

from shapespace.arrays import Flat, Matrix
from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.spaces.scaling.fitting import (
    Method,
    best_of_each,
    checked,
    connected,
    search,
    tau_b,
    transformation,
)
from shapespace.spaces.scaling.monotone import Rows, Ties

N_FOLDS = 10
N_STARTS = 16
"""Starts for each fold; fewer than for the space itself, since there are many folds."""


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Agreement of spaces of one dimensionality with ratings they were not made from."""

    n_dims: int
    over: Literal["pairs", "raters"]
    """What was held out: a share of the pairs, or all that some raters said."""
    kendall_tau_b: float
    """Of distances with the dissimilarities held out, mean over folds."""
    standard_error: float
    """Of that mean over folds; folds share most of their ratings, so it is a rough guide."""
    in_sample_tau_b: float
    """Of the same spaces with the ratings they were made from, mean over folds."""
    n_folds: int


def over_pairs(
    ratings: Ratings,
    dims: Sequence[int],
    *,
    method: Method = "nonmetric",
    ties: Ties = "primary",
    weights: Flat | None = None,
    n_folds: int = N_FOLDS,
    n_starts: int = N_STARTS,
    generator: np.random.Generator,
) -> list[HeldOut]:
    """Hold out a share of the pairs at a time, and predict their dissimilarities.

    All dimensionalities are tried on the same folds.

    Args:
        ratings: Dissimilarity of each pair; nan where it was not rated.
        dims: Numbers of dimensions to try.
        method: "metric" or "nonmetric"; classical scaling cannot do without pairs.
        ties: What becomes of equal dissimilarities in nonmetric scaling.
        weights: How much each pair counts; see `scale`.
        n_folds: In how many parts the pairs are dealt.
        n_starts: Layouts to begin from, for each fold and dimensionality.
        generator: Source of the randomness.

    Raises:
        BadInput: As `scale`; or if there are fewer than 3 pairs a fold, or the pairs that are
            left no longer connect all items.
    """
    values, counts = checked(ratings, max(dims), weights)
    _check(method, n_folds)
    rated = np.flatnonzero(counts > 0)
    if len(rated) < 3 * n_folds:
        raise BadInput(f"{len(rated)} rated pairs are too few to hold out in {n_folds} folds.")
    fold = np.full(len(values), -1)
    fold[rated] = generator.permutation(len(rated)) % n_folds
    kept = np.array([np.where(fold == f, 0.0, counts) for f in range(n_folds)])
    hidden = np.array([np.where(fold == f, values, np.nan) for f in range(n_folds)])
    return _predict(
        np.tile(values, (n_folds, 1)), kept, hidden, dims, "pairs",
        method, ties, len(ratings.items), n_starts, generator,
    )  # fmt: skip


def over_raters(
    single: Matrix,
    dims: Sequence[int],
    *,
    n_items: int,
    method: Method = "nonmetric",
    ties: Ties = "primary",
    n_folds: int = N_FOLDS,
    n_starts: int = N_STARTS,
    generator: np.random.Generator,
) -> list[HeldOut]:
    """Hold out some raters at a time, and predict the means of their dissimilarities.

    Pairs count by the number of their ratings.

    Args:
        single: Dissimilarities, one row a pair in `squareform` order, one column a rater; nan
            where a rater did not rate a pair.
        dims: Numbers of dimensions to try.
        n_items: Number of items.
        method: "metric" or "nonmetric".
        ties: What becomes of equal dissimilarities in nonmetric scaling.
        n_folds: In how many parts the raters are dealt; at most one a rater.
        n_starts: Layouts to begin from, for each fold and dimensionality.
        generator: Source of the randomness.

    Raises:
        BadInput: If there are fewer than two raters, or those that are left out of a fold leave
            items unconnected.
    """
    n_folds = min(n_folds, single.shape[1])
    _check(method, n_folds)
    fold = generator.permutation(single.shape[1]) % n_folds
    kept = [pooled(single[:, fold != f]) for f in range(n_folds)]
    hidden = [pooled(single[:, fold == f]) for f in range(n_folds)]
    return _predict(
        np.array([values for values, _ in kept]),
        np.array([counts for _, counts in kept]),
        np.array([np.where(counts > 0, values, np.nan) for values, counts in hidden]),
        dims, "raters", method, ties, n_items, n_starts, generator,
    )  # fmt: skip


def pooled(single: Matrix) -> tuple[Flat, Flat]:
    """Return the mean dissimilarity of each pair (0 where none was rated) and how many rated it."""
    counts = (~np.isnan(single)).sum(axis=1).astype(float)
    return np.nansum(single, axis=1) / np.maximum(counts, 1), counts


def fewest_good(found: Sequence[HeldOut]) -> int:
    """Return the fewest dimensions within one standard error of the best held-out agreement.

    Reference:
        Breiman et al. (1984), "Classification and Regression Trees", the one-standard-error rule.
    """
    best = max(found, key=lambda h: h.kendall_tau_b)
    least = best.kendall_tau_b - best.standard_error
    return min(h.n_dims for h in found if h.kendall_tau_b >= least)


def _check(method: Method, n_folds: int) -> None:
    if method == "classical":
        raise BadInput(
            "Classical scaling needs every pair, so none can be held out; "
            "choose metric or nonmetric."
        )
    if n_folds < 2:
        raise BadInput(
            f"Holding out needs at least 2 folds (and as many raters), got {n_folds}."
        )


def _predict(
    values: Rows,
    kept: Rows,
    hidden: Rows,
    dims: Sequence[int],
    over: Literal["pairs", "raters"],
    method: Method,
    ties: Ties,
    n_items: int,
    n_starts: int,
    generator: np.random.Generator,
) -> list[HeldOut]:
    """Fit one space a row of kept ratings, for each number of dimensions; score it on the hidden."""
    if not all(connected(weights, n_items) for weights in kept):
        raise BadInput(
            f"Without the {over} held out, the ratings no longer connect all items. "
            "Use more folds, so that less is held out at a time."
        )
    found = []
    for n_dims in dims:
        fits = search(
            values, kept, n_dims, transformation(method, ties),
            n_starts=n_starts, generator=generator,
        )  # fmt: skip
        best = best_of_each(fits, len(values))
        distances = [pdist(layout) for layout in fits.coordinates[best]]
        taus = [_tau(d, row) for d, row in zip(distances, hidden, strict=True)]
        seen = np.where(kept > 0, values, np.nan)
        found.append(
            HeldOut(
                n_dims=n_dims,
                over=over,
                kendall_tau_b=float(np.mean(taus)),
                standard_error=float(np.std(taus, ddof=1) / np.sqrt(len(taus))),
                in_sample_tau_b=float(
                    np.mean([_tau(d, row) for d, row in zip(distances, seen, strict=True)])
                ),
                n_folds=len(taus),
            )
        )
    return found


def _tau(distances: Flat, dissimilarities: Flat) -> float:
    rated = ~np.isnan(dissimilarities)
    return tau_b(distances[rated], dissimilarities[rated])
