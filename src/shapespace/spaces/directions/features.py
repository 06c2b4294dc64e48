"""Rated features of items, and the classes of items that clearly have one or clearly lack it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float
from numpy import ndarray

from shapespace.data.ratings import FEATURES, items, published_features
from shapespace.data.trials.aggregation import rated_attributes
from shapespace.data.trials.layouts import read_trials
from shapespace.errors import BadInput

RATING_TYPES: tuple[Literal["attentive", "pre-attentive"], ...] = ("attentive", "pre-attentive")
"""Judged with time, and at a glance."""

QUARTER = 0.25
"""Share of the items in each class."""

_IN_CLASS = {
    ("FORM", "pre-attentive"): ("parrot",),
    ("LINES", "pre-attentive"): ("scooter", "dandelion", "rose", "blouse"),
    ("ORIENTATION", "pre-attentive"): ("toaster",),
}
"""Items that tie at the end of a quarter and that the study put into the class. It sorted by its
own order of items; which ones they were follows from its directions, which no others give."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Feature:
    """One feature of every item, rated in one way."""

    name: str
    rating_type: str
    """How it was rated, such as "attentive"; "" where there is one way only."""
    values: Float[ndarray, " item"]
    """Mean rating; nan where an item was not rated."""
    low: Bool[ndarray, " item"]
    """Items that clearly lack it: the negative class."""
    high: Bool[ndarray, " item"]
    """Items that clearly have it: the positive class."""

    @property
    def label(self) -> str:
        """Name and way of rating, as in "FORM (attentive)"."""
        return f"{self.name} ({self.rating_type})" if self.rating_type else self.name


def rated_feature(
    name: str,
    values: Float[ndarray, " item"],
    *,
    rating_type: str = "",
    share: float = QUARTER,
) -> Feature:
    """Return a feature whose classes are the lowest and the highest quarter of its values.

    Items with the value at the end of a class all belong to it, so that the order of items
    does not matter: of a feature that is only -1 or +1, the classes are all items. Where more
    than half of the items share one value, it belongs to neither class, unless it is the lowest
    or the highest.

    Args:
        name: Of the feature.
        values: One for each item; nan where it was not rated.
        rating_type: How it was rated.
        share: Of the items in each class, above 0 and up to .5.

    Raises:
        BadInput: If `share` is out of range, fewer than four items were rated, a value is
            infinite, or all are equal.
    """
    if not 0 < share <= 0.5:
        raise BadInput(
            f"Each class can hold a share of the items above 0 and up to 0.5, got {share}. "
            "The study takes 0.25."
        )
    rated = values[~np.isnan(values)]
    if len(rated) < 4 or np.isinf(rated).any():
        raise BadInput(
            f"The feature {name!r} has {len(rated)} values, of which "
            f"{int(np.isinf(rated).sum())} are infinite; at least 4 finite ones are needed."
        )
    if np.ptp(rated) == 0:
        raise BadInput(
            f"The feature {name!r} is {rated[0]:g} for every item, so it has no direction. "
            "Leave it out."
        )
    size = max(int(len(rated) * share + 1e-9), 1)
    ordered = np.sort(rated)
    low_end, high_end = ordered[size - 1], ordered[-size]
    if low_end < high_end:
        low, high = values <= low_end, values >= high_end
    else:
        low, high = values < low_end, values > low_end
        if not low.any():
            low = values == low_end
        elif not high.any():
            high = values == low_end
    return Feature(name=name, rating_type=rating_type, values=values, low=low, high=high)


def shape_features(names: Sequence[str], *, share: float = QUARTER) -> list[Feature]:
    """Return the published FORM, LINES and ORIENTATION of these items, rated in both ways.

    Quarters of all 60 items, in any order, are those of 15 items that the study used.

    Raises:
        BadInput: If an item has no published features.
    """
    missing = [name for name in names if name not in items().index]
    if missing:
        raise BadInput(
            f"There are no published features of {missing[0]!r}; give the features of your "
            "items as a CSV with a column 'item' and one for each feature (--features)."
        )
    found = []
    for name in FEATURES:
        for rating_type in RATING_TYPES:
            table = published_features(rating_type)
            values = table.loc[list(names), name].to_numpy(np.float64)
            rated = rated_feature(name, values, rating_type=rating_type, share=share)
            if share == QUARTER and set(names) == set(items().index):
                rated = _as_published(rated, names)
            found.append(rated)
    return found


def category_features(names: Sequence[str]) -> list[Feature]:
    """Return what the study calls `artificial` and `visSim`, features of categories, -1 or +1.

    `visSim` is +1 for categories of items that look *different* (VV): this is the sign of the
    published directions.

    Raises:
        BadInput: If an item is none of the 60.
    """
    missing = [name for name in names if name not in items().index]
    if missing:
        raise BadInput(f"{missing[0]!r} is none of the 60 items of the study.")
    table = items().loc[list(names)]
    return [
        rated_feature("artificial", np.where(table["origin"] == "artificial", 1.0, -1.0)),
        rated_feature("visSim", np.where(table["visual_type"] == "VV", 1.0, -1.0)),
    ]


def read_features(path: Path, names: Sequence[str], *, share: float = QUARTER) -> list[Feature]:
    """Read features of items from a file of attribute ratings.

    Args:
        path: A table with a column 'item' and one for each feature; or any other layout of
            attribute ratings (see docs/ratings.md). Several ratings of an item are averaged. A
            column 'rating_type' tells ways of rating apart.
        names: Items of the space, in its order.
        share: Of the items in each class; see `rated_feature`.

    Raises:
        BadInput: If the file cannot be read, or holds no rating of an item of the space.
    """
    trials = read_trials(path)
    if "attribute" not in trials.paradigms:
        raise BadInput(f"{path.name} holds no ratings of single items on a feature.")
    trials = trials.of("attribute")
    known = trials.table["stimulus1"].isin(list(names))
    if not known.any():
        first = trials.table["stimulus1"].iloc[0]
        raise BadInput(
            f"No item of {path.name} (such as {first!r}) is in the space, which has "
            f"{len(names)} items such as {names[0]!r}. Items are joined by their ids."
        )
    place = {name: position for position, name in enumerate(names)}
    found = []
    for label, rated in rated_attributes(trials).items():
        values = np.full(len(names), np.nan)
        for item, value in zip(rated.items, _means(rated.values), strict=True):
            if item in place:
                values[place[item]] = value
        name, _, rating_type = label.removesuffix(")").partition(" (")
        found.append(rated_feature(name, values, rating_type=rating_type, share=share))
    return found


def _means(values: Float[ndarray, "rater item"]) -> Float[ndarray, " item"]:
    counts = (~np.isnan(values)).sum(axis=0)
    return np.where(counts > 0, np.nansum(values, axis=0) / np.maximum(counts, 1), np.nan)


def _as_published(rated: Feature, names: Sequence[str]) -> Feature:
    """Return the feature with quarters of 15 items: of those that tie, the study's ones."""
    chosen = np.isin(names, _IN_CLASS.get((rated.name, rated.rating_type), ()))
    quarter = len(names) // 4

    def without_ties(members: ndarray, end: float) -> Bool[ndarray, " item"]:
        tied = members & (rated.values == end)
        return members & (~tied | chosen) if members.sum() > quarter else members

    return Feature(
        name=rated.name,
        rating_type=rated.rating_type,
        values=rated.values,
        low=without_ties(rated.low, float(rated.values[rated.low].max())),
        high=without_ties(rated.high, float(rated.values[rated.high].min())),
    )
