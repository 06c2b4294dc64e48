"""How a code changes when its place in the space shall change: two right inverses of the map."""

from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from sklearn.linear_model import RidgeCV

from shapespace.arrays import CodeRows
from shapespace.spaces.mapping.linear_map import LinearMap

StepKind = Literal["typical", "shortest"]

STEPS: dict[StepKind, str] = {
    "typical": "codes change as training codes do on average where coordinates differ",
    "shortest": "codes change as little as possible",
}
"""How codes change on a walk, for figures and help; both do exactly what is asked."""

PENALTIES = np.logspace(-3, 3, 7)
"""Ridge penalties tried in the regression of training codes on their coordinates."""

Inverse = Float[ndarray, "unit dim"]
"""Change of the code for a unit of each dimension; the map takes it back to the identity."""


def shortest_step(to_space: LinearMap) -> Inverse:
    """Return the step of least length in normalised units: the pseudo-inverse."""
    return np.linalg.pinv(to_space.weights) * to_space.scale[:, None]


def typical_step(to_space: LinearMap, training_codes: CodeRows) -> Inverse:
    """Return the step that training codes make on average where coordinates differ.

    That is the ridge regression of training codes on their coordinates, made exact by the
    shortest step. A regression from codes to coordinates is a filter, and may look at units
    that hardly matter for the picture; this is its pattern.

    Args:
        to_space: The map.
        training_codes: Codes of training images.

    Reference:
        Haufe et al. (2014), "On the interpretation of weight vectors of linear models in
        multivariate neuroimaging", NeuroImage 87.
    """
    slopes = np.asarray(conditional_mean(to_space, training_codes).coef_, np.float64)
    slopes = slopes.reshape(-1, len(to_space.offset))
    reached = to_space.weights @ (slopes / to_space.scale[:, None])
    return slopes + shortest_step(to_space) @ (np.eye(len(reached)) - reached)


def conditional_mean(to_space: LinearMap, training_codes: CodeRows) -> RidgeCV:
    """Return the regression that predicts codes from their coordinates."""
    return RidgeCV(alphas=PENALTIES).fit(to_space.coordinates(training_codes), training_codes)
