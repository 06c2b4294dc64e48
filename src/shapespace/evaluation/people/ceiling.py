"""How well people agree with each other: what no model of their mean ratings need exceed."""

from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import rankdata

from shapespace.arrays import Matrix
from shapespace.evaluation.people.correlation import kendall_tau_b, pearson, why_undefined


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

    Where people rated only some pairs, a half's mean is that of whoever rated, and the halves
    are compared on the pairs that both rated (see `reliability` for what such designs need).

    Args:
        single: One row a pair, one column a person; nan where one did not rate.
        generator: Source of the randomness.
        n_splits: How often to split.

    Reference:
        Spearman (1910) and Brown (1910), British Journal of Psychology 3.
    """
    n_people = single.shape[1]
    values = []
    for _ in range(n_splits):
        people = generator.permutation(n_people)
        left = _means(single[:, people[: n_people // 2]])
        right = _means(single[:, people[n_people // 2 :]])
        both = ~np.isnan(left) & ~np.isnan(right)
        left, right = left[both], right[both]
        if not why_undefined(left, right):
            rho = pearson(rankdata(left), rankdata(right))
            values.append([kendall_tau_b(left, right), rho, pearson(left, right)])
    tau_b, rho, r = np.mean(values, axis=0).tolist() if values else [float("nan")] * 3
    return Ceiling(
        kendall_tau_b=tau_b,
        spearman=rho,
        pearson=r,
        pearson_corrected=2 * r / (1 + r),
        n_pairs=int(((~np.isnan(single)).sum(axis=1) > 1).sum()),
        n_people=n_people,
    )


def _means(single: Matrix) -> Float[np.ndarray, " row"]:
    """Return the mean of each row over those who rated; nan where nobody did."""
    if not np.isnan(single).any():
        return single.mean(axis=1)
    rated = (~np.isnan(single)).sum(axis=1)
    sums = np.nansum(single, axis=1)
    return np.divide(sums, rated, out=np.full(len(single), np.nan), where=rated > 0)
