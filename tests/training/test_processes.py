"""Several processes learn what one learns, from shares of the same minibatches."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file
from torch import nn
from train_in_processes import train

from shapespace.errors import BadInput
from shapespace.training.processes import (
    ALONE,
    Processes,
    joined_processes,
    share_batch_norm,
)

SCRIPT = Path(__file__).with_name("train_in_processes.py")


# Each start loads torch three times, which takes minutes where others use the machine, too.
pytestmark = pytest.mark.timeout(900)


def run_two(*words: str) -> None:
    """Train the toy in two processes of one thread each, once for each word."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node=2", str(SCRIPT), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The toy trained by one process, by two, and by two that were stopped and went on."""
    home = tmp_path_factory.mktemp("processes")
    train(home / "one", ALONE)
    run_two(f"{home / 'two'}", f"{home / 'stopped'}:6")
    run_two(f"{home / 'stopped'}")
    return home


def history(directory: Path) -> pd.DataFrame:
    return pd.read_csv(directory / "history.csv")


def test_two_processes_learn_what_one_does_with_the_same_minibatches(runs):
    one, two = history(runs / "one"), history(runs / "two")
    assert one["n_images"].tolist() == two["n_images"].tolist()
    for column in ("train_bce", "train_loss", "validation_bce", "validation_loss"):
        np.testing.assert_allclose(two[column], one[column], rtol=1e-5)
    weights = [load_file(runs / n / "model" / "model.safetensors") for n in ("one", "two")]
    assert weights[0].keys() == weights[1].keys()
    for name, value in weights[0].items():
        torch.testing.assert_close(weights[1][name], value, rtol=1e-3, atol=2e-5, msg=name)


def test_every_process_makes_only_its_share(runs):
    shown = [json.loads((runs / "two" / f"shown-{rank}.json").read_text()) for rank in (0, 1)]
    assert [set(n) for n in shown] == [{2}, {3}]  # of minibatches of five
    assert json.loads((runs / "one" / "shown-0.json").read_text()) == [5] * len(shown[0])


def test_processes_that_were_stopped_end_with_the_same_bytes(runs):
    one, other = (runs / name / "model" / "model.safetensors" for name in ("two", "stopped"))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(("n", "n_images"), [(2, 5), (3, 3), (4, 130)])
def test_shares_are_of_equal_size_and_together_the_whole(n, n_images):
    shares = [Processes(rank, n).share(n_images) for rank in range(n)]
    rows = [list(range(n_images))[share.rows] for share in shares]
    assert [row for part in rows for row in part] == list(range(n_images))
    sizes = [len(part) for part in rows]
    assert max(sizes) - min(sizes) <= 1


def test_more_processes_than_images_are_refused():
    with pytest.raises(BadInput, match="minibatch of 2 cannot be shared by 3 processes"):
        Processes(0, 3).share(2)


def test_without_torchrun_a_process_is_alone(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined_processes() as processes:
        assert processes is ALONE
        assert processes.is_first
        assert processes.any(True)
        assert not processes.any(False)


@pytest.fixture
def one_process_group(tmp_path):
    dist.init_process_group("gloo", init_method=f"file://{tmp_path}/met", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_a_shared_normalisation_is_that_of_torch(one_process_group):
    plain, shared = (nn.Sequential(nn.BatchNorm2d(3, momentum=0.2)).double() for _ in range(2))
    for layer in (plain[0], shared[0]):
        layer.weight.data.copy_(torch.tensor([0.5, 1.0, 2.0]))
        layer.running_mean.fill_(0.3)
    share_batch_norm(shared)
    stream = torch.Generator().manual_seed(0)
    maps = torch.randn(4, 3, 5, 6, generator=stream, dtype=torch.float64)
    upstream = torch.randn(4, 3, 5, 6, generator=stream, dtype=torch.float64)
    found = []
    for network in (plain, shared):
        inputs = maps.clone().requires_grad_()
        network(inputs).backward(upstream)
        found.append([inputs.grad, network[0].weight.grad, network[0].bias.grad])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
    assert plain.state_dict().keys() == shared.state_dict().keys()
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(shared.state_dict()[name], value, rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(shared.eval()(maps), plain.eval()(maps), rtol=1e-9, atol=1e-12)
