"""What people said: the published dissimilarities and features of the 60 Shapes items."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Int
from numpy import ndarray
from scipy.spatial.distance import squareform

from shapespace.arrays import Flat, Matrix, Square
from shapespace.errors import BadInput

N_RATERS = 15
"""Ratings behind each published mean similarity."""

HIGHEST = 5
"""The most similar answer of the scale; the least similar is 1."""

FEATURES = ("FORM", "LINES", "ORIENTATION")
"""Elongated -1 to blob-like +1; straight -1 to curved +1; horizontal -1 to vertical +1."""


@dataclass(frozen=True, eq=False)
class Ratings:
    """Dissimilarities of every pair of a number of items, keyed by the items' names."""

    items: tuple[str, ...]
    """Names, in the order of rows and columns."""
    matrix: Square
    """Dissimilarity of each pair: symmetric, 0 on the diagonal; nan where it was not rated."""
    single: Matrix | None = None
    """Single ratings of some pairs, one row a pair, one column a person (or one rating of each
    pair by nobody knows whom); nan where one did not rate; None if unknown."""
    n_ratings: Square | None = None
    """Ratings behind each dissimilarity, 0 on the diagonal; None if unknown."""

    def __post_init__(self) -> None:
        n = len(self.items)
        if self.matrix.shape != (n, n):
            raise BadInput(
                f"Ratings of {n} items need a matrix of {n} x {n} dissimilarities, "
                f"got {' x '.join(map(str, self.matrix.shape))}."
            )
        twice = sorted({item for item in self.items if self.items.count(item) > 1})
        if twice:
            raise BadInput(f"Each item can be rated once only, but {twice[0]!r} occurs twice.")
        if not np.array_equal(self.matrix, self.matrix.T, equal_nan=True):
            raise BadInput(
                "The matrix of dissimilarities is not symmetric. Where A-B and B-A were rated "
                "apart, average them first."
            )
        if np.diagonal(self.matrix).any():
            raise BadInput(
                "Dissimilarities of items with themselves must be 0. If these are "
                "similarities, subtract them from the highest answer of the scale."
            )

    @property
    def flat(self) -> Flat:
        """The upper triangle, row by row: the order of scipy's `squareform`."""
        return squareform(self.matrix, checks=False)

    def subset(self, items: Sequence[str]) -> "Ratings":
        """Return the ratings of these items alone, in this order.

        Raises:
            BadInput: If one of them was not rated.
        """
        position = {item: row for row, item in enumerate(self.items)}
        missing = [item for item in items if item not in position]
        if missing:
            raise BadInput(
                f"There are no ratings of {missing[0]!r}. "
                f"Rated were {len(self.items)} items, such as {self.items[0]!r}."
            )
        rows = [position[item] for item in items]
        both = np.ix_(rows, rows)
        n_ratings = None if self.n_ratings is None else self.n_ratings[both]
        return Ratings(tuple(items), self.matrix[both], self.single, n_ratings)


def items() -> pd.DataFrame:
    """Return the 60 items: category, visual type and origin, indexed by `item`."""
    return _table("items.csv").set_index("item")


@cache
def published_dissimilarities() -> Ratings:
    """Return the mean dissimilarity of each of the 1,770 pairs, from 0 to 4.

    Five minus the mean of 15 ratings: exact multiples of 1/15, so that ties are ties.
    """
    names = items().index
    pairs = _table("similarities.csv")
    first, second = (names.get_indexer(pd.Index(pairs[c])) for c in ("item1", "item2"))
    matrix = np.zeros((len(names), len(names)))
    matrix[first, second] = (HIGHEST * N_RATERS - pairs["sum_of_15_ratings"]) / N_RATERS
    matrix += matrix.T  # each pair is listed once
    matrix.flags.writeable = False
    return Ratings(tuple(names), matrix, published_sample())


def published_features(kind: Literal["attentive", "pre-attentive"]) -> pd.DataFrame:
    """Return FORM, LINES and ORIENTATION of the 60 items, each from -1 to +1.

    Args:
        kind: Judged with time ("attentive") or at a glance ("pre-attentive").
    """
    table = _table("features.csv")
    chosen = table[table["rating_type"] == kind].set_index("item")
    return chosen.loc[items().index, list(FEATURES)]


def published_correlations() -> pd.DataFrame:
    """Return the study's tau-b of human features and of its spaces with the mean ratings.

    Columns `representation` (features, or a space), `rating_type`, and for each distance one with
    weights of 1 (`_fixed`) and one with weights fitted over folds of pairs (`_optimised`).
    """
    return _table("correlations.csv").fillna({"rating_type": ""})


def published_sample() -> Matrix:
    """Return the single ratings of 101 pairs by 16 people: one row a pair, one column a person.

    Similarities from 1 to 5; the only single ratings that are carried here.
    """
    table = _table("ratings_sample.csv")
    return table.drop(columns=["item1", "item2", "pair_type"]).to_numpy(np.float64)


def published_sample_owners() -> Int[ndarray, "pair 2"]:
    """Return the positions, among `items()`, of the two items of each pair of the sample."""
    table, names = _table("ratings_sample.csv"), items().index
    return np.stack([names.get_indexer(pd.Index(table[c])) for c in ("item1", "item2")], axis=1)


def _table(name: str) -> pd.DataFrame:
    with as_file(files("shapespace.data") / "human" / name) as path:
        return pd.read_csv(path)
