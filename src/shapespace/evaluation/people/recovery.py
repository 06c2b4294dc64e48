"""Could this study have told the models apart? Studies simulated from each, and who is named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from scipy.spatial.distance import pdist, squareform
from scipy.special import ndtri
from scipy.stats import binomtest, rankdata

from shapespace.arrays import Flat, Matrix
from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import Kind, contributions, distances
from shapespace.evaluation.pairs.inversions import LONG
from shapespace.evaluation.pairs.ranks import tau_b_of_rows
from shapespace.evaluation.people.correlation import kendall_tau_b
from shapespace.evaluation.people.metric import MetricFit
from shapespace.evaluation.people.rater_noise import Design, linked, simulate_means
from shapespace.evaluation.people.readouts import Choice, ReadOut, fitted_distances
from shapespace.evaluation.people.weights import fit_weights, pairs_among

Folds = Int[ndarray, " stimulus"]
Studies = Float[ndarray, "study pair"]
Scored = Float[ndarray, " scored"]

N_STUDIES = 100
"""Studies simulated from each model."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Recovery:
    """How often simulated studies name each model, by the model they were made from."""

    models: tuple[str, ...]
    read_out: ReadOut
    is_whole_truth: bool
    """Whether ratings follow the model alone, or only as well as the real ones do."""
    named: Float[ndarray, "model model"]
    """Row: the model behind the ratings. Column: share of studies in which this one scored best;
    ties are shared."""
    beats: Float[ndarray, "model model"]
    """Row: the model behind the ratings. Column: share of studies in which it scored above this
    other one; ties count one half, and nan stands in the diagonal."""
    scores: Float[ndarray, "model model"]
    """Mean score (Kendall's tau-b) of the column's model with ratings made from the row's."""
    n_studies: int
    """Simulated from each model."""

    @property
    def right(self) -> float:
        """Share of all studies that name the model behind them; chance is 1 / models."""
        return float(np.diagonal(self.named).mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Bounds of `right` for the number of studies: 95 % by Wilson's formula."""
        n = self.n_studies * len(self.models)
        found = binomtest(round(self.right * n), n).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


def recover(
    codes: Mapping[str, Matrix],
    design: Design,
    folds: Folds,
    read_out: ReadOut = "fixed",
    *,
    generator: np.random.Generator,
    choices: Mapping[str, Sequence[Choice]] | None = None,
    strength: Mapping[str, float] | None = None,
    distance: Kind = "euclidean",
    n_studies: int = N_STUDIES,
    tell: Callable[[], None] = lambda: None,
) -> Recovery:
    """Simulate studies from each model in turn, score all models on them, and count who wins.

    The ratings of a simulated study follow the distances of one model, read out as it fits the
    real ratings best, through a never-falling link, with as much noise and as many ratings of
    each pair as the real study. That a model is the whole truth is the easy case; with `strength`
    it is as good as it was on the real ratings, and the rest of what people see has the structure
    of their own dissimilarities, but between stimuli dealt anew. Then every model is read out and
    scored as it was on the real ratings: over stimuli, each fold without its own.

    Args:
        codes: Of each model, all of the same stimuli.
        design: Of the real study.
        folds: The fold of each stimulus; not used for "fixed", which is scored on all pairs.
        read_out: How models are read out.
        generator: Source of the randomness.
        choices: Ridge and rank by model and fold, as `read_out` chose them on the real ratings;
            needed for linear maps, since choosing anew in every study would take hours.
        strength: Score (Kendall's tau-b) that each model had on the real ratings; if not given,
            the ratings follow the model alone.
        distance: Of the codes.
        n_studies: Studies simulated from each model.
        tell: Called after each model was scored on the studies of one.

    Raises:
        BadInput: If there are fewer than two models.

    Reference:
        Avitan and Golan (2025), on model recovery after flexible alignment, NeurIPS.
    """
    names = tuple(codes)
    if len(names) < 2:
        raise BadInput("Models can be told apart only if there are at least two.")
    scorers = {
        name: _scorer(
            codes[name], design.dissimilarities, folds, read_out, distance, generator,
            (choices or {}).get(name, ()),
        )
        for name in names
    }  # fmt: skip
    named, beats, means = np.zeros((3, len(names), len(names)))
    for row, name in enumerate(names):
        true = fitted_distances(
            codes[name],
            design.dissimilarities,
            read_out,
            generator=generator,
            distance=distance,
        )
        if strength is None:
            truth = linked(true, design)
            studies = simulate_means(truth, design, n_studies, generator=generator)
        else:
            mixed = (_mixed(true, design, strength[name], generator) for _ in range(n_studies))
            studies = np.concatenate(
                [
                    simulate_means(linked(m, design), design, 1, generator=generator)
                    for m in mixed
                ]
            )
        scores = np.full((n_studies, len(names)), np.nan)
        for column, other in enumerate(names):
            scores[:, column] = scorers[other](studies)
            tell()
        scores = np.where(np.isnan(scores), -np.inf, scores)
        best = scores == scores.max(axis=1, keepdims=True)
        named[row] = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
        own = scores[:, [row]]
        beats[row] = ((own > scores) + 0.5 * (own == scores)).mean(axis=0)
        means[row] = np.where(np.isinf(scores), np.nan, scores).mean(axis=0)
    np.fill_diagonal(beats, np.nan)
    return Recovery(
        models=names,
        read_out=read_out,
        is_whole_truth=strength is None,
        named=named,
        beats=beats,
        scores=means,
        n_studies=n_studies,
    )


def _mixed(true: Flat, design: Design, score: float, generator: np.random.Generator) -> Flat:
    """Return what people see who see a model's distances only in part.

    With the correlation r that the score has for normal values, less what noise takes from it,
    this is r times the distances and the root of 1 - r squared times dissimilarities of dealt
    stimuli, both in normal scores.
    """
    observed = np.sin(np.pi * max(score, 0.0) / 2) if np.isfinite(score) else 0.0
    share = min(float(observed / np.sqrt(design.reliability)), 1.0)
    people = squareform(design.dissimilarities, checks=False)
    order = generator.permutation(len(people))
    dealt = squareform(people[np.ix_(order, order)], checks=False)
    return share * _normal(true) + np.sqrt(1 - share**2) * _normal(dealt)


def _normal(values: Flat) -> Flat:
    """Return the values as normal scores; 0 where there is none."""
    known = ~np.isnan(values)
    scores = np.zeros(len(values))
    scores[known] = ndtri((rankdata(values[known]) - 0.5) / known.sum())
    return scores


def _scorer(
    codes: Matrix,
    dissimilarities: Flat,
    folds: Folds,
    read_out: ReadOut,
    distance: Kind,
    generator: np.random.Generator,
    choices: Sequence[Choice],
) -> Callable[[Studies], Float[ndarray, " study"]]:
    """Return what scores one model on many studies; what does not depend on ratings is done once."""
    rated = np.flatnonzero(~np.isnan(dissimilarities))
    if read_out == "fixed":
        flat = distances(codes, distance)
        return lambda studies: _taus(flat[rated], studies[:, rated])
    tests = [folds == fold for fold in np.unique(folds)]
    scored = [np.intersect1d(pairs_among(test), rated) for test in tests]
    if read_out == "weighted":
        per_unit = contributions(codes, distance)
        known = [np.intersect1d(pairs_among(~test), rated) for test in tests]
        negative = distance in ("cosine", "inner_product")
        columns = [per_unit.T[:, pairs].T for pairs in known]

        def weighted(means: Flat, fold: int) -> Scored:
            weights = fit_weights(
                columns[fold], means[known[fold]], distance, constant=negative
            )
            return distances(codes, distance, weights)[scored[fold]]

        apply = weighted
    else:
        fits = [
            MetricFit(codes, ~test, ~np.isnan(dissimilarities), generator=generator)
            for test in tests
        ]
        assert len(choices) == len(fits)

        def linear(means: Flat, fold: int) -> Scored:
            ridge, rank = choices[fold]["ridge"], choices[fold].get("rank")
            metric = fits[fold].fit(means, ridge)
            mapped = metric.coordinates(codes, None if rank is None else int(rank))
            return pdist(mapped)[scored[fold]]

        apply = linear

    def score(studies: Studies) -> Float[ndarray, " study"]:
        taus = [
            [
                kendall_tau_b(apply(means, fold), means[pairs])
                for fold, pairs in enumerate(scored)
            ]
            for means in studies
        ]
        return np.array([_mean(row) for row in taus])

    return score


def _taus(flat: Flat, rows: Studies) -> Float[ndarray, " study"]:
    if rows.shape[1] <= LONG:
        return tau_b_of_rows(flat, rows)
    return np.array([kendall_tau_b(flat, row) for row in rows])


def _mean(values: Sequence[float]) -> float:
    defined = [value for value in values if not np.isnan(value)]
    return float(np.mean(defined)) if defined else float("nan")
