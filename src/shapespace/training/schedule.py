"""The learning rate over a training."""

import math

from shapespace.training.config import TrainingConfig


def learning_rate(config: TrainingConfig, done: float) -> float:
    """Return the learning rate after a share `done` (0...1) of the budget."""
    peak = config.learning_rate
    if config.schedule == "constant":
        return peak
    warmup = config.warmup_share
    if done < warmup:
        return peak * (done + 1e-3) / (warmup + 1e-3)
    return peak * (0.5 + 0.5 * math.cos(math.pi * (done - warmup) / max(1 - warmup, 1e-9)))
