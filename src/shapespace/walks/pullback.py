"""The way between two codes on which the pictures change least: a geodesic of the decoder's metric."""

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.optimize import minimize

from shapespace.arrays import CodeRows, Greys
from shapespace.errors import BadInput
from shapespace.walks.cloud import Cloud
from shapespace.walks.codec import SmoothCodec
from shapespace.walks.paths import Code, evenly_along

ROUNDS = ((5, 60), (9, 30), (17, 15))
"""Codes on the curve, and steps of the optimiser: few codes settle its shape, more refine it."""

OFF_WEIGHT = 10.0
"""What it costs to lie twice as far from the training codes as half of them do, in units of the
straight line's energy."""

N_BETWEEN = 4
"""Parts of each leg when pictures along the curve are measured."""


def pullback_between(
    start: Code, end: Code, n_steps: int, *, codec: SmoothCodec, cloud: Cloud
) -> Float[ndarray, "step unit"]:
    """Return codes on the way from one code to another whose pictures change least in all.

    The energy, that is the sum of squared grey differences of neighbouring pictures, is minimised
    over the codes between the two, from the straight line. In units of that line's energy, codes
    farther from the training codes than both the median of these and the ends (in proportion)
    pay the square of the excess. The curve is then divided into steps of equal grey difference.

    Args:
        start: Where the path begins.
        end: Where it ends.
        n_steps: Codes on the path, with its ends: 2 or more.
        codec: Draws codes, and takes forces on pictures back to codes.
        cloud: Where the training codes lie.

    Returns:
        The codes. Their energy is that of the straight line at most.

    Raises:
        BadInput: If there are fewer than two steps.

    Reference:
        Shao, Kumar and Fletcher (2018), "The Riemannian Geometry of Deep Generative Models", CVPR
        Workshops; Chen et al. (2018), "Metrics for Deep Generative Models", AISTATS; kept near
        the data after Arvanitidis, Hansen and Hauberg (2018), "Latent Space Oddity", ICLR.
    """
    if n_steps < 2:
        raise BadInput(f"A path has at least 2 steps, its ends; got {n_steps}.")
    straight = np.linspace(start, end, ROUNDS[-1][0])
    curve = np.linspace(start, end, ROUNDS[0][0])
    unit = energy(codec.decode(straight))
    if unit == 0:  # the decoder does not tell them apart, so any way is as good
        return np.linspace(start, end, n_steps)
    for n_codes, n_iterations in ROUNDS:
        while len(curve) < n_codes:
            curve = _halved(curve)
        curve = _relaxed(curve, codec, cloud, unit=unit, n_iterations=n_iterations)
    if energy(codec.decode(curve)) > unit:
        curve = straight
    return _evenly_seen(curve, n_steps, codec)


def energy(pictures: Greys) -> float:
    """Return the sum of squared differences of neighbouring pictures, times the number of steps.

    So counted, it is the square of the length of a path of even steps, however many they are.
    """
    steps = np.diff(pictures.astype(np.float64), axis=0)
    return float(len(steps) * (steps**2).sum())


def _relaxed(
    curve: CodeRows, codec: SmoothCodec, cloud: Cloud, *, unit: float, n_iterations: int
) -> CodeRows:
    """Return the curve after some steps of the optimiser; its ends stay."""
    ends = codec.decode(curve[[0, -1]]).astype(np.float64)
    far = cloud.distances(curve[[0, -1]])
    usual = float(np.median(cloud.usual))
    limits = np.maximum(np.linspace(far[0], far[1], len(curve)), usual)[1:-1]
    n_steps = len(curve) - 1

    def objective(flat: ndarray) -> tuple[float, ndarray]:
        codes = flat.reshape(n_steps - 1, -1)
        drawn, pull = codec.decode_and_pull(codes)
        pictures = np.concatenate([ends[:1], drawn, ends[1:]])
        steps = np.diff(pictures, axis=0)
        forces = 2 * n_steps / unit * (steps[:-1] - steps[1:])
        cost, outward = _excess(codes, cloud, limits, usual)
        value = energy(pictures) / unit + OFF_WEIGHT * cost
        return value, (pull(forces) + OFF_WEIGHT * outward).ravel()

    found = minimize(
        objective,
        curve[1:-1].ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": n_iterations},
    )
    return np.concatenate([curve[:1], found.x.reshape(n_steps - 1, -1), curve[-1:]])


def _excess(
    codes: CodeRows, cloud: Cloud, limits: Float[ndarray, " row"], usual: float
) -> tuple[float, CodeRows]:
    """Return the squared distance of codes beyond their limits, in units of the usual distance,
    and its gradient."""
    whitened = (codes - cloud.centre) @ cloud.whitening
    far = np.linalg.norm(whitened, axis=1)
    beyond = np.maximum(far - limits, 0) / usual
    slope = np.divide(2 * beyond, usual * far, out=np.zeros_like(far), where=far > 0)
    return float((beyond**2).sum()), slope[:, None] * (whitened @ cloud.whitening.T)


def _halved(curve: CodeRows) -> Float[ndarray, "finer unit"]:
    """Return the curve with a code in the middle of each leg."""
    return np.insert(curve, range(1, len(curve)), (curve[:-1] + curve[1:]) / 2, axis=0)


def _evenly_seen(
    curve: CodeRows, n_steps: int, codec: SmoothCodec
) -> Float[ndarray, "step unit"]:
    """Return codes along a curve, its ends included, at equal grey differences along it."""
    fine = evenly_along(curve, N_BETWEEN * (len(curve) - 1) + 1, np.ones(len(curve) - 1))
    pictures = codec.decode(fine).astype(np.float64)
    legs = np.sqrt((np.diff(pictures, axis=0) ** 2).sum(axis=(1, 2)))
    # A leg that does not show has some length all the same, or the end might be left out.
    return evenly_along(fine, n_steps, legs + 1e-9 * legs.mean())
