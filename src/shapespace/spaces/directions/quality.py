"""How well directions hold for items they were not found from, and what chance would give."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from shapespace.arrays import Matrix
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import LEVEL, N_DRAWS, Estimate, estimate
from shapespace.evaluation.pairs.isotonic import Times
from shapespace.evaluation.pairs.repeated import weighted_measures
from shapespace.spaces.directions.candidates import (
    Criterion,
    best_of,
    best_threshold,
    by_name,
    candidates,
)
from shapespace.spaces.directions.features import Feature

Over = Literal["items", "categories"]

N_SHUFFLES = 100
"""Draws of shuffled items behind the level of chance."""

Units = Int[ndarray, " item"]
"""Which items are held out together, by number."""


@dataclass(frozen=True, kw_only=True)
class HeldOutDirection:
    """Kappa and rho of items that the direction was found without."""

    feature: str
    criterion: Criterion
    """What the best candidate was chosen by, among the other items alone."""
    over: Over
    """What was held out at a time: one item, or all items of a category."""
    kappa: Estimate
    """Of the classes told by the other items' best threshold, mean over the ways of rating; its
    interval is over items, or over categories."""
    rho: Estimate
    """Spearman's rho of projections, mean over the ways of rating; interval like `kappa`."""


@dataclass(frozen=True, kw_only=True)
class Chance:
    """What the same search finds after features were dealt to items at random."""

    feature: str
    criterion: Criterion
    mean: float
    """Mean of the best candidate's criterion."""
    high: float
    """95 % of the draws lie below."""
    n_draws: int


@dataclass(frozen=True, eq=False)
class _Told:
    """What was said of items while they were held out."""

    projections: Float[ndarray, " item"]
    """In standard deviations of the other items' projections; nan where nothing could be said."""
    above: Bool[ndarray, "way item"]
    """Whether they lie above the threshold of each way of rating."""


def held_out(
    coordinates: Matrix,
    features: Sequence[Feature],
    *,
    categories: Sequence[str] | None = None,
    generator: np.random.Generator,
    n_draws: int = N_DRAWS,
) -> list[HeldOutDirection]:
    """Find directions without an item (or a category) at a time, and measure them by it.

    Everything is done again without the items that are held out: fitting the candidates,
    choosing the best, and setting thresholds. Projections are standardised by those of the
    other items, put together over all parts, and measured.

    Args:
        coordinates: One row an item.
        features: Of the same items in the same order.
        categories: Of each item. If given, whole categories are held out at a time: items of
            one category are alike, so that holding out one of them says little.
        generator: Source of the draws behind the intervals.
        n_draws: How often to draw; the directions stay as they are.

    Raises:
        BadInput: As `candidates`; or if there is one category only.
    """
    over: Over = "items" if categories is None else "categories"
    if categories is None:
        units = np.arange(len(coordinates))
    else:
        units = np.unique(list(categories), return_inverse=True)[1]
    n_units = int(units.max()) + 1
    if n_units < 2:
        raise BadInput("Holding out whole categories needs two of them or more.")
    times = _draws(units, generator, n_draws)
    found = []
    for name, ways in by_name(features).items():
        for criterion, told in _told(coordinates, ways, units).items():
            kappa, rho = _estimates(told, ways, times, n_units)
            found.append(
                HeldOutDirection(
                    feature=name, criterion=criterion, over=over, kappa=kappa, rho=rho
                )
            )
    return found


