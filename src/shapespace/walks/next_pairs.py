"""Which pairs to rate next: those whose distance in the space is least certain."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from numpy import ndarray

from shapespace.errors import BadInput


def pairs_to_rate(
    items: Sequence[str],
    coordinates: Float[ndarray, "item dim"],
    covariances: Float[ndarray, "item dim dim"],
    n_pairs: int,
) -> pd.DataFrame:
    """Return the pairs whose distance varies most when the ratings are drawn anew.

    The spread of a distance is that of the two items along the line between them, taken as
    independent of each other.

    Args:
        items: Names.
        coordinates: Their places.
        covariances: Of each place, from `spaces.scaling.stability`.
        n_pairs: Pairs to return at most.

    Returns:
        Columns `item1`, `item2`, `distance` and `spread` (standard deviation, in units of the
        space), the least certain first.

    Raises:
        BadInput: If no pair is asked for.
    """
    if n_pairs < 1:
        raise BadInput(f"Ask for at least 1 pair, got {n_pairs}.")
    first, second = np.triu_indices(len(items), 1)
    between = coordinates[first] - coordinates[second]
    distances = np.linalg.norm(between, axis=1)
    # Of two items at one place any line is as good: the spread is the root of the mean variance.
    ways = between / np.where(distances > 0, distances, 1.0)[:, None]
    sums = covariances[first] + covariances[second]
    variances = np.einsum("pi,pij,pj->p", ways, sums, ways)
    mean = np.trace(sums, axis1=1, axis2=2) / coordinates.shape[1]
    spread = np.sqrt(np.where(distances > 0, variances, mean))
    order = np.argsort(-spread, kind="stable")[:n_pairs]
    names = np.array(items, dtype=object)
    return pd.DataFrame(
        {
            "item1": names[first[order]],
            "item2": names[second[order]],
            "distance": distances[order],
            "spread": spread[order],
        }
    )
