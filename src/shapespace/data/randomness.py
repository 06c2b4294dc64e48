"""Random streams that depend on nothing but names and numbers.

Every draw of a run comes from (seed, purpose, position). A resumed run therefore needs no
stored random state: it asks for the same positions again and gets the same draws.
"""

import zlib

import numpy as np
import torch


def derive(seed: int, purpose: str, *positions: int) -> int:
    """Return a 63-bit seed for one purpose at one position, unrelated to its neighbours'."""
    entropy = [seed, zlib.crc32(purpose.encode()), *positions]
    return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> np.uint64(1))


def numpy_stream(seed: int, purpose: str, *positions: int) -> np.random.Generator:
    """Return a numpy generator for one purpose at one position."""
    return np.random.default_rng(derive(seed, purpose, *positions))


def torch_stream(
    seed: int, purpose: str, *positions: int, device: torch.device | str = "cpu"
) -> torch.Generator:
    """Return a torch generator on `device` for one purpose at one position."""
    return torch.Generator(device).manual_seed(derive(seed, purpose, *positions))
