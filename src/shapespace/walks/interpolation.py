"""How good an interpolation is: whether it is straight, smooth, keeps its ink, and is sharp."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial.distance import cdist

from shapespace.arrays import CodeRows, Greys
from shapespace.evaluation.pictures.ssim import ssim
from shapespace.walks.cloud import Cloud
from shapespace.walks.codec import Codec

MEASURES = {
    "reencoding_r2": "share of the variance of the codes asked for, along the path, that the "
    "codes of the decoded pictures keep; 1 if pictures encode to the very codes they came from",
    "linearity": "1 minus the mean squared departure of the re-encoded codes from the straight "
    "line between their own ends, over their variance along it; 1 is straight and even",
    "length": "sum of the pixel distances of neighbouring pictures over that of the ends; 1 is the "
    "least there can be, a cross-fade",
    "largest_step": "largest 1 - SSIM of neighbouring pictures over the mean one; 1 is even, "
    "n - 1 all change in one jump",
    "largest_code_step": "the same for distances of re-encoded neighbours",
    "ink": "least ink of a picture within, over what lies between its ends in proportion; below "
    "1 ink is lost on the way",
    "sharpness": "squared grey gradient by ink of the middle picture, over the mean of its ends; "
    "1 is as sharp as the ends",
    "cross_fade_sharpness": "the same for the mean of the two end pictures; about 0.5 where "
    "strokes do not coincide",
    "nearest_training": "distance of the middle picture to the nearest training image over that "
    "of its ends to theirs; far below 1 is a memorised image",
    "off_data": "largest percentile of the path's distances from the training codes; above 99 "
    "is off the data",
}
"""What each measure of an interpolation is; for tables and help."""


@dataclass(frozen=True, kw_only=True)
class PathQuality:
    """Measures of one path; each is explained in `MEASURES`, and nan where undefined."""

    reencoding_r2: float
    linearity: float
    length: float
    largest_step: float
    largest_code_step: float
    ink: float
    sharpness: float
    cross_fade_sharpness: float
    nearest_training: float
    off_data: float

    def to_dict(self) -> dict[str, Any]:
        """Return the measures by name."""
        return asdict(self)


def measure_path(
    codes: CodeRows,
    pictures: Greys,
    codec: Codec,
    *,
    cloud: Cloud,
    training_images: Float[ndarray, "training height width"],
) -> PathQuality:
    """Measure a path of three codes or more and the pictures they decode to.

    Args:
        codes: Of the path, in order, its ends included.
        pictures: What they decode to.
        codec: The model they are of.
        cloud: Where its training codes lie.
        training_images: Images it was trained with.
    """
    assert len(codes) > 2
    again = codec.encode(pictures)
    middle = len(codes) // 2
    ends = [0, -1]
    fade = pictures[ends].mean(axis=0, keepdims=True)
    sharp, faded = sharpness(pictures), sharpness(fade)
    nearest = nearest_distances(pictures[[0, middle, -1]], training_images)
    return PathQuality(
        reencoding_r2=_r2(again, codes),
        linearity=_linearity(again),
        length=_length(pictures),
        largest_step=_unevenness(picture_steps(pictures)),
        largest_code_step=_unevenness(np.linalg.norm(np.diff(again, axis=0), axis=1)),
        ink=_least_ink(pictures),
        sharpness=_ratio(sharp[middle], sharp[ends].mean()),
        cross_fade_sharpness=_ratio(faded[0], sharp[ends].mean()),
        nearest_training=_ratio(nearest[1], (nearest[0] + nearest[2]) / 2),
        off_data=float(cloud.percentiles(codes).max()),
    )


def picture_steps(pictures: Greys) -> Float[ndarray, " step"]:
    """Return 1 - SSIM of each picture and the next."""
    images = torch.from_numpy(np.ascontiguousarray(pictures, np.float64))[:, None]
    return 1 - ssim(images[:-1], images[1:]).numpy()


def sharpness(pictures: Greys) -> Float[ndarray, " row"]:
    """Return the squared grey gradient of each picture by its ink; nan for a blank one.

    Halving the contrast halves it, and so does blur that doubles the width of an edge.
    """
    down, right = np.diff(pictures, axis=1), np.diff(pictures, axis=2)
    gradient = (down**2).sum(axis=(1, 2)) + (right**2).sum(axis=(1, 2))
    ink = _ink(pictures)
    return np.divide(gradient, ink, out=np.full(len(ink), np.nan), where=ink > 0)


def nearest_distances(
    pictures: Greys, training_images: Float[ndarray, "training height width"]
) -> Float[ndarray, " row"]:
    """Return the root mean squared difference of each picture and the training image nearest."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float64)
    known = training_images.reshape(len(training_images), -1).astype(np.float64)
    return cdist(flat, known).min(axis=1) / np.sqrt(flat.shape[1])


def _ink(pictures: Greys) -> Float[ndarray, " row"]:
    return (1 - pictures.astype(np.float64)).sum(axis=(1, 2))


def _least_ink(pictures: Greys) -> float:
    ink = _ink(pictures)
    expected = np.linspace(ink[0], ink[-1], len(ink))
    return float((ink[1:-1] / expected[1:-1]).min()) if expected.min() > 0 else float("nan")


def _r2(found: CodeRows, wanted: CodeRows) -> float:
    left = ((found - wanted) ** 2).sum()
    total = ((wanted - wanted.mean(axis=0)) ** 2).sum()
    return 1 - _ratio(left, total)


def _linearity(codes: CodeRows) -> float:
    shares = np.linspace(0, 1, len(codes))[:, None]
    straight = codes[0] + shares * (codes[-1] - codes[0])
    left = ((codes - straight) ** 2).sum()
    return 1 - _ratio(left, ((straight - straight.mean(axis=0)) ** 2).sum())


def _length(pictures: Greys) -> float:
    flat = pictures.reshape(len(pictures), -1).astype(np.float64)
    steps = np.linalg.norm(np.diff(flat, axis=0), axis=1)
    return _ratio(steps.sum(), float(np.linalg.norm(flat[-1] - flat[0])))


def _unevenness(steps: Float[ndarray, " step"]) -> float:
    return _ratio(steps.max(), steps.mean())


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")
