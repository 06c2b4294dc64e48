"""Models whose truth is known: one that is linear, one that draws ellipses, and one that is a globe."""

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

    def decode_and_pull(self, codes: ndarray):
        return self.decode(codes), lambda forces: forces.reshape(len(codes), -1) @ self.basis.T


class GlobeCodec:
    """Codes are longitude and latitude in radians and a unit that does nothing; pictures of three
    pixels are points of a sphere of radius 0.5, on which great circles are the shortest ways."""

    def decode(self, codes: ndarray) -> ndarray:
        longitude, latitude = codes[:, 0], codes[:, 1]
        points = [
            np.cos(longitude) * np.cos(latitude),
            np.sin(longitude) * np.cos(latitude),
            np.sin(latitude),
        ]
        return 0.5 + 0.5 * np.stack(points, axis=1)[:, None]

    def encode(self, images: ndarray) -> ndarray:
        x, y, z = (images[:, 0] - 0.5).T * 2
        return np.stack([np.arctan2(y, x), np.arcsin(z), 0 * x], axis=1)

    def decode_and_pull(self, codes: ndarray):
        longitude, latitude = codes[:, 0], codes[:, 1]

        def pull(forces: ndarray) -> ndarray:
            x, y, z = forces[:, 0].T / 2
            east = np.cos(latitude) * (y * np.cos(longitude) - x * np.sin(longitude))
            inwards = x * np.cos(longitude) + y * np.sin(longitude)
            north = z * np.cos(latitude) - inwards * np.sin(latitude)
            return np.stack([east, north, 0 * x], axis=1)

        return self.decode(codes), pull


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
