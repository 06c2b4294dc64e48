import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import pytest

from shapespace.errors import ShapespaceError
from shapespace.studies.sweeps import claims as module
from shapespace.studies.sweeps.claims import (
    Claims,
    Holder,
    birth,
    is_running,
    read_holder,
    this_host,
)

HERE = Holder(this_host(), os.getpid(), birth(os.getpid()), "a" * 32, 1)

HOLD = """
import sys, time
from pathlib import Path
from shapespace.studies.sweeps.claims import Claims
with Claims(Path(sys.argv[1])).hold("run") as mine:
    print("mine" if mine else "not mine", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holding(folder, seconds: float = 60.0) -> subprocess.Popen[str]:
    """Start a process that claims "run" and wait until it has."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "mine\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    process.stdout.close()


def leave(folder, holder: Holder) -> None:
    """Put a claim in place as if its process had left it behind."""
    folder.mkdir(exist_ok=True)
    (folder / "run").write_text(json.dumps(asdict(holder)))


def test_a_claim_lasts_as_long_as_its_block(tmp_path):
    with Claims(tmp_path).hold("run") as mine:
        assert mine == read_holder(tmp_path / "run")
        assert mine.attempt == 1
        with Claims(tmp_path).hold("run") as other:
            assert other is None
        with Claims(tmp_path).hold("another") as other:
            assert other is not None
    assert list(tmp_path.iterdir()) == []


def test_a_claim_is_let_go_of_when_its_block_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), Claims(tmp_path).hold("run"):
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_of_many_at_once_one_wins(tmp_path):
    start, done = threading.Barrier(8), threading.Barrier(8)

    def try_it(number: int) -> bool:
        start.wait()
        with Claims(tmp_path).hold("run") as mine:
            done.wait()
            return mine is not None

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(try_it, range(8))) == 1


def test_of_many_that_take_over_a_dead_claim_one_wins(tmp_path):
    start, done = threading.Barrier(8), threading.Barrier(8)

    def try_it(number: int) -> int:
        start.wait()
        with Claims(tmp_path).hold("run") as mine:
            done.wait()
            return mine.attempt if mine else 0

    for _ in range(5):
        leave(tmp_path, replace(HERE, born="1", attempt=3))
        with ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(try_it, range(8))) == [0] * 7 + [4]


def test_a_process_that_lives_keeps_its_claim_and_a_killed_one_loses_it(tmp_path):
    process = holding(tmp_path)
    try:
        with Claims(tmp_path).hold("run") as mine:
            assert mine is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert Claims(tmp_path).is_dead("run")
        with Claims(tmp_path).hold("run") as mine:
            assert mine.attempt == 2
    finally:
        end(process)


def test_a_process_that_was_killed_but_not_yet_buried_is_dead(tmp_path):
    process = holding(tmp_path)
    born = birth(process.pid)
    assert is_running(process.pid, born)
    process.kill()
    deadline = time.monotonic() + 10
    while is_running(process.pid, born) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(process.pid, born)  # it is a zombie: nobody has asked how it ended
    end(process)


def test_a_number_that_another_process_has_by_now_is_dead(tmp_path):
    leave(tmp_path, replace(HERE, born="1"))
    assert Claims(tmp_path).is_dead("run")


def test_a_claim_that_is_damaged_is_dead(tmp_path):
    (tmp_path / "run").write_text("{")
    with Claims(tmp_path, silence=0.0).hold("run", patient=True) as mine:
        assert mine is not None


def test_another_machine_is_dead_when_it_has_been_silent_while_we_watched(tmp_path):
    leave(tmp_path, replace(HERE, host="elsewhere"))
    os.utime(tmp_path / "run", (0, 0))  # its clock stands at 1970: that says nothing
    claims = Claims(tmp_path, silence=0.3)
    assert not claims.is_dead("run")
    time.sleep(0.2)
    os.utime(tmp_path / "run", (5, 5))  # a sign of life
    assert not claims.is_dead("run")
    time.sleep(0.2)
    assert not claims.is_dead("run")
    time.sleep(0.2)
    assert claims.is_dead("run")


def test_a_patient_process_watches_another_machine_until_it_knows(tmp_path):
    leave(tmp_path, replace(HERE, host="elsewhere"))
    with Claims(tmp_path, silence=0.3).hold("run") as mine:
        assert mine is None
    start = time.monotonic()
    with Claims(tmp_path, silence=0.3).hold("run", patient=True) as mine:
        assert mine.attempt == 2
    assert time.monotonic() - start >= 0.3


def test_a_patient_process_gives_way_to_a_sign_of_life(tmp_path):
    leave(tmp_path, replace(HERE, host="elsewhere"))
    over = threading.Event()

    def live() -> None:
        number = 0
        while not over.wait(0.05):
            number += 1
            os.utime(tmp_path / "run", (number, number))

    thread = threading.Thread(target=live)
    thread.start()
    try:
        with Claims(tmp_path, silence=1.0).hold("run", patient=True) as mine:
            assert mine is None
    finally:
        over.set()
        thread.join()


def test_a_living_claim_shows_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.02)
    with Claims(tmp_path).hold("run"):
        first = (tmp_path / "run").stat().st_mtime_ns
        deadline = time.monotonic() + 10
        while (tmp_path / "run").stat().st_mtime_ns == first and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (tmp_path / "run").stat().st_mtime_ns > first


def test_who_lost_a_claim_is_told_and_leaves_the_new_one_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.02)
    told = threading.Event()
    with Claims(tmp_path).hold("run", lost=told.set):
        (tmp_path / "run").unlink()
        leave(tmp_path, replace(HERE, token="b" * 32))
        assert told.wait(10)
    assert read_holder(tmp_path / "run").token == "b" * 32


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ShapespaceError, match=r"Cannot claim .*File exists"),
        Claims(tmp_path / "file").hold("run"),
    ):
        pass
