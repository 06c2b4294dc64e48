"""Real clusters of one machine, and a small study that must come out alike on all of them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shapespace.studies.sweeps.cells import read_cells, run_path
from shapespace.studies.sweeps.claims import read_holder
from shapespace.studies.sweeps.declaration import parse_declaration
from shapespace.studies.sweeps.planning import make_plan, write_plan
from toy_declaration import toy_toml

STUDY = toy_toml(n_images=2000)
"""Six runs, each long enough to be killed in the middle."""


def command(study: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "shapespace.cli.main", "study", "run", str(study), *words]


def begin(path: Path) -> Path:
    """Write the study without running it."""
    write_plan(make_plan(parse_declaration(STUDY)), path, STUDY)
    return path


def numbers(study: Path) -> dict[str, tuple]:
    """Return what every run came to, without times."""
    found = {}
    for cell in read_cells(study):
        path = run_path(study, cell.run_id)
        results = json.loads((path / "results.json").read_text())
        del results["evaluated"]
        history = [
            line.rpartition(",")[0] for line in (path / "history.csv").read_text().splitlines()
        ]
        weights = (path / "model" / "model.safetensors").read_bytes()
        found[cell.run_id] = (results, history, weights)
    return found


def kill_a_worker(study: Path, process: subprocess.Popen[str]) -> str:
    """Kill a worker in the middle of a training; return the run that it had."""
    while True:
        assert process.poll() is None, process.communicate()
        for claim in (study / "claims").glob("[!.]*"):
            holder = read_holder(claim)
            if holder and list((run_path(study, claim.name) / "last").glob("*.sha256")):
                os.kill(holder.pid, signal.SIGKILL)
                return claim.name
        time.sleep(0.05)


@pytest.fixture(scope="session")
def alone(tmp_path_factory, data_home, one_thread) -> dict[str, tuple]:
    """What the study comes to on this machine alone."""
    study = begin(tmp_path_factory.mktemp("studies") / "alone")
    subprocess.run(command(study), check=True, capture_output=True)
    return numbers(study)


@pytest.fixture
def study(tmp_path) -> Path:
    """The study, not begun, on a disk that all nodes see: there is one machine."""
    return begin(tmp_path / "study")


@pytest.fixture(scope="session")
def slurm() -> Iterator[None]:
    """A Slurm cluster of one node."""
    script = Path(__file__).parent / "one_node_slurm.sh"
    running = (
        shutil.which("sinfo")
        and not subprocess.run(["sinfo"], capture_output=True, check=False).returncode
    )
    if not running:
        subprocess.run(["sh", str(script), "start"], check=True)
    yield
    if not running:  # what was here before stays
        subprocess.run(["sh", str(script), "stop"], check=True)


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[str]:
    """The address of a Ray cluster of two nodes with one core each."""
    address = "127.0.0.1:6399"
    settings = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_worker_niceness": "0",  # 15 by default: beside other work they would starve
        "RAY_raylet_start_wait_time_s": "300",
    }
    ray = str(Path(sys.executable).with_name("ray"))
    common = [
        "--num-cpus=1",
        "--memory=4000000000",
        "--object-store-memory=100000000",
        "--block",
    ]
    nodes: list[subprocess.Popen[bytes]] = []

    def start(*words: str) -> None:
        nodes.append(
            subprocess.Popen(
                [ray, "start", *words, *common],
                env=os.environ | settings,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )

    def wait_for(n_nodes: int) -> None:
        code = (
            "import ray, sys; ray.init(address=sys.argv[1], log_to_driver=False)\n"
            "sys.exit(len([n for n in ray.nodes() if n['Alive']]) < int(sys.argv[2]))"
        )
        words = [sys.executable, "-c", code, address, str(n_nodes)]
        _until(lambda: not subprocess.run(words, capture_output=True, check=False).returncode)

    try:
        start(
            "--head", "--port=6399", "--node-ip-address=127.0.0.1", "--include-dashboard=false"
        )
        wait_for(1)
        start(f"--address={address}", "--node-ip-address=127.0.0.1")
        wait_for(2)
        yield address
    finally:
        for node in reversed(nodes):
            os.killpg(node.pid, signal.SIGTERM)
        for node in nodes:
            try:
                node.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(node.pid, signal.SIGKILL)
                node.wait()


def _until(condition: Callable[[], bool], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the cluster did not come up"
        time.sleep(1)
