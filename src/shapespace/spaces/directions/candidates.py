"""Directions of a space along which a rated feature rises: candidates, and the best of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression
from sklearn.svm import LinearSVC

from shapespace.arrays import Matrix
from shapespace.errors import BadInput
from shapespace.spaces.directions.features import Feature

Model = Literal["LinReg", "SVC"]
"""Least squares on the values; a linear support-vector classifier of the two classes."""

Criterion = Literal["kappa", "rho"]
"""What the best candidate is chosen by."""

ACCEPTED = {"kappa": 0.8, "rho": 0.7}
"""The study accepts a direction from these values on."""

_PRIMAL: Any = False
"""scikit-learn's stubs take it for a text."""

Vector = Float[ndarray, " dim"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Candidate:
    """A direction that one model finds for one feature, rated in one way."""

    feature: str
    rating_type: str
    model: Model
    vector: Vector
    """Length 1."""
    kappa: float
    """Cohen's kappa of the two classes at the best threshold on the projections; 0 to 1."""
    rho: float
    """Spearman's rho of projections and values, over all rated items."""

    @property
    def name(self) -> str:
        """What it is made from, as in "attentive LinReg"."""
        return f"{self.rating_type} {self.model}".strip()


@dataclass(frozen=True, eq=False, kw_only=True)
class Direction:
    """The direction of a feature: the best candidate, or the mean of the best ones."""

    feature: str
    criterion: Criterion
    vector: Vector
    """Length 1; the feature rises along it."""
    kappa: float
    """Of this vector, mean over the ways of rating."""
    rho: float
    """Like `kappa`."""
    best: float
    """Value of the criterion that the best candidates reach, each with its own way of rating."""
    made_from: tuple[str, ...]
    """The candidates that reach it."""

    @property
    def accepted(self) -> bool:
        """Whether it passes the study's threshold: kappa of .8, or rho of .7."""
        return self.best >= ACCEPTED[self.criterion]


def candidates(coordinates: Matrix, features: Sequence[Feature]) -> list[Candidate]:
    """Return the direction that each model finds for each feature.

    The support-vector classifier tells the classes apart (squared hinge loss, C = 1), the
    regression predicts the values of all rated items. Neither has a random part.

    Args:
        coordinates: One row an item.
        features: Of the same items in the same order.

    Raises:
        BadInput: If a feature has another number of items than the space.

    Reference:
        Bechberger & Scheibel (2020), "Analyzing Psychological Similarity Spaces for Shapes".
    """
    wrong = [feature for feature in features if len(feature.values) != len(coordinates)]
    if wrong:
        raise BadInput(
            f"The feature {wrong[0].label!r} has {len(wrong[0].values)} values, but the space "
            f"has {len(coordinates)} items."
        )
    found = []
    for feature in features:
        for model in get_args(Model):
            vector = fitted_vector(coordinates, feature, model)
            kappa, rho = measured(coordinates @ vector, feature)
            found.append(
                Candidate(
                    feature=feature.name, rating_type=feature.rating_type, model=model,
                    vector=vector, kappa=kappa, rho=rho,
                )
            )  # fmt: skip
    return found


def best_directions(coordinates: Matrix, features: Sequence[Feature]) -> list[Direction]:
    """Return for each feature its direction by kappa and its direction by rho.

    By each criterion the best of a feature's candidates is kept; of several that are equally
    good the mean is taken and given length 1, as in the study.

    Args:
        coordinates: One row an item.
        features: Of the same items in the same order; those of one name are ways of rating the
            same feature.

    Raises:
        BadInput: As `candidates`.
    """
    found = candidates(coordinates, features)
    directions = []
    for name, ways in by_name(features).items():
        of_feature = [candidate for candidate in found if candidate.feature == name]
        for criterion in get_args(Criterion):
            chosen, vector = best_of(of_feature, criterion)
            kappa, rho = np.mean([measured(coordinates @ vector, way) for way in ways], axis=0)
            directions.append(
                Direction(
                    feature=name, criterion=criterion, vector=vector,
                    kappa=float(kappa), rho=float(rho), best=getattr(chosen[0], criterion),
                    made_from=tuple(candidate.name for candidate in chosen),
                )
            )  # fmt: skip
    return directions


def by_name(features: Sequence[Feature]) -> dict[str, list[Feature]]:
    """Return the ways of rating of each feature, by its name, in the order of the features."""
    names = dict.fromkeys(feature.name for feature in features)
    return {name: [feature for feature in features if feature.name == name] for name in names}


def best_of(found: Sequence[Candidate], criterion: Criterion) -> tuple[list[Candidate], Vector]:
    """Return the candidates of one feature that are best by a criterion, and their mean.

    The mean has length 1. Candidates that point opposite ways have none; the first of them
    stands for all then.
    """
    values = [getattr(candidate, criterion) for candidate in found]
    chosen = [
        candidate
        for candidate, value in zip(found, values, strict=True)
        if np.isclose(value, max(values), rtol=0, atol=1e-12)
    ]
    total = np.sum([candidate.vector for candidate in chosen], axis=0)
    length = np.linalg.norm(total)
    return chosen, total / length if length > 1e-9 else chosen[0].vector


def fitted_vector(coordinates: Matrix, feature: Feature, model: Model) -> Vector:
    """Return the unit vector along which a feature rises, by one model.

    Raises:
        BadInput: If the model finds no direction, such as where all items lie in one place.
    """
    if model == "SVC":
        chosen = feature.low | feature.high
        svc = LinearSVC(dual=_PRIMAL).fit(coordinates[chosen], feature.high[chosen])
        vector = np.asarray(svc.coef_, np.float64)[0]
    else:
        rated = ~np.isnan(feature.values)
        regression = LinearRegression().fit(coordinates[rated], feature.values[rated])
        vector = np.asarray(regression.coef_, np.float64)
    length = float(np.linalg.norm(vector))
    if length < 1e-12:
        raise BadInput(
            f"The feature {feature.label!r} does not change linearly in this space, so it has "
            "no direction. Leave it out."
        )
    return vector / length


def measured(projections: Float[ndarray, " item"], feature: Feature) -> tuple[float, float]:
    """Return kappa at the best threshold, and Spearman's rho, of projections of all items."""
    chosen = feature.low | feature.high
    kappa, _ = best_threshold(projections[chosen], feature.high[chosen])
    rated = ~np.isnan(feature.values)
    return kappa, spearman(projections[rated], feature.values[rated])


def spearman(first: Float[ndarray, " item"], second: Float[ndarray, " item"]) -> float:
    """Return Spearman's rho; nan where all values of one are equal."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(spearmanr(first, second).statistic)


def best_threshold(
    projections: Float[ndarray, " item"], high: Bool[ndarray, " item"]
) -> tuple[float, float]:
    """Return the largest Cohen's kappa of "above the threshold", and the threshold.

    Thresholds lie halfway between neighbouring projections. Where none does better than
    chance, kappa is 0.

    Args:
        projections: Of the items of both classes.
        high: Which of them belong to the positive class.
    """
    order = np.argsort(projections, kind="stable")
    ordered = projections[order]
    cuts = np.flatnonzero(np.diff(ordered) > 0)
    middle = float(np.median(projections))
    if not len(cuts):
        return 0.0, middle
    n, n_high = len(high), int(high.sum())
    n_below = cuts + 1
    high_below = np.cumsum(high[order])[cuts]
    agreed = ((n_below - high_below) + (n_high - high_below)) / n
    chance = (n_below * (n - n_high) + (n - n_below) * n_high) / n**2
    kappas = (agreed - chance) / (1 - chance)
    best = int(np.argmax(kappas))
    if kappas[best] <= 0:
        return 0.0, middle
    return float(kappas[best]), float(ordered[cuts[best] : cuts[best] + 2].mean())
