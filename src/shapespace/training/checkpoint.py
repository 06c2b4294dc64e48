"""Checkpoints: all that a killed run needs to go on as if nothing had happened."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn
from torch.optim import Optimizer

from shapespace.data.writing import write_bytes, write_text
from shapespace.training.averaging import RunningAverage

KEPT = 2
"""Checkpoints that stay: if the newest is damaged, the one before it serves."""


@dataclass
class State:
    """Where a training stands, apart from its tensors."""

    step: int = 0
    """Steps done."""
    sums: dict[str, float] = field(default_factory=dict)
    """Sums over the steps of the epoch under way."""
    history: list[dict] = field(default_factory=list)
    """Rows of `history.csv`."""
    best_epoch: int | None = None
    best_value: float | None = None
    seconds: float = 0.0
    """Time spent, over all sittings."""


def save_checkpoint(
    directory: Path,
    state: State,
    model: nn.Module,
    optimizer: Optimizer,
    average: RunningAverage | None,
) -> None:
    """Write one checkpoint and drop all but the newest two.

    The tensors and the state are one file, so that they cannot disagree; its checksum lies
    beside it and is written last.
    """
    tensors = dict(_tensors(model, optimizer, average))
    content = to_bytes(
        {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()},
        metadata={"state": json.dumps(vars(state))},
    )
    path = directory / f"step-{state.step:09d}.safetensors"
    write_bytes(path, content)
    write_text(path.with_suffix(".sha256"), hashlib.sha256(content).hexdigest() + "\n")
    for old in _newest_first(directory)[KEPT:]:
        _discard(old)


def load_checkpoint(
    directory: Path,
    model: nn.Module,
    optimizer: Optimizer,
    average: RunningAverage | None,
) -> State | None:
    """Fill model, optimiser and average from the newest sound checkpoint, if there is one.

    Returns:
        Where the training stood, or None. Checkpoints that are damaged are removed.
    """
    for stray in directory.glob(".step-*"):  # a process was killed while it wrote this
        stray.unlink(missing_ok=True)
    for path in _newest_first(directory):
        if _is_sound(path):
            with safe_open(path, framework="pt") as stored:
                _restore(stored, model, optimizer, average)
                return State(**json.loads(stored.metadata()["state"]))
        _discard(path)  # else it would count among those that stay
    return None


def _is_sound(path: Path) -> bool:
    """Tell whether a checkpoint was written to its end and has not changed since."""
    checksum = path.with_suffix(".sha256")
    if not checksum.is_file():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == checksum.read_text().strip()


def _discard(path: Path) -> None:
    path.with_suffix(".sha256").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _newest_first(directory: Path) -> list[Path]:
    return sorted(directory.glob("step-*.safetensors"), reverse=True)


def _tensors(
    model: nn.Module, optimizer: Optimizer, average: RunningAverage | None
) -> list[tuple[str, Tensor]]:
    named = [(f"model.{name}", t) for name, t in model.state_dict().items()]
    for index, moments in optimizer.state_dict()["state"].items():
        named += [(f"optimizer.{index}.{name}", t) for name, t in moments.items()]
    if average is not None:
        named += [(f"average.{name}", t) for name, t in average.model.state_dict().items()]
    return named


def _restore(
    stored, model: nn.Module, optimizer: Optimizer, average: RunningAverage | None
) -> None:
    tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    _fill(model, {k[6:]: t for k, t in tensors.items() if k.startswith("model.")})
    if average is not None:
        _fill(average.model, {k[8:]: t for k, t in tensors.items() if k.startswith("average.")})
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".")
            moments.setdefault(int(index), {})[key] = _laid_out_like(
                weights[int(index)], tensor
            )
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})


def _laid_out_like(weight: Tensor, tensor: Tensor) -> Tensor:
    """Return a moment in the memory layout of its weight, which fused optimisers rely on."""
    if tensor.shape != weight.shape:
        return tensor  # the step counter
    return torch.empty_like(weight, dtype=tensor.dtype).copy_(tensor)


@torch.no_grad()
def _fill(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Copy values in place, so that the layout in memory, and with it the arithmetic, stays."""
    own = module.state_dict()
    for name, tensor in tensors.items():
        own[name].copy_(tensor)
