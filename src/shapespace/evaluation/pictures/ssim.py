"""Structural similarity: whether light, contrast and pattern agree in every small window."""

import torch
from jaxtyping import Float
from torch import Tensor

from shapespace.errors import BadInput
from shapespace.tensors import Images

WINDOW = 11
"""Side of the Gaussian window in pixels."""
SIGMA = 1.5
"""Standard deviation of the Gaussian window in pixels."""
STABILISERS = (0.01**2, 0.03**2)
"""The constants C1 and C2 that keep flat windows defined, for grey values in [0, 1]."""


def ssim(images: Images, others: Images) -> Float[Tensor, " batch"]:
    """Return the structural similarity of each pair of images: in [-1, 1], 1 if they are equal.

    Averaged over all windows that lie wholly inside the image.

    Args:
        images: Grey values in [0, 1].
        others: The images to compare them with; the order of the two does not matter.

    Raises:
        BadInput: If the images are smaller than the window.

    Reference:
        Wang, Bovik, Sheikh and Simoncelli (2004), IEEE Transactions on Image Processing 13(4).
    """
    if min(images.shape[2:]) < WINDOW:
        raise BadInput(
            f"SSIM needs images of at least {WINDOW} x {WINDOW} pixels, got "
            f"{images.shape[2]} x {images.shape[3]}."
        )
    moments = torch.stack([images, others, images**2 + others**2, images * others])
    mean_a, mean_b, squares, product = _blur(moments.flatten(0, 1)).unflatten(
        0, moments.shape[:2]
    )
    light, contrast = STABILISERS
    variances = squares - mean_a**2 - mean_b**2
    covariance = product - mean_a * mean_b
    similarity = ((2 * mean_a * mean_b + light) * (2 * covariance + contrast)) / (
        (mean_a**2 + mean_b**2 + light) * (variances + contrast)
    )
    return similarity.mean(dim=(1, 2, 3))


def _blur(images: Images) -> Float[Tensor, "batch 1 inner_height inner_width"]:
    """Average under the Gaussian window, rows and columns apart; the border is cut off.

    As products with band matrices: on a CPU many times as fast as a convolution of one channel.
    """
    height, width = images.shape[2:]
    return _band(height, images).T @ images @ _band(width, images)


def _band(side: int, images: Images) -> Float[Tensor, "side inside"]:
    """Return the matrix whose columns are the window, each one pixel further down."""
    positions = torch.arange(side, dtype=images.dtype, device=images.device)
    centres = positions[WINDOW // 2 : side - WINDOW // 2]
    offsets = positions[:, None] - centres
    weights = torch.exp(-(offsets**2) / (2 * SIGMA**2)) * (offsets.abs() <= WINDOW // 2)
    return weights / weights.sum(dim=0)
