"""Raters who never lived: ratings of known coordinates, to test what is done with real ones."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import pdist

from shapespace.arrays import Matrix
from shapespace.data.trials.table import Trials, trials
from shapespace.errors import BadInput


@dataclass(frozen=True, eq=False)
class Simulated:
    """Ratings, and the truth they were made from."""

    trials: Trials
    items: tuple[str, ...]
    coordinates: Matrix
    """One row an item, in the order of `items`: centroid 0, mean squared norm 1."""


def simulate_ratings(
    *,
    generator: np.random.Generator,
    n_items: int = 60,
    n_dims: int = 4,
    n_raters: int = 15,
    share: float = 1.0,
    noise: float = 0.2,
    bias: float = 0.1,
    n_steps: int = 5,
) -> Simulated:
    """Let raters judge how alike points of a space are.

    Points are normally distributed. A rater sees a random share of the pairs. To the distance
    of a pair comes noise and a bias of the rater; the sum falls into one of `n_steps`
    answers of equal width between the smallest and the largest true distance.

    Args:
        generator: Source of the randomness.
        n_items: Number of points.
        n_dims: Dimensions of the space.
        n_raters: Number of raters.
        share: Share of the pairs that each rater sees, above 0, up to 1.
        noise: Standard deviation of a single judgement; distances are about 1.4 on average.
        bias: Standard deviation over raters of how far apart they see everything.
        n_steps: Answers of the scale, which runs from 1 (not alike) to this number.

    Raises:
        BadInput: If a number makes no sense.
    """
    if n_items < 3 or n_dims < 1 or n_raters < 1 or n_steps < 2:
        raise BadInput("A simulation has 3 items, 1 dimension, 1 rater and 2 answers or more.")
    if not 0 < share <= 1 or noise < 0 or bias < 0:
        raise BadInput(
            "The share of pairs lies above 0 and up to 1, noise and bias at 0 or above; got "
            f"{share:g}, {noise:g} and {bias:g}."
        )
    coordinates = generator.normal(size=(n_items, n_dims))
    coordinates -= coordinates.mean(axis=0)
    coordinates /= np.sqrt((coordinates**2).sum(axis=1).mean())
    distances = pdist(coordinates)
    edges = np.linspace(distances.min(), distances.max(), n_steps + 1)[1:-1]

    n_seen = max(1, round(share * len(distances)))
    seen = np.argsort(generator.random((n_raters, len(distances))), axis=1)[:, :n_seen]
    seen.sort(axis=1)
    heard = distances[seen] + noise * generator.normal(size=seen.shape)
    heard += bias * generator.normal(size=(n_raters, 1))
    answers = n_steps - np.searchsorted(edges, heard)

    items = tuple(f"item {i + 1:0{len(str(n_items))}}" for i in range(n_items))
    raters = [f"rater {i + 1:0{len(str(n_raters))}}" for i in range(n_raters)]
    first, second = (np.array(items, dtype=object)[e] for e in np.triu_indices(n_items, 1))
    table = {
        "paradigm": "similarity",
        "rater": np.repeat(np.array(raters, dtype=object), n_seen),
        "stimulus1": first[seen.ravel()],
        "stimulus2": second[seen.ravel()],
        "response": answers.ravel().astype(np.float64),
        "scale_low": 1.0,
        "scale_high": float(n_steps),
    }
    return Simulated(trials(table), items, coordinates)
