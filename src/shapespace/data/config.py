"""What a run is trained on: sides, mixture, folds, augmentation and noise."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from shapespace.data.augmentation import Turns
from shapespace.data.folds import FoldRule
from shapespace.data.noise import Scope
from shapespace.errors import BadInput

SCRIBBLES = "scribbles"
"""Name of the endless source in a mixture."""

DRAWINGS = "drawings"
"""Name of the set of the 60 rated items, built in as stand-ins."""

STRICT = ConfigDict(extra="forbid")
Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NoiseConfig:
    """How training images are damaged; testing is at stated levels."""

    levels: tuple[Share, ...] = (0.1,)
    """Chances of a pixel to be hit; every image draws one of them."""
    scope: Scope = "image"
    """Whether each image has its own mask or the batch shares one (the study's quirk)."""

    def __post_init__(self) -> None:
        if not self.levels:
            raise BadInput("Name at least one noise level; 0 is training without noise.")
        if self.scope == "batch" and len(self.levels) > 1:
            raise BadInput(f"A mask shared by the batch has one level; got {self.levels}.")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class DataConfig:
    """Images of a run, from sets to minibatches."""

    side: Annotated[int, Field(ge=16, le=1024)] = 224
    """Side of the images in pixels."""
    mixture: dict[str, Annotated[int, Field(ge=0)]]
    """Images of each set in one minibatch. Sets that are not at hand are left out and the
    counts of the others scaled up to the same batch size, which the run says and records."""
    fold_rule: FoldRule = "grouped"
    """How stimuli are dealt to folds."""
    n_folds: Annotated[int, Field(ge=3, le=100)] = 5
    smallest_share: Annotated[float, Field(gt=0, le=1)] = 0.75
    """Smallest longest side of an object as a share of the canvas; 168 / 224 in the study."""
    turns: Turns = Turns()
    """Mirroring, rotation and shear of sets that allow it."""
    noise: NoiseConfig = NoiseConfig()

    @property
    def batch_size(self) -> int:
        """Images in one minibatch."""
        return sum(self.mixture.values())

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise BadInput("The mixture is empty: give at least one set a count above 0.")
