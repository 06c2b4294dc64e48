"""Augmentation: mirrored, turned, sheared, resized and moved copies, made in batches.

The published study wrote 1.5 million files; here each copy is one affine map of the stored
image, drawn from the seed when a batch asks for it and carried out on the device.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from shapespace.arrays import Points, Scans
from shapespace.data.placement import Placement, place
from shapespace.data.transfer import to_device
from shapespace.errors import BadInput
from shapespace.tensors import Images

cv2.setNumThreads(1)  # a copy is too small to be shared among threads


@dataclass(frozen=True, kw_only=True)
class Turns:
    """How far copies may be turned; all zero where the orientation of a drawing was rated.

    Reference:
        Bechberger, "Learning To Map Images Into Shape Space, Part 3".
    """

    flip: float = 0.5
    """Chance of a left-right mirror image."""
    rotation: float = 15.0
    """Largest rotation to either side in degrees, uniform."""
    shear: float = 15.0
    """Largest shear to either side in degrees, uniform."""

    def __post_init__(self) -> None:
        if not 0 <= self.flip <= 1:
            raise BadInput(f"The chance of a flip must lie in 0...1, got {self.flip}.")
        if not (0 <= self.rotation <= 180 and 0 <= self.shear < 80):
            raise BadInput(
                "Rotation must lie in 0...180 and shear in 0...79 degrees, "
                f"got {self.rotation} and {self.shear}."
            )


UPRIGHT = Turns(flip=0.0, rotation=0.0, shear=0.0)
"""No turning at all."""


def draw_turns(n: int, turns: Turns, generator: np.random.Generator) -> np.ndarray:
    """Draw the linear part of `n` copies: mirror, rotation and shear in random order.

    Returns:
        Matrices n x 2 x 2 that take a point (x, y) of the original, y down, to the copy.
    """
    sign = np.where(generator.random(n) < turns.flip, -1.0, 1.0)
    angle = np.deg2rad(generator.uniform(-turns.rotation, turns.rotation, n))
    slope = np.tan(np.deg2rad(generator.uniform(-turns.shear, turns.shear, n)))
    zero, one = np.zeros(n), np.ones(n)
    steps = np.stack(
        [
            _matrices(sign, zero, zero, one),
            _matrices(np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)),
            _matrices(one, slope, zero, one),
        ],
        axis=1,
    )
    order = generator.permuted(np.tile(np.arange(3), (n, 1)), axis=1)
    first, second, third = (steps[np.arange(n), order[:, k]] for k in range(3))
    return third @ second @ first


def _matrices(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    return np.stack([np.stack([a, b], axis=1), np.stack([c, d], axis=1)], axis=1)


@dataclass(frozen=True)
class Warps:
    """The maps of a batch of copies, from output pixels back to the stored image.

    Attributes:
        matrices: n x 2 x 3; (x, y, 1) of the output, in pixels with y down and pixel edges at
            whole numbers, to (x, y) of the stored image.
        placement: Where the box of the ink comes to lie on the output canvas.
    """

    matrices: np.ndarray
    placement: Placement


def draw_warps(
    hulls: Points,
    *,
    side: int,
    smallest_share: float,
    turns: Turns,
    generator: np.random.Generator,
) -> Warps:
    """Draw one copy of each image.

    The turned ink is cropped to its box, the longest side of the box gets a random length, the
    short side follows (rounded down to whole pixels), and the box lands at a random place,
    every size and position being equally likely.

    Args:
        hulls: Outermost ink points of each image, n x points x 2, as (x, y).
        side: Side of the output in pixels.
        smallest_share: Smallest longest side as a share of `side` (the study: 168 / 224).
        turns: How far copies may be turned.
        generator: Source of the randomness.
    """
    linear = draw_turns(len(hulls), turns, generator)
    turned = hulls.astype(np.float64) @ linear.transpose(0, 2, 1)
    low, high = turned.min(axis=1), turned.max(axis=1)
    extent = np.maximum(high - low, 1.0)
    placement = place(
        extent[:, 0],
        extent[:, 1],
        side=side,
        smallest_share=smallest_share,
        generator=generator,
    )
    return Warps(inverse_maps(linear, low, extent, placement), placement)


def inverse_maps(
    linear: np.ndarray, low: np.ndarray, extent: np.ndarray, placement: Placement
) -> np.ndarray:
    """Return n x 2 x 3 maps from the output back to the stored image."""
    scale = np.stack([placement.width, placement.height], axis=1) / extent
    offset = np.stack([placement.left, placement.top], axis=1) - low * scale
    back = np.linalg.inv(linear * scale[:, :, None])
    return np.concatenate([back, -(back @ offset[:, :, None])], axis=2)


def warp(scans: Tensor, matrices: np.ndarray, side: int) -> Images:
    """Resample images along affine maps, averaging where they shrink.

    Args:
        scans: N x S x S grey values 0 (ink) to 255 (paper), uint8, on any device.
        matrices: N x 2 x 3 maps from output pixels to stored pixels; see `Warps`.
        side: Side of the output in pixels.

    Returns:
        N x 1 x side x side grey values in [0, 1], paper where the map leaves the image. Where
        an image shrinks, every output pixel is the mean over a grid of samples about one stored
        pixel apart or less, so that thin strokes turn grey instead of breaking.
    """
    steps = np.linalg.norm(matrices[:, :, :2], axis=1).max(axis=1)
    factors = np.maximum(1, np.ceil(steps - 0.05)).astype(int)
    if scans.device.type == "cpu":
        return _warp_each(scans.numpy(), matrices, factors, side)
    images = torch.empty((len(scans), 1, side, side), device=scans.device)
    for factor in np.unique(factors):
        rows = np.flatnonzero(factors == factor)
        if len(rows) == len(scans):
            return warp_together(scans, matrices, side, int(factor))
        index = to_device(rows, scans.device)
        images[index] = warp_together(scans[index], matrices[rows], side, int(factor))
    return images


def _warp_each(scans: Scans, matrices: np.ndarray, factors: np.ndarray, side: int) -> Tensor:
    """Do on a CPU what `warp_together` does, image by image: five times as fast there.

    OpenCV's fixed-point sums differ from it by little more than a grey level.
    """
    copies = np.empty((len(scans), side, side), np.uint8)
    for scan, matrix, factor, copy in zip(
        scans, matrices, factors.tolist(), copies, strict=True
    ):
        scaled = matrix / [factor, factor, 1]
        scaled[:, 2] += (scaled[:, 0] + scaled[:, 1] - 1) / 2  # its pixels are at whole numbers
        large = (side * factor, side * factor)
        sampled = cv2.warpAffine(
            scan,
            scaled,
            large,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(255,),
        )
        if factor == 1:
            copy[:] = sampled
        else:
            cv2.resize(sampled, (side, side), dst=copy, interpolation=cv2.INTER_AREA)
    return torch.from_numpy(copies)[:, None].float().div_(255)


def warp_together(scans: Tensor, matrices: np.ndarray, side: int, factor: int) -> Tensor:
    """Sample `factor` x `factor` points in each output pixel of all images and average them."""
    # grid_sample wants positions in -1...1 over the stored image and fills the outside with 0;
    # ink becomes 255 so that the outside becomes paper.
    ink = (255 - scans[:, None]).float()
    scaled = (matrices * (2 / scans.shape[-1])).astype(np.float32)
    back = to_device(scaled, scans.device)
    ticks = (torch.arange(side * factor, device=scans.device) + 0.5) / factor
    columns = back[:, :, 0, None] * ticks
    rows = back[:, :, 1, None] * ticks + (back[:, :, 2, None] - 1)
    # x and y in planes of their own: one sum, three times as fast as a matrix product
    grid = (columns[:, :, None, :] + rows[:, :, :, None]).permute(0, 2, 3, 1)
    sampled = F.grid_sample(ink, grid, padding_mode="zeros", align_corners=False)
    if factor > 1:
        sampled = F.avg_pool2d(sampled, factor)
    return sampled.div_(-255).add_(1).clamp_(0, 1)  # weights of a sample may sum to 1.0000001


def plain_maps(n: int, *, side: int, stored_side: int) -> np.ndarray:
    """Return `n` maps that show a stored image whole and upright, only resized."""
    factor = stored_side / side
    return np.tile(np.array([[factor, 0.0, 0.0], [0.0, factor, 0.0]]), (n, 1, 1))
