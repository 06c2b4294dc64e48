"""What training makes small: cross-entropy of the picture, and L2 terms as Keras has them."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable

from shapespace.model.autoencoder import Autoencoder
from shapespace.tensors import Images
from shapespace.training.config import TrainingConfig

COARSE_FACTORS = (2, 4)
"""By how much the picture is shrunk for the coarse terms."""
SMALLEST = 1e-6
"""Coarse grey values keep this far from 0 and 1, where a logarithm would be endless."""


def cross_entropy(logits: Images, targets: Images) -> Tensor:
    """Return the binary cross-entropy in nats, mean over pixels and images."""
    return F.binary_cross_entropy_with_logits(logits, targets)


def coarse_cross_entropy(logits: Images, targets: Images) -> Tensor:
    """Return the sum of the cross-entropies of shrunken pictures.

    Predictions are averaged as grey values, not as logits: the ink that a large pixel holds is
    the mean of the ink in it.
    """
    result: Tensor = _Coarse.apply(logits, targets)  # type: ignore[assignment]
    return result


class _Coarse(torch.autograd.Function):
    """Both coarse terms with their gradient at once: each picture is shrunk from the last."""

    @staticmethod
    def forward(ctx, logits: Tensor, targets: Tensor) -> Tensor:
        fine = logits.sigmoid()
        total, slopes, predicted = fine.new_zeros(()), [], fine
        for _ in COARSE_FACTORS:
            predicted, targets = _halved(predicted), _halved(targets)
            safe = predicted.clamp(SMALLEST, 1 - SMALLEST)
            total = total + F.binary_cross_entropy(safe, targets)
            slope = (safe - targets) / (safe * (1 - safe) * safe.numel())
            slopes.append(slope * (safe == predicted))  # none where the clamp holds
        ctx.save_for_backward(fine, *slopes)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, *gradients: Tensor):
        fine, *slopes = ctx.saved_tensors  # type: ignore[attr-defined]
        slope = slopes.pop()
        while slopes:
            finer = slopes.pop()
            slope = finer + _doubled(slope, finer)
        to_logits = (fine - fine.square()).mul_(_doubled(slope * gradients[0], fine))
        return to_logits, None


def _halved(pictures: Tensor) -> Tensor:
    """Return the means of blocks of 2 x 2 pixels; a last odd row or column is left out."""
    height, width = (2 * (length // 2) for length in pictures.shape[2:])
    rows = pictures[:, :, 0:height:2, :width] + pictures[:, :, 1:height:2, :width]
    return (rows[..., 0::2] + rows[..., 1::2]).mul_(0.25)


def _doubled(slope: Tensor, finer: Tensor) -> Tensor:
    """Return what each pixel of a finer picture adds to its block: a quarter of the slope."""
    grown = (slope * 0.25).repeat_interleave(2, 3).repeat_interleave(2, 2)
    left_out = [length - 2 * (length // 2) for length in finer.shape[2:]]
    return F.pad(grown, (0, left_out[1], 0, left_out[0])) if any(left_out) else grown


def l2_terms(model: Autoencoder, config: TrainingConfig) -> Tensor:
    """Return factor * sum(weight^2) over all kernels; biases and normalisation are spared.

    The encoder's factor holds for the layer that tells labels apart, too.

    Keras' L2 factor equals half of the `weight_decay` of optimisers that subtract a multiple of
    the weight: its gradient is 2 * factor * weight.
    """
    device = next(model.parameters()).device
    total = torch.zeros((), device=device)
    for factor, half in (
        (config.l2_encoder, model.encoder),
        (config.l2_encoder, model.head),
        (config.l2_decoder, model.decoder),
    ):
        if factor > 0 and half is not None:
            total = total + factor * sum(kernel.square().sum() for kernel in kernels(half))
    return total


def kernels(module: nn.Module) -> list[Tensor]:
    """Return the weights of all linear and convolutional layers."""
    kinds = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
    return [layer.weight for layer in module.modules() if isinstance(layer, kinds)]
