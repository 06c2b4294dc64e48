"""One tiny run, one server, one exported site, one browser for all tests of the page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from served_page import Hosted, Served, Watched, open_page
from shapespace.cli.explore import explore
from shapespace.errors import ShapespaceError
from shapespace.explorer import opening
from shapespace.explorer.app import make_app
from shapespace.explorer.opened import OpenRun
from shapespace.explorer.site.runtime import fetch
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
        return opening.open_runs(paths, space="published", dims=4, stimuli="drawings")


@pytest.fixture(scope="session")
def app(opened):
    return make_app(*opened)


@pytest.fixture(scope="module")
def served(app) -> Iterator[Served]:
    server = Served(app)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def package(tmp_path_factory) -> Path:
    """The package file of onnxruntime-web, fetched once for all workers of a test session."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, which fetches onnxruntime-web: apt-get install npm")
    folder = tmp_path_factory.getbasetemp()
    kept = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "runtime.tgz"
    if not kept.exists():
        try:
            fetch(tmp_path_factory.mktemp("npm")).rename(kept)
        except ShapespaceError as error:
            pytest.skip(str(error))
    return kept


class Exported(NamedTuple):
    """A site that the command wrote."""

    root: Path
    """What a web server serves; the site lies below."""
    folder: Path
    said: str
    """On stdout."""
    warned: str
    """On stderr."""


@pytest.fixture(scope="session")
def site(opened, package, tmp_path_factory) -> Exported:
    """The two runs as a site, by the command itself."""
    pytest.importorskip("onnxscript", reason="the extra `export` is not installed")
    root: Path = tmp_path_factory.mktemp("www")
    folder, out, err = root / "some where" / "below", StringIO(), StringIO()
    paths = tuple(one.run.path for one in opened[0])
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(opening, "open_runs", lambda *_, **__: opened)  # they are open already
        explore(paths, export_site=folder, onnxruntime_web=package)
    return Exported(root, folder, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def hosted(site) -> Iterator[str]:
    """The address of the exported site on a plain web server."""
    server = Hosted(site.root)
    yield f"{server.address}some%20where/below/"
    server.stop()


@pytest.fixture(scope="module", params=["served", "hosted"])
def address(request) -> str:
    """The address of the page: with the server behind it, and as a site that stands alone."""
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, str) else found.address


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
def watched(address) -> Iterator[Watched]:
    watcher = Watched(address)
    yield watcher
    assert not watcher.bad


@pytest.fixture
def page(browser, address, watched) -> Iterator:
    """The page, ready, in a window of its own."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, accept_downloads=True
    )
    found = context.new_page()
    watched.watch(found)
    open_page(found, address)
    yield found
    context.close()
