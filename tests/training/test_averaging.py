import numpy as np
import pytest
import torch
from torch import nn

from shapespace.training.averaging import RunningAverage


def test_the_average_is_that_of_a_slow_loop():
    generator = torch.Generator().manual_seed(0)
    model = nn.Linear(3, 2)
    average = RunningAverage(model, decay=0.6)
    slow = model.weight.detach().double().numpy().copy()
    for step in range(1, 12):
        with torch.no_grad():
            model.weight.copy_(torch.randn(2, 3, generator=generator))
        average.update(step)
        decay = min(0.6, (1 + step) / (10 + step))  # low at first, 0.6 from step 13 on
        slow = decay * slow + (1 - decay) * model.weight.detach().double().numpy()
    np.testing.assert_allclose(average.model.weight.detach().numpy(), slow, rtol=1e-5)


def test_the_first_random_weights_are_soon_forgotten():
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(1000.0)
    average = RunningAverage(model, decay=0.999)
    with torch.no_grad():
        model.weight.fill_(1.0)
    for step in range(1, 30):
        average.update(step)
    assert average.model.weight.item() == pytest.approx(1.0, abs=0.1)


def test_counters_are_copied_and_statistics_of_batches_averaged():
    model = nn.BatchNorm1d(2)
    average = RunningAverage(model, decay=0.5)
    model(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))
    average.update(100)
    assert average.model.num_batches_tracked.item() == 1
    # batch norm moves a tenth of the way to the batch's mean (2, 4), the average half of that
    np.testing.assert_allclose(average.model.running_mean.numpy(), [0.1, 0.2], rtol=1e-6)


def test_averaging_leaves_the_trained_model_alone():
    model = nn.Linear(2, 2).train()
    before = model.weight.detach().clone()
    average = RunningAverage(model, decay=0.5)
    average.update(1)
    assert torch.equal(model.weight, before)
    assert model.training
    assert not average.model.training
