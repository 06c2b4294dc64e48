"""Scores of several models over the same draws of stimuli and of raters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from scipy.special import stdtr, stdtrit

from shapespace.arrays import Flat
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import LEVEL, N_DRAWS
from shapespace.evaluation.pairs.cores import spans
from shapespace.evaluation.pairs.repeated import weighted_measures
from shapespace.evaluation.people.intervals import TIMES_AT_ONCE, Block
from shapespace.evaluation.people.reliability import Measure, agreement

ByModel = Float[ndarray, " model"]
DrawsByModel = Float[ndarray, "draw model"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Raters:
    """Who said what: what is drawn again where single ratings are known."""

    values: Float[ndarray, "rater pair"]
    """Dissimilarities of all pairs of the stimuli; nan where a rater said nothing."""
    counts: Float[ndarray, "rater pair"]
    """Trials behind each value."""

    def means(self, times: Float[ndarray, " rater"]) -> Flat:
        """Return the mean dissimilarity of each pair where raters count so often; nan for none."""
        weights = self.counts * times[:, None]
        total = weights.sum(axis=0)
        sums = (np.where(self.counts > 0, self.values, 0.0) * weights).sum(axis=0)
        return np.divide(sums, total, out=np.full(len(total), np.nan), where=total > 0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """Agreement of models with people, as observed and in draws that all models share."""

    observed: ByModel
    """nan where a model has no order to agree on."""
    over_stimuli: DrawsByModel
    over_raters: DrawsByModel | None = None
    over_both: DrawsByModel | None = None
    """None where single ratings are not known."""
    n_stimuli: int
    n_raters: int
    """Raters that were drawn; 0 where single ratings are not known."""


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """A score, or a difference of scores, with interval and test."""

    value: float
    low: float
    high: float
    """95 % interval; nan where there is none."""
    standard_error: float
    p_value: float
    """Two-sided chance of a value as far from 0 if the truth were 0."""
    n_stimuli: int
    n_raters: int
    """Raters that the interval is over as well; 0 where it is over stimuli alone."""


def shared_scores(
    models: Sequence[Sequence[Block]],
    dissimilarities: Flat,
    *,
    generator: np.random.Generator,
    raters: Raters | None = None,
    measure: Measure = "kendall_tau_b",
    n_draws: int = N_DRAWS,
) -> Scores:
    """Score models on the same draws, so that their differences have intervals, too.

    Stimuli are drawn with replacement; a pair counts as often as the product of its two
    stimuli, and pairs of a stimulus with its own copy are left out. Raters are drawn with
    replacement, and dissimilarities are averaged anew over those drawn. A model with several
    blocks (such as test pairs of folds) has the mean over them as its score.

    Args:
        models: What is scored of each model, all over the same stimuli.
        dissimilarities: Of all pairs of the stimuli; nan where a pair was not rated.
        generator: Source of the randomness.
        raters: Who said what, where it is known; their means should be `dissimilarities`.
        measure: Which agreement.
        n_draws: Draws of each kind.

    Raises:
        BadInput: If no model is given.

    Reference:
        Schütt et al. (2023), "Statistical inference on representational geometries", eLife 12.
    """
    if not models:
        raise BadInput("There is no model to score.")
    n = round((1 + np.sqrt(1 + 8 * len(dissimilarities))) / 2)
    owners = np.stack(np.triu_indices(n, 1))
    scored = np.unique(
        np.concatenate([owners[:, block.pairs].ravel() for m in models for block in m] or [[0]])
    ).astype(np.int64)
    picked = scored[generator.integers(len(scored), size=(n_draws, len(scored)))]
    copies = np.stack([np.bincount(row, minlength=n) for row in picked], axis=1)
    times = copies[owners[0]] * copies[owners[1]]

    once = np.ones(len(dissimilarities), np.int64)
    over_stimuli = [_over_stimuli(blocks, dissimilarities, times, measure) for blocks in models]
    over_raters = over_both = None
    if raters is not None:
        n_raters = len(raters.values)
        drawn = generator.multinomial(n_raters, np.full(n_raters, 1 / n_raters), size=n_draws)
        means = [raters.means(row.astype(np.float64)) for row in drawn]
        over_raters = np.array([_scores(models, mean, once, measure) for mean in means])
        over_both = np.array(
            [_scores(models, mean, times[:, draw], measure) for draw, mean in enumerate(means)]
        )
    return Scores(
        observed=_scores(models, dissimilarities, once, measure),
        over_stimuli=np.stack(over_stimuli, axis=1),
        over_raters=over_raters,
        over_both=over_both,
        n_stimuli=len(scored),
        n_raters=0 if raters is None else len(raters.values),
    )


def contrast(scores: Scores, weights: Float[ndarray, " model"]) -> Contrast:
    """Return a weighted sum of scores: one model, or one minus another.

    The standard error is that of the draws. Where raters were drawn as well, the variance over
    both at once counts the noise of single ratings twice, which `combined_variance` mends. The
    interval and the test are those of t with as many degrees of freedom as the smaller of the
    two numbers of stimuli and of raters, less 1.

    Args:
        scores: Of all models.
        weights: One a model, such as 1 and -1 for a difference.
    """
    used = weights != 0
    value = float(scores.observed[used] @ weights[used])

    def variance(draws: DrawsByModel) -> float:
        sums = draws[:, used] @ weights[used]
        sums = sums[np.isfinite(sums)]
        return float(sums.var(ddof=1)) if len(sums) > 1 else np.nan

    n, n_raters = scores.n_stimuli, scores.n_raters
    smallest = n
    if scores.over_raters is None or scores.over_both is None or n_raters < 2:
        squared = variance(scores.over_stimuli) * n / (n - 1) if n > 1 else np.nan
    else:
        smallest = min(n, n_raters)
        squared = combined_variance(
            variance(scores.over_both),
            variance(scores.over_raters),
            variance(scores.over_stimuli),
            n_raters=n_raters,
            n_stimuli=n,
        )
    error = float(np.sqrt(squared))
    if not (np.isfinite(value) and np.isfinite(error)):
        low = high = p_value = float("nan")
    else:
        reach = float(stdtrit(smallest - 1, (1 + LEVEL) / 2)) * error
        low, high = value - reach, value + reach
        # Two scores that are equal in every draw leave no doubt.
        t = abs(value) / error if error > 0 else (np.inf if value else 0.0)
        p_value = 2 * float(stdtr(smallest - 1, -t))
    return Contrast(
        value=value,
        low=low,
        high=high,
        standard_error=error,
        p_value=p_value,
        n_stimuli=n,
        n_raters=n_raters,
    )


def combined_variance(
    both: float, over_raters: float, over_stimuli: float, *, n_raters: int, n_stimuli: int
) -> float:
    """Return the variance over new stimuli and new raters from those of three bootstraps.

    Drawing both at once counts the part that belongs to neither alone twice or more; this
    takes it out again. The result lies between the larger of the two single variances and the
    variance of drawing both.

    Args:
        both: Variance over draws of stimuli and raters.
        over_raters: Variance over draws of raters alone.
        over_stimuli: Variance over draws of stimuli alone.
        n_raters: Raters, 2 or more.
        n_stimuli: Stimuli, 2 or more.

    Reference:
        Schütt et al. (2023), eLife 12, equations of the corrected two-factor bootstrap.
    """
    for_raters, for_stimuli = n_raters / (n_raters - 1), n_stimuli / (n_stimuli - 1)
    shared = for_raters * for_stimuli * (both - over_raters - over_stimuli)
    least = max(for_raters * over_raters, for_stimuli * over_stimuli)
    corrected = for_raters * over_raters + for_stimuli * over_stimuli - shared
    return min(max(corrected, least), both)


def _over_stimuli(
    blocks: Sequence[Block],
    dissimilarities: Flat,
    times: Int[ndarray, "pair draw"],
    measure: Measure,
) -> Float[ndarray, " draw"]:
    n_draws = times.shape[1]
    found = np.full((max(len(blocks), 1), n_draws), np.nan)
    for row, block in enumerate(blocks):
        rated = ~np.isnan(dissimilarities[block.pairs])
        pairs, distances = block.pairs[rated], block.distances[rated]
        if len(pairs) == 0:
            continue
        for part in spans(n_draws, max(TIMES_AT_ONCE // len(pairs), 1)):
            counted = times[pairs, part].astype(np.float64)
            found[row, part] = weighted_measures(
                distances, dissimilarities[pairs], counted, [measure]
            )[measure]
    return _mean(found)


def _scores(
    models: Sequence[Sequence[Block]],
    dissimilarities: Flat,
    times: Int[ndarray, " pair"],
    measure: Measure,
) -> ByModel:
    """Return the score of each model where pairs count so often."""
    counted = np.where(np.isnan(dissimilarities), 0, times)
    found = []
    for blocks in models:
        each = [np.nan]
        for block in blocks:
            n = counted[block.pairs]
            x, y = np.repeat(block.distances, n), np.repeat(dissimilarities[block.pairs], n)
            each.append(agreement(x, y, measure))
        found.append(_mean(np.array(each)[:, None])[0])
    return np.array(found)


def _mean(values: Float[ndarray, "block draw"]) -> Float[ndarray, " draw"]:
    """Average over blocks, leaving out those without a value; nan where none has one."""
    defined = ~np.isnan(values)
    counts = defined.sum(axis=0)
    sums = np.where(defined, values, 0.0).sum(axis=0)
    return np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
