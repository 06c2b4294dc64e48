"""Progress bars with time left, on stderr, quiet where nobody watches."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

T = TypeVar("T")


class Bar:
    """One bar of work that can be counted."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def advance(self, n: int = 1) -> None:
        """Count `n` more as done."""
        self._progress.advance(self._task, n)

    def say(self, words: str) -> None:
        """Show a few words, such as the loss, beside the bar."""
        self._progress.update(self._task, words=words)


@contextmanager
def progress_bar(title: str, total: int | None, *, unit: str = "images") -> Iterator[Bar]:
    """Show a bar while the block runs.

    Args:
        title: What is going on.
        total: How much there is to do; None if unknown.
        unit: What is counted.
    """
    columns = (MofNCompleteColumn(), _Speed(unit), TextColumn("{task.fields[words]}"))
    with _bars(*columns, TimeElapsedColumn()) as progress:
        yield Bar(progress, progress.add_task(title, total=total, words=""))


def progress(things: Iterable[T], total: int | None, title: str) -> Iterator[T]:
    """Pass things on, counting them on a bar; see `progress_bar`."""
    with progress_bar(title, total) as bar:
        for thing in things:
            yield thing
            bar.advance()


@contextmanager
def download_bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Give a function that shows a bar for each file: name, bytes so far, bytes in total."""
    tasks: dict[str, TaskID] = {}
    with _bars(DownloadColumn(), TransferSpeedColumn()) as progress:

        def watch(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=None)
            progress.update(tasks[name], completed=done, total=total)

        yield watch


def _bars(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


class _Speed(ProgressColumn):
    """Units a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        return Text(f"{self._unit}, {task.speed or 0:.0f}/s")
