"""Rigid and flexible read-outs of one representation, side by side, scored on other stimuli."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from scipy.spatial.distance import pdist

from shapespace.arrays import Flat, Matrix
from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import Kind, contributions, distances
from shapespace.evaluation.pairs.inversions import LONG
from shapespace.evaluation.pairs.ranks import tau_b_of_rows
from shapespace.evaluation.people.correlation import kendall_tau_b
from shapespace.evaluation.people.intervals import Block
from shapespace.evaluation.people.metric import MetricFit
from shapespace.evaluation.people.weights import fit_weights, pairs_among

ReadOut = Literal["fixed", "weighted", "low_rank", "full"]
READ_OUTS: tuple[ReadOut, ...] = get_args(ReadOut)

DEFINITIONS: dict[ReadOut, str] = {
    "fixed": "distances of the codes as they are: nothing is fitted",
    "weighted": "a weight of 0 or more for each unit, by non-negative least squares",
    "low_rank": "a linear map of the codes to few axes: the strongest ones of `full`",
    "full": "a linear map of the codes, by least squares with a ridge towards `fixed`",
}
"""Every read-out, from rigid to flexible."""

RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)
"""Ridges tried, see `MetricFit`; the best is chosen by stimuli left out of the training stimuli."""

RANKS = (1, 2, 3, 4, 6, 8, 12)
"""Numbers of axes tried for `low_rank`."""

N_INNER = 4
"""Parts that the training stimuli are cut into to choose ridge and rank."""


Choice = Mapping[str, float]
"""Ridge, and rank where there is one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Reading:
    """What a read-out makes of the pairs it was fitted to, and of pairs of other stimuli."""

    training: list[Block]
    """One block a fold: the pairs among its training stimuli."""
    held_out: list[Block]
    """One block a fold: the pairs among its test stimuli, none of which is in a training pair."""
    choices: list[Choice] = field(default_factory=list)
    """What was chosen in each fold, where the read-out has anything to choose."""


def read_out(
    codes: Matrix,
    dissimilarities: Flat,
    folds: Int[ndarray, " stimulus"],
    kinds: Sequence[ReadOut] = READ_OUTS,
    *,
    generator: np.random.Generator,
    distance: Kind = "euclidean",
) -> dict[ReadOut, Reading]:
    """Fit read-outs without the stimuli of each fold in turn, and apply them to both.

    Pairs of a test with a training stimulus are used nowhere: test stimuli are in no training
    pair. Folds have fits of their own and so no common scale; each is a block.

    Args:
        codes: One row a stimulus.
        dissimilarities: Of all pairs; nan where a pair was not rated.
        folds: The fold of each stimulus, as any number.
        kinds: Which read-outs.
        generator: Draws the parts by which ridge and rank are chosen.
        distance: Of "fixed" and "weighted"; linear maps are Euclidean.

    Raises:
        BadInput: If there are fewer than two folds, or too few pairs to fit.
    """
    if len(folds) != len(codes):
        raise BadInput(f"{len(codes)} codes need as many folds, got {len(folds)}.")
    if len(np.unique(folds)) < 2:
        raise BadInput(
            "A read-out needs at least two folds of stimuli: one to fit, one to score."
        )
    found: dict[ReadOut, Reading] = {kind: Reading(training=[], held_out=[]) for kind in kinds}
    for fold in np.unique(folds):
        test = folds == fold
        fits = _fitted(codes, dissimilarities, ~test, kinds, distance, generator)
        for kind, (flat, choice) in fits.items():
            if choice:
                found[kind].choices.append(choice)
            for blocks, chosen in ((found[kind].training, ~test), (found[kind].held_out, test)):
                pairs = pairs_among(chosen)
                if len(pairs):
                    blocks.append(Block(pairs, flat[pairs]))
    return found


