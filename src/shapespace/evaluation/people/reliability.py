"""How far ratings can be trusted: split halves, raters against the others, noise ceilings.

All of it works where each rater saw only some pairs. "Things" are what was rated: pairs of
stimuli, or stimuli on an attribute.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray

from shapespace.errors import BadInput
from shapespace.evaluation.people.correlation import kendall_tau_b

Measure = Literal["kendall_tau_b", "spearman", "pearson"]
MEASURES: tuple[Measure, ...] = get_args(Measure)

Values = Float[ndarray, "rater thing"]
"""What each rater said of each thing; nan where nothing."""

Vector = Float[ndarray, " thing"]

Pool = Literal["standardised", "as_rated"]

MAX_TABLE = 100_000
"""Cells of a table of values against values, beyond which sorting is faster."""

FEWEST = 3
"""Things that must be shared for an agreement to be defined, as in `correlate`."""


@dataclass(frozen=True, kw_only=True)
class HalfAgreement:
    """Agreement between means of two halves of the ratings, and what follows from it."""

    halves: float
    """Mean over the splits; -1 to 1, nan if no split has an agreement."""
    corrected: float
    """What means of all ratings would reach with those of another study of the same size."""
    attainable: float
    """What a model that knows the true means would reach with the means of all ratings."""


@dataclass(frozen=True, kw_only=True)
class SplitHalf:
    """Agreement of halves by each measure; see `split_half_reliability`."""

    kendall_tau_b: HalfAgreement
    spearman: HalfAgreement
    pearson: HalfAgreement
    n_things: int
    """Things with at least two ratings, which alone can be split."""
    ratings_a_thing: float
    """Harmonic mean of the number of ratings of those."""
    n_splits: int
    """Splits in which the halves shared enough things."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RaterAgreement:
    """Agreement of every rater with the others together, and with all together."""

    lower: Float[ndarray, " rater"]
    """With the others: the rater is left out. nan where it is not defined."""
    upper: Float[ndarray, " rater"]
    """With all, the rater among them, on the same things."""
    n_things: Int[ndarray, " rater"]
    """Things that the rater and someone else rated."""

    @property
    def ceiling(self) -> tuple[float, float]:
        """The noise ceiling: means over raters with a value; nan where none has one."""
        defined = ~np.isnan(self.lower)
        if not defined.any():
            return float("nan"), float("nan")
        return float(self.lower[defined].mean()), float(self.upper[defined].mean())


def agreement(x: Vector, y: Vector, measure: Measure) -> float:
    """Return how well two lists agree, from -1 to 1.

    nan where they have fewer than three things, or one of them is the same throughout: there
    is no order then to agree on.
    """
    if len(x) < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    if measure == "kendall_tau_b":
        return _tau_b(x, y)
    if measure == "spearman":
        x, y = _ranks(x), _ranks(y)
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1, 1))


def split_half_reliability(
    values: Values,
    *,
    generator: np.random.Generator,
    by: Literal["raters", "ratings"] = "raters",
    n_splits: int = 200,
    repeats: Int[ndarray, " rater"] | None = None,
    things: Int[ndarray, " drawn"] | None = None,
) -> SplitHalf:
    """Split the ratings in halves again and again, and average how well the halves agree.

    A half's value of a thing is the mean of its ratings there, and only things with ratings in
    both halves are compared. So the number of ratings differs from thing to thing and between
    the halves. The correction to all ratings takes this into account: with n ratings the
    reliability of a mean is n / (n + k), where k is the variance of single ratings over that of
    true means; the halves agree as the root of the product of their two reliabilities, which
    gives k. n is the harmonic mean over things. With equal halves of a dense design this is
    the formula of Spearman and Brown, 2 r / (1 + r).

    That holds for Pearson's r. Kendall's tau-b and Spearman's rho are turned into the r that
    normal values would have (Greiner's relations), corrected, and turned back: an
    approximation, good to about .02 for five-point ratings by ten people or more.

    Args:
        values: Ratings; for similarities and dissimilarities the result is the same.
        generator: Source of the randomness.
        by: "raters": each rater is in one half, so that habits of a rater stay together.
            "ratings": the ratings of each thing are split for themselves, which is all that can
            be done where nobody knows who rated; habits of raters then lower the agreement.
        n_splits: How often to split.
        repeats: How often each rater counts; once if not given. For bootstrap draws.
        things: Columns to compare, with repetitions; all once if not given.

    Returns:
        The agreements; nan where too little was rated twice for two halves to be compared.

    Reference:
        Spearman (1910) and Brown (1910), British Journal of Psychology 3; Greiner (1909).
    """
    columns = np.arange(values.shape[1]) if things is None else things
    all_counts = (~np.isnan(values)).sum(axis=0)
    # Towards the ratings at hand, also in draws in which some of them are missing.
    n_ratings = _harmonic(all_counts[columns][all_counts[columns] > 1].astype(np.float64))
    times = np.ones(len(values)) if repeats is None else repeats.astype(np.float64)
    used = times > 0
    values, times = values[used], times[used]
    rated = ~np.isnan(values)
    filled = np.where(rated, values, 0.0)
    found, sizes = [], []
    for _ in range(n_splits):
        left = _half(rated, by, generator)
        right = rated & ~left
        means, counts = _means(filled, left, times), _numbers(left, times)
        others, other_counts = _means(filled, right, times), _numbers(right, times)
        both = columns[((counts > 0) & (other_counts > 0))[columns]]
        agreed = [agreement(means[both], others[both], measure) for measure in MEASURES]
        if not np.isnan(agreed).any():
            found.append(agreed)
            sizes.append([_harmonic(counts[both]), _harmonic(other_counts[both])])
    halves = np.mean(found, axis=0) if found else np.full(len(MEASURES), np.nan)
    n_left, n_right = np.mean(sizes, axis=0) if sizes else (np.nan, np.nan)
    results = {
        measure: _corrected(float(half), measure, float(n_left), float(n_right), n_ratings)
        for measure, half in zip(MEASURES, halves, strict=True)
    }
    return SplitHalf(
        kendall_tau_b=results["kendall_tau_b"],
        spearman=results["spearman"],
        pearson=results["pearson"],
        n_things=int((all_counts > 1).sum()),
        ratings_a_thing=n_ratings,
        n_splits=len(found),
    )


