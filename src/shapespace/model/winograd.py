"""Convolution by Winograd's minimal filtering: the same sums with two to three times fewer products.

Tiles of the image and the kernel are taken to a domain in which a convolution is a product; there
every tile position is one matrix product over the channels. All steps are plain matrix products,
so nothing has to be compiled.
"""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable

POINTS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
"""Where polynomials are evaluated, beside infinity: small ones first, they round the least."""


@lru_cache(maxsize=16)
def transforms(tile: int, kernel: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the matrices that take flat image tiles, kernels and products to and fro.

    Args:
        tile: Side of an output tile.
        kernel: Side of the kernel; tile + kernel - 1 may be at most 8.

    Returns:
        For images (n^2 x n^2), for kernels (n^2 x kernel^2) and back (tile^2 x n^2), where
        n = tile + kernel - 1; float64.

    Reference:
        Lavin & Gray (2016), "Fast Algorithms for Convolutional Neural Networks", CVPR; built by
        the transposed Toom-Cook construction.
    """
    n = tile + kernel - 1
    points = np.array(POINTS[: n - 1])

    def evaluate(n_coefficients: int) -> np.ndarray:
        finite = points[:, None] ** np.arange(n_coefficients)
        infinite = np.eye(n_coefficients)[-1:]
        return np.concatenate([finite, infinite])

    image = np.linalg.inv(evaluate(n)).T
    both = (np.kron(m, m) for m in (image, evaluate(kernel), evaluate(tile).T))
    to_images, to_kernels, back = (torch.from_numpy(np.ascontiguousarray(m)) for m in both)
    return to_images, to_kernels, back


def winograd_conv2d(
    maps: Float[Tensor, "batch channel height width"],
    weight: Float[Tensor, "out channel side side"],
    bias: Float[Tensor, " out"] | None = None,
    *,
    padding: int = 0,
    tile: int | None = None,
) -> Float[Tensor, "batch out new_height new_width"]:
    """Return `F.conv2d(maps, weight, bias, padding=padding)`, to rounding.

    Args:
        maps: Feature maps, best in channels-last layout.
        weight: Square kernels; the stride is 1.
        bias: One value an output channel.
        padding: Zeros around the maps.
        tile: Side of the output tiles; larger saves more products and rounds more. By default 5
            for 3 x 3 kernels, since three of them cover 14 pixels, and 4 for others.
    """
    side = tile or (5 if weight.shape[2] == 3 else 4)
    result: Tensor = _Winograd.apply(maps, weight, padding, side)  # type: ignore[assignment]
    return result if bias is None else result + bias[:, None, None]


class _Winograd(torch.autograd.Function):
    """Forward and backward of the same algorithm.

    Tiles are transformed one by one, so that a tile stays in the cache, into memory ordered as
    position x tile x channel, which the products over the channels want in one piece.
    """

    @staticmethod
    def forward(ctx, maps: Tensor, weight: Tensor, padding: int, tile: int) -> Tensor:
        n_out, n_in, side, _ = weight.shape
        batch, _, height, width = maps.shape
        grown = (height + 2 * padding - side + 1, width + 2 * padding - side + 1)
        n_tiles = (-(-grown[0] // tile), -(-grown[1] // tile))
        to_images, to_kernels, back = (
            m.to(device=maps.device, dtype=maps.dtype) for m in transforms(tile, side)
        )
        n = tile + side - 1
        extra = [count * tile + side - 1 - 2 * padding for count in n_tiles]
        edges = (padding, padding + extra[1] - width, padding, padding + extra[0] - height)
        padded = F.pad(maps.permute(0, 2, 3, 1), (0, 0, *edges))
        tiles = padded.unfold(1, n, tile).unfold(2, n, tile)
        tiles = tiles.permute(0, 1, 2, 4, 5, 3).reshape(-1, n * n, n_in)
        images = _transform(to_images, tiles)
        kernels = (to_kernels @ weight.permute(2, 3, 1, 0).reshape(side * side, -1)).view(
            n * n, n_in, n_out
        )
        products = torch.bmm(images, kernels).transpose(0, 1)
        result = (back @ products).view(batch, *n_tiles, tile, tile, n_out)
        result = result.permute(0, 1, 3, 2, 4, 5).reshape(
            batch, n_tiles[0] * tile, n_tiles[1] * tile, n_out
        )
        ctx.save_for_backward(images, kernels, weight)
        ctx.shape = (padding, tile, n_tiles, tuple(maps.shape), grown)
        return result[:, : grown[0], : grown[1]].permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, *gradients: Tensor):
        images, kernels, weight = ctx.saved_tensors  # type: ignore[attr-defined]
        padding, tile, n_tiles, shape, grown = ctx.shape  # type: ignore[attr-defined]
        n_out, n_in, side, _ = weight.shape
        batch, _, height, width = shape
        to_images, to_kernels, back = (
            m.to(device=weight.device, dtype=weight.dtype) for m in transforms(tile, side)
        )
        n = tile + side - 1
        spill = (n_tiles[0] * tile - grown[0], n_tiles[1] * tile - grown[1])
        given = F.pad(gradients[0].permute(0, 2, 3, 1), (0, 0, 0, spill[1], 0, spill[0]))
        given = given.reshape(batch, n_tiles[0], tile, n_tiles[1], tile, n_out)
        given = given.permute(0, 1, 3, 2, 4, 5).reshape(-1, tile * tile, n_out)
        products = _transform(back.T, given)

        to_weight = torch.bmm(images.mT, products)
        to_weight = (to_kernels.T @ to_weight.view(n * n, -1)).view(side, side, n_in, n_out)
        to_maps = None
        if ctx.needs_input_grad[0]:  # type: ignore[attr-defined]
            tiles = to_images.T @ torch.bmm(products, kernels.mT).transpose(0, 1)
            tiles = tiles.view(batch, *n_tiles, n, n, n_in)
            padded = tiles.new_zeros(
                batch, n_tiles[0] * tile + side - 1, n_tiles[1] * tile + side - 1, n_in
            )
            reach = (n_tiles[0] * tile, n_tiles[1] * tile)
            for i in range(n):
                for j in range(n):
                    here = padded[:, i : i + reach[0] : tile, j : j + reach[1] : tile]
                    here += tiles[:, :, :, i, j]
            to_maps = padded[:, padding : padding + height, padding : padding + width]
            to_maps = to_maps.permute(0, 3, 1, 2)
        return to_maps, to_weight.permute(3, 2, 0, 1), None, None


def _transform(matrix: Tensor, tiles: Tensor) -> Tensor:
    """Return matrix @ tile for every tile, as position x tile x channel."""
    n_tiles, _, n_channels = tiles.shape
    result = tiles.new_empty(len(matrix), n_tiles, n_channels)
    torch.bmm(matrix.expand(n_tiles, -1, -1), tiles, out=result.transpose(0, 1))
    return result
