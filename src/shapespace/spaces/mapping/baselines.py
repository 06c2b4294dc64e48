"""Placing images without looking at them: what any mapping must beat."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from shapespace.arrays import Coordinates
from shapespace.spaces.mapping.scores import Placed

Baseline = Literal["zero", "mean", "normal", "draw"]
BASELINES: tuple[Baseline, ...] = get_args(Baseline)

MEANINGS = {
    "zero": "every image at the origin",
    "mean": "every image at the mean of the training stimuli",
    "normal": "draws from a normal distribution with mean and covariance of the training stimuli",
    "draw": "the place of a training stimulus, drawn at random",
}


def place_blindly(
    kind: Baseline,
    targets: Coordinates,
    stimuli: Int[ndarray, " image"],
    folds: Int[ndarray, " stimulus"],
    *,
    generator: np.random.Generator,
) -> Placed:
    """Place every image from the coordinates of the stimuli in other folds alone.

    Args:
        kind: See `MEANINGS`.
        targets: Coordinates of every stimulus.
        stimuli: The stimulus of each image, as a row of `targets`.
        folds: Fold of every stimulus.
        generator: Source of "normal" and "draw".
    """
    coordinates = np.zeros((len(stimuli), targets.shape[1]))
    for fold in np.unique(folds):
        here = folds[stimuli] == fold
        coordinates[here] = _guesses(kind, targets[folds != fold], int(here.sum()), generator)
    return Placed(coordinates=coordinates, targets=targets[stimuli], stimuli=stimuli)


def _guesses(
    kind: Baseline, known: Coordinates, n: int, generator: np.random.Generator
) -> Float[ndarray, "image dim"]:
    if kind == "zero":
        return np.zeros((n, known.shape[1]))
    if kind == "mean":
        return np.tile(known.mean(axis=0), (n, 1))
    if kind == "normal":
        covariance = np.cov(known, rowvar=False).reshape(known.shape[1], -1)
        return generator.multivariate_normal(known.mean(axis=0), covariance, size=n)
    return known[generator.integers(len(known), size=n)]
