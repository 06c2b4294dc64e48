"""Minibatches of mixed sources, always the same for the same seed and step."""

from dataclasses import dataclass

import numpy as np
import torch

from shapespace.data.config import SCRIBBLES, DataConfig
from shapespace.data.folds import Part, Split, deal
from shapespace.data.packed import PackedSet
from shapespace.data.randomness import derive
from shapespace.data.sampling import PackedSource, ScribbleSource, Source
from shapespace.data.transfer import WHOLE, Share
from shapespace.errors import BadInput
from shapespace.tensors import Images


def rescale_mixture(mixture: dict[str, int], at_hand: set[str]) -> dict[str, int]:
    """Leave out missing sets and scale the other counts to the same sum (largest remainders).

    Raises:
        BadInput: If no set of the mixture is at hand.
    """
    kept = {name: n for name, n in mixture.items() if n > 0 and name in at_hand}
    if not kept:
        wanted = ", ".join(name for name, n in mixture.items() if n > 0)
        raise BadInput(
            f"None of the sets of the mixture ({wanted}) is at hand. "
            "`shapespace data list` shows what is; `shapespace data add` packs your own."
        )
    total, n_kept = sum(mixture.values()), sum(kept.values())
    exact = {name: n * total / n_kept for name, n in kept.items()}
    counts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: counts[name] - exact[name])
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return counts


@dataclass(frozen=True)
class Batch:
    """Images of one step, with what they show."""

    images: Images
    sources: list[str]
    """Name of the set of each image."""
    ids: list[str]
    """Stimulus of each image."""


class Batches:
    """An endless series of minibatches; step k is the same whenever it is asked for."""

    def __init__(self, sources: dict[str, Source], counts: dict[str, int]) -> None:
        self.sources, self.counts = sources, counts

    @property
    def size(self) -> int:
        """Images in one minibatch."""
        return sum(self.counts.values())

    def images(self, step: int, share: Share = WHOLE) -> Images:
        """Return the images of step `step`, counted from 0, or a share of them.

        A share holds the same images, to the bit, as its rows of the whole minibatch.
        """
        images, first = [], 0
        for name, n in self.counts.items():
            part = share.within(first, n)
            positions = np.arange(step * n, (step + 1) * n)
            if part.start < part.stop:
                images.append(self.sources[name].images(positions, part))
            first += n
        return torch.cat(images)

    def labelled(self, step: int) -> Batch:
        """Return the images of step `step` with their sources and stimuli."""
        return Batch(self.images(step), *self.stimuli(step))

    def stimuli(self, step: int) -> tuple[list[str], list[str]]:
        """Return the source and the stimulus of every image of step `step`."""
        names = [name for name, n in self.counts.items() for _ in range(n)]
        ids = [
            stimulus
            for name, n in self.counts.items()
            for stimulus in self.sources[name].ids(np.arange(step * n, (step + 1) * n))
        ]
        return names, ids


def split_sets(sets: dict[str, PackedSet], config: DataConfig, *, seed: int) -> Split:
    """Deal the stimuli of every set to folds."""
    tables = {}
    for name, packed in sets.items():
        folds = deal(packed.table, config.fold_rule, n_folds=config.n_folds, seed=seed)
        tables[name] = packed.table[["id", "group"]].assign(fold=folds)
    return Split(tables)


def make_batches(
    sets: dict[str, PackedSet],
    split: Split,
    config: DataConfig,
    part: Part,
    *,
    fold: int,
    seed: int,
    device: torch.device,
) -> Batches:
    """Return the minibatches of one part of a run.

    Args:
        sets: The packed sets at hand, by name; the scribbles need none.
        split: Their folds.
        config: Side, mixture and augmentation.
        part: Training, validation or test; each has its own random copies.
        fold: Number of the run.
        seed: Source of all randomness.
        device: Where the images shall be made.
    """
    counts = rescale_mixture(config.mixture, set(sets) | {SCRIBBLES})
    sources: dict[str, Source] = {}
    for name in counts:
        own_seed = derive(seed, f"{name}/{part}", fold)
        if name == SCRIBBLES:
            sources[name] = ScribbleSource(
                part,
                side=config.side,
                smallest_share=config.smallest_share,
                seed=seed,
                device=device,
            )
            continue
        sources[name] = PackedSource(
            sets[name],
            split.rows(name, part, fold),
            side=config.side,
            turns=config.turns,
            smallest_share=config.smallest_share,
            seed=own_seed,
            device=device,
        )
    return Batches(sources, counts)
