"""Distances, correlations and fitted weights: ours, scipy's way, and rsatoolbox."""

import time
from dataclasses import replace

import numpy as np

from benchmarks.candidates import Candidate, Pace
from benchmarks.entry import Entry, milliseconds, seconds
from benchmarks.measuring import Settings, measure

N_UNITS = 512
LARGE = 10_000
"""Stimuli from which on the straightforward ways take minutes and are run once."""


def evaluating(settings: Settings) -> Entry:
    """Measure the RDM and all correlations with ratings, for few and for many stimuli."""
    n_units = 8 if settings.tiny else N_UNITS
    entry = Entry(
        title="Distances and all correlations",
        notes=[
            f"Codes of {n_units} units, euclidean distances, dissimilarities that follow them "
            "with noise, no ties (the hard case) unless said. Correlations: Kendall's tau-b and "
            "tau-a, Spearman, Pearson, straight-line and isotonic R2. scipy's way: pdist, "
            "kendalltau, spearmanr, pearsonr, isotonic_regression. rsatoolbox: calc_rdm, and "
            "compare by tau-b, Spearman and Pearson; it has no isotonic fit. At n = 10,000 the "
            "other ways and variants run once, and rsatoolbox makes the RDM only.",
            "Memory is the most that the process held after the codes and the dissimilarities "
            "were there, those included.",
        ],
    )
    for n in (12,) if settings.tiny else (60, 1000, LARGE):
        large = n >= LARGE
        candidates = _ways(n, n_units, units=1 if large or settings.tiny else 3)
        budget_s = 200 if large else 30
        found = measure(candidates, settings, title=f"n = {n:,}", budget_s=budget_s)
        value, unit = (seconds, "s") if large else (milliseconds, "ms")
        entry.add(f"n = {n:,}", candidates, found, value, unit, against=candidates[0].name)
    return entry


def _ways(n: int, n_units: int, units: int) -> list[Candidate]:
    """Return ours, with variants, and the other ways; all but ours run once where n is large."""
    once = 1 if n >= LARGE else None

    def way(name: str, function: str, n_threads: int = 2, **more: bool) -> Candidate:
        return Candidate(
            name=name,
            function=f"evaluating:{function}",
            arguments={"n": n, "n_units": n_units, **more},
            n_threads=n_threads,
            units=units,
            rounds=once,
        )

    return [
        replace(way("ours, 2 threads", "ours"), rounds=None),
        way("ours, 1 thread", "ours", 1),
        way("ours, five-point ratings, 2 threads", "ours", ties=True),
        way("scipy", "scipys"),
        way("rsatoolbox, RDM only", "rsatoolboxes", compare=False)
        if once
        else way("rsatoolbox", "rsatoolboxes", compare=True),
    ]


def weighting(settings: Settings) -> Entry:
    """Measure weights of units fitted and scored apart, for 60 stimuli."""
    entry = Entry(
        title="Weights of units, fitted by non-negative least squares in five folds",
        notes=[
            "60 stimuli, euclidean, one thread; against scipy's `nnls` on the whole columns."
        ],
    )
    for n_units in (8,) if settings.tiny else (512, 2048):
        arguments = {"n_units": n_units, "n": 15 if settings.tiny else 60}
        candidates = [
            Candidate(name="ours", function="evaluating:our_weights", arguments=arguments),
            Candidate(
                name="scipy",
                function="evaluating:scipys_weights",
                arguments=arguments,
                rounds=3,
            ),
        ]
        case = f"{n_units:,} units"
        found = measure(candidates, settings, title=case, budget_s=40)
        entry.add(case, candidates, found, milliseconds, "ms", against="ours")
    return entry


