"""Progress is shown to people only, and never changes what passes by."""

import io

import pytest

from shapespace.cli.progress import download_bars, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_everything_passes_by_in_order(stream, monkeypatch):
    screen = stream()
    monkeypatch.setattr("sys.stderr", screen)
    assert list(progress(range(5), 5, "counting")) == [0, 1, 2, 3, 4]
    assert ("counting" in screen.getvalue()) == screen.isatty()


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_downloads_are_shown_by_name(stream, monkeypatch):
    screen = stream()
    monkeypatch.setattr("sys.stderr", screen)
    with download_bars() as watch:
        watch("a.zip", 0, None)
        watch("a.zip", 50, 100)
        watch("b.zip", 10, 10)
    assert ("a.zip" in screen.getvalue()) == screen.isatty()
