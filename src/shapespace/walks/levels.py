"""Pictures that differ evenly in one feature and hold the others: stimuli for an experiment."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from sklearn.isotonic import IsotonicRegression

from shapespace.errors import BadInput
from shapespace.spaces.mapping.linear_map import LinearMap
from shapespace.walks.cloud import OFF, Cloud
from shapespace.walks.codec import Codec
from shapespace.walks.inverse import Inverse

Even = Literal["read-back", "asked"]

N_FINE = 33
"""Steps at which the way is tried before levels are placed on it."""

LEAST_GAIN = 0.1
"""Least share of the asked way that must be read back for levels to be placed by it."""

Vector = Float[ndarray, " dim"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Levels:
    """A set of pictures at even levels of one feature."""

    amounts: Float[ndarray, " level"]
    """How far along the step each lies, in units of the space."""
    asked: Float[ndarray, "level dim"]
    """Coordinates of the codes."""
    codes: Float[ndarray, "level unit"]
    pictures: Float[ndarray, "level height width"]
    read_back: Float[ndarray, "level dim"]
    """Coordinates of the codes of the pictures."""
    off_data: Float[ndarray, " level"]
    """Percentile of the distance of each code from the training codes."""


def place_levels(
    codec: Codec,
    to_space: LinearMap,
    start: Float[ndarray, " unit"],
    step: Vector,
    axis: Vector,
    *,
    n_levels: int,
    reach: float,
    inverse: Inverse,
    cloud: Cloud,
    even: Even = "read-back",
) -> Levels:
    """Draw a start at even levels of a feature.

    "read-back" places the levels so that the coordinates the model reads off the pictures are
    evenly spaced along the feature (the read-back is made monotone first); "asked" spaces the
    coordinates that are asked for.

    Args:
        codec: The model.
        to_space: Its map into the space.
        start: Code of the drawing that is varied.
        step: What one unit is in the space; `walking.held` gives one that holds other features.
        axis: Unit vector of the feature.
        n_levels: Pictures, 2 or more.
        reach: How far to go either way, in units of the space.
        inverse: How codes change when coordinates do; see `inverse.STEPS`.
        cloud: Where the training codes lie.
        even: What is evenly spaced.

    Raises:
        BadInput: If a level would lie off the data, or the pictures hardly follow the feature.
    """
    if n_levels < 2 or not reach > 0:
        raise BadInput(
            f"Stimuli need 2 levels or more and a reach above 0, got {n_levels} and {reach:g}."
        )

    def codes_at(amounts: Float[ndarray, " step"]) -> tuple[ndarray, ndarray]:
        asked = to_space.coordinates(start[None]) + amounts[:, None] * step
        return start + amounts[:, None] * (inverse @ step), asked

    amounts = np.linspace(-reach, reach, N_FINE)
    fine, _ = codes_at(amounts)
    _refuse_off_data(amounts, cloud.percentiles(fine))
    if even == "asked":
        amounts = np.linspace(-reach, reach, n_levels)
    else:
        along = to_space.coordinates(codec.encode(codec.decode(fine))) @ axis
        amounts = _evenly_read(amounts, along, n_levels)
    codes, asked = codes_at(amounts)
    pictures = codec.decode(codes)
    return Levels(
        amounts=amounts,
        asked=asked,
        codes=codes,
        pictures=pictures,
        read_back=to_space.coordinates(codec.encode(pictures)),
        off_data=cloud.percentiles(codes),
    )


def _refuse_off_data(
    amounts: Float[ndarray, " step"], percentiles: Float[ndarray, " step"]
) -> None:
    good = percentiles <= OFF
    if good.all():
        return
    middle = len(amounts) // 2
    if not good[middle]:
        raise BadInput(
            f"The start itself lies off the data (percentile {percentiles[middle]:.0f} of the "
            "training codes); begin from another drawing."
        )
    lowest = middle - int(np.argmin(np.append(good[middle::-1], False))) + 1
    highest = middle + int(np.argmin(np.append(good[middle:], False))) - 1
    raise BadInput(
        f"{int((~good).sum())} of {len(amounts)} points of the way lie off the data (above the "
        f"{OFF:.0f}th percentile of the training codes). From this start the way is good from "
        f"{amounts[lowest]:+.2f} to {amounts[highest]:+.2f} units of the space: lower the reach, "
        "or begin from another drawing."
    )


def _evenly_read(
    amounts: Float[ndarray, " step"], along: Float[ndarray, " step"], n_levels: int
) -> Float[ndarray, " level"]:
    rising = IsotonicRegression().fit_transform(amounts, along)
    gain = (rising[-1] - rising[0]) / np.ptp(amounts)
    if gain < LEAST_GAIN:
        raise BadInput(
            f"The pictures hardly follow the feature: {gain:.0%} of the way asked is read back. "
            "Space the levels as asked (--even asked) and judge them by eye, or take another run."
        )
    # Where the read-back stands still, the middle of the still part stands for its level.
    levels, place = np.unique(rising, return_inverse=True)
    middles = np.bincount(place, weights=amounts) / np.bincount(place)
    middles[0], middles[-1] = amounts[0], amounts[-1]
    return np.interp(np.linspace(levels[0], levels[-1], n_levels), levels, middles)
