"""Reliability and ceilings with intervals: what other raters and other stimuli would give."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from shapespace.evaluation.bootstrap import Estimate, estimate
from shapespace.evaluation.people.reliability import (
    MEASURES,
    Pool,
    SplitHalf,
    Values,
    rater_agreement,
    split_half_reliability,
)

Owners = Int[ndarray, "thing _"]
"""Positions of the stimuli behind each thing: two of a pair, else one."""

Table = Float[ndarray, "measure name"]

Over = Literal["raters", "stimuli", "both"]

_CORRECTED = ("corrected", "attainable")

N_DRAWS = 300
"""Bootstrap draws behind an interval."""

SPLITS_A_DRAW = 10
"""Splits in each draw: enough for their own chance to be small beside that of the draw."""


@dataclass(frozen=True, kw_only=True)
class ReliabilityEstimates:
    """Each by measure (`kendall_tau_b`, `spearman`, `pearson`), with 95 % intervals."""

    split_half: SplitHalf
    """The observed values. Draws tell nothing of halves: theirs hold fewer different raters."""
    corrected: dict[str, Estimate]
    attainable: dict[str, Estimate]
    """See `HalfAgreement`."""
    lower: dict[str, Estimate]
    """Noise ceiling of single raters, the rater left out; empty where raters are unknown."""
    upper: dict[str, Estimate]
    n_without: int
    """Raters with no agreement of their own (see `rater_agreement`); 0 where unknown."""


def reliability_estimates(
    values: Values,
    owners: Owners,
    *,
    generator: np.random.Generator,
    named: bool = True,
    over: Over = "both",
    pool: Pool = "standardised",
    n_splits: int = 200,
    n_draws: int = N_DRAWS,
) -> ReliabilityEstimates:
    """Return reliability and noise ceilings with bootstrap intervals.

    Stimuli are drawn with replacement; a pair counts as often as the product of its two
    stimuli, and pairs of a stimulus with its own copy are left out. Raters are drawn with
    replacement too. Copies of a rater stay in the same half, and a mean over them counts as its
    effective number of ratings (Kish), so that draws do not seem less reliable than the ratings
    at hand. For the ceilings, raters are drawn after each was compared with the
    means of all the others.

    Args:
        values: Ratings of things by raters; nan where nothing was rated.
        owners: The stimuli behind each thing.
        generator: Source of the randomness.
        named: Whether rows are people. If not, ratings of each thing are split for themselves,
            only stimuli are drawn, and there are no ceilings of single raters.
        over: What another study would have changed: "raters", "stimuli" or "both".
        pool: See `rater_agreement`.
        n_splits: Splits behind the observed values.
        n_draws: How often to draw.

    Raises:
        BadInput: If there is only one rater.

    Reference:
        Schütt et al. (2023), "Statistical inference on representational geometries", eLife 12.
    """
    by = "raters" if named else "ratings"
    rated = (~np.isnan(values)).any(axis=0)
    values, owners = values[:, rated], owners[rated]
    n_stimuli = len(np.unique(owners))
    observed = split_half_reliability(values, generator=generator, by=by, n_splits=n_splits)
    halves = np.full((n_draws, len(MEASURES), len(_CORRECTED)), np.nan)
    ceilings = np.full((n_draws, len(MEASURES), 2), np.nan)
    for draw in range(n_draws):
        things, repeats = None, None
        if over != "raters" or not named:
            things = _draw_things(owners, generator)
        if over != "stimuli" and named:
            picked = generator.integers(len(values), size=len(values))
            repeats = np.bincount(picked, minlength=len(values))
        halves[draw] = _half_values(
            split_half_reliability(
                values,
                generator=generator,
                by=by,
                n_splits=SPLITS_A_DRAW,
                repeats=repeats,
                things=things,
            )
        )
        if named:
            part = values if things is None else values[:, things]
            ceilings[draw] = _ceilings(part, pool, repeats)[0]

    found = _estimates(_CORRECTED, _half_values(observed), halves, n_stimuli)
    n_without = 0
    if named:
        bounds, n_without = _ceilings(values, pool, None)
        found |= _estimates(("lower", "upper"), bounds, ceilings, n_stimuli)
    return ReliabilityEstimates(
        split_half=observed,
        corrected=found["corrected"],
        attainable=found["attainable"],
        lower=found.get("lower", {}),
        upper=found.get("upper", {}),
        n_without=n_without,
    )


def _draw_things(owners: Owners, generator: np.random.Generator) -> Int[ndarray, " drawn"]:
    """Return the things of stimuli drawn with replacement, each as often as it counts."""
    stimuli, places = np.unique(owners, return_inverse=True)
    n = len(stimuli)
    copies = np.bincount(generator.integers(n, size=n), minlength=n)
    return np.repeat(np.arange(len(owners)), copies[places.reshape(owners.shape)].prod(axis=1))


def _half_values(found: SplitHalf) -> Table:
    return np.array(
        [
            [getattr(getattr(found, measure), name) for name in _CORRECTED]
            for measure in MEASURES
        ]
    )


def _ceilings(
    values: Values, pool: Pool, repeats: Int[ndarray, " rater"] | None
) -> tuple[Table, int]:
    """Return lower and upper ceiling by measure, and how many raters have no agreement."""
    times = np.ones(len(values)) if repeats is None else repeats.astype(np.float64)
    table, n_without = np.full((len(MEASURES), 2), np.nan), 0
    for row, measure in enumerate(MEASURES):
        found = rater_agreement(values, measure, pool=pool)
        defined = ~np.isnan(found.lower) & (times > 0)
        n_without = int(np.isnan(found.lower).sum())
        if defined.any():
            for column, each in enumerate((found.lower, found.upper)):
                table[row, column] = np.average(each[defined], weights=times[defined])
    return table, n_without


def _estimates(
    names: tuple[str, ...], observed: Table, draws: Float[ndarray, "draw measure name"], n: int
) -> dict[str, dict[str, Estimate]]:
    """Return for each name and measure the observed value with the interval of its draws."""
    found: dict[str, dict[str, Estimate]] = {}
    for column, name in enumerate(names):
        found[name] = {}
        for row, measure in enumerate(MEASURES):
            drawn = draws[:, row, column]
            drawn = drawn[~np.isnan(drawn)]
            value = float(observed[row, column])
            if np.isnan(value) or not len(drawn):
                drawn = np.array([np.nan])
            found[name][measure] = estimate(value, drawn, n)
    return found
