"""From trials to one number for each pair or stimulus: of every rater, and of all together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from numpy import ndarray
from scipy.spatial.distance import squareform

from shapespace.arrays import Flat
from shapespace.data.ratings import Ratings
from shapespace.data.trials.arrangement import combine_arrangements
from shapespace.data.trials.table import CHOICES, PAIRS, STIMULI, Trials
from shapespace.errors import BadInput

RaterValues = Float[ndarray, "rater thing"]
"""One row a rater; one column a pair (in the order of `squareform`) or a stimulus."""

MAX_CELLS = 400_000_000
"""Raters times pairs that are held in memory at once (3 GB)."""

How = Literal["mean", "median"]


@dataclass(frozen=True, eq=False)
class Rated:
    """What every rater said of every pair, or of every stimulus; nan where nothing."""

    items: tuple[str, ...]
    """Ids of the stimuli."""
    raters: tuple[str, ...]
    """Names of the rows; numbers where nobody knows who rated."""
    values: RaterValues
    """Dissimilarities of pairs, or values of stimuli."""
    counts: RaterValues
    """Trials behind each value; 0 where it is nan."""
    named: bool
    """Whether a row is one person. Else it is one rating of each pair, by nobody knows whom."""
    of_pairs: bool = True
    """Whether a column is a pair of stimuli, in the order of `squareform`; else it is one."""

    @property
    def owners(self) -> Int[ndarray, "thing _"]:
        """Positions of the stimuli behind each column: two for a pair, else one."""
        n = len(self.items)
        if self.of_pairs:
            return np.stack(np.triu_indices(n, 1), axis=1)
        return np.arange(n)[:, None]


def rated_pairs(trials: Trials, items: Sequence[str] | None = None) -> Rated:
    """Return every rater's dissimilarity of every pair.

    - Similarities become dissimilarities by subtraction from the highest answer of their scale:
      on a scale from 1 to 5 the result runs from 0 (most alike) to 4.
    - Dissimilarities stay as they are.
    - Arrangements of a rater are combined (see `combine_arrangements`) and scaled to a mean
      square of 1, since every rater fills the surface.
    - Choices among three: 1 minus the share of a pair's comparisons that it won. An odd-one-out
      trial is won by the pair that stays and lost by the two others; a triplet is won by the
      nearer and lost by the farther pair. 0 to 1.

    Several trials of one rater with the same pair are averaged.

    Args:
        trials: Of one of these paradigms, or of the two kinds of choices.
        items: Ids in the wanted order; all that occur, sorted, if not given.

    Raises:
        BadInput: If paradigms are mixed, a scale is missing, `items` lack a stimulus, or some
            raters are named and others not.
    """
    mixed = [name for name in trials.paradigms if name in PAIRS]
    choices = [name for name in trials.paradigms if name in CHOICES]
    if len(mixed) + bool(choices) != 1:
        raise BadInput(
            "Dissimilarities come from one kind of trial at a time; these are "
            f"{', '.join(map(repr, trials.paradigms))}."
        )
    chosen = trials.of(*(mixed or choices))
    names = _names(chosen, items)
    raters, who, named = _people(chosen, ["stimulus1", "stimulus2"] if mixed else STIMULI)
    n_pairs = len(names) * (len(names) - 1) // 2
    if len(raters) * n_pairs > MAX_CELLS:
        raise BadInput(
            f"{len(raters):,} raters and {len(names):,} stimuli would need "
            f"{len(raters) * n_pairs * 8 / 2**30:.0f} GB; take fewer of them at a time."
        )
    shape = len(raters), n_pairs
    if mixed == ["arrangement"]:
        values, counts = _arranged(chosen, names, who, shape)
    elif mixed:
        response = _dissimilarity(chosen.table, mixed[0])
        pairs = _pair_numbers(chosen.table, ("stimulus1", "stimulus2"), names)
        values, counts = _averaged(who, pairs, response, shape)
    else:
        values, counts = _shares_lost(chosen.table, names, who, shape)
    return Rated(names, raters, values, counts, named)


def rated_attributes(trials: Trials, items: Sequence[str] | None = None) -> dict[str, Rated]:
    """Return for each attribute what every rater said of every stimulus.

    Args:
        trials: Those of attributes are used.
        items: Ids in the wanted order; all that occur, sorted, if not given.

    Raises:
        BadInput: If no attribute was rated, or `items` lack a stimulus.
    """
    chosen = trials.of("attribute")
    names = _names(chosen, items)
    place = {name: position for position, name in enumerate(names)}
    found = {}
    for attribute, table in chosen.table.groupby("attribute", sort=True):
        part = Trials(table.reset_index(drop=True))
        raters, who, named = _people(part, ["stimulus1"])
        what = table["stimulus1"].map(place).to_numpy(np.int64)
        shape = len(raters), len(names)
        values, counts = _averaged(who, what, table["response"].to_numpy(), shape)
        found[str(attribute)] = Rated(names, raters, values, counts, named, of_pairs=False)
    return found


def aggregate(rated: Rated, how: How = "mean") -> tuple[Flat, Flat]:
    """Join raters to one value each, and say how many trials are behind it.

    Args:
        rated: Values by rater.
        how: "mean" (each trial counts the same) or "median" (over raters).

    Returns:
        The values, nan where nobody rated; and the number of trials behind each.
    """
    counts = rated.counts.sum(axis=0)
    seen = counts > 0
    result = np.full(len(seen), np.nan)
    if how == "median":
        result[seen] = np.nanmedian(rated.values[:, seen], axis=0)
    else:
        sums = np.where(rated.counts > 0, rated.values * rated.counts, 0.0).sum(axis=0)
        result[seen] = sums[seen] / counts[seen]
    return result, counts


def to_ratings(rated: Rated, how: How = "mean") -> Ratings:
    """Return the dissimilarities of all raters together, with the number behind each.

    Args:
        rated: Dissimilarities of pairs by rater.
        how: See `aggregate`.

    Raises:
        BadInput: If fewer than two stimuli were rated.
    """
    if len(rated.items) < 2:
        raise BadInput("Dissimilarities need at least two stimuli.")
    values, counts = aggregate(rated, how)
    return Ratings(
        rated.items,
        squareform(values, checks=False),
        single=rated.values.T,
        n_ratings=squareform(counts, checks=False),
    )


def attribute_means(trials: Trials, how: How = "mean") -> pd.DataFrame:
    """Return one row a stimulus, one column an attribute: the mean or median over raters."""
    found = rated_attributes(trials)
    first = next(iter(found.values()))
    columns = {name: aggregate(rated, how)[0] for name, rated in found.items()}
    return pd.DataFrame(columns, index=pd.Index(first.items, name="stimulus"))


def _names(trials: Trials, items: Sequence[str] | None) -> tuple[str, ...]:
    if items is None:
        return trials.stimuli
    missing = sorted(set(trials.stimuli) - set(items))
    if missing:
        raise BadInput(
            f"{len(missing)} rated stimuli are not among those asked for, such as {missing[0]!r}."
        )
    return tuple(items)


def _people(trials: Trials, stimuli: list[str]) -> tuple[tuple[str, ...], ndarray, bool]:
    """Return names of raters, the row of each trial, and whether rows are people.

    Without names the first rating of each pair goes to row 1, the second to row 2, and so on.
    """
    rater = trials.table["rater"].to_numpy(dtype=object).astype(str)
    unnamed = rater == ""
    if unnamed.any() and not unnamed.all():
        raise BadInput(
            f"{int(unnamed.sum())} trials name no rater and {int((~unnamed).sum())} do; "
            "take them apart, or name all."
        )
    if not unnamed.all():
        names, rows = np.unique(rater, return_inverse=True)
        return tuple(str(name) for name in names), rows, True
    same = pd.DataFrame(np.sort(trials.table[stimuli].to_numpy().astype(str), axis=1))
    turn = same.groupby(list(same.columns)).cumcount().to_numpy()
    return tuple(str(i + 1) for i in range(int(turn.max()) + 1)), turn, False


def _dissimilarity(table: pd.DataFrame, paradigm: str) -> Float[ndarray, " trial"]:
    response = table["response"].to_numpy()
    scales = table[["scale_low", "scale_high"]].drop_duplicates()
    if len(scales) > 1:
        raise BadInput(
            "Ratings on different scales cannot be averaged; bring them to one first."
        )
    if paradigm == "dissimilarity":
        return response
    high = float(table["scale_high"].iloc[0])
    if np.isnan(high):
        raise BadInput(
            "To turn similarities into dissimilarities the scale must be known, such as "
            "--scale 1 5 for answers from 1 to 5."
        )
    return high - response


def _pair_numbers(
    table: pd.DataFrame, columns: Sequence[str], names: Sequence[str]
) -> Int[ndarray, " trial"]:
    """Return the position of each trial's pair in the order of `squareform`."""
    place = {name: position for position, name in enumerate(names)}
    ends = np.stack([table[c].map(place).to_numpy(np.int64) for c in columns])
    low, high = ends.min(axis=0), ends.max(axis=0)
    return low * (2 * len(names) - low - 1) // 2 + high - low - 1


