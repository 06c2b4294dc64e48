"""Multidimensional scaling of the 60 rated items, many starts: ours and scikit-learn's."""

import numpy as np

from benchmarks.candidates import Candidate, Pace
from benchmarks.entry import Entry, seconds
from benchmarks.measuring import Settings, measure
from shapespace.spaces.scaling.monotone import Ties

N_DIMS = 4
N_STARTS = 256
N_AT_ONCE = 37
"""Starts of scikit-learn in one round: seven rounds make 259, so its work is done once in all."""


def scaling(settings: Settings) -> Entry:
    """Measure metric and nonmetric scaling in four dimensions from 256 random starts."""
    n_starts, n_at_once = (2, 1) if settings.tiny else (N_STARTS, N_AT_ONCE)
    entry = Entry(
        title="Multidimensional scaling",
        notes=[
            f"The published dissimilarities of 60 items, {N_DIMS} dimensions, {n_starts} starts, "
            "one thread. All starts are random but one of ours, which is classical scaling. Tied "
            "dissimilarities get equal disparities, as scikit-learn has it, unless said; stress "
            f"is told that way throughout. scikit-learn does {n_at_once} starts a round, its time "
            f"scaled up to {n_starts}; its stress is the lowest of all rounds. Stress-1 of both is "
            "worked out alike, from the coordinates. Both stop at their own defaults.",
        ],
    )
    for kind, metric in (("metric", True), ("nonmetric", False)):
        arguments = {"metric": metric, "ties": "secondary", "n_starts": n_starts}
        primary = Candidate(
            name="ours, ties may part (our default)",
            function="scaling:ours",
            arguments=arguments | {"ties": "primary"},
        )
        candidates = [
            Candidate(name="ours", function="scaling:ours", arguments=arguments),
            *([] if metric else [primary]),
            Candidate(
                name="scikit-learn",
                function="scaling:scikit_learns",
                arguments={"metric": metric, "n_starts": n_at_once},
                share=n_at_once / n_starts,
                rounds=min(settings.rounds, 7),
            ),
        ]
        found = measure(candidates, settings, title=kind, budget_s=200)
        case = f"{kind}, {n_starts} starts"
        entry.add(case, candidates, found, seconds, "s", against="ours")
    return entry


def ours(pace: Pace, *, metric: bool, ties: Ties, n_starts: int) -> None:
    """Scale as `space build` does; facts: the lowest stress, with equal values for ties."""
    from shapespace.data.ratings import published_dissimilarities
    from shapespace.spaces.scaling.fitting import scale

    ratings = published_dissimilarities()
    draw = np.random.default_rng(0)
    pace()
    while True:
        space = scale(
            ratings,
            N_DIMS,
            method="metric" if metric else "nonmetric",
            ties=ties,
            n_starts=n_starts,
            generator=draw,
        )
        pace(stress=stress_1(space.coordinates, ratings.flat, metric=metric))


def scikit_learns(pace: Pace, *, metric: bool, n_starts: int) -> None:
    """Scale with scikit-learn; facts: the lowest stress of all rounds so far."""
    from sklearn.manifold import MDS

    from shapespace.data.ratings import published_dissimilarities

    ratings = published_dissimilarities()
    lowest, seed = np.inf, 0
    pace()
    while True:
        found = MDS(
            n_components=N_DIMS,
            metric="precomputed",
            metric_mds=metric,
            n_init=n_starts,
            init="random",
            n_jobs=1,
            random_state=seed,
        ).fit_transform(ratings.matrix)
        lowest = min(lowest, stress_1(np.asarray(found), ratings.flat, metric=metric))
        seed += 1
        pace(stress=lowest)


def stress_1(coordinates: np.ndarray, dissimilarities: np.ndarray, *, metric: bool) -> float:
    """Return Kruskal's stress-1 of a layout, its size being free.

    Args:
        coordinates: One row an item.
        dissimilarities: Of every pair, in `squareform` order.
        metric: Whether disparities are in proportion to dissimilarities; else the best rising
            function of them, with equal values for ties.
    """
    from scipy.spatial.distance import pdist
    from sklearn.isotonic import IsotonicRegression

    distances = pdist(coordinates)
    if metric:
        slope = (distances @ dissimilarities) / (dissimilarities @ dissimilarities)
        disparities = slope * dissimilarities
    else:
        disparities = IsotonicRegression().fit_transform(dissimilarities, distances)
    return float(np.sqrt(((distances - disparities) ** 2).sum() / (distances**2).sum()))
