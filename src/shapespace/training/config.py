"""How a model is trained: budget, optimiser, schedule, selection."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from shapespace.errors import BadInput

STRICT = ConfigDict(extra="forbid")
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class TasksConfig:
    """What the code is trained for, and how much each task counts."""

    reconstruction: NotNegative = 1.0
    """Weight of drawing the image again: mean cross-entropy of a pixel, in nats."""
    classification: NotNegative = 0.0
    """Weight of telling the classes of `labelled` apart: mean cross-entropy of an image in nats,
    summed over the sets."""
    mapping: NotNegative = 0.0
    """Weight of the mapping units, the first `dims` of the code, which shall lie where people
    put the stimulus: squared error summed over dimensions, mean over images."""
    labelled: tuple[str, ...] = ()
    """Sets of the mixture whose classes are told apart, if classification has a weight. Those that
    are not at hand are left out, which the run says."""
    space: str = "published"
    """The similarity space to map into: "published", or a directory of `space build`."""
    dims: Annotated[int, Field(ge=1, le=64)] = 4
    """Dimensions of that space."""

    @property
    def names(self) -> tuple[str, ...]:
        """Tasks beside reconstruction that count."""
        return tuple(n for n in ("classification", "mapping") if getattr(self, n) > 0)

    def maps_into(self, space: str, n_dims: int) -> bool:
        """Return whether the first units of the code shall be coordinates in this very space."""
        return self.mapping > 0 and self.dims == n_dims and self.space == space

    def __post_init__(self) -> None:
        if not self.reconstruction and not self.names:
            raise BadInput(
                "All tasks have weight 0, so there is nothing to learn. Give one of "
                "training.tasks.reconstruction, classification, mapping a weight above 0."
            )
        if self.classification and not self.labelled:
            raise BadInput(
                "Classification needs sets whose classes are told apart: name them in "
                'training.tasks.labelled, as in ["tuberlin"].'
            )


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
    tasks: TasksConfig = TasksConfig()
    """What the code is trained for."""
    selection: Literal["loss", "reconstruction", "classification", "mapping", "balance"] = (
        "reconstruction"
    )
    """What the kept snapshot has lowest on clean validation images: the total loss with its L2
    terms (the study's rule, where nothing is mapped), the loss of one task alone (mapping: the
    study's rule where anything is mapped), or the mean over the tasks of the share that is left
    of what knowing nothing costs, so that no task is given up for another."""
    chunk: Annotated[int, Field(ge=0)] = 0
    """Images that go through the network at a time; the gradients of the chunks are added up.
    For networks without batch normalisation this is the same step, and on a CPU a faster one,
    since the maps of a small chunk stay in the cache. 0 is the whole minibatch at once."""
    checkpoint_minutes: Positive = 3.0
    """Minutes between two checkpoints; one is also written when the run is told to stop."""

    def __post_init__(self) -> None:
        trained = [*self.tasks.names, *["reconstruction"] * (self.tasks.reconstruction > 0)]
        if self.selection not in ("loss", "balance", *trained):
            raise BadInput(
                f"The snapshot cannot be chosen by {self.selection}, which is not trained: its "
                f"weight in training.tasks is 0. Choose loss, balance or {', '.join(trained)}."
            )
