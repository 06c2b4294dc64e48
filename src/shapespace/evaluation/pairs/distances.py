"""Distances between the codes of stimuli."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial.distance import pdist, squareform

from shapespace.arrays import Flat, Matrix
from shapespace.errors import BadInput
from shapespace.evaluation.pairs import by_rows

Kind = Literal["euclidean", "manhattan", "cosine", "inner_product"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Weights = Float[ndarray, " unit"]
Contributions = Float[ndarray, "pair unit"]

FEW = 500
"""Stimuli up to which scipy computes the distances; more go by blocks of rows."""


def distances(codes: Matrix, kind: Kind, weights: Weights | None = None) -> Flat:
    """Return the distance of every pair of codes, in the order of scipy's `squareform`.

    With many stimuli all cores are used, and beside the result little memory. Euclidean
    distances then come from products of codes and differ from those of scipy's `pdist` by at
    most 1e-12 of their value; the others are the same sums.

    Args:
        codes: One row a stimulus, one column a unit.
        kind: "euclidean": root of the sum of squared differences. "manhattan": sum of absolute
            differences. "inner_product": minus the sum of products, so that it rises with
            dissimilarity; it has no zero. "cosine": 1 minus the sum of products of codes scaled
            to length 1; a code of zeros is as far (1) from every other as an orthogonal one.
        weights: Non-negative weight of each unit's term in the sum; 1 for all where none are
            given. For "cosine" the lengths are those of the codes before weighting, so that
            each unit adds its own term whatever the weights of the others.

    Raises:
        BadInput: If codes hold nan or infinity, or weights are negative or of another number.
    """
    codes = _checked(codes, kind)
    weighted = codes
    if weights is not None:
        if len(weights) != codes.shape[1] or not (weights >= 0).all():
            raise BadInput(
                f"Codes of {codes.shape[1]} units need as many weights of 0 or more; got "
                f"{len(weights)}, the lowest {min(weights, default=np.nan):g}."
            )
        weighted = codes * (np.sqrt(weights) if kind == "euclidean" else weights)
    many = len(codes) > FEW
    if kind == "euclidean":
        return by_rows.euclidean(weighted) if many else pdist(weighted, "euclidean")
    if kind == "manhattan":
        return by_rows.manhattan(weighted) if many else pdist(weighted, "cityblock")
    top = 1.0 if kind == "cosine" else 0.0
    if many:
        return by_rows.products_below(top, weighted, codes)
    # Upper triangle of the matrix of products; its diagonal means nothing here.
    return top - squareform(weighted @ codes.T, checks=False)


def contributions(codes: Matrix, kind: Kind) -> Contributions:
    """Return what each unit (column) adds to the distance of each pair (row).

    Squared differences for "euclidean" (they add up to the squared distance), absolute
    differences for "manhattan", negative products for "inner_product" and, of codes
    scaled to length 1, for "cosine" (they add up to the distance minus 1).

    Raises:
        BadInput: If codes hold nan or infinity.
    """
    units = np.ascontiguousarray(_checked(codes, kind).T)  # one unit after the other in memory
    first, second = np.triu_indices(len(codes), 1)
    one, other = units[:, first], units[:, second]
    if kind == "euclidean":
        return ((one - other) ** 2).T
    if kind == "manhattan":
        return np.abs(one - other).T
    return (-one * other).T


def _checked(codes: Matrix, kind: Kind) -> Matrix:
    codes = np.asarray(codes, np.float64)
    if not np.isfinite(codes).all():
        raise BadInput(
            "The codes hold values that are no numbers. The run they come from has diverged: "
            "look at its loss, and train it again with a lower learning rate."
        )
    if kind == "cosine":
        lengths = np.linalg.norm(codes, axis=1, keepdims=True)
        codes = np.divide(codes, lengths, out=np.zeros_like(codes), where=lengths > 0)
    return codes
