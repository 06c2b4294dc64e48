"""Sources of images: packed sets and scribbles, asked for by position."""

from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from shapespace.data.augmentation import UPRIGHT, Turns, draw_warps, warp
from shapespace.data.folds import Part
from shapespace.data.packed import PackedSet
from shapespace.data.randomness import numpy_stream
from shapespace.data.scribbles import scribbles
from shapespace.data.transfer import to_device
from shapespace.tensors import Images

EVERY = slice(None)
"""All positions that were asked for."""

RESIDENT_SHARE = 0.5
"""Largest share of a GPU's free memory that the pixels of one set may take to stay there."""


@runtime_checkable
class Source(Protocol):
    """Where the images of a minibatch come from; the same positions give the same images."""

    def images(self, positions: np.ndarray, part: slice = EVERY) -> Images:
        """Return the images at these positions of an endless series, or at a part of them.

        The part looks as it does among all the positions, which are drawn for together.
        """
        ...

    def ids(self, positions: np.ndarray) -> list[str]:
        """Return which stimulus each of these positions shows."""
        ...


class PackedSource:
    """Augmented copies of some images of a packed set, in a new random order every round."""

    def __init__(
        self,
        packed: PackedSet,
        rows: np.ndarray,
        *,
        side: int,
        turns: Turns,
        smallest_share: float,
        seed: int,
        device: torch.device,
    ) -> None:
        self.packed, self.rows, self.side = packed, rows, side
        self.turns = turns if packed.info.turnable else UPRIGHT
        self.smallest_share, self.seed, self.device = smallest_share, seed, device
        self._resident = _stay_on_gpu(packed, rows, device)

    def images(self, positions: np.ndarray, part: slice = EVERY) -> Images:
        """Return one fresh copy for each position, or for a part of them."""
        chosen = self._rows_at(positions)
        warps = draw_warps(
            self.packed.hulls[chosen],
            side=self.side,
            smallest_share=self.smallest_share,
            turns=self.turns,
            generator=numpy_stream(self.seed, "copy", int(positions[0])),
        )
        return warp(self._scans(chosen[part]), warps.matrices[part], self.side)

    def _scans(self, rows: np.ndarray) -> Tensor:
        """Return stored images on the device, from there if all of the set stays there."""
        if self._resident is None:
            return to_device(self.packed.gather(rows), self.device)
        return self._resident[to_device(np.searchsorted(self.rows, rows), self.device)]

    def ids(self, positions: np.ndarray) -> list[str]:
        """Return the ids of the copied images."""
        return self.packed.table["id"].iloc[self._rows_at(positions)].tolist()

    def _rows_at(self, positions: np.ndarray) -> np.ndarray:
        """Every round shows each image once; rounds differ in their order."""
        rounds, places = np.divmod(positions, len(self.rows))
        chosen = np.empty(len(positions), np.int64)
        for number in np.unique(rounds):
            here = rounds == number
            order = _order(self.seed, int(number), len(self.rows))
            chosen[here] = self.rows[order[places[here]]]
        return chosen


def _stay_on_gpu(packed: PackedSet, rows: np.ndarray, device: torch.device) -> Tensor | None:
    """Copy the images to a GPU once, if they fit; else every minibatch brings its own."""
    n_bytes = len(rows) * packed.info.side**2
    if device.type != "cuda" or (np.diff(rows) <= 0).any():
        return None
    if n_bytes > RESIDENT_SHARE * torch.cuda.mem_get_info(device)[0]:
        return None
    pieces = np.array_split(rows, max(1, n_bytes // 2**28))
    return torch.cat([torch.from_numpy(packed.gather(piece)).to(device) for piece in pieces])


@lru_cache(maxsize=16)  # a round lasts many batches
def _order(seed: int, number: int, n: int) -> np.ndarray:
    return numpy_stream(seed, "order", number).permutation(n)


class ScribbleSource:
    """Scribbles without end; training, validation and test draw from different series."""

    def __init__(
        self, part: Part, *, side: int, smallest_share: float, seed: int, device: torch.device
    ) -> None:
        self.part, self.side, self.smallest_share = part, side, smallest_share
        self.series = seed * 3 + ["train", "validation", "test"].index(part)
        self.device = device

    def images(self, positions: np.ndarray, part: slice = EVERY) -> Images:
        """Return the scribbles at these positions, or at a part of them."""
        drawn = scribbles(
            positions[part], self.side, seed=self.series, smallest_share=self.smallest_share
        )
        return _as_images(to_device(drawn, self.device))

    def ids(self, positions: np.ndarray) -> list[str]:
        """Name each scribble by its series and position."""
        return [f"scribble-{self.series}-{position}" for position in positions.tolist()]


def _as_images(scans: Tensor) -> Images:
    return scans[:, None].float() / 255
