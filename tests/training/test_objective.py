import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import log_loss
from torch import nn

from shapespace.model.autoencoder import Autoencoder
from shapespace.model.ladder import LadderConfig
from shapespace.training.config import TrainingConfig
from shapespace.training.objective import coarse_cross_entropy, cross_entropy, kernels, l2_terms

NETWORK = Autoencoder(LadderConfig(side=16, patch=2, channels=(4, 6), code_size=5, blocks=1))


def config(**values) -> TrainingConfig:
    return TrainingConfig(n_images=1, images_per_epoch=1, **values)


def image(*rows: list[float]) -> torch.Tensor:
    return torch.tensor([[list(rows)]], dtype=torch.float32)


def test_knowing_nothing_costs_the_logarithm_of_two():
    assert cross_entropy(image([0.0, 0.0]), image([0.0, 1.0])).item() == pytest.approx(
        math.log(2)
    )


def test_cross_entropy_is_the_mean_over_pixels_that_sklearn_finds():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 1, 4, 5, generator=generator)
    targets = torch.randint(2, (3, 1, 4, 5), generator=generator).float()
    expected = log_loss(targets.flatten().numpy(), torch.sigmoid(logits).flatten().numpy())
    assert cross_entropy(logits, targets).item() == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_of_a_grey_target_by_hand():
    # Predicted 0.8 for a target of 0.3: -(0.3 ln 0.8 + 0.7 ln 0.2).
    logit = math.log(0.8 / 0.2)
    expected = -(0.3 * math.log(0.8) + 0.7 * math.log(0.2))
    assert cross_entropy(image([logit]), image([0.3])).item() == pytest.approx(expected)


def test_coarse_terms_compare_the_mean_ink_of_large_pixels_by_hand():
    # Predicted grey values 0.9 and 0.1 in a chequered pattern average 0.5 in any 2 x 2 pixels;
    # the target, a left half of ink, averages 0 and 1 there, and 0.5 over the 4 x 4.
    high, low = math.log(9), -math.log(9)
    logits = image([high, low, high, low], [low, high, low, high]).repeat(1, 1, 2, 1)
    target = torch.ones(1, 1, 4, 4)
    target[..., :2] = 0
    halves, quarters = math.log(2), math.log(2)
    found = coarse_cross_entropy(logits, target).item()
    assert found == pytest.approx(halves + quarters, rel=1e-5)


def test_coarse_terms_of_a_stroke_that_is_one_pixel_off_are_the_same():
    target = torch.ones(1, 1, 8, 8)
    target[..., 4] = 0
    off, far = target.roll(1, dims=3), target.roll(3, dims=3)
    logits = [torch.where(drawn > 0.5, 4.0, -4.0) for drawn in (target, off, far)]
    here, near, away = (coarse_cross_entropy(one, target).item() for one in logits)
    assert near == pytest.approx(here)
    assert away > near


def slow_coarse(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The coarse terms written out, with torch's own gradients."""
    grey = logits.sigmoid()
    return sum(
        F.binary_cross_entropy(
            F.avg_pool2d(grey, factor).clamp(1e-6, 1 - 1e-6), F.avg_pool2d(targets, factor)
        )
        for factor in (2, 4)
    )


@pytest.mark.parametrize("shape", [(3, 1, 8, 12), (2, 1, 7, 10), (1, 1, 5, 5)])
@pytest.mark.parametrize("spread", [1.0, 40.0], ids=["uncertain", "clamped"])
def test_coarse_terms_and_their_gradient_are_those_of_the_slow_way(shape, spread):
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(shape, generator=generator, dtype=torch.float64) * spread
    logits.requires_grad_()
    targets = torch.rand(shape, generator=generator, dtype=torch.float64)
    slow, fast = slow_coarse(logits, targets), coarse_cross_entropy(logits, targets)
    torch.testing.assert_close(fast, slow, rtol=1e-12, atol=0)
    one, other = (torch.autograd.grad(3 * value, logits)[0] for value in (fast, slow))
    torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_l2_is_the_factor_times_the_sum_of_squares_without_biases_and_normalisation():
    def squares(module: nn.Module) -> float:
        found = [w.detach().double().numpy() for w in module.parameters() if w.ndim > 1]
        return float(sum((w**2).sum() for w in found))

    both = l2_terms(NETWORK, config(l2_encoder=0.5, l2_decoder=0.25)).item()
    expected = 0.5 * squares(NETWORK.encoder) + 0.25 * squares(NETWORK.decoder)
    assert both == pytest.approx(expected, rel=1e-5)
    one = l2_terms(NETWORK, config(l2_encoder=0.5)).item()
    assert one == pytest.approx(0.5 * squares(NETWORK.encoder), rel=1e-5)
    assert l2_terms(NETWORK, config()).item() == 0


def test_the_gradient_of_l2_is_twice_the_factor_times_the_weight():
    NETWORK.zero_grad()
    l2_terms(NETWORK, config(l2_decoder=0.3)).backward()
    for kernel in kernels(NETWORK.decoder):
        np.testing.assert_allclose(
            kernel.grad.numpy(), 0.6 * kernel.detach().numpy(), rtol=1e-6
        )
    spared = [w for w in NETWORK.decoder.parameters() if w.ndim == 1]
    assert spared
    assert all(w.grad is None for w in [*spared, *NETWORK.encoder.parameters()])