def spearman_brown(r: float, n_left: float, n_right: float, n: float) -> float:
    """Return the reliability of means of `n` ratings, from the agreement of means of fewer.

    Args:
        r: Correlation of means of `n_left` with means of `n_right` ratings.
        n_left: Ratings behind the one.
        n_right: Ratings behind the other.
        n: Ratings behind those asked for.

    Returns:
        The reliability; `r` itself where it is not above 0, since then nothing is reliable.
    """
    if not r > 0:
        return r
    total, product = n_left + n_right, n_left * n_right
    noise = (np.sqrt(total**2 + 4 * product * (1 / r**2 - 1)) - total) / 2
    return float(n / (n + noise))


def rater_agreement(
    values: Values, measure: Measure, *, pool: Pool = "standardised"
) -> RaterAgreement:
    """Compare every rater with the mean of the others, and with the mean of all.

    The means over raters are the lower and the upper noise ceiling of a model that is compared
    with single raters: the true mean of all people lies between the two.

    Both are computed on the things that the rater and at least one other rated. A rater with
    fewer than three of them, or who always gave the same answer, has no value.

    Args:
        values: Ratings, sparse or dense.
        measure: Which agreement.
        pool: What is averaged. "standardised": each rater's values with mean 0 and variance 1
            for Pearson, ranks otherwise, over what the rater saw; on dense data this is the
            ceiling of rsatoolbox. "as_rated": the ratings themselves, as in means of ratings;
            to be taken where raters saw things of different kinds.

    Raises:
        BadInput: If there is only one rater.

    Reference:
        Nili et al. (2014), "A Toolbox for Representational Similarity Analysis", PLOS
        Computational Biology 10.
    """
    if len(values) < 2:
        raise BadInput("A noise ceiling needs at least two raters.")
    rated = ~np.isnan(values)
    if pool == "standardised":
        pooled = np.stack([_standardised(row, measure) for row in values])
    else:
        pooled = np.where(rated, values, 0.0)
    total, counts = pooled.sum(axis=0), rated.sum(axis=0)
    lower, upper = np.full((2, len(values)), np.nan)
    shared = rated & (counts > 1)
    for row, common in enumerate(shared):
        own = values[row, common]
        rest = (total - pooled[row])[common] / (counts[common] - 1)
        whole = total[common] / counts[common]
        # Sums in another order differ in their last digits; ties must stay ties.
        lower[row] = agreement(own, np.round(rest, 10), measure)
        upper[row] = agreement(own, np.round(whole, 10), measure)
    return RaterAgreement(lower=lower, upper=upper, n_things=shared.sum(axis=1))


def choice_agreement(answers: Int[ndarray, " trial"], tasks: Int[ndarray, " trial"]) -> float:
    """Return how often two answers to the same task agree, for choices among three stimuli.

    The mean over tasks with two answers or more of the share of equal pairs of answers, from
    0 to 1; nan if there is no such task. Chance is one third for odd-one-out, one half for
    triplets.

    Args:
        answers: Which stimulus was chosen, as any number.
        tasks: Which task it was, as any number.
    """
    counts = np.zeros((int(tasks.max(initial=-1)) + 1, int(answers.max(initial=-1)) + 1))
    np.add.at(counts, (tasks, answers), 1)
    n = counts.sum(axis=1)
    asked_again = n > 1
    if not asked_again.any():
        return float("nan")
    equal = (counts * (counts - 1)).sum(axis=1)[asked_again]
    return float((equal / (n * (n - 1))[asked_again]).mean())


