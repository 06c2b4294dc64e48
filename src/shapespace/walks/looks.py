"""Whether pictures of a walk look as they should, measured without the model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.stats import spearmanr

from shapespace.arrays import Greys
from shapespace.data.scribbles import scribbles, scribbles_at
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import Estimate
from shapespace.evaluation.pictures.shape import measure
from shapespace.walks.codec import Codec
from shapespace.walks.walking import Walk, over_starts, slopes

SHAPE = ("elongation", "curvature", "orientation")
"""Measures of the shape of a picture; see `evaluation.shape.Shape`."""

LOOKS = (*SHAPE, "ink")
"""All measures of a picture; ink is its mean darkness, which no walk should have to change."""

EXPECTED: dict[str, tuple[str, int]] = {
    "FORM": ("elongation", -1),
    "LINES": ("curvature", 1),
    "ORIENTATION": ("orientation", 1),
}
"""For each published feature the measure it should move, and which way: FORM goes from elongated
to blob-like, LINES from straight to curved, ORIENTATION from horizontal to vertical."""

_FAINT = 0.15
"""A picture whose darkest pixel is less dark than this has no stroke to measure."""

_SERIES = 977
"""Scribbles of this seed are used by no training."""


def looks(pictures: Greys) -> Float[ndarray, "row look"]:
    """Return the measures of each picture; those of shape are nan where no stroke is to be seen."""
    found = np.full((len(pictures), len(LOOKS)), np.nan)
    found[:, -1] = 1 - pictures.mean(axis=(1, 2))
    for row, picture in enumerate(pictures):
        if picture.min() > 1 - _FAINT:
            continue
        try:
            shape = measure((picture * 255).round().astype(np.uint8))
        except BadInput:  # blank after rounding
            continue
        found[row, :-1] = [getattr(shape, name) for name in SHAPE]
    return found


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one measure of the pictures changes on a walk, for each unit of the space asked."""

    slope: Estimate
    """Mean over starts, with its interval."""
    control: tuple[float, float]
    """Between which values 95 % of as long walks in random directions lie."""
    p: float
    """Share of random walks that change the measure as much or more, either way; never 0."""


def look_slopes(done: Walk) -> Float[ndarray, "start look"]:
    """Return the slope of each measure over the amounts, one row a start."""
    n_starts, n_steps = done.pictures.shape[:2]
    measured = looks(done.pictures.reshape(-1, *done.pictures.shape[2:]))
    grid = measured.reshape(n_starts, n_steps, len(LOOKS))
    return np.stack([slopes(grid[:, :, i], done.amounts) for i in range(len(LOOKS))], axis=1)


def judge_looks(
    done: Walk, controls: Sequence[Walk], *, generator: np.random.Generator
) -> dict[str, Look]:
    """Set the change of the pictures of a walk against walks in random directions.

    Args:
        done: The walk.
        controls: As long walks in random directions.
        generator: Source of the bootstrap over starts.
    """
    assert controls
    own = look_slopes(done)
    found = over_starts({name: own[:, i] for i, name in enumerate(LOOKS)}, generator=generator)
    random = np.array([_mean_defined(look_slopes(control)) for control in controls])
    return {name: _against(found[name], random[:, i]) for i, name in enumerate(LOOKS)}


def looks_to_dict(found: Mapping[str, Look]) -> dict[str, Any]:
    """Return plain values, for JSON."""
    return {name: asdict(look) for name, look in found.items()}


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How far a measure of pictures follows what is known of scribbles, by Spearman's rho."""

    clean: float
    """Of the scribbles themselves."""
    redrawn: float
    """Of what the model makes of them: what is left of the measure in its pictures."""
    n: int


def calibrate(codec: Codec, side: int, n_scribbles: int) -> dict[str, Calibration]:
    """Measure scribbles whose elongation, curvature and orientation are known, and redrawn ones.

    Orientation is known as the angle of the long axis, weighted by elongation as in the measure.

    Args:
        codec: The model.
        side: Side of its images in pixels.
        n_scribbles: How many, from a series that no training uses.
    """
    positions = np.arange(n_scribbles)
    known = scribbles_at(positions, seed=_SERIES)
    images = scribbles(positions, side, seed=_SERIES).astype(np.float32) / np.float32(255)
    squares = np.array([drawing.elongation for drawing in known]) ** 2
    angles = np.radians([drawing.angle for drawing in known])
    truth = {
        "elongation": np.log(squares) / 2,
        "curvature": 1 - np.array([drawing.straightness for drawing in known]),
        "orientation": -np.cos(2 * angles) * (squares - 1) / (squares + 1),
    }
    clean, redrawn = looks(images), looks(codec.decode(codec.encode(images)))
    return {
        name: Calibration(
            clean=_rho(truth[name], clean[:, i]),
            redrawn=_rho(truth[name], redrawn[:, i]),
            n=n_scribbles,
        )
        for i, name in enumerate(SHAPE)
    }


def _rho(truth: Float[ndarray, " row"], found: Float[ndarray, " row"]) -> float:
    defined = ~np.isnan(found)
    if defined.sum() < 3 or np.ptp(found[defined]) == 0:
        return float("nan")
    return float(spearmanr(truth[defined], found[defined]).statistic)


def _mean_defined(values: Float[ndarray, "start look"]) -> Float[ndarray, " look"]:
    defined = ~np.isnan(values)
    counts = defined.sum(axis=0)
    sums = np.where(defined, values, 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _against(own: Estimate, random: Float[ndarray, " walk"]) -> Look:
    random = random[~np.isnan(random)]
    if not len(random):
        return Look(slope=own, control=(float("nan"), float("nan")), p=float("nan"))
    low, high = np.quantile(random, [0.025, 0.975])
    as_much = (np.abs(random) >= abs(own.value)).sum()
    p = float((as_much + 1) / (len(random) + 1)) if np.isfinite(own.value) else float("nan")
    return Look(slope=own, control=(float(low), float(high)), p=p)
