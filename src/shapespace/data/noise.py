"""Salt-and-pepper noise: the damage a denoising autoencoder learns to undo."""

from typing import Literal

import torch
from torch import Generator, Tensor

from shapespace.data.transfer import WHOLE, Share
from shapespace.errors import BadInput
from shapespace.tensors import Images

Scope = Literal["image", "batch"]
"""Whether every image has a mask of its own, or the batch shares one (as in the study)."""


def salt_and_pepper(
    images: Images,
    level: float | Tensor,
    *,
    generator: Generator,
    scope: Scope = "image",
    share: Share = WHOLE,
) -> Images:
    """Set a random share of the pixels to pure black or pure white.

    Args:
        images: Grey values in [0, 1]; 0 is ink, 1 is paper.
        level: Chance of a pixel to be hit, in [0, 1]; usually 0.1. Or one chance an image.
        generator: Source of the randomness, on the same device as `images`.
        scope: "batch" draws one mask and lays it over every image, a quirk of the study.
        share: Which part of a minibatch `images` is; the draw is made for all of it, so that
            the parts together are damaged as the whole would be.

    Returns:
        Noisy copies. A pixel that is hit becomes 0 or 1 with equal chance, so
        about half of the hits on white paper leave the paper white.

    Raises:
        BadInput: If `level` is not in [0, 1].

    Reference:
        Vincent et al. (2010), "Stacked Denoising Autoencoders", JMLR 11.
    """
    levels = torch.as_tensor(level, dtype=images.dtype, device=images.device)
    if levels.device.type == "cpu" and not bool(((levels >= 0) & (levels <= 1)).all()):
        raise BadInput(
            f"Noise level must be a share between 0 and 1, got {level}. "
            "For 10 % noise pass 0.1."
        )
    levels = levels.reshape(-1, 1, 1, 1)
    n_masks = 1 if scope == "batch" else share.of or len(images)
    shape = (n_masks, *images.shape[1:])
    draw = torch.rand(shape, generator=generator, device=images.device, dtype=images.dtype)
    if scope == "image" and share.of:
        draw = draw[share.rows]
    paper = torch.ones((), dtype=images.dtype, device=images.device)
    noisy = torch.where(draw < levels / 2, paper - 1, images)  # pepper
    return torch.where(draw > 1 - levels / 2, paper, noisy)  # salt


def draw_levels(levels: tuple[float, ...], n: int, *, generator: Generator) -> Tensor:
    """Return one of `levels` for each of `n` images, each with equal chance."""
    device = generator.device
    picks = torch.randint(len(levels), (n,), generator=generator, device=device)
    chosen = torch.full((n,), levels[0], device=device)
    for index, level in enumerate(levels[1:], start=1):  # a table would make a GPU wait for it
        chosen.masked_fill_(picks == index, level)
    return chosen
