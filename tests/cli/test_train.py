"""Real processes, real signals: what a user does to a training, and what comes of it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from real_processes import cpu_seconds, end
from shapespace.cli.main import main

SETTINGS = (
    "data.side=32", "model.side=32", "model.channels=[8,16]", "model.code_size=16",
    'data.mixture={"drawings":4,"scribbles":4}', "training.n_images=1200",
    "training.images_per_epoch=240", "training.n_validation_images=16",
    "training.checkpoint_minutes=0.0005",
)  # fmt: skip


def command(out: Path, *more: str) -> list[str]:
    words = ["--recipe", "quick", "--out", str(out), "--threads", "1", *more]
    return ["train", *words, *(w for setting in SETTINGS for w in ("--set", setting))]


def start(out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "shapespace.cli.main", *command(out)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def newest_checkpoint(out: Path) -> int:
    """Return the step of the newest whole checkpoint, 0 if there is none."""
    found = [int(file.stem.removeprefix("step-")) for file in out.glob("last/step-*.sha256")]
    return max(found, default=0)


def wait_for_step(process: subprocess.Popen[str], out: Path, step: int) -> None:
    while newest_checkpoint(out) < step:
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def history(out: Path) -> list[str]:
    """Return the rows of the history without their seconds, the last column."""
    return [line.rpartition(",")[0] for line in (out / "history.csv").read_text().split()]


def assert_same_run(one: Path, other: Path) -> None:
    for name in ("model/model.safetensors", "model/config.json", "folds.csv", "config.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert history(one) == history(other)
    assert len(history(one)) == 1 + 5


@pytest.fixture(scope="module")
def whole(tmp_path_factory, data_home, one_thread) -> Path:
    """A run that nobody disturbed."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    process = start(out)
    told = process.communicate()
    assert process.returncode == 0, told
    return out


@pytest.mark.slow
@pytest.mark.timeout(900)  # three processes that import torch, perhaps on a busy machine
def test_a_run_that_was_killed_again_and_again_ends_with_the_same_bytes(whole, tmp_path):
    out = tmp_path / "killed"
    moments = random.Random(20210729)
    for earliest in (1, 80):  # of 150 steps
        process = start(out)
        wait_for_step(process, out, earliest)
        time.sleep(moments.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert not json.loads((out / "provenance.json").read_text())["finished"]
    assert main(command(out)) == 0
    assert_same_run(out, whole)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux' process table")
def test_an_interrupt_is_answered_soon_in_one_line_and_loses_nothing(whole, tmp_path):
    out = tmp_path / "interrupted"
    process = start(out)
    wait_for_step(process, out, 1)
    before = cpu_seconds(process.pid)
    process.send_signal(signal.SIGINT)
    (stdout, stderr), used = end(process)
    assert process.returncode == 130
    assert used - before < 5
    assert stdout == ""
    assert stderr == "shapespace train: interrupted; what was finished is kept.\n"
    assert main(command(out)) == 0
    assert_same_run(out, whole)


def test_a_finished_run_is_told_again_without_training(whole, capsys):
    before = {file: file.stat().st_mtime_ns for file in whole.rglob("*")}
    assert main(command(whole)) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{whole}: 1,200 images in ")
    assert told.err == ""
    assert main(command(whole, "--json")) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["n_images"] == 1200
    assert summary["selection"] == "reconstruction"
    assert {file: file.stat().st_mtime_ns for file in whole.rglob("*")} == before


def test_another_config_in_the_same_directory_is_refused(whole, capsys):
    assert main(command(whole, "--fold", "1")) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "another config" in told.err
    assert told.err.count("\n") == 1


def test_a_wrong_setting_leaves_nothing_behind(tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["train", "--out", str(out), "--set", "model.kode_size=3"]) == 1
    assert "no key 'model.kode_size'" in capsys.readouterr().err
    assert not out.exists()


def test_what_was_left_out_is_said(tmp_path, capsys):
    out = tmp_path / "run"
    words = [
        "--set", 'data.mixture={"nowhere":4,"scribbles":4}', "--set", "training.n_images=8",
        "--set", "training.images_per_epoch=8",
    ]  # fmt: skip
    assert main([*command(out), *words]) == 0
    assert "left out: nowhere" in capsys.readouterr().err