def _tau_b(x: Vector, y: Vector) -> float:
    """Return Kendall's tau-b by counting in a table: ratings and their means have few values."""
    (levels_x, x_at), (levels_y, y_at) = (np.unique(v, return_inverse=True) for v in (x, y))
    shape = len(levels_x), len(levels_y)
    if shape[0] * shape[1] > MAX_TABLE:
        return kendall_tau_b(x, y)
    table = np.bincount(x_at * shape[1] + y_at, minlength=shape[0] * shape[1]).reshape(shape)
    below = table.cumsum(axis=0).cumsum(axis=1)
    concordant = int((table[1:, 1:] * below[:-1, :-1]).sum())
    pairs, tied_x, tied_y, tied_both = (
        int((counts * (counts - 1)).sum()) // 2
        for counts in (np.array([len(x)]), table.sum(axis=1), table.sum(axis=0), table)
    )
    discordant = pairs - tied_x - tied_y + tied_both - concordant
    untied = np.sqrt(pairs - tied_x) * np.sqrt(pairs - tied_y)
    return float((concordant - discordant) / untied)


def _ranks(values: Vector) -> Vector:
    """Return ranks from 1, equal values sharing their mean rank."""
    _, level, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (counts.cumsum() - (counts - 1) / 2)[level]


def _half(
    rated: Bool[ndarray, "rater thing"],
    by: Literal["raters", "ratings"],
    generator: np.random.Generator,
) -> Bool[ndarray, "rater thing"]:
    """Return which ratings are in the first half."""
    n = len(rated)
    if by == "raters":
        chosen = np.zeros(n, dtype=bool)
        chosen[generator.permutation(n)[: n // 2]] = True
        return rated & chosen[:, None]
    keys = np.where(rated, generator.random(rated.shape), 2.0)
    place = keys.argsort(axis=0).argsort(axis=0)
    counts = rated.sum(axis=0)
    # Of an odd number, one half gets one more, now the first and now the second.
    return place < (counts + generator.integers(2, size=counts.shape) * (counts % 2)) // 2


def _means(
    filled: Values, chosen: Bool[ndarray, "rater thing"], times: Float[ndarray, " rater"]
) -> Vector:
    weights = chosen * times[:, None]
    total = weights.sum(axis=0)
    sums = (filled * weights).sum(axis=0)
    return np.divide(sums, total, out=np.full(len(total), np.nan), where=total > 0)


def _numbers(chosen: Bool[ndarray, "rater thing"], times: Float[ndarray, " rater"]) -> Vector:
    """Return how many independent ratings a mean is worth: copies of a rater add nothing."""
    weights = chosen * times[:, None]
    total, squares = weights.sum(axis=0), (weights**2).sum(axis=0)
    return np.divide(total**2, squares, out=np.zeros(len(total)), where=squares > 0)


def _harmonic(counts: Vector) -> float:
    return float(1 / np.mean(1 / counts)) if len(counts) else float("nan")


def _corrected(
    half: float, measure: Measure, n_left: float, n_right: float, n: float
) -> HalfAgreement:
    full = spearman_brown(_as_pearson(half, measure), n_left, n_right, n)
    attainable = float(np.sqrt(full)) if full > 0 else full
    return HalfAgreement(
        halves=half,
        corrected=_from_pearson(full, measure),
        attainable=_from_pearson(attainable, measure),
    )


def _as_pearson(value: float, measure: Measure) -> float:
    """Return the correlation of normal values with this tau or rho."""
    if measure == "kendall_tau_b":
        return float(np.sin(np.pi * value / 2))
    return float(2 * np.sin(np.pi * value / 6)) if measure == "spearman" else value


def _from_pearson(r: float, measure: Measure) -> float:
    if measure == "kendall_tau_b":
        return float(2 / np.pi * np.arcsin(r))
    return float(6 / np.pi * np.arcsin(r / 2)) if measure == "spearman" else r


def _standardised(row: Vector, measure: Measure) -> Vector:
    """Return a rater's values on a scale that all raters share; 0 where nothing was rated."""
    rated = ~np.isnan(row)
    result, own = np.zeros(len(row)), row[rated]
    if not len(own):
        return result
    if measure == "pearson":
        spread = own.std()
        result[rated] = (own - own.mean()) / (spread if spread > 0 else 1.0)
    else:
        result[rated] = _ranks(own) / (len(own) + 1)
    return result
