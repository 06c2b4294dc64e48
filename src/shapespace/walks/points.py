"""From a point of a similarity space to whole codes: where the rest of the code comes from.

A space has a few dimensions, a code has hundreds of units. Every policy ends with the shortest
step that puts its code exactly at the point asked for, so that they differ in the rest alone.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial.distance import cdist
from sklearn.linear_model import RidgeCV

from shapespace.arrays import CodeRows
from shapespace.errors import BadInput
from shapespace.spaces.mapping.linear_map import LinearMap
from shapespace.walks.inverse import conditional_mean

Policy = Literal["anchor", "conditional", "neighbours", "sample"]

POLICIES: dict[Policy, str] = {
    "anchor": "the rest of the code is that of a given drawing",
    "conditional": "the rest is the mean of the training codes at this point (ridge regression)",
    "neighbours": "the rest is a blend of the nearest stimuli",
    "sample": "the rest is that mean and the deviation of a random training code from it",
}
"""What each policy does, for figures and help."""

N_NEIGHBOURS = 5


@dataclass(frozen=True)
class Filling:
    """Turns points of a similarity space into codes by one of the policies."""

    map: LinearMap
    """From codes to the space."""
    training_codes: CodeRows
    """Codes of images of the training."""
    stimulus_codes: Float[ndarray, "stimulus unit"]
    """Codes of the stimuli whose place is known."""
    stimulus_points: Float[ndarray, "stimulus dim"]
    """Where people put them."""

    def codes(
        self,
        points: Float[ndarray, "point dim"],
        policy: Policy,
        *,
        anchor: Float[ndarray, " unit"] | None = None,
        generator: np.random.Generator | None = None,
    ) -> Float[ndarray, "point unit"]:
        """Return a code for each point; projected by the map it lies exactly there.

        Args:
            points: One a row.
            policy: See `POLICIES`.
            anchor: Code of the drawing that is kept, for "anchor".
            generator: Source of the draw, for "sample". One training code is drawn for all
                points, so that pictures differ by the points alone.

        Raises:
            BadInput: If the points have another number of dimensions than the map, or there is
                no such policy, or it lacks its anchor or generator.
        """
        n_dims = len(self.map.offset)
        if points.shape[1] != n_dims or not np.isfinite(points).all():
            raise BadInput(
                f"Points of this space are {n_dims} numbers each, got "
                f"{points.shape[1]}{'' if np.isfinite(points).all() else ', some not finite'}."
            )
        if policy == "anchor":
            if anchor is None:
                raise BadInput('The policy "anchor" needs a drawing whose code is kept.')
            start = np.tile(anchor, (len(points), 1))
        elif policy == "conditional":
            start = self._mean(points)
        elif policy == "neighbours":
            start = blend(points, self.stimulus_points) @ self.stimulus_codes
        elif policy == "sample":
            if generator is None:
                raise BadInput('The policy "sample" needs a source of randomness.')
            start = (
                self._mean(points) + self._residuals[generator.integers(len(self._residuals))]
            )
        else:
            raise BadInput(
                f"There is no policy {policy!r}; choose one of {', '.join(get_args(Policy))}."
            )
        return self.map.move(start, points)

    @cached_property
    def regression(self) -> RidgeCV:
        """What predicts codes from their coordinates; see "conditional"."""
        return conditional_mean(self.map, self.training_codes)

    def _mean(self, points: Float[ndarray, "point dim"]) -> Float[ndarray, "point unit"]:
        return self.regression.predict(points)

    @cached_property
    def _residuals(self) -> CodeRows:
        known = self.map.coordinates(self.training_codes)
        return self.training_codes - self.regression.predict(known)


def blend(
    points: Float[ndarray, "point dim"],
    stimuli: Float[ndarray, "stimulus dim"],
    n_nearest: int = N_NEIGHBOURS,
) -> Float[ndarray, "point stimulus"]:
    """Return how much each stimulus counts at each point; each row sums to 1.

    The nearest stimuli count by (1/d - 1/R)², d being their distance and R that of the first
    one that no longer counts. A point that lies on a stimulus has its weight alone, and the
    weights change without jumps.

    Reference:
        Franke and Nielson (1980), "Smooth interpolation of large sets of scattered data",
        International Journal for Numerical Methods in Engineering 15.
    """
    distances = np.maximum(cdist(points, stimuli), 1e-9)
    n_nearest = min(n_nearest, len(stimuli) - 1)
    reach = np.partition(distances, n_nearest, axis=1)[:, n_nearest, None]
    weights = np.maximum(1 / distances - 1 / reach, 0.0) ** 2
    tied = (
        weights.sum(axis=1) == 0
    )  # all that would count are as far as the first that does not
    weights[tied] = distances[tied] <= reach[tied]
    return weights / weights.sum(axis=1, keepdims=True)


def share_of_policy(pictures: Float[ndarray, "policy point height width"]) -> float:
    """Return how much of the pictures depends on the policy rather than on the point.

    Args:
        pictures: Of the same points by several policies.

    Returns:
        Mean squared difference of two policies at one point, over that of two pictures of
        different points and policies: 0 if the point decides the picture alone, 1 if pictures of
        one point are as different as any; nan if all pictures are equal.
    """
    n_policies, n_points = pictures.shape[:2]
    assert n_policies > 1
    assert n_points > 1
    flat = pictures.reshape(n_policies, n_points, -1)
    between = cdist(
        flat.reshape(n_policies * n_points, -1), flat.reshape(n_policies * n_points, -1)
    )
    squares = between.reshape(n_policies, n_points, n_policies, n_points) ** 2
    other_policy = ~np.eye(n_policies, dtype=bool)[:, None, :, None]
    same_point = np.eye(n_points, dtype=bool)[None, :, None, :]
    at_one_point = squares[np.broadcast_to(other_policy & same_point, squares.shape)].mean()
    anywhere = squares[np.broadcast_to(other_policy & ~same_point, squares.shape)].mean()
    return float(at_one_point / anywhere) if anywhere > 0 else float("nan")
