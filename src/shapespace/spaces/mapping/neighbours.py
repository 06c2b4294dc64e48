"""What lies near a point of a similarity space: stimuli, and the categories they belong to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial.distance import cdist

from shapespace.arrays import Coordinates

N_NEAREST = 5
"""Nearest stimuli whose categories are counted."""

DEFINITION = (
    "nearest: the stimuli at the least Euclidean distance. prototype: the category whose mean "
    f"place is nearest. shares: how many of the {N_NEAREST} nearest stimuli belong to each category, "
    "as a share of them."
)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What lies near a point."""

    nearest: list[tuple[str, float]]
    """Stimuli and their distances, nearest first."""
    prototype: tuple[str, float] | None
    """The category whose mean place is nearest, and its distance; None without categories."""
    shares: dict[str, float]
    """Share of the nearest stimuli that belong to each category, largest first; empty without
    categories."""


def surroundings(
    point: Float[ndarray, " dim"],
    stimuli: Sequence[str],
    places: Coordinates,
    categories: Sequence[str] | None = None,
    *,
    n_nearest: int = N_NEAREST,
) -> Surroundings:
    """Return what lies near a point of the space.

    Args:
        point: Where to look.
        stimuli: Names.
        places: Where they lie, in the same order.
        categories: To which category each belongs; None if that is not known.
        n_nearest: How many stimuli count as near; all of them if there are fewer.
    """
    distances = cdist(point[None], places)[0]
    order = np.argsort(distances, kind="stable")[:n_nearest]
    nearest = [(stimuli[row], float(distances[row])) for row in map(int, order)]
    if categories is None:
        return Surroundings(nearest=nearest, prototype=None, shares={})
    names = sorted(set(categories))
    of = np.array(categories)
    means = np.stack([places[of == name].mean(axis=0) for name in names])
    from_means = cdist(point[None], means)[0]
    closest = int(from_means.argmin())
    counts = Counter(of[order].tolist())
    return Surroundings(
        nearest=nearest,
        prototype=(names[closest], float(from_means[closest])),
        shares={name: n / len(order) for name, n in counts.most_common()},
    )
