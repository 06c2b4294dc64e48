"""Progress with time left on stderr; silent when nobody watches."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def progress(things: Iterable[T], total: int | None, what: str) -> Iterator[T]:
    """Pass things on, with a bar where stderr is a terminal.

    Args:
        things: What to walk through.
        total: How many there are, if known; else their own length counts.
        what: What is being done, such as "packing tuberlin".
    """
    if not sys.stderr.isatty():
        yield from things
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bars:
        yield from bars.track(things, total=total, description=what)


@contextmanager
def download_bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Give a function that shows a bar for each file: name, bytes so far, bytes in total."""
    if not sys.stderr.isatty():
        yield lambda name, done, total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(
        *columns, TransferSpeedColumn(), TimeRemainingColumn(), console=Console(stderr=True)
    ) as bars:
        tasks: dict[str, int] = {}

        def watch(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name)
            bars.update(tasks[name], completed=done, total=total)  # type: ignore[arg-type]

        yield watch
