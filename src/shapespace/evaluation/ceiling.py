"""How well people agree with each other: what no model of their mean ratings need exceed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import kendalltau, pearsonr, spearmanr

from shapespace.arrays import Matrix


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """Agreement of the mean ratings of one half of the people with those of the other half."""

    kendall_tau_b: float
    spearman: float
    pearson: float
    pearson_corrected: float
    """Pearson's r that means over all people, not half, would reach (Spearman–Brown)."""
    n_pairs: int
    n_people: int

    def to_dict(self) -> dict[str, float]:
        """Return the values by name."""
        return asdict(self)


def split_half(
    single: Matrix, *, generator: np.random.Generator, n_splits: int = 200
) -> Ceiling:
    """Split the people in halves again and again, and average the agreement of the halves.

    Means over half of the people are noisier than those over all, so the values are lower than
    what a perfect model of the mean ratings would reach. Only Pearson's r can be corrected.

    Args:
        single: One row a pair, one column a person.
        generator: Source of the randomness.
        n_splits: How often to split.

    Reference:
        Spearman (1910) and Brown (1910), British Journal of Psychology 3.
    """
    n_people = single.shape[1]
    measures: list[Callable] = [kendalltau, spearmanr, pearsonr]
    values = []
    for _ in range(n_splits):
        people = generator.permutation(n_people)
        left = single[:, people[: n_people // 2]].mean(axis=1)
        right = single[:, people[n_people // 2 :]].mean(axis=1)
        values.append([measure(left, right).statistic for measure in measures])
    tau_b, rho, r = np.mean(values, axis=0).tolist()
    return Ceiling(
        kendall_tau_b=tau_b,
        spearman=rho,
        pearson=r,
        pearson_corrected=2 * r / (1 + r),
        n_pairs=len(single),
        n_people=n_people,
    )
