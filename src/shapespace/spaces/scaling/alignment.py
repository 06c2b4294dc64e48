"""Turning one space onto another: Procrustes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.linalg import orthogonal_procrustes

from shapespace.arrays import Matrix
from shapespace.errors import BadInput


@dataclass(frozen=True, eq=False)
class Alignment:
    """One space moved, turned, mirrored and scaled to lie on another as well as it can."""

    coordinates: Matrix
    """The moved space, in the units of the other."""
    congruence: float
    """Correlation of all coordinates after alignment: 1 means the same form; 0 to 1."""
    rms_distance: float
    """Root of the mean squared distance between the two places of an item."""


def align(
    moving: Float[ndarray, "item dim"], onto: Float[ndarray, "other_item other_dim"]
) -> Alignment:
    """Lay one space on another; rows are the same items in the same order.

    Args:
        moving: The space that is moved; it may have fewer dimensions than the other.
        onto: The space that stays.

    Raises:
        BadInput: If the items differ in number, or all lie in one place.

    Reference:
        Schönemann (1966), Psychometrika 31; Gower (1975), Psychometrika 40.
    """
    if len(moving) != len(onto) or moving.shape[1] > onto.shape[1]:
        raise BadInput(
            f"A space of {len(moving)} items in {moving.shape[1]} dimensions cannot be laid on "
            f"one of {len(onto)} items in {onto.shape[1]}. Give the same items, and put the "
            "space of fewer dimensions first."
        )
    wider = np.pad(moving, ((0, 0), (0, onto.shape[1] - moving.shape[1])))
    x, y = wider - wider.mean(axis=0), onto - onto.mean(axis=0)
    x_size, y_size = np.linalg.norm(x), np.linalg.norm(y)
    if x_size == 0 or y_size == 0:
        raise BadInput("All items of a space lie in one place, so it cannot be aligned.")
    turn, strength = orthogonal_procrustes(x, y)
    moved = x @ turn * (strength / x_size**2)
    return Alignment(
        coordinates=moved + onto.mean(axis=0),
        congruence=float(strength / (x_size * y_size)),
        rms_distance=float(np.sqrt(((moved - y) ** 2).sum() / len(y))),
    )
