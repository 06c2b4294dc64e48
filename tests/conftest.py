"""What all tests share: shapes checked while they run, one thread, a data home of their own."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from jaxtyping import install_import_hook

install_import_hook("shapespace", "checked.checked")

import pytest  # noqa: E402
import torch  # noqa: E402
from xdist.remote import Producer  # noqa: E402
from xdist.scheduler import LoadScopeScheduling  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def data_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the packed sets of the tests, and of the processes they start, from the user's."""
    before = os.environ.get("SHAPESPACE_DATA")
    os.environ["SHAPESPACE_DATA"] = str(tmp_path_factory.mktemp("data-home"))
    yield
    if before is None:
        del os.environ["SHAPESPACE_DATA"]
    else:
        os.environ["SHAPESPACE_DATA"] = before


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Compute with one thread, so that tests side by side do not slow each other down."""
    os.environ["OMP_NUM_THREADS"] = "1"
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """Let processes of the tests be interrupted: those of a script's background inherit a deaf ear."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class ByFile(LoadScopeScheduling):
    """Keeps each file on one worker, so that what its tests share is made once.

    The files of the explorer share a site that takes long to write, so they stay together.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        return str(file.parent if file.parent.name == "explorer" else file)


@pytest.hookimpl(optionalhook=True)  # unknown where xdist is switched off
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Deal the tests out: marks of groups do not reach xdist 3.8 under pytest 9.2."""
    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Let no test skip where everything can be installed: CI sets the variable."""
    report = yield
    if (
        os.environ.get("SHAPESPACE_NO_SKIPS")
        and report.skipped
        and "GPU" not in str(report.longrepr)
    ):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"{item.name} must not skip here: {reason}"
    return report