def fitted_distances(
    codes: Matrix,
    dissimilarities: Flat,
    kind: ReadOut,
    *,
    generator: np.random.Generator,
    distance: Kind = "euclidean",
) -> Flat:
    """Return the distances of a read-out that was fitted to all stimuli; see `read_out`.

    Where no unit helps, and weights would all be 0, these are the fixed distances.
    """
    everything = np.ones(len(codes), bool)
    fits = _fitted(codes, dissimilarities, everything, [kind], distance, generator)
    return fits[kind][0] if kind in fits else distances(codes, distance)


def _fitted(
    codes: Matrix,
    dissimilarities: Flat,
    training: Bool[ndarray, " stimulus"],
    kinds: Sequence[ReadOut],
    distance: Kind,
    generator: np.random.Generator,
) -> dict[ReadOut, tuple[Flat, Choice]]:
    """Return the distances of all pairs by read-outs of the training stimuli, and their settings.

    Weights that are all 0 have no order and are left out.
    """
    codes = np.asarray(codes, np.float64)
    found: dict[ReadOut, tuple[Flat, Choice]] = {}
    if "fixed" in kinds:
        found["fixed"] = distances(codes, distance), {}
    if "weighted" in kinds:
        pairs = pairs_among(training)
        pairs = pairs[~np.isnan(dissimilarities[pairs])]
        per_unit = contributions(codes, distance).T[:, pairs].T
        negative = distance in ("cosine", "inner_product")
        weights = fit_weights(per_unit, dissimilarities[pairs], distance, constant=negative)
        if weights.any():
            found["weighted"] = distances(codes, distance, weights), {}
    if {"low_rank", "full"} & set(kinds):
        rated = ~np.isnan(dissimilarities)
        choices = _chosen(codes, dissimilarities, training, generator)
        fit = MetricFit(codes, training, rated, generator=generator)
        for kind in ("low_rank", "full"):
            if kind in kinds:
                ridge, rank = choices[kind]
                metric = fit.fit(dissimilarities, ridge)
                choice = {"ridge": ridge} | ({} if rank is None else {"rank": float(rank)})
                found[kind] = pdist(metric.coordinates(codes, rank)), choice
    return found


def _taus(rated: Flat, tried: Float[ndarray, "row pair"]) -> Float[ndarray, " row"]:
    """Return tau-b of every row with the ratings; nan where there is no order."""
    known = ~np.isnan(rated)
    if 0 < known.sum() <= LONG:
        return tau_b_of_rows(rated[known], tried[:, known])
    return np.array([kendall_tau_b(row, rated) for row in tried])


def _chosen(
    codes: Matrix,
    dissimilarities: Flat,
    training: Bool[ndarray, " stimulus"],
    generator: np.random.Generator,
) -> dict[ReadOut, tuple[float, int | None]]:
    """Return the ridge and rank of each linear map that serve left-out training stimuli best."""
    ranks = (*RANKS, None)
    members = generator.permutation(np.flatnonzero(training))
    scores = np.zeros((len(RIDGES), len(ranks)))
    for part in map(np.sort, np.array_split(members, N_INNER)):
        inner, left_out = training.copy(), np.zeros(len(training), bool)
        inner[part], left_out[part] = False, True
        rated = dissimilarities[pairs_among(left_out)]
        try:
            fit = MetricFit(codes, inner, ~np.isnan(dissimilarities), generator=generator)
        except BadInput:  # too few pairs without this part
            continue
        metrics = [fit.fit(dissimilarities, ridge) for ridge in RIDGES]
        tried = [pdist(m.coordinates(codes[part], rank)) for m in metrics for rank in ranks]
        scores += np.nan_to_num(_taus(rated, np.stack(tried))).reshape(scores.shape)
    few = np.unravel_index(np.argmax(scores[:, :-1]), (len(RIDGES), len(RANKS)))
    return {
        "low_rank": (RIDGES[few[0]], RANKS[few[1]]),
        "full": (RIDGES[int(np.argmax(scores[:, -1]))], None),
    }
