"""Models whose truth is known: one that is linear, and one that draws ellipses."""

import numpy as np
from numpy import ndarray

from shapespace.spaces.mapping.linear_map import LinearMap

SIDE = 64


class LinearCodec:
    """Pictures are linear in codes, and the encoder undoes the decoder exactly."""

    def __init__(self, n_units: int = 6, side: int = 12, seed: int = 0) -> None:
        draw = np.random.default_rng(seed)
        basis, _ = np.linalg.qr(draw.normal(size=(side * side, n_units)))
        self.basis, self.side = basis.T, side

    def decode(self, codes: ndarray) -> ndarray:
        return (0.5 + codes @ self.basis).reshape(-1, self.side, self.side)

    def encode(self, images: ndarray) -> ndarray:
        return (images.reshape(len(images), -1) - 0.5) @ self.basis.T


class EllipseCodec:
    """Codes are log ratio of width to height, size in pixels, and a unit that does nothing."""

    def decode(self, codes: ndarray) -> ndarray:
        grid = np.arange(SIDE) + 0.5 - SIDE / 2
        x, y = np.meshgrid(grid, grid)
        drawn = []
        for ratio, size, _ in codes:
            wide, high = size * np.exp(ratio / 2), size * np.exp(-ratio / 2)
            radius = np.hypot(x / wide, y / high)
            off = np.abs(radius - 1) * np.sqrt(wide * high)
            drawn.append(np.clip(off - 0.6, 0, 1))
        return np.array(drawn)

    def encode(self, images: ndarray) -> ndarray:
        codes = []
        for image in images:
            rows, columns = np.nonzero(image < 0.5)
            wide, high = (np.ptp(columns) + 1) / 2, (np.ptp(rows) + 1) / 2
            codes.append([np.log(wide / high), np.sqrt(wide * high), 0.0])
        return np.array(codes)


def random_map(n_dims: int = 2, n_units: int = 6, seed: int = 0) -> LinearMap:
    """Return a map with nothing special about it."""
    draw = np.random.default_rng(seed)
    return LinearMap(
        centre=draw.normal(size=n_units),
        scale=draw.uniform(0.5, 2, n_units),
        weights=draw.normal(size=(n_dims, n_units)),
        offset=draw.normal(size=n_dims),
    )
