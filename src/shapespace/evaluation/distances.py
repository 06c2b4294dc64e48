"""Distances between the codes of stimuli."""

from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial.distance import pdist, squareform

from shapespace.arrays import Flat, Matrix
from shapespace.errors import BadInput

Kind = Literal["euclidean", "manhattan", "cosine", "inner_product"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Weights = Float[ndarray, " unit"]
Contributions = Float[ndarray, "pair unit"]


def distances(codes: Matrix, kind: Kind, weights: Weights | None = None) -> Flat:
    """Return the distance of every pair of codes, in the order of scipy's `squareform`.

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
    if kind == "euclidean":
        return pdist(weighted, "euclidean")
    if kind == "manhattan":
        return pdist(weighted, "cityblock")
    # Upper triangle of the matrix of products; its diagonal means nothing here.
    products = squareform(weighted @ codes.T, checks=False)
    return 1 - products if kind == "cosine" else -products


def contributions(codes: Matrix, kind: Kind) -> Contributions:
    """Return what each unit (column) adds to the distance of each pair (row).

    Squared differences for "euclidean" (they add up to the squared distance), absolute
    differences for "manhattan", negative products for "inner_product" and, of codes
    scaled to length 1, for "cosine" (they add up to the distance minus 1).

    Raises:
        BadInput: If codes hold nan or infinity.
    """
    codes = _checked(codes, kind)
    first, second = np.triu_indices(len(codes), 1)
    if kind == "euclidean":
        return (codes[first] - codes[second]) ** 2
    if kind == "manhattan":
        return np.abs(codes[first] - codes[second])
    return -codes[first] * codes[second]


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