def _averaged(
    who: ndarray, what: ndarray, response: ndarray, shape: tuple[int, int]
) -> tuple[RaterValues, RaterValues]:
    """Return the mean response of each rater to each thing, and how many there were."""
    cell = who * shape[1] + what
    size = shape[0] * shape[1]
    counts = np.bincount(cell, minlength=size).astype(np.float64)
    sums = np.bincount(cell, weights=response, minlength=size)
    values = np.full(size, np.nan)
    np.divide(sums, counts, out=values, where=counts > 0)
    return values.reshape(shape), counts.reshape(shape)


def _arranged(
    trials: Trials, names: Sequence[str], who: ndarray, shape: tuple[int, int]
) -> tuple[RaterValues, RaterValues]:
    table = trials.table
    pairs = _pair_numbers(table, ("stimulus1", "stimulus2"), names)
    values, counts = np.full(shape, np.nan), np.zeros(shape)
    for row in range(shape[0]):
        own = np.flatnonzero(who == row)
        _, trial = np.unique(
            table["trial"].to_numpy(dtype=object)[own].astype(str), return_inverse=True
        )
        distances = np.full((int(trial.max()) + 1, shape[1]), np.nan)
        distances[trial, pairs[own]] = table["response"].to_numpy()[own]
        values[row] = combine_arrangements(distances)
        counts[row] = (~np.isnan(distances)).any(axis=0)
    return values, counts


def _shares_lost(
    table: pd.DataFrame, names: Sequence[str], who: ndarray, shape: tuple[int, int]
) -> tuple[RaterValues, RaterValues]:
    """Return for each rater and pair the share of comparisons lost, and how many there were."""
    # A triplet compares its pairs (1, 2) and (1, 3); an odd-one-out trial all three. The pair
    # won is the one without the odd one, or the one with the stimulus chosen as nearer.
    triplet = (table["paradigm"] == "triplet").to_numpy()
    response = table["response"].to_numpy()
    won_by = {(1, 2): (3, 2), (1, 3): (2, 3), (2, 3): (1, 0)}
    cells, lost = [], []
    for (a, b), (odd, near) in won_by.items():
        used = ~triplet if (a, b) == (2, 3) else np.ones(len(table), dtype=bool)
        pairs = _pair_numbers(table[used], (f"stimulus{a}", f"stimulus{b}"), names)
        won = np.where(triplet, response == near, response == odd)[used]
        cells.append(who[used] * shape[1] + pairs)
        lost.append(1.0 - won)
    cell = np.concatenate(cells)
    return _averaged(cell // shape[1], cell % shape[1], np.concatenate(lost), shape)
