"""One tiny run, one server, one browser for all tests of the page."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from served_page import Served, Watched, open_page
from shapespace.explorer.app import make_app
from shapespace.explorer.opened import OpenRun
from shapespace.explorer.serving import open_runs
from shapespace.explorer.sketches import Sketches
from shapespace.studies.walking import training_codes
from toy_run import train_toy_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


@pytest.fixture(scope="session")
def opened(tmp_path_factory) -> tuple[list[OpenRun], Sketches]:
    """Two toy runs with different weights, their training codes from few images."""
    folder: Path = tmp_path_factory.mktemp("explored")
    paths = [train_toy_run(folder / "one"), train_toy_run(folder / "two", seed=5)]
    with pytest.MonkeyPatch.context() as patch:
        few = partial(training_codes.training_images, n_images=96)
        patch.setattr(training_codes, "training_images", few)
        return open_runs(paths, space="published", dims=4, stimuli="drawings")


@pytest.fixture(scope="session")
def app(opened):
    return make_app(*opened)


@pytest.fixture(scope="module")
def served(app) -> Iterator[Served]:
    server = Served(app)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def watched(served) -> Iterator[Watched]:
    watcher = Watched(served.address)
    yield watcher
    assert not watcher.bad


@pytest.fixture
def page(browser, served, watched) -> Iterator:
    """The page, ready, in a window of its own."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, accept_downloads=True
    )
    found = context.new_page()
    watched.watch(found)
    open_page(found, served.address)
    yield found
    context.close()
