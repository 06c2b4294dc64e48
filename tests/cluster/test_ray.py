"""A study on a real Ray cluster of two nodes on loopback."""

import os
import signal
import subprocess
import time

import pytest

from cluster.conftest import command, kill_a_worker, numbers

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]


def start(study, address: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(study, "--on", "ray"),
        env=os.environ | {"RAY_ADDRESS": address},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ray_gives_what_one_machine_gives_even_if_a_worker_is_killed(ray_cluster, alone, study):
    process = start(study, ray_cluster)
    kill_a_worker(study, process)
    told = process.communicate()
    assert process.returncode == 0, told
    assert "6 of 6 runs finished, 0 running, 0 failed" in told[0]
    assert numbers(study) == alone


def test_an_interrupt_stops_the_workers_on_all_nodes(ray_cluster, alone, study):
    process = start(study, ray_cluster)
    while len(list((study / "claims").glob("[!.]*"))) < 2:
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    told = process.communicate()
    assert process.returncode == 130, told
    deadline = time.monotonic() + 20
    while list((study / "claims").glob("[!.]*")) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not list((study / "claims").glob("[!.]*"))
    assert not list(study.glob("failed/*.json"))
    again = start(study, ray_cluster)
    told = again.communicate()
    assert again.returncode == 0, told
    assert numbers(study) == alone


def test_without_a_cluster_it_is_said_how_to_start_one(study):
    process = start(study, "127.0.0.1:1")
    _, err = process.communicate()
    assert process.returncode == 1
    assert "No Ray cluster answers at 127.0.0.1:1. Start one with `ray start --head`" in err
