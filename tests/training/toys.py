"""A training that runs in a moment: scribbles of 16 x 16 pixels, a network of a few units."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from shapespace.data.batches import Batches
from shapespace.data.config import NoiseConfig
from shapespace.data.folds import Part
from shapespace.data.sampling import ScribbleSource
from shapespace.model.autoencoder import Autoencoder
from shapespace.model.ladder import LadderConfig
from shapespace.training.config import TrainingConfig
from shapespace.training.loop import Trained, fit

BATCH = 4
CPU = torch.device("cpu")
MODEL = LadderConfig(side=16, patch=2, channels=(4, 6), code_size=5)
TRAINING = TrainingConfig(
    n_images=40,
    images_per_epoch=16,
    n_validation_images=8,
    optimizer="adamw",
    learning_rate=3e-3,
    weight_decay=0.01,
    schedule="warmup-cosine",
    average=0.9,
    clip=1.0,
)
NOISE = NoiseConfig(levels=(0.0, 0.1, 0.25))


class Watched(ScribbleSource):
    """Scribbles that tell somebody which positions are asked for before they are drawn."""

    watch: Callable[[int], None]

    def images(self, positions: np.ndarray, part: slice = slice(None)):
        self.watch(int(positions[0]) // BATCH)
        return super().images(positions, part)


def toy_batches(part: Part, watch: Callable[[int], None] = lambda step: None) -> Batches:
    source = Watched(part, side=16, smallest_share=0.75, seed=5, device=CPU)
    source.watch = watch
    return Batches({"scribbles": source}, {"scribbles": BATCH})


@dataclass(frozen=True)
class Toy:
    """Trains the same small model into any directory."""

    training: TrainingConfig = TRAINING
    noise: NoiseConfig = NOISE

    def changed(self, **training) -> "Toy":
        return replace(self, training=replace(self.training, **training))

    def fit(
        self,
        directory: Path,
        *,
        model: Autoencoder | None = None,
        watch: Callable[[int], None] = lambda step: None,
        train: Batches | None = None,
        validation: Batches | None = None,
    ) -> Trained:
        return fit(
            model or Autoencoder(MODEL, seed=1),
            train or toy_batches("train", watch),
            validation or toy_batches("validation"),
            config=self.training,
            noise=self.noise,
            seed=1,
            directory=directory,
            device=CPU,
        )
