"""What a code is good for beside drawing: telling classes apart, and lying where people put it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from shapespace.data.targets import ImageTargets, Targets
from shapespace.tensors import Codes

Logits = Float[Tensor, "batch label"]


@dataclass
class Tally:
    """Sums over images that become the scores of a validation; one number a labelled set."""

    cross_entropy: Float[Tensor, " set"]
    n_right: Float[Tensor, " set"]
    n_labelled: Float[Tensor, " set"]
    squared_error: Float[Tensor, ""]
    n_mapped: Float[Tensor, ""]

    @classmethod
    def empty(cls, n_sets: int, device: torch.device) -> "Tally":
        """Return sums of nothing."""
        zeros = [torch.zeros(n_sets, dtype=torch.float64, device=device) for _ in range(3)]
        more = [torch.zeros((), dtype=torch.float64, device=device) for _ in range(2)]
        return cls(*zeros, *more)

    def sums(self) -> list[Tensor]:
        """Return all sums, to be added up over processes."""
        return list(vars(self).values())


@dataclass(frozen=True)
class Tasks:
    """The tasks of a training beside reconstruction, with their targets."""

    targets: Targets = field(default_factory=Targets)
    allowed: Bool[Tensor, "set label"] | None = None
    """Which labels occur in which labelled set; on the device."""

    @classmethod
    def make(cls, targets: Targets, device: torch.device) -> "Tasks":
        """Return the tasks that these targets allow."""
        return cls(targets, torch.from_numpy(targets.allowed()).to(device))

    def losses(
        self, names: Sequence[str], codes: Codes, logits: Logits | None, targets: ImageTargets
    ) -> list[Tensor]:
        """Return the part of a share in the loss of each of these tasks."""
        found = []
        for name in names:
            if name == "mapping":
                found.append(self.mapping(codes, targets))
            else:
                assert logits is not None
                found.append(self.classification(logits, targets))
        return found

    def cross_entropies(self, logits: Logits, targets: ImageTargets) -> dict[int, Tensor]:
        """Return the sum of the cross-entropies of every labelled set with images here.

        An image is told apart among the labels of its own set, as if every set had a softmax of
        its own; sets that share a label share its weights. In the study three linear layers
        (labels of both sets, of the first, of the second) were joined to the same effect.
        """
        assert self.allowed is not None
        sums = {}
        for number, allowed in enumerate(self.allowed):
            if targets.n_labelled[number] == 0:
                continue
            own = targets.sets == number
            scores = logits[own].masked_fill(~allowed, -torch.inf)
            sums[number] = F.cross_entropy(scores.float(), targets.labels[own], reduction="sum")
        return sums

    def classification(self, logits: Logits, targets: ImageTargets) -> Tensor:
        """Return the part of a share in the cross-entropy, summed over the labelled sets.

        Each set's is the mean over its images in the whole minibatch, in nats.
        """
        parts = self.cross_entropies(logits, targets)
        total = logits.new_zeros((), dtype=torch.float32)
        for number, part in parts.items():
            total = total + part / targets.n_labelled[number]
        return total

    def mapping(self, codes: Codes, targets: ImageTargets) -> Tensor:
        """Return the part of a share in the squared error of the mapping units.

        The first units of the code are the coordinates. Squared errors are summed over the
        dimensions; the mean is over the images of the whole minibatch that have coordinates.
        """
        off = self.squared_errors(codes, targets).nan_to_num(0.0)
        return off.sum() / max(targets.n_mapped, 1)

    def squared_errors(self, codes: Codes, targets: ImageTargets) -> Float[Tensor, " batch"]:
        """Return the squared error of each image, summed over dimensions; nan without target."""
        known = ~targets.coordinates.isnan()
        wanted = torch.where(known, targets.coordinates, 0.0)
        off = (codes[:, : self.targets.n_dims].float() - wanted).square().sum(dim=1)
        return torch.where(known.all(dim=1), off, torch.nan)

    def count(
        self, tally: Tally, codes: Codes, logits: Logits | None, targets: ImageTargets
    ) -> None:
        """Add the images of a validation to the sums."""
        if logits is not None:
            assert self.allowed is not None
            for number, part in self.cross_entropies(logits, targets).items():
                own = targets.sets == number
                guess = logits[own].masked_fill(~self.allowed[number], -torch.inf).argmax(1)
                tally.cross_entropy[number] += part
                tally.n_right[number] += (guess == targets.labels[own]).sum()
                tally.n_labelled[number] += own.sum()
        if self.targets.n_dims:
            off = self.squared_errors(codes, targets)
            tally.squared_error += off.nansum()
            tally.n_mapped += (~off.isnan()).sum()

    def scores(self, tally: Tally) -> dict[str, float]:
        """Return the columns of the history that a validation came to."""
        found: dict[str, float] = {}
        if self.targets.labels:
            each = tally.cross_entropy / tally.n_labelled
            found["validation_classification"] = float(each.nansum())
            for name, right, n in zip(
                self.targets.labelled_sets, tally.n_right, tally.n_labelled, strict=True
            ):
                found[f"validation_accuracy_{name}"] = float(right / n)
        if self.targets.n_dims:
            found["validation_mapping"] = float(tally.squared_error / tally.n_mapped)
        return found

    def knowing_nothing(self) -> dict[str, float]:
        """Return what each task costs a network that tells everybody the same, on its targets.

        Classification: a uniform guess among the labels of each set, summed over sets. Mapping:
        the mean of all targets.
        """
        found: dict[str, float] = {}
        if self.targets.labels:
            found["classification"] = float(np.log(self.targets.allowed().sum(axis=1)).sum())
        if self.targets.n_dims:
            points = np.stack(list(self.targets.coordinates.values())).astype(float)
            found["mapping"] = float(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean())
        return found


def balance(scores: Mapping[str, float], nothing: Mapping[str, float]) -> float:
    """Return the mean share of each task's loss that is left, 1 for knowing nothing."""
    shares = [scores[f"validation_{name}"] / cost for name, cost in nothing.items()]
    return sum(shares) / len(shares)
