"""Models against each other on the same stimuli, corrected for how many comparisons there are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from shapespace.evaluation.people.dual_bootstrap import Contrast, Scores, contrast

LEVEL = 0.05
"""Chance of even one false finding that is put up with."""


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """One model minus another."""

    model: str
    other: str
    difference: Contrast
    p_holm: float
    """The p-value after Holm's correction over all pairs; nan where undefined."""

    @property
    def is_found(self) -> bool:
        """Whether the two differ beyond what chance gives, over all comparisons together."""
        return self.p_holm < LEVEL


def compare_pairs(names: Sequence[str], scores: Scores) -> list[Pairing]:
    """Compare every model with every other, in the order of their scores.

    Args:
        names: Of the models, in the order of `scores`.
        scores: From shared draws.

    Returns:
        Each pair once, the model with the higher score first. Models without a score are in
        no pair.
    """
    place = {name: column for column, name in enumerate(names)}
    ranked = sorted(
        (name for name in names if math.isfinite(scores.observed[place[name]])),
        key=lambda name: -scores.observed[place[name]],
    )
    found = {}
    for model, other in combinations(ranked, 2):
        weights = np.zeros(len(names))
        weights[place[model]], weights[place[other]] = 1.0, -1.0
        found[model, other] = contrast(scores, weights)
    corrected = holm([one.p_value for one in found.values()])
    return [
        Pairing(model=model, other=other, difference=one, p_holm=p)
        for ((model, other), one), p in zip(found.items(), corrected, strict=True)
    ]


def single(names: Sequence[str], scores: Scores) -> dict[str, Contrast]:
    """Return the score of each model with its interval."""
    return {
        name: contrast(scores, np.eye(len(names))[column]) for column, name in enumerate(names)
    }


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number, in their order; nan stays nan and is not counted.

    Reference:
        Holm (1979), "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
        Journal of Statistics 6.
    """
    defined = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    corrected, largest = [math.nan] * len(p_values), 0.0
    for rank, (p, place) in enumerate(defined):
        largest = max(largest, min(1.0, p * (len(defined) - rank)))
        corrected[place] = largest
    return corrected
