"""A running average of the weights, steadier than the last step's."""

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)


class RunningAverage(Generic[Model]):
    """Keeps an exponential moving average of everything in a model's state.

    The decay starts low and rises to its final value, so that the first random weights are soon
    forgotten.

    Reference:
        Polyak & Juditsky (1992), "Acceleration of Stochastic Approximation by Averaging", SIAM
        J. Control Optim. 30; the rising decay as in TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, model: Model, decay: float) -> None:
        self.decay = decay
        self.model = copy.deepcopy(model).eval()
        self._live = list(model.state_dict().values())
        self._mean = list(self.model.state_dict().values())

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after step `step`, counted from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        floating = [t.is_floating_point() for t in self._live]
        mean = [t for t, f in zip(self._mean, floating, strict=True) if f]
        live = [t for t, f in zip(self._live, floating, strict=True) if f]
        torch._foreach_lerp_(mean, live, 1 - decay)  # type: ignore[attr-defined]
        for kept, new in self._counters(floating):
            kept.copy_(new)

    def _counters(self, floating: list[bool]) -> list[tuple[Tensor, Tensor]]:
        pairs = zip(self._mean, self._live, floating, strict=True)
        return [(kept, new) for kept, new, is_float in pairs if not is_float]
