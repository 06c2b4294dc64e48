"""Shares of a minibatch, and the way of arrays from memory to the device that trains."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Share:
    """The rows first...last - 1 of a minibatch of `of` images; 0 of 0 is all of any minibatch."""

    first: int = 0
    last: int = 0
    of: int = 0

    @property
    def rows(self) -> slice:
        """Where the share lies in the whole."""
        return slice(self.first, self.last) if self.of else slice(None)

    def within(self, first: int, n: int) -> slice:
        """Return which of the `n` rows that begin at row `first` of the whole are in the share."""
        if not self.of:
            return slice(0, n)
        begin = min(max(self.first - first, 0), n)
        return slice(begin, min(max(self.last - first, begin), n))


WHOLE = Share()


def to_device(array: np.ndarray, device: torch.device) -> Tensor:
    """Return an array as a tensor on the device, without making a GPU wait for the copy."""
    tensor = torch.from_numpy(array)
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)
