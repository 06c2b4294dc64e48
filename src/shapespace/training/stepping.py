"""One training step: a minibatch, its gradients, the optimiser."""

from dataclasses import dataclass

import torch
from torch import Tensor

from shapespace.data.batches import Batches
from shapespace.data.config import NoiseConfig
from shapespace.data.noise import draw_levels, salt_and_pepper
from shapespace.data.randomness import derive, torch_stream
from shapespace.data.targets import ImageTargets
from shapespace.data.transfer import WHOLE, Share
from shapespace.model.autoencoder import Autoencoder
from shapespace.tensors import Images
from shapespace.training.config import TrainingConfig
from shapespace.training.device import precision
from shapespace.training.objective import coarse_cross_entropy, cross_entropy, l2_terms
from shapespace.training.processes import ALONE, Processes
from shapespace.training.tasks import Tasks


@dataclass(frozen=True)
class Minibatch:
    """What one process learns from in one step."""

    noisy: Images
    clean: Images
    share: Share = WHOLE
    """Which part of the minibatch these images are."""
    targets: ImageTargets | None = None
    """What they should be told apart as and where they should lie, if the code is trained for it."""

    @property
    def weight(self) -> float:
        """How much a mean over these images counts in the mean over the minibatch."""
        return len(self.clean) / (self.share.of or len(self.clean))


def make_minibatch(
    batches: Batches,
    noise: NoiseConfig,
    *,
    seed: int,
    step: int,
    share: Share = WHOLE,
    tasks: Tasks | None = None,
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
    targets = (
        tasks.targets.of(*batches.stimuli(step), share, device=clean.device) if tasks else None
    )
    return Minibatch(noisy, clean, share, targets)


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
    tasks: Tasks | None = None,
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
        tasks: What the code is trained for beside reconstruction.

    Returns:
        On the device, over the whole minibatch: cross-entropy, weighted sum of the tasks with L2
        terms, the loss of each task beside reconstruction, and all that was made small.
    """
    # Each process has other images, so it drops other units.
    others = (processes.rank,) if processes.rank else ()
    _seed_dropout(derive(seed, "dropout", step, *others), minibatch.clean.device)
    optimizer.zero_grad(set_to_none=True)
    parts = add_gradients(model, minibatch, config, tasks)
    gradients = [w.grad for w in model.parameters() if w.grad is not None]
    processes.add_up([*parts, *gradients])
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
    bce, loss, *others, whole = parts
    return torch.stack([bce, loss + extra, *others, whole + extra])


def _seed_dropout(seed: int, device: torch.device) -> None:
    """Seed what dropout draws from; torch.manual_seed takes .4 ms to reach GPUs that are not there."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


def add_gradients(
    model: Autoencoder,
    minibatch: Minibatch,
    config: TrainingConfig,
    tasks: Tasks | None = None,
) -> list[Tensor]:
    """Add a share's gradients.

    Returns:
        Its part of the cross-entropy, of the weighted sum of the tasks, of each task beside
        reconstruction, and of all that was made small (with coarse terms).
    """
    clean, weights = minibatch.clean, config.tasks
    n_at_once = config.chunk or len(clean)
    n_chunks = -(-len(clean) // n_at_once)
    known = minibatch.targets
    wanted = known.split(n_at_once) if known else [None] * n_chunks
    sums = [torch.zeros((), device=clean.device) for _ in range(3 + len(weights.names))]
    for inputs, targets, own in zip(
        minibatch.noisy.split(n_at_once), clean.split(n_at_once), wanted, strict=True
    ):
        weight = minibatch.weight * len(targets) / len(clean)
        with precision(clean.device):
            codes = model.encoder(inputs)
            logits = model.decoder(codes) if weights.reconstruction else None
            guesses = model.head(codes) if model.head is not None else None
        bce = total = torch.zeros((), device=clean.device)
        if logits is not None:
            logits = logits.float()
            bce = total = cross_entropy(logits, targets)
            if config.coarse_weight:
                total = total + config.coarse_weight * coarse_cross_entropy(logits, targets)
        loss, whole = (weights.reconstruction * weight * part for part in (bce, total))
        others = tasks.losses(weights.names, codes, guesses, own) if tasks and own else []
        for name, part in zip(weights.names, others, strict=True):
            loss = loss + getattr(weights, name) * part
            whole = whole + getattr(weights, name) * part
        whole.backward()
        for total_so_far, part in zip(sums, (bce * weight, loss, *others, whole), strict=True):
            total_so_far += part.detach()
    return sums
