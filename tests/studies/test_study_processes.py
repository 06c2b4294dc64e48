"""Real processes on one study: side by side, killed, interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from real_processes import cpu_seconds, end
from shapespace.studies.sweeps.cells import read_cells, run_path
from shapespace.studies.sweeps.claims import birth, is_running, read_holder
from shapespace.studies.sweeps.declaration import parse_declaration
from shapespace.studies.sweeps.local import n_cores, n_that_fit
from shapespace.studies.sweeps.planning import make_plan, write_plan
from shapespace.studies.sweeps.standing import finished_file, read_standing
from shapespace.studies.sweeps.working import work
from toy_declaration import toy_toml

pytestmark = pytest.mark.timeout(1200)  # many processes that import torch, on a busy machine


def start(study: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "shapespace.cli.main", "study", "run", str(study), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def begin(path: Path, text: str) -> Path:
    write_plan(make_plan(parse_declaration(text)), path, text)
    return path


def wait_for(condition, process: subprocess.Popen[str]) -> None:
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def claimed(study: Path) -> dict[str, int]:
    """Return the runs that are claimed, and the numbers of their processes."""
    holders = {f.name: read_holder(f) for f in (study / "claims").glob("[!.]*")}
    return {name: holder.pid for name, holder in holders.items() if holder}


def learning(study: Path, run_id: str) -> bool:
    """Tell whether a run has finished its first epoch."""
    return (run_path(study, run_id) / "history.csv").is_file()


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


@pytest.fixture(scope="module")
def whole(tmp_path_factory, data_home, one_thread) -> Path:
    """A study that this process finished undisturbed."""
    study = begin(
        tmp_path_factory.mktemp("studies") / "whole", toy_toml(folds=[0], n_images=1200)
    )
    assert work(study) == 3
    return study


@pytest.mark.slow
def test_two_share_a_study_one_is_killed_and_all_comes_out_the_same(whole, tmp_path):
    study = begin(tmp_path / "study", toy_toml(folds=[0], n_images=1200))
    first, second = (start(study, "--workers", "1") for _ in range(2))
    wait_for(lambda: len(claimed(study)) == 2, first)
    held = claimed(study)
    assert len(set(held.values())) == 2  # two processes, each with a run of its own
    # Kill the first worker in the middle of its training, then the command that started it.
    victim = next(p for p in held.values() if parent_of(p) == first.pid)
    (run_id,) = [name for name, pid in held.items() if pid == victim]
    last = run_path(study, run_id) / "last"
    wait_for(lambda: list(last.glob("*.sha256")) or run_id not in claimed(study), first)
    os.kill(first.pid, signal.SIGKILL)
    os.kill(victim, signal.SIGKILL)
    first.communicate()
    told = second.communicate()
    assert second.returncode == 0, told
    assert "3 of 3 runs finished, 0 running, 0 failed" in told[0]
    assert numbers(study) == numbers(whole)
    assert claimed(study) == {}
    ends = [finished_file(study, cell.run_id) for cell in read_cells(study)]
    assert all(file.is_file() for file in ends)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced(whole, tmp_path):
    study = begin(tmp_path / "study", toy_toml(folds=[0], n_images=1200))
    process = start(study, "--workers", "1")
    wait_for(lambda: claimed(study), process)
    ((_, victim),) = claimed(study).items()
    os.kill(victim, signal.SIGKILL)
    told = process.communicate()
    assert process.returncode == 0, told
    found, expected = numbers(study), numbers(whole)
    assert {name: expected[name] for name in found} == found


@pytest.mark.slow
def test_an_interrupt_stops_all_within_five_seconds_and_loses_nothing(whole, tmp_path):
    study = begin(tmp_path / "study", toy_toml(folds=[0], n_images=1200))
    process = start(study, "--workers", "2")
    # Not while they import torch, which is as long as the machine is busy.
    wait_for(
        lambda: [learning(study, name) for name in claimed(study)] == [True, True], process
    )
    workers = {pid: birth(pid) for pid in claimed(study).values()}
    before = sum(cpu_seconds(pid) for pid in (process.pid, *workers))
    process.send_signal(signal.SIGINT)
    told, used = end(process)
    assert used - before < 5
    assert process.returncode == 130
    assert told[0] == ""
    assert told[1] == "shapespace study run: interrupted; what was finished is kept.\n"
    assert not any(is_running(pid, born) for pid, born in workers.items())
    assert read_standing(study).failed == []
    assert work(study) > 0
    found, expected = numbers(study), numbers(whole)
    assert {name: expected[name] for name in found} == found


@pytest.mark.slow
def test_workers_end_when_the_command_that_started_them_is_gone(tmp_path):
    study = begin(tmp_path / "study", toy_toml(folds=[0], n_images=400_000))
    process = start(study, "--workers", "1")
    wait_for(lambda: claimed(study), process)
    ((_, worker),) = claimed(study).items()
    born = birth(worker)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 30
    while is_running(worker, born) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_running(worker, born)
    assert claimed(study) == {}  # it stopped in good order


@pytest.mark.slow
def test_what_a_worker_cannot_go_on_with_is_said_by_the_command(tmp_path):
    study = begin(tmp_path / "study", toy_toml(folds=[0]))
    (study / "claims").write_text("")  # a file where a folder must be
    process = start(study, "--workers", "1")
    out, err = process.communicate()
    assert process.returncode == 1
    assert out == ""
    assert err.startswith("shapespace study run: Cannot claim ")
    assert err.count("\n") == 1


def test_there_are_as_many_workers_as_cores_and_memory_allow():
    assert n_that_fit(1e-6) == n_cores()
    assert n_that_fit(1e9) == 1
