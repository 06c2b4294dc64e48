"""Who rated what: the design of a study, read off its ratings."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shapespace.data.trials.aggregation import Rated


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Smallest, middle and largest of several numbers."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Design:
    """How many raters saw how many pairs, or stimuli ("things")."""

    n_stimuli: int
    n_raters: int
    """0 where nobody knows who rated."""
    n_things: int
    """Pairs (or stimuli) that could have been rated."""
    n_rated: int
    """Those that were, by anyone."""
    n_rated_twice: int
    """Those with ratings of two raters or more, on which reliability rests."""
    ratings_a_thing: Spread
    """Trials behind each thing that was rated."""
    things_a_rater: Spread
    """Things that each rater saw; of nobody knows whom, the sizes of whole rounds."""
    n_parts: int
    """Groups of stimuli that no rated pair connects; a space needs 1. 0 for attributes."""

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return asdict(self)


def design(rated: Rated) -> Design:
    """Count who rated what."""
    seen = rated.counts > 0
    behind, raters = rated.counts.sum(axis=0), seen.sum(axis=0)
    return Design(
        n_stimuli=len(rated.items),
        n_raters=len(rated.raters) if rated.named else 0,
        n_things=rated.values.shape[1],
        n_rated=int((behind > 0).sum()),
        n_rated_twice=int((raters > 1).sum()),
        ratings_a_thing=_spread(behind[behind > 0]),
        things_a_rater=_spread(seen.sum(axis=1).astype(np.float64)),
        n_parts=_n_parts(rated, behind > 0) if rated.of_pairs else 0,
    )


def _spread(values: Float[ndarray, " one"]) -> Spread:
    low, median, high = np.quantile(values, [0, 0.5, 1]).tolist()
    return Spread(low=low, median=median, high=high)


def _n_parts(rated: Rated, used: ndarray) -> int:
    first, second = rated.owners[used].T
    n = len(rated.items)
    joined = coo_array((np.ones(len(first)), (first, second)), shape=(n, n))
    return int(connected_components(joined, directed=False)[0])
