"""How far the directions of different features say the same, and what is left apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.stats import rankdata

from shapespace.arrays import Matrix
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import N_DRAWS, Estimate, estimate
from shapespace.spaces.directions.candidates import (
    Candidate,
    Criterion,
    Direction,
    Vector,
    by_name,
    measured,
    spearman,
)
from shapespace.spaces.directions.features import Feature


@dataclass(frozen=True, eq=False, kw_only=True)
class Conditional:
    """A direction from which the directions of all other features were taken out."""

    feature: str
    criterion: Criterion
    vector: Vector
    """Length 1, at right angles to the directions of the others."""
    kept: float
    """Length that was left before it was made 1: 1 if it was at right angles already, 0 if
    nothing was left but others."""
    kappa: float
    """As of the whole direction: mean over the ways of rating."""
    rho: float


@dataclass(frozen=True, kw_only=True)
class Leak:
    """What projections on one feature's direction say of another feature."""

    along: str
    """The feature whose direction it is."""
    other: str
    criterion: Criterion
    cosine: float
    """Of the two directions."""
    ratings_rho: float
    """Spearman's rho of the ratings of the two features: people's own entanglement."""
    rho: Estimate
    """Of projections with ratings of the other feature."""
    partial_rho: Estimate
    """The same among items with equal ratings of the direction's own feature (partial
    correlation of ranks). Near 0 where only the ratings themselves go together."""
    conditional_rho: float
    """Of projections on the direction without the other's direction, with the other's ratings."""


def cosines(
    found: Sequence[Candidate], *, with_themselves: bool = False
) -> tuple[tuple[str, ...], Matrix]:
    """Return features, and the mean cosine of their candidates, within and between features.

    Args:
        found: Candidates of one space.
        with_themselves: Let the mean within a feature count the cosine of each candidate with
            itself, which is 1. The published means do, which makes them too good: of four
            candidates, four of ten cosines are 1 by definition.

    Returns:
        Features and a symmetric matrix; nan within a feature that has one candidate only,
        unless it is counted with itself.
    """
    names = tuple(dict.fromkeys(candidate.feature for candidate in found))
    matrix = np.full((len(names), len(names)), np.nan)
    vectors = {n: np.stack([c.vector for c in found if c.feature == n]) for n in names}
    for row, first in enumerate(names):
        for column, second in enumerate(names):
            products = vectors[first] @ vectors[second].T
            if first == second:
                products = products[np.triu_indices(len(products), 0 if with_themselves else 1)]
            if products.size:
                matrix[row, column] = products.mean()
    return names, matrix


def without(vector: Vector, others: Sequence[Vector]) -> tuple[Vector, float]:
    """Return what is left of a direction after others were taken out of it, and how much.

    Args:
        vector: A direction of length 1.
        others: Directions to take out; they need not be at right angles to each other.

    Returns:
        The rest with length 1, and the length it had before; zeros and 0 where nothing is left.

    Reference:
        Shen et al. (2020), "Interpreting the Latent Space of GANs for Semantic Face Editing"
        (conditional manipulation), CVPR.
    """
    if len(others):
        spanned = np.stack(others, axis=1)
        vector = vector - spanned @ np.linalg.lstsq(spanned, vector, rcond=None)[0]
    kept = float(np.linalg.norm(vector))
    if kept < 1e-9:
        return np.zeros_like(vector), 0.0
    return vector / kept, kept


def conditional(
    coordinates: Matrix, features: Sequence[Feature], directions: Sequence[Direction]
) -> list[Conditional]:
    """Take from the direction of each feature those of all others, and measure what is left.

    Args:
        coordinates: One row an item.
        features: Of the same items in the same order.
        directions: One for each feature, all found by one criterion.
    """
    ways = by_name(features)
    found = []
    for direction in directions:
        others = [d.vector for d in directions if d.feature != direction.feature]
        vector, kept = without(direction.vector, others)
        kappa, rho = np.mean(
            [measured(coordinates @ vector, way) for way in ways[direction.feature]], axis=0
        )
        found.append(
            Conditional(
                feature=direction.feature, criterion=direction.criterion, vector=vector,
                kept=kept, kappa=float(kappa), rho=float(rho),
            )
        )  # fmt: skip
    return found


def leaks(
    coordinates: Matrix,
    features: Sequence[Feature],
    directions: Sequence[Direction],
    *,
    generator: np.random.Generator,
    n_draws: int = N_DRAWS,
) -> list[Leak]:
    """Measure for each direction how its projections go with every other feature's ratings.

    A feature's rating is the mean over the ways of rating, each brought to mean 0 and standard
    deviation 1. Items for which it is missing are left out of a pair of features.

    Args:
        coordinates: One row an item.
        features: Of the same items in the same order.
        directions: One for each feature, all found by one criterion.
        generator: Source of the draws of items behind the intervals.
        n_draws: How often to draw; the directions stay as they are.

    Raises:
        BadInput: If two features have fewer than four rated items in common.
    """
    ratings = {name: combined(ways) for name, ways in by_name(features).items()}
    found = []
    for direction in directions:
        for other in directions:
            if other.feature == direction.feature:
                continue
            own, theirs = ratings[direction.feature], ratings[other.feature]
            rated = ~np.isnan(own) & ~np.isnan(theirs)
            if rated.sum() < 4:
                raise BadInput(
                    f"{direction.feature!r} and {other.feature!r} were both rated for "
                    f"{int(rated.sum())} items; 4 are needed to compare them."
                )
            rest, _ = without(direction.vector, [other.vector])
            rho, partial = _estimates(
                (coordinates @ direction.vector)[rated], theirs[rated], own[rated],
                generator, n_draws,
            )  # fmt: skip
            found.append(
                Leak(
                    along=direction.feature, other=other.feature,
                    criterion=direction.criterion,
                    cosine=float(direction.vector @ other.vector),
                    ratings_rho=spearman(own[rated], theirs[rated]),
                    rho=rho, partial_rho=partial,
                    conditional_rho=spearman((coordinates @ rest)[rated], theirs[rated]),
                )
            )  # fmt: skip
    return found


def combined(ways: Sequence[Feature]) -> Float[ndarray, " item"]:
    """Return one rating of each item: the mean over the ways, each standardised.

    nan where one of the ways has no rating.
    """
    standardised = [
        (way.values - np.nanmean(way.values)) / np.nanstd(way.values) for way in ways
    ]
    return np.mean(standardised, axis=0)


def _estimates(
    projections: Float[ndarray, " item"],
    theirs: Float[ndarray, " item"],
    own: Float[ndarray, " item"],
    generator: np.random.Generator,
    n_draws: int,
) -> tuple[Estimate, Estimate]:
    """Return rho of the first two, and the same with the third held equal, over items."""
    n = len(projections)
    picked = np.concatenate([np.arange(n)[None], generator.integers(n, size=(n_draws, n))])
    x, y, z = (rankdata(values[picked], axis=1) for values in (projections, theirs, own))
    xy, xz, yz = (_correlations(a, b) for a, b in ((x, y), (x, z), (y, z)))
    with np.errstate(invalid="ignore", divide="ignore"):
        partial = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    partial[~np.isfinite(partial)] = np.nan
    rho, partial_rho = (estimate(float(v[0]), v[1:], n) for v in (xy, partial))
    return rho, partial_rho


def _correlations(
    first: Float[ndarray, "draw item"], second: Float[ndarray, "draw item"]
) -> Float[ndarray, " draw"]:
    """Return Pearson's r of each row; nan where a row does not vary."""
    a = first - first.mean(axis=1, keepdims=True)
    b = second - second.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
