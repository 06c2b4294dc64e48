"""Numbers are told with the step they belong to."""

import pytest
import torch

from shapespace.training.readout import Readout

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU with CUDA")


def test_on_a_cpu_numbers_are_told_at_once():
    readout = Readout(torch.device("cpu"))
    assert readout.ask(20, torch.tensor([0.5, 0.25])) == (20, [0.5, 0.25])
    assert readout.ask(40, torch.tensor([1.5])) == (40, [1.5])


@needs_gpu
def test_on_a_gpu_numbers_are_told_when_the_next_are_asked_for():
    readout = Readout(torch.device("cuda"))
    assert readout.ask(20, torch.tensor([0.5], device="cuda")) is None
    assert readout.ask(40, torch.tensor([1.5], device="cuda")) == (20, [0.5])