def chance(
    coordinates: Matrix,
    features: Sequence[Feature],
    *,
    generator: np.random.Generator,
    n_draws: int = N_SHUFFLES,
) -> list[Chance]:
    """Return how large kappa and rho get where features have nothing to do with the space.

    The items of the space are shuffled, all features together, and the best candidate is
    found as ever. With few items or many dimensions a direction is always found.

    Args:
        coordinates: One row an item.
        features: Of the same items in the same order.
        generator: Source of the randomness.
        n_draws: How often to shuffle.

    Raises:
        BadInput: As `candidates`.
    """
    drawn: dict[tuple[str, Criterion], list[float]] = {}
    for _ in range(n_draws):
        shuffled = coordinates[generator.permutation(len(coordinates))]
        for name, ways in by_name(features).items():
            found = candidates(shuffled, ways)
            for criterion in get_args(Criterion):
                best = max(getattr(candidate, criterion) for candidate in found)
                drawn.setdefault((name, criterion), []).append(best)
    return [
        Chance(
            feature=name, criterion=criterion, mean=float(np.mean(values)),
            high=float(np.quantile(values, LEVEL)), n_draws=n_draws,
        )
        for (name, criterion), values in drawn.items()
    ]  # fmt: skip


def _draws(units: Units, generator: np.random.Generator, n_draws: int) -> Times:
    """Return how often each item counts in each draw of items, or of categories."""
    n_units = int(units.max()) + 1
    counts = generator.multinomial(n_units, np.full(n_units, 1 / n_units), size=n_draws)
    return counts.T[units].astype(np.float64)


def _told(coordinates: Matrix, ways: Sequence[Feature], units: Units) -> dict[Criterion, _Told]:
    """Return by criterion what was said of every item while its unit was held out."""
    n = len(coordinates)
    told = {
        criterion: _Told(np.full(n, np.nan), np.zeros((len(ways), n), bool))
        for criterion in get_args(Criterion)
    }
    for unit in range(int(units.max()) + 1):
        held = units == unit
        others = [_without(way, held) for way in ways]
        if not all(_has_direction(way) for way in others):
            continue
        found = candidates(coordinates, others)
        for criterion, said in told.items():
            _, vector = best_of(found, criterion)
            projections = coordinates @ vector
            rest = projections[~held]
            said.projections[held] = (projections[held] - rest.mean()) / rest.std()
            for row, way in enumerate(others):
                chosen = way.low | way.high
                _, threshold = best_threshold(projections[chosen], way.high[chosen])
                said.above[row, held] = projections[held] > threshold
    return told


def _without(way: Feature, held: Bool[ndarray, " item"]) -> Feature:
    return replace(
        way,
        values=np.where(held, np.nan, way.values),
        low=way.low & ~held,
        high=way.high & ~held,
    )


def _has_direction(way: Feature) -> bool:
    rated = way.values[~np.isnan(way.values)]
    return bool(way.low.any() and way.high.any() and len(rated) > 1 and np.ptp(rated) > 0)


def _estimates(
    told: _Told, ways: Sequence[Feature], times: Times, n_units: int
) -> tuple[Estimate, Estimate]:
    """Return kappa and rho, each the mean over the ways of rating, with intervals."""
    said = ~np.isnan(told.projections)
    with_all = np.concatenate([np.ones((len(said), 1)), times], axis=1)
    kappas, rhos = [], []
    for above, way in zip(told.above, ways, strict=True):
        chosen = said & (way.low | way.high)
        kappas.append(_kappa(above[chosen], way.high[chosen], with_all[chosen]))
        rated = said & ~np.isnan(way.values)
        measures = weighted_measures(
            told.projections[rated], way.values[rated], with_all[rated], ["spearman"]
        )
        rhos.append(measures["spearman"])
    means = np.mean(kappas, axis=0), np.mean(rhos, axis=0)
    kappa, rho = (estimate(float(values[0]), values[1:], n_units) for values in means)
    return kappa, rho


def _kappa(
    above: Bool[ndarray, " item"], high: Bool[ndarray, " item"], times: Times
) -> Float[ndarray, " draw"]:
    """Return Cohen's kappa of every draw; nan where a draw holds one class only, and right."""
    n = times.sum(axis=0)
    agreed = times[above == high].sum(axis=0)
    n_above, n_high = times[above].sum(axis=0), times[high].sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        chance_share = (n_above * n_high + (n - n_above) * (n - n_high)) / n**2
        kappa = (agreed / n - chance_share) / (1 - chance_share)
    return np.where(chance_share < 1, kappa, np.nan)
