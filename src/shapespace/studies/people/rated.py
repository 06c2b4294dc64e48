"""Human ratings as a comparison needs them: means, who said what, what people reach, the design."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial.distance import squareform

from shapespace.data.ratings import (
    HIGHEST,
    N_RATERS,
    Ratings,
    published_dissimilarities,
    published_sample,
    published_sample_owners,
)
from shapespace.data.trials.aggregation import Rated, rated_pairs, to_ratings
from shapespace.data.trials.layouts import read_trials
from shapespace.data.trials.pairs import Kind
from shapespace.data.trials.table import CHOICES, PAIRS, Trials
from shapespace.errors import BadInput
from shapespace.evaluation.people.dual_bootstrap import Raters
from shapespace.evaluation.people.rater_noise import Design, Scale, make_design
from shapespace.evaluation.people.reliability_intervals import (
    ReliabilityEstimates,
    reliability_estimates,
)

CEILING_DRAWS = 100
"""Bootstrap draws behind the interval of a ceiling."""

SAMPLE_NOTE = (
    "The ceiling comes from the only single ratings known of that study: of 101 pairs, by 16 "
    "people."
)
MEANS_NOTE = (
    "Intervals are over stimuli alone: of the published study means of 15 ratings are known, but "
    "not who gave which."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class PeopleSaid:
    """Ratings of pairs, and what is known of the raters."""

    source: str
    ratings: Ratings
    raters: Raters | None
    """Who said what, where raters are known by name and there are two or more."""
    ceiling: ReliabilityEstimates | None
    """What people reach among themselves; None where each pair was rated once."""
    design: Design | None
    """What simulated studies share with this one; None where no noise can be told."""
    notes: tuple[str, ...]
    """What limits intervals, ceiling and simulation, one sentence each."""


def published_people(
    *, generator: np.random.Generator, draws: int = CEILING_DRAWS
) -> PeopleSaid:
    """Return the published ratings of the 60 Shapes items.

    Args:
        generator: Source of the randomness of the ceiling's interval.
        draws: Bootstrap draws behind it.
    """
    ratings = published_dissimilarities()
    single = published_sample()
    ceiling = reliability_estimates(
        single.T, published_sample_owners(), generator=generator, n_draws=draws
    )
    n = len(ratings.items)
    counts = np.full(n * (n - 1) // 2, float(N_RATERS))
    design = make_design(
        ratings.flat,
        counts,
        reliability=ceiling.split_half.pearson.corrected,
        scale=Scale(low=0.0, high=float(HIGHEST - 1)),
        reference=HIGHEST - single.mean(axis=1),
        n_reference=float(single.shape[1]),
    )
    return PeopleSaid(
        source="published ratings of the Shapes study",
        ratings=ratings,
        raters=None,
        ceiling=ceiling,
        design=design,
        notes=(MEANS_NOTE, SAMPLE_NOTE),
    )


def read_people(
    path: Path,
    *,
    kind: Kind | None = None,
    scale: tuple[float, float] | None = None,
    generator: np.random.Generator,
    draws: int = CEILING_DRAWS,
) -> PeopleSaid:
    """Read ratings of pairs, in any layout that docs/ratings.md names.

    Args:
        path: The file.
        kind: What a high rating of a pair means, where the file does not say.
        scale: Lowest and highest answer, where the file does not say.
        generator: Source of the randomness of the ceiling's interval.
        draws: Bootstrap draws behind it.

    Raises:
        BadInput: If the file is damaged, or holds no ratings of pairs.
    """
    trials = read_trials(path, kind=kind, scale=scale)
    kinds = [name for name in trials.paradigms if name in (*PAIRS, *CHOICES)]
    if not kinds:
        raise BadInput(f"{path.name} holds no ratings of pairs of stimuli.")
    return people_of(trials.of(*kinds), source=path.name, generator=generator, draws=draws)


def people_of(
    trials: Trials, *, source: str, generator: np.random.Generator, draws: int = CEILING_DRAWS
) -> PeopleSaid:
    """Return what a comparison needs of trials with pairs.

    Args:
        trials: Of pairs, or choices among three.
        source: What they are called.
        generator: Source of the randomness of the ceiling's interval.
        draws: Bootstrap draws behind it.

    Raises:
        BadInput: If the trials are of several kinds.
    """
    rated = rated_pairs(trials)
    ratings = to_ratings(rated)
    several = len(rated.raters) > 1
    raters = (
        Raters(values=rated.values, counts=rated.counts) if several and rated.named else None
    )
    notes = list(trials.notes)
    if raters is None:
        notes.append(
            "Intervals are over stimuli alone: "
            + ("nobody knows who gave which rating." if several else "there is one rater.")
        )
    ceiling = design = None
    if several and ((~np.isnan(rated.values)).sum(axis=0) > 1).sum() >= 3:
        ceiling = reliability_estimates(
            rated.values, rated.owners, generator=generator, named=rated.named, n_draws=draws
        )
        try:
            design = make_design(
                ratings.flat, rated.counts.sum(axis=0),
                reliability=ceiling.split_half.pearson.corrected, scale=_scale(trials, rated),
            )  # fmt: skip
        except BadInput as error:
            notes.append(f"No studies can be simulated: {error}")
    else:
        notes.append("There is no ceiling: hardly a pair was rated twice.")
    return PeopleSaid(
        source=source,
        ratings=ratings,
        raters=raters,
        ceiling=ceiling,
        design=design,
        notes=tuple(notes),
    )


def subset(people: PeopleSaid, stimuli: tuple[str, ...]) -> PeopleSaid:
    """Return the ratings of some stimuli alone, with the ceiling of all.

    Raises:
        BadInput: If one of them was not rated, or there are fewer than three.
    """
    if stimuli == people.ratings.items:
        return people
    if len(stimuli) < 3:
        raise BadInput(
            f"Only {len(stimuli)} rated stimuli are in every representation; a comparison needs "
            "at least 3."
        )
    place = {item: row for row, item in enumerate(people.ratings.items)}
    rows = [place[item] for item in stimuli]

    def flat(values: Float[ndarray, " pair"]) -> Float[ndarray, " kept"]:
        return squareform(squareform(values, checks=False)[np.ix_(rows, rows)], checks=False)

    raters, design = people.raters, people.design
    if raters is not None:
        raters = Raters(
            values=np.stack([flat(row) for row in raters.values]),
            counts=np.stack([flat(row) for row in raters.counts]),
        )
    if design is not None:
        design = Design(
            dissimilarities=flat(design.dissimilarities),
            counts=flat(design.counts),
            reliability=design.reliability,
            noise=design.noise,
            scale=design.scale,
        )
    return PeopleSaid(
        source=people.source,
        ratings=people.ratings.subset(stimuli),
        raters=raters,
        ceiling=people.ceiling,
        design=design,
        notes=people.notes,
    )


def _scale(trials: Trials, rated: Rated) -> Scale | None:
    """Return the whole answers there were, as dissimilarities; None if they are any number."""
    table = trials.table
    low, high = (float(table[c].iloc[0]) for c in ("scale_low", "scale_high"))
    seen = rated.values[rated.counts > 0]
    # A value that is the mean of several trials is no single answer.
    if np.isnan(low) or np.isnan(high) or (seen % 1 != 0).any() or (rated.counts > 1).any():
        return None
    if low % 1 or high % 1:
        return None
    similar = trials.paradigms == ("similarity",)
    return Scale(low=0.0, high=high - low) if similar else Scale(low=low, high=high)
