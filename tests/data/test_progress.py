"""Progress is shown to people only, and never changes what passes by."""

import ast
import io
from pathlib import Path

import pytest

import shapespace
from shapespace.data.progress import download_bars, progress, progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(params=[io.StringIO, Terminal], ids=["file", "terminal"])
def screen(request, monkeypatch):
    """Put a stream in place of stderr, once the test has begun: pytest sets its own before."""
    stream = request.param()

    def watch() -> io.StringIO:
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("TERM", "xterm")  # one that can take back what it shows
        return stream

    return watch


def test_everything_passes_by_in_order(screen):
    stream = screen()
    assert list(progress(range(5), 5, "counting")) == [0, 1, 2, 3, 4]
    assert ("counting" in stream.getvalue()) == stream.isatty()


def test_a_bar_counts_and_says_words(screen):
    stream = screen()
    with progress_bar("training", 10, unit="steps") as bar:
        bar.advance(3)
        bar.say("loss 0.12")
        bar.advance(7)
    shown = stream.getvalue()
    assert all((word in shown) == stream.isatty() for word in ("10/10", "loss 0.12", "steps"))


def test_an_error_passes_through_a_bar(screen):
    screen()
    with pytest.raises(KeyError), progress_bar("training", None):
        raise KeyError


def test_downloads_are_shown_by_name(screen):
    stream = screen()
    with download_bars() as watch:
        watch("a.zip", 0, None)
        watch("a.zip", 50, 100)
        watch("b.zip", 10, 10)
    assert ("a.zip" in stream.getvalue()) == stream.isatty()


def test_bars_are_built_in_one_place():
    root = Path(shapespace.__file__).parent
    imported = {
        (path.relative_to(root).as_posix(), node.module)
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    }
    assert [file for file, module in imported if module == "rich.progress"] == [
        "data/progress.py"
    ]