def stimuli(n: int, n_units: int, *, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return codes and dissimilarities that agree in part (tau of about .5), from a fixed seed.

    Args:
        n: How many stimuli.
        n_units: Length of the codes.
        ties: Whether dissimilarities are answers on a scale of five points.
    """
    from scipy.spatial.distance import pdist

    draw = np.random.default_rng(0)
    places = draw.normal(size=(n, 4))
    codes = places @ draw.normal(size=(4, n_units)) + 2 * draw.normal(size=(n, n_units))
    dissimilarities = pdist(places)
    for start in range(0, len(dissimilarities), 10**6):  # not as much memory again
        part = dissimilarities[start : start + 10**6]
        part += draw.normal(size=len(part))
    if ties:
        edges = np.quantile(dissimilarities[: 10**5], [0.2, 0.4, 0.6, 0.8])
        dissimilarities = np.searchsorted(edges, dissimilarities).astype(float)
    return codes, dissimilarities


def ours(pace: Pace, *, n: int, n_units: int, ties: bool = False) -> None:
    """Compute distances and correlations as `evaluate` does."""
    from shapespace.evaluation.pairs.distances import distances
    from shapespace.evaluation.people.correlation import correlate

    codes, dissimilarities = stimuli(n, n_units, ties=ties)
    pace()
    while True:
        found = correlate(distances(codes, "euclidean"), dissimilarities)
        pace(**found.measures())


def scipys(pace: Pace, *, n: int, n_units: int) -> None:
    """Compute the same the straightforward way with scipy."""
    codes, dissimilarities = stimuli(n, n_units)
    pace()
    while True:
        pace(**by_scipy(codes, dissimilarities))


def by_scipy(codes: np.ndarray, dissimilarities: np.ndarray) -> dict[str, float]:
    """Return the correlations, and the seconds that each part took."""
    from scipy.optimize import isotonic_regression
    from scipy.spatial.distance import pdist
    from scipy.stats import kendalltau, pearsonr, spearmanr

    clock = [time.perf_counter()]

    def lap() -> float:
        clock.append(time.perf_counter())
        return clock[-1] - clock[-2]

    distances = pdist(codes)
    facts = {"pdist_s": lap()}
    facts["kendall_tau_b"] = float(kendalltau(distances, dissimilarities).statistic)
    facts["kendall_s"] = lap()
    facts["spearman"] = float(spearmanr(distances, dissimilarities).statistic)
    facts["spearman_s"] = lap()
    facts["pearson"] = float(pearsonr(distances, dissimilarities).statistic)
    facts["pearson_s"] = lap()
    ordered = dissimilarities[np.argsort(distances, kind="stable")]
    residual = ordered - isotonic_regression(ordered).x
    facts["r2_isotonic"] = 1 - float(residual @ residual / (len(ordered) * ordered.var()))
    facts["isotonic_s"] = lap()
    return facts


def rsatoolboxes(pace: Pace, *, n: int, n_units: int, compare: bool) -> None:
    """Compute the RDM and the correlations with rsatoolbox."""
    from rsatoolbox.data.dataset import Dataset
    from rsatoolbox.rdm.calc import calc_rdm
    from rsatoolbox.rdm.compare import compare as compared
    from rsatoolbox.rdm.rdms import RDMs

    codes, dissimilarities = stimuli(n, n_units)
    human = RDMs(dissimilarities[None])
    pace()
    while True:
        # Its "euclidean" is the squared distance over the number of units: the same order.
        own = calc_rdm(Dataset(codes), method="euclidean")
        assert isinstance(own, RDMs)
        facts = {}
        if compare:
            for name, method in (
                ("kendall_tau_b", "tau-b"),
                ("spearman", "spearman"),
                ("pearson", "corr"),
            ):
                facts[name] = float(np.ravel(compared(own, human, method=method))[0])
        pace(**facts)


def our_weights(pace: Pace, *, n: int, n_units: int) -> None:
    """Fit weights in folds over stimuli and score the others, as `evaluate` does."""
    from shapespace.evaluation.people.weights import folds_over_stimuli

    codes, dissimilarities = stimuli(n, n_units)
    dissimilarities -= dissimilarities.min()
    folds = np.arange(n) % 5
    pace()
    while True:
        blocks = folds_over_stimuli(codes, dissimilarities, "euclidean", folds)
        pace(scored=float(sum(block.distances.sum() for block in blocks)))


def scipys_weights(pace: Pace, *, n: int, n_units: int) -> None:
    """Fit the same weights with scipy on one row a pair and one column a unit."""
    codes, dissimilarities = stimuli(n, n_units)
    dissimilarities -= dissimilarities.min()
    pace()
    while True:
        pace(scored=weighted_by_scipy(codes, dissimilarities))


def weighted_by_scipy(codes: np.ndarray, dissimilarities: np.ndarray) -> float:
    """Return the sum of the weighted distances of all held-out pairs, in five folds."""
    from scipy.optimize import nnls

    first, second = np.triu_indices(len(codes), 1)
    columns = (codes[first] - codes[second]) ** 2
    total = 0.0
    for fold in range(5):
        in_fold = np.arange(len(codes)) % 5 == fold
        train, test = ~in_fold[first] & ~in_fold[second], in_fold[first] & in_fold[second]
        weights = nnls(columns[train], dissimilarities[train] ** 2)[0]
        total += float(np.sqrt(columns[test] @ weights).sum())
    return total
