"""Least squares with weights that may not be negative, fast where few of them are above zero."""

import numpy as np
from jaxtyping import Bool, Float, Int
from numpy import ndarray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import nnls

from shapespace.arrays import Matrix

Vector = Float[ndarray, " column"]
Columns = Int[ndarray, " _"]

FEWEST_ENTERING = 24
"""Columns considered at a time at least; fewer need more products with the whole matrix."""

MOST_ROUNDS = 60
MOST_EXCHANGES = 200

REFINEMENTS = 3
"""Solutions of the normal equations for what is left; they lose digits that these bring back."""

EXACT = 1e-9
"""Share of the target below which a residual is rounding: the fit is exact."""


def nonnegative_least_squares(
    table: Matrix, target: Float[ndarray, " row"], *, likely: Columns | None = None
) -> Vector:
    """Return the weights of the columns, each 0 or more, with the least squared error.

    Only few columns have weights above 0, so only these are ever multiplied with each other:
    the problem is solved among the columns tried so far, and those that would still lower the
    error are added, until none would. Where that does not come to an end, or the answer is not
    unique since columns depend on each other or fit the target exactly, scipy's `nnls` answers.

    Args:
        table: One row an equation, one column a weight; quickest where columns are contiguous.
        target: Right-hand side of each equation.
        likely: Columns that are likely to be above 0, such as those of a similar problem.

    Returns:
        The weights, equal to those of scipy's `nnls` to rounding.

    Raises:
        RuntimeError: If scipy finds no answer either within its limit of steps.

    Reference:
        Lawson and Hanson (1974), "Solving Least Squares Problems", chapter 23 (conditions of
        the optimum); Júdice and Pires (1994), Computers and Operations Research 21, and Kim and
        Park (2011), SIAM Journal on Scientific Computing 33 (exchanging many columns at once).
    """
    try:
        found = _among_few(table, target, np.zeros(0, np.int64) if likely is None else likely)
    except LinAlgError:
        found = None
    return nnls(table, target)[0] if found is None else found


def _among_few(table: Matrix, target: Float[ndarray, " row"], tried: Columns) -> Vector | None:
    rows = table.T
    largest = np.sqrt(np.einsum("cr,cr->c", rows, rows).max(initial=0) * len(target))
    tolerance = 10 * max(table.shape) * np.finfo(np.float64).eps * largest
    tried = np.unique(tried)
    chosen = rows[tried]
    products, goal = chosen @ chosen.T, chosen @ target
    positive = np.ones(len(tried), bool)
    for _ in range(MOST_ROUNDS):
        exchanged = _exchange(products, goal, positive, tolerance)
        if exchanged is None:
            return None
        positive, weights = exchanged
        residual = target - weights @ chosen
        gain = rows @ residual
        gain[tried] = 0
        if (gain <= tolerance).all():
            return _refined(rows, target, np.sort(tried[positive]))
        n_entering = min(max(FEWEST_ENTERING, len(tried) // 2), int((gain > tolerance).sum()))
        entering = np.argpartition(gain, -n_entering)[-n_entering:]
        added = rows[entering]
        across = chosen @ added.T
        products = np.block([[products, across], [across.T, added @ added.T]])
        chosen, goal = np.vstack([chosen, added]), np.append(goal, added @ target)
        tried = np.append(tried, entering)
        positive = np.append(positive, np.ones(n_entering, bool))
    return None


def _exchange(
    products: Matrix, goal: Vector, positive: Bool[ndarray, " column"], tolerance: float
) -> tuple[Bool[ndarray, " column"], Vector] | None:
    """Return which columns have weights above 0, and the weights, from a guess of the first.

    Columns whose weight came out negative leave and those that would lower the error enter, all
    at once; one at a time after three attempts that did not make fewer of them, which ends.
    """
    positive = positive.copy()
    fewest, attempts = len(goal) + 1, 3
    for _ in range(MOST_EXCHANGES):
        weights = np.zeros(len(goal))
        inside = np.flatnonzero(positive)
        weights[inside] = _solved(products[np.ix_(inside, inside)], goal[inside])
        wrong = np.where(positive, weights < 0, goal - weights @ products > tolerance)
        n_wrong = int(wrong.sum())
        if n_wrong == 0:
            return positive, weights
        if n_wrong < fewest:
            fewest, attempts = n_wrong, 3
        elif attempts:
            attempts -= 1
        else:
            wrong[: np.flatnonzero(wrong)[-1]] = False
        positive ^= wrong
    return None


def _solved(products: Matrix, goal: Vector) -> Vector:
    if len(goal) == 0:
        return goal
    return cho_solve(cho_factor(products, check_finite=False), goal, check_finite=False)


def _refined(
    rows: Float[ndarray, "column row"], target: Float[ndarray, " row"], inside: Columns
) -> Vector | None:
    """Return the weights of these columns to full precision; None if they fit exactly.

    The answer depends on which columns these are, but not on how they were found.
    """
    part = rows[inside]
    products, weights = part @ part.T, np.zeros(len(inside))
    residual = target
    for _ in range(REFINEMENTS):
        weights += _solved(products, part @ residual)
        residual = target - weights @ part
    if np.linalg.norm(residual) <= EXACT * np.linalg.norm(target) or (weights < 0).any():
        return None
    found = np.zeros(len(rows))
    found[inside] = weights
    return found
