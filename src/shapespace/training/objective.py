"""What training makes small: cross-entropy of the picture, and L2 terms as Keras has them."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from shapespace.model.autoencoder import Autoencoder
from shapespace.tensors import Images
from shapespace.training.config import TrainingConfig

COARSE_FACTORS = (2, 4)
"""By how much the picture is shrunk for the coarse terms."""


def cross_entropy(logits: Images, targets: Images) -> Tensor:
    """Return the binary cross-entropy in nats, mean over pixels and images."""
    return F.binary_cross_entropy_with_logits(logits, targets)


def coarse_cross_entropy(logits: Images, targets: Images) -> Tensor:
    """Return the sum of the cross-entropies of shrunken pictures.

    Predictions are averaged as grey values, not as logits: the ink that a large pixel holds is
    the mean of the ink in it.
    """
    grey = logits.float().sigmoid()
    total = grey.new_zeros(())
    for factor in COARSE_FACTORS:
        predicted = F.avg_pool2d(grey, factor).clamp(1e-6, 1 - 1e-6)
        total = total + F.binary_cross_entropy(predicted, F.avg_pool2d(targets, factor))
    return total


def l2_terms(model: Autoencoder, config: TrainingConfig) -> Tensor:
    """Return factor * sum(weight^2) over all kernels; biases and normalisation are spared.

    Keras' L2 factor equals half of the `weight_decay` of optimisers that subtract a multiple of
    the weight: its gradient is 2 * factor * weight.
    """
    device = next(model.parameters()).device
    total = torch.zeros((), device=device)
    for factor, half in (
        (config.l2_encoder, model.encoder),
        (config.l2_decoder, model.decoder),
    ):
        if factor > 0:
            total = total + factor * sum(kernel.square().sum() for kernel in kernels(half))
    return total


def kernels(module: nn.Module) -> list[Tensor]:
    """Return the weights of all linear and convolutional layers."""
    kinds = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
    return [layer.weight for layer in module.modules() if isinstance(layer, kinds)]
