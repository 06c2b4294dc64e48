"""What a space is made from: mean dissimilarities of pairs, and raters where they are named."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.distance import squareform

from shapespace.arrays import Flat, Matrix
from shapespace.data.ratings import Ratings, published_dissimilarities
from shapespace.data.trials.aggregation import rated_pairs, to_ratings
from shapespace.data.trials.layouts import read_trials
from shapespace.data.trials.pairs import Kind
from shapespace.errors import BadInput

PUBLISHED = "published"
"""Names the ratings that come with the package."""


@dataclass(frozen=True, eq=False)
class PairRatings:
    """Dissimilarities of pairs, with where they come from."""

    source: str
    """Name of the file, or "published"."""
    sha256: str
    """Checksum of the file, or of the published dissimilarities."""
    ratings: Ratings
    """Means over all ratings of a pair; nan where there is none."""
    weights: Flat
    """How many ratings each pair has, in `squareform` order; all the same for the published."""
    single: Matrix | None
    """One row a pair, one column a rater, nan where not rated; None if raters are not named."""


def published_pairs() -> PairRatings:
    """Return the published mean dissimilarities of the 60 items."""
    ratings = published_dissimilarities()
    digest = hashlib.sha256(ratings.flat.tobytes()).hexdigest()
    return PairRatings(PUBLISHED, digest, ratings, np.ones(len(ratings.flat)), None)


def read_pairs(
    path: Path, *, kind: Kind | None = None, scale: tuple[float, float] | None = None
) -> PairRatings:
    """Read ratings of pairs in any layout that `read_trials` knows.

    Args:
        path: File of ratings.
        kind: What a high rating means, where the file does not say.
        scale: Lowest and highest answer, where the file does not say.

    Raises:
        BadInput: If the file cannot be read, or holds no ratings of pairs.
    """
    trials = read_trials(path, kind=kind, scale=scale)
    of_pairs = [name for name in trials.paradigms if name != "attribute"]
    if not of_pairs:
        raise BadInput(f"{path.name} holds ratings of single stimuli; a space needs pairs.")
    rated = rated_pairs(trials.of(*of_pairs))
    ratings = to_ratings(rated)
    assert ratings.n_ratings is not None
    return PairRatings(
        source=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        ratings=ratings,
        weights=squareform(ratings.n_ratings, checks=False),
        single=rated.values.T if rated.named else None,
    )
