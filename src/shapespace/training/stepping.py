"""One training step: a minibatch, its gradients, the optimiser."""

from dataclasses import dataclass

import torch
from torch import Tensor

from shapespace.data.batches import Batches
from shapespace.data.config import NoiseConfig
from shapespace.data.noise import draw_levels, salt_and_pepper
from shapespace.data.randomness import derive, torch_stream
from shapespace.data.transfer import WHOLE, Share
from shapespace.model.autoencoder import Autoencoder
from shapespace.tensors import Images
from shapespace.training.config import TrainingConfig
from shapespace.training.device import precision
from shapespace.training.objective import coarse_cross_entropy, cross_entropy, l2_terms
from shapespace.training.processes import ALONE, Processes


@dataclass(frozen=True)
class Minibatch:
    """What one process learns from in one step."""

    noisy: Images
    clean: Images
    share: Share = WHOLE
    """Which part of the minibatch these images are."""

    @property
    def weight(self) -> float:
        """How much a mean over these images counts in the mean over the minibatch."""
        return len(self.clean) / (self.share.of or len(self.clean))


def make_minibatch(
    batches: Batches, noise: NoiseConfig, *, seed: int, step: int, share: Share = WHOLE
) -> Minibatch:
    """Return the images of a step, clean and damaged; both depend on seed and step alone."""
    clean = batches.images(step, share)
    generator = torch_stream(seed, "noise", step, device=clean.device)
    levels = draw_levels(noise.levels, share.of or len(clean), generator=generator)
    noisy = salt_and_pepper(
        clean,
        levels[:1] if noise.scope == "batch" else levels[share.rows],
        generator=generator,
        scope=noise.scope,
        share=share,
    )
    return Minibatch(noisy, clean, share)


def optimizer_of(model: Autoencoder, config: TrainingConfig) -> torch.optim.Optimizer:
    """Return the configured optimiser; each updates all weights in one pass."""
    if config.optimizer == "adam":
        # Keras adds its epsilon of 1e-7 where torch adds 1e-8; everything else is the same.
        return torch.optim.Adam(
            model.parameters(), lr=config.learning_rate, eps=1e-7, fused=True
        )
    return torch.optim.AdamW(
        model.parameters(),
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        fused=True,
    )


def learn(
    model: Autoencoder,
    optimizer: torch.optim.Optimizer,
    minibatch: Minibatch,
    config: TrainingConfig,
    *,
    seed: int,
    step: int,
    processes: Processes = ALONE,
) -> Tensor:
    """Take one step; nothing in it makes a GPU wait.

    Args:
        model: In training mode; its weights change.
        optimizer: With the learning rate of this step.
        minibatch: This process's share.
        config: Objective and clipping.
        seed: Source of dropout, with `step`.
        step: Number of the step.
        processes: Those that learn together; all take the step at once.

    Returns:
        On the device, over the whole minibatch: cross-entropy, cross-entropy with L2 terms,
        and all that was made small.
    """
    # Each process has other images, so it drops other units.
    others = (processes.rank,) if processes.rank else ()
    torch.manual_seed(derive(seed, "dropout", step, *others))
    optimizer.zero_grad(set_to_none=True)
    bce, whole = add_gradients(model, minibatch, config)
    gradients = [w.grad for w in model.parameters() if w.grad is not None]
    processes.add_up([bce, whole, *gradients])
    penalty = l2_terms(model, config)
    if penalty.requires_grad:
        penalty.backward()
    if config.clip:
        norm = torch.nn.utils.get_total_norm(
            [w.grad for w in model.parameters() if w.grad is not None]
        )
        # The fused optimisers divide by this as they read the gradients, a pass less.
        scale = ((norm + 1e-6) / config.clip).clamp(min=1)
        optimizer.grad_scale = scale  # type: ignore[attr-defined]
    optimizer.step()
    extra = penalty.detach()
    return torch.stack([bce, bce + extra, whole + extra])


def add_gradients(
    model: Autoencoder, minibatch: Minibatch, config: TrainingConfig
) -> tuple[Tensor, Tensor]:
    """Add a share's gradients; return its part of the cross-entropy, alone and with coarse terms."""
    clean = minibatch.clean
    n_at_once = config.chunk or len(clean)
    bce = torch.zeros((), device=clean.device)
    whole = torch.zeros((), device=clean.device)
    for inputs, targets in zip(
        minibatch.noisy.split(n_at_once), clean.split(n_at_once), strict=True
    ):
        with precision(clean.device):
            logits = model(inputs)
        logits = logits.float()
        part = cross_entropy(logits, targets)
        total = part
        if config.coarse_weight:
            total = total + config.coarse_weight * coarse_cross_entropy(logits, targets)
        weight = minibatch.weight * len(targets) / len(clean)
        (total * weight).backward()
        bce += part.detach() * weight
        whole += total.detach() * weight
    return bce, whole
