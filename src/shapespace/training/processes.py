"""Training in several processes, each with its share of every minibatch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable

from shapespace.data.transfer import WHOLE, Share
from shapespace.errors import BadInput


@dataclass(frozen=True)
class Processes:
    """This process and the others; methods that all must call at the same point say so."""

    rank: int = 0
    """Number of this process, from 0; the first one writes the files."""
    n: int = 1
    """How many there are."""

    @property
    def is_first(self) -> bool:
        """Whether this process writes."""
        return self.rank == 0

    def share(self, n_images: int) -> Share:
        """Return which rows of a minibatch this process takes; shares differ by one at most.

        Raises:
            BadInput: If there are more processes than images.
        """
        if self.n == 1:
            return WHOLE
        if n_images < self.n:
            raise BadInput(
                f"A minibatch of {n_images} cannot be shared by {self.n} processes. "
                "Start fewer, or raise the counts of data.mixture."
            )
        ends = [n_images * k // self.n for k in (self.rank, self.rank + 1)]
        return Share(ends[0], ends[1], n_images)

    def add_up(self, tensors: list[Tensor]) -> None:
        """Replace tensors by their sums over all processes; all call it together."""
        if self.n == 1:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])  # one message, not many
        dist.all_reduce(flat)
        pieces = flat.split([tensor.numel() for tensor in tensors])
        for tensor, piece in zip(tensors, pieces, strict=True):
            tensor.copy_(piece.view(tensor.shape))

    def any(self, flag: bool) -> bool:
        """Tell whether the flag is set in any process; all call it together."""
        if self.n == 1:
            return flag
        told = torch.tensor(int(flag))  # on the CPU, so that no GPU waits
        dist.all_reduce(told, op=dist.ReduceOp.MAX)
        return bool(told)

    def wait(self) -> None:
        """Return when all processes have come here."""
        self.any(False)


ALONE = Processes()


@contextmanager
def joined_processes() -> Iterator[Processes]:
    """Join the processes that `torchrun` started; without it, this one is alone."""
    n = int(os.environ.get("WORLD_SIZE", "1"))
    if n == 1:
        yield ALONE
        return
    # Flags travel between CPUs, gradients between GPUs where there are any.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend)
    try:
        yield Processes(dist.get_rank(), n)
    finally:
        dist.destroy_process_group()


class _Sum(torch.autograd.Function):
    """A sum over all processes; every process's loss depends on every summand."""

    @staticmethod
    def forward(ctx: FunctionCtx, own: Tensor) -> Tensor:
        total = own.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


def _sum_of_all(own: Tensor) -> Tensor:
    result: Tensor = _Sum.apply(own)  # type: ignore[assignment]
    return result


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation by the statistics of the whole minibatch, over all processes."""

    def forward(self, input: Tensor) -> Tensor:
        """Return normalised maps; in evaluation as any batch normalisation."""
        if not self.training:
            return super().forward(input)
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        axes = [0, 2, 3]
        # Never in half precision: the sums run over millions of pixels.
        maps = input.to(torch.promote_types(input.dtype, torch.float32))
        count = maps.new_full((1,), maps.numel() / maps.shape[1])
        sums = _sum_of_all(torch.cat([count, maps.sum(axes)]))
        mean = sums[1:] / sums[0]
        centred = maps - mean[:, None, None]
        variance = _sum_of_all(centred.square().sum(axes)) / sums[0]
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (sums[0] / (sums[0] - 1)), self.momentum)
        scale = self.weight * (variance + self.eps).rsqrt()
        result = centred * scale[:, None, None] + self.bias[:, None, None]
        return result.to(input.dtype)


def share_batch_norm(module: nn.Module) -> None:
    """Let every batch normalisation see all processes; weights and their names stay."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            shared = SharedBatchNorm(
                child.num_features,
                eps=child.eps,
                momentum=child.momentum,
                device=child.weight.device,
                dtype=child.weight.dtype,
            )
            shared.weight, shared.bias = child.weight, child.bias
            shared.load_state_dict(child.state_dict())
            setattr(module, name, shared)
        else:
            share_batch_norm(child)
