"""Work on all cores: numpy lets go of Python's lock while it sorts, gathers and counts."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


def n_cores() -> int:
    """Return how many threads to use: `OMP_NUM_THREADS` if set, else the cores at hand."""
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted) > 0:
        return int(wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def on_all_cores(work: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
    """Return what `work` gives for every part, in their order, several at a time."""
    parts = list(parts)
    n_threads = min(n_cores(), len(parts))
    if n_threads <= 1:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(work, parts))


def spans(n: int, size: int) -> list[slice]:
    """Return slices that cut `n` places into parts of this size, the last one smaller."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]
