"""Likeness of two geometries of the same stimuli: centred kernel alignment, Procrustes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray
from scipy.sparse import csr_array
from scipy.sparse.linalg import cg
from scipy.spatial import procrustes
from scipy.special import stdtrit

from shapespace.arrays import Flat, Matrix
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import LEVEL

Likeness = Callable[[Matrix, Matrix], float]

N_SHUFFLES = 200
"""Shuffles behind what is called chance."""


@dataclass(frozen=True, kw_only=True)
class Alike:
    """How alike two geometries are, from 0 to 1, beside what chance gives."""

    value: float
    low: float
    high: float
    """95 % interval over stimuli, by leaving each out in turn (jackknife)."""
    chance: float
    """Mean over stimuli dealt anew: well above 0 where there are many units and few stimuli."""
    chance_95: float
    """What only one in twenty deals exceeds."""
    p_value: float
    """Chance of dealt stimuli to be as alike."""
    n: int
    """Stimuli."""


def linear_cka(codes: Matrix, others: Float[ndarray, "other_row other_column"]) -> float:
    """Return the linear centred kernel alignment, from 0 to 1; nan if one side never changes.

    It does not change when either side is moved, turned, mirrored or scaled as a whole, but
    does when single units are: units of large variance count for more.

    Args:
        codes: One row a stimulus.
        others: The same stimuli, in any number of columns.

    Raises:
        BadInput: If the numbers of rows differ.

    Reference:
        Kornblith et al. (2019), "Similarity of Neural Network Representations Revisited", ICML.
    """
    kernel, other = _kernel(codes), _kernel(others)
    if kernel.shape != other.shape:
        raise BadInput(
            f"Geometries of the same stimuli are needed, got {len(kernel)} and {len(other)} rows."
        )
    sizes = np.linalg.norm(kernel) * np.linalg.norm(other)
    return float((kernel * other).sum() / sizes) if sizes > 0 else float("nan")


def cka_of_distances(distances: Flat, others: Flat) -> float:
    """Return the linear centred kernel alignment that two lists of distances imply.

    For Euclidean distances it is that of the points themselves. Where pairs are missing on
    either side, those that both have are whitened by their own covariance and compared, which
    is the same where none is missing. The value can fall below 0 for dissimilarities that no
    points have.

    Args:
        distances: Of all pairs, in the order of scipy's `squareform`; nan where missing.
        others: The same pairs.

    Returns:
        The alignment; nan with fewer than three pairs on both sides, or where one side is 0.

    Reference:
        Diedrichsen et al. (2020), "Comparing representational geometries using whitened
        unbiased-distance-matrix similarity", arXiv 2007.02789.
    """
    both = np.flatnonzero(~np.isnan(distances) & ~np.isnan(others))
    if len(both) < 3:
        return float("nan")
    x, y = distances[both] ** 2, others[both] ** 2
    n = round((1 + np.sqrt(1 + 8 * len(distances))) / 2)
    covariance = _covariance(np.stack(np.triu_indices(n, 1), axis=1)[both], n)
    white_x, white_y = (cg(covariance, side, rtol=1e-13)[0] for side in (x, y))
    sizes = (x @ white_x) * (y @ white_y)
    return float((x @ white_y) / np.sqrt(sizes)) if sizes > 0 else float("nan")


def procrustes_likeness(
    codes: Matrix, others: Float[ndarray, "other_row other_column"]
) -> float:
    """Return how well one geometry can be laid on the other, from 0 to 1.

    1 minus scipy's `disparity`: the share of the squared distances from the centre that is left
    after moving, turning, mirroring and scaling. The side with fewer columns is given columns
    of zeros. nan if one side never changes.

    Raises:
        BadInput: If the numbers of rows differ.

    Reference:
        Gower (1975), "Generalized Procrustes Analysis", Psychometrika 40.
    """
    if len(codes) != len(others):
        raise BadInput(
            f"Geometries of the same stimuli are needed, got {len(codes)} and {len(others)} rows."
        )
    x, y = _turned(codes), _turned(others)
    width = max(x.shape[1], y.shape[1])
    x, y = (np.pad(side, ((0, 0), (0, width - side.shape[1]))) for side in (x, y))
    if not (np.ptp(x, axis=0).any() and np.ptp(y, axis=0).any()):
        return float("nan")
    return float(1 - procrustes(x, y)[2])


def beside_chance(
    likeness: Likeness,
    codes: Matrix,
    others: Float[ndarray, "other_row other_column"],
    *,
    generator: np.random.Generator,
    n_shuffles: int = N_SHUFFLES,
) -> Alike:
    """Return how alike two geometries are, with its interval and beside chance.

    Args:
        likeness: `linear_cka` or `procrustes_likeness`.
        codes: One row a stimulus.
        others: The same stimuli.
        generator: Source of the randomness.
        n_shuffles: How often the stimuli of one side are dealt anew.

    Raises:
        BadInput: If the numbers of rows differ.
    """
    n = len(codes)
    # Neither measure changes when a side is turned, and short codes are quicker.
    x, y = _turned(codes), _turned(others)
    value = likeness(x, y)
    dealt = np.array([likeness(x[generator.permutation(n)], y) for _ in range(n_shuffles)])
    left_out = np.array(
        [likeness(*(np.delete(s, row, axis=0) for s in (x, y))) for row in range(n)]
    )
    error = np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    reach = float(stdtrit(n - 1, (1 + LEVEL) / 2)) * float(error)
    defined = np.isfinite(value)
    return Alike(
        value=value,
        low=value - reach,
        high=value + reach,
        chance=float(dealt.mean()),
        chance_95=float(np.quantile(dealt, 0.95)) if defined else float("nan"),
        p_value=float((1 + (dealt >= value).sum()) / (1 + n_shuffles))
        if defined
        else float("nan"),
        n=n,
    )


def _kernel(codes: Matrix) -> Float[ndarray, "row row"]:
    centred = codes - codes.mean(axis=0)
    return centred @ centred.T


def _turned(codes: Matrix) -> Float[ndarray, "row axis"]:
    """Return the same points in as few columns as they span at most."""
    centred = codes - codes.mean(axis=0)
    if centred.shape[1] <= centred.shape[0]:
        return centred
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    return left * sizes


def _covariance(owners: Int[ndarray, "pair 2"], n: int) -> csr_array:
    """Return the covariance of squared distances of points without structure.

    4 of a pair with itself, 1 of pairs that share a stimulus, else 0, up to a factor.
    """
    pairs = np.repeat(np.arange(len(owners)), 2)
    ends = csr_array((np.ones(2 * len(owners)), (pairs, owners.ravel())), (len(owners), n))
    shared = csr_array(ends @ ends.T)  # 2 of a pair with itself, 1 of those with one in common
    return csr_array(shared.power(2))
