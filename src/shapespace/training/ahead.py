"""Minibatches made ahead of time, in a thread beside the one that trains."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

AHEAD = 2
"""How many minibatches lie ready or are being made."""

Made = TypeVar("Made")


@contextmanager
def made_ahead(
    make: Callable[[int], Made], first: int, last: int
) -> Iterator[Callable[[], Made]]:
    """Give a function that returns make(first), make(first + 1), ... make(last - 1) in turn.

    While the caller works with one result, a thread makes the next ones; torch and numpy let
    both run at once. `make` must depend on its number alone, so that nothing depends on when
    it runs. What it raises is raised where its result is asked for.
    """
    n_threads = torch.get_num_threads()
    # One thread of the library for the maker, or it would fight with those that train.
    pool = ThreadPoolExecutor(
        1, thread_name_prefix="minibatches", initializer=torch.set_num_threads, initargs=(1,)
    )
    waiting: deque[Future[Made]] = deque()
    upcoming = iter(range(first, last))

    def ask() -> None:
        for step in upcoming:
            waiting.append(pool.submit(make, step))
            return

    def next_one() -> Made:
        ready = waiting.popleft()
        ask()
        return ready.result()

    try:
        pool.submit(torch.get_num_threads).result()  # the maker has set its number by now
        torch.set_num_threads(n_threads)  # and later threads get ours again
        for _ in range(AHEAD):
            ask()
        yield next_one
    finally:
        pool.shutdown(cancel_futures=True)
