"""Progress bars with time left, on stderr, quiet where nobody watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


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
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Speed(unit),
        TextColumn("{task.fields[words]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with progress:
        yield Bar(progress, progress.add_task(title, total=total, words=""))


class _Speed(TextColumn):
    """Units a second."""

    def __init__(self, unit: str) -> None:
        super().__init__("")
        self._unit = unit

    def render(self, task):  # noqa: ANN001, ANN201 (as in rich)
        from rich.text import Text

        return Text(f"{self._unit}, {task.speed or 0:.0f}/s")
