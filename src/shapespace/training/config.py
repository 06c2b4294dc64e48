"""How a model is trained: budget, optimiser, schedule, selection."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

STRICT = ConfigDict(extra="forbid")
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TrainingConfig:
    """One training, from budget to the rule that picks the snapshot."""

    n_images: Annotated[int, Field(ge=1)]
    """Images shown in all; the length of the training."""
    images_per_epoch: Annotated[int, Field(ge=1)]
    """Images between two validations. An epoch is a stated number of images, so that small and
    endless sources work alike."""
    n_validation_images: Annotated[int, Field(ge=1)] = 1024
    """Images of a validation, the same ones every time."""
    optimizer: Literal["adam", "adamw"] = "adam"
    learning_rate: Positive = 1e-4
    """Peak learning rate."""
    weight_decay: NotNegative = 0.0
    """Decoupled weight decay of AdamW; Adam has none."""
    l2_encoder: NotNegative = 0.0
    """Keras' L2 factor on the encoder's kernels: adds factor * sum(weight^2) to the loss."""
    l2_decoder: NotNegative = 0.0
    """The same for the decoder."""
    schedule: Literal["constant", "warmup-cosine"] = "constant"
    """Learning rate over the budget: constant, or up in a straight line, down in a cosine."""
    warmup_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of the budget spent on the way up, if there is a warm-up."""
    average: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Decay a step of the average of the weights that is validated and kept; 0 is off."""
    clip: NotNegative = 0.0
    """Largest norm of the gradient; longer ones are shortened. 0 is off."""
    coarse_weight: NotNegative = 0.0
    """Weight of the cross-entropy of the halved and quartered pictures beside the full one; it
    tells a stroke that is a few pixels off which way to go."""
    selection: Literal["loss", "reconstruction"] = "reconstruction"
    """What the kept snapshot has lowest on clean validation images: the total loss with its L2
    terms (the study's rule) or the reconstruction's cross-entropy alone."""
    chunk: Annotated[int, Field(ge=0)] = 0
    """Images that go through the network at a time; the gradients of the chunks are added up.
    For networks without batch normalisation this is the same step, and on a CPU a faster one,
    since the maps of a small chunk stay in the cache. 0 is the whole minibatch at once."""
    checkpoint_minutes: Positive = 3.0
    """Minutes between two checkpoints; one is also written when the run is told to stop."""
