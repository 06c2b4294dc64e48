"""Weights of units, fitted so that distances follow dissimilarities, scored on other pairs."""

import warnings

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from scipy.spatial.distance import squareform
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso
from sklearn.model_selection import KFold

from shapespace.arrays import Flat, Matrix
from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import Kind, Weights, contributions, distances
from shapespace.evaluation.pairs.nonnegative import Columns, nonnegative_least_squares
from shapespace.evaluation.people.intervals import Block

PUBLISHED_FOLDS = 5
PUBLISHED_SEED = 42


def fit_weights(
    per_unit: Float[ndarray, "pair unit"],
    dissimilarities: Flat,
    kind: Kind,
    *,
    constant: bool = False,
    likely: Columns | None = None,
) -> Weights:
    """Return the non-negative weights of units with the least squared error.

    Args:
        per_unit: What each unit adds to the distance of each pair, see `contributions`.
        dissimilarities: What people said of these pairs, in the same order; squared here for
            "euclidean", whose contributions add up to the squared distance.
        kind: The distance.
        constant: Whether a constant, of either sign, is fitted beside the weights. It changes
            no order of distances. Negative products need one: they are below zero where
            drawings are alike, but dissimilarities never are.
        likely: Units that are likely to have a weight, such as those of another fold: changes
            no answer, but it is found sooner.

    Returns:
        One weight a unit. All 0 only if no unit helps: where plain least squares finds none, a
        lasso with a very small penalty and a constant is tried, as the study did.
    """
    target = dissimilarities**2 if kind == "euclidean" else dissimilarities
    columns = per_unit
    if constant:  # a free constant is two columns of which either may be used
        ones = np.ones((1, len(per_unit)))
        columns = np.vstack([per_unit.T, ones, -ones]).T
    try:
        weights = nonnegative_least_squares(columns, target, likely=likely)[: per_unit.shape[1]]
    except RuntimeError:  # no convergence within its limit of steps
        weights = np.zeros(per_unit.shape[1])
    if weights.any():
        return weights
    with warnings.catch_warnings():
        # With a penalty this small it seldom settles to the last digit, which does not matter.
        warnings.simplefilter("ignore", ConvergenceWarning)
        lasso = Lasso(alpha=1e-10, positive=True, random_state=PUBLISHED_SEED)
        return np.asarray(lasso.fit(per_unit, target).coef_, np.float64)


def folds_over_pairs(codes: Matrix, dissimilarities: Flat, kind: Kind) -> list[Block]:
    """Score every pair with weights fitted to four fifths of the other pairs (`published`).

    The five folds are of pairs, so a stimulus of a test pair also occurs in pairs that the
    weights were fitted to: the scores are too good for new stimuli.

    Returns:
        One block a fold. A fold whose weights are all zero has no order and is left out.
    """
    per_unit = contributions(codes, kind)
    rated = np.flatnonzero(~np.isnan(dissimilarities))
    folds = KFold(PUBLISHED_FOLDS, shuffle=True, random_state=PUBLISHED_SEED)
    blocks, likely = [], None
    for train, test in folds.split(rated):
        pairs = rated[train]
        weights = fit_weights(
            per_unit.T[:, pairs].T, dissimilarities[pairs], kind, likely=likely
        )
        likely = np.flatnonzero(weights)
        blocks += _scored(codes, kind, weights, rated[test])
    return blocks


def folds_over_stimuli(
    codes: Matrix, dissimilarities: Flat, kind: Kind, folds: Int[ndarray, " stimulus"]
) -> list[Block]:
    """Score pairs of stimuli with weights fitted without any of these stimuli (`sound`).

    For each fold, weights are fitted to the pairs among the stimuli of the other folds and
    scored on the pairs within it: with 60 stimuli in five folds, to 1,128 pairs and on 66.
    Pairs of a test with a training stimulus are not used. Distances of different folds have
    different weights and so no common scale: each fold is a block of its own.

    Args:
        codes: One row a stimulus.
        dissimilarities: Of every pair of stimuli; nan where a pair was not rated.
        kind: The distance.
        folds: The fold of each stimulus, as any number.

    Raises:
        BadInput: If there are fewer than two folds.
    """
    if len(folds) != len(codes):
        raise BadInput(f"{len(codes)} codes need as many folds, got {len(folds)}.")
    if len(np.unique(folds)) < 2:
        raise BadInput("Weights need at least two folds of stimuli: one to fit, one to score.")
    per_unit = contributions(codes, kind)
    blocks, likely = [], None
    for fold in np.unique(folds):
        weights = _fit_apart(per_unit, dissimilarities, kind, folds == fold, likely)
        likely = np.flatnonzero(weights)
        blocks += _scored(codes, kind, weights, pairs_among(folds == fold))
    return blocks


def apart(
    codes: Matrix, dissimilarities: Flat, kind: Kind, held_out: Bool[ndarray, " stimulus"]
) -> list[Block]:
    """Score the pairs of held-out stimuli with weights fitted to the pairs of the others.

    Returns:
        One block, or none if there is no pair to fit or to score, or no unit helps.
    """
    weights = _fit_apart(contributions(codes, kind), dissimilarities, kind, held_out)
    return _scored(codes, kind, weights, pairs_among(held_out))


def pairs_among(chosen: Bool[ndarray, " stimulus"]) -> Int[ndarray, " pair"]:
    """Return the positions in the flat RDM of the pairs of which both stimuli are chosen."""
    return np.flatnonzero(squareform(np.outer(chosen, chosen), checks=False))


def _fit_apart(
    per_unit: Float[ndarray, "pair unit"],
    dissimilarities: Flat,
    kind: Kind,
    held_out: Bool[ndarray, " stimulus"],
    likely: Columns | None = None,
) -> Weights:
    pairs = pairs_among(~held_out)
    pairs = pairs[~np.isnan(dissimilarities[pairs])]
    if len(pairs) == 0:
        return np.zeros(per_unit.shape[1])
    negative = kind in ("cosine", "inner_product")
    return fit_weights(
        per_unit.T[:, pairs].T, dissimilarities[pairs], kind, constant=negative, likely=likely
    )


def _scored(
    codes: Matrix, kind: Kind, weights: Weights, pairs: Int[ndarray, " pair"]
) -> list[Block]:
    if len(pairs) == 0 or not weights.any():
        return []
    return [Block(pairs, distances(codes, kind, weights)[pairs])]
