"""A study as jobs of a real Slurm cluster of one node."""

import subprocess

import pytest

from cluster.conftest import command, kill_a_worker, numbers
from shapespace.errors import BadInput
from shapespace.studies.sweeps.slurm import run_on_slurm

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]


def test_slurm_gives_what_one_machine_gives_even_if_a_worker_is_killed(slurm, alone, study):
    process = subprocess.Popen(
        command(study, "--on", "slurm", "--workers", "2", "--slurm", "partition=all"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    kill_a_worker(study, process)
    told = process.communicate()
    assert process.returncode == 0, told
    assert "6 of 6 runs finished, 0 running, 0 failed" in told[0]
    assert numbers(study) == alone


def test_a_job_at_its_time_limit_is_queued_again_and_goes_on(slurm, alone, study):
    process = subprocess.Popen(
        command(study, "--on", "slurm", "--workers", "1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # What Slurm sends a while before the limit; waiting for a real one takes minutes.
    queue = ["squeue", "--noheader", "--name=shapespace", "--states=running", "--format=%A"]
    killed = False
    while process.poll() is None and not killed:
        if list(study.glob("runs/*/last/*.sha256")):
            job = subprocess.run(queue, capture_output=True, text=True, check=True).stdout
            subprocess.run(["scancel", "--signal=USR2", job.split()[0]], check=True)
            killed = True
    assert killed
    told = process.communicate()
    assert process.returncode == 0, told
    assert numbers(study) == alone
    logs = "".join(log.read_text() for log in study.glob("slurm/*log.*"))
    assert "requeue" in logs.lower() or "timed-out" in logs.lower()


def test_jobs_that_all_die_are_an_error_and_not_an_endless_wait(slurm, study):
    process = subprocess.Popen(
        command(study, "--on", "slurm", "--workers", "1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    kill_a_worker(study, process)
    _, err = process.communicate()
    assert process.returncode == 1
    assert "The Slurm jobs have ended before the study" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"options": ("partition",)}, "KEY=VALUE"),
        ({"options": ("time=2:00:00",)}, "number of minutes"),
        ({"options": ("partition=nowhere",)}, "Slurm did not take the jobs"),
        ({"gpus": 0.5}, "whole GPUs"),
    ],
)
def test_what_slurm_would_not_take_is_said_at_once(slurm, study, words, says):
    with pytest.raises(BadInput, match=says):
        run_on_slurm(study, **words)
