"""Labels and coordinates of the images of a minibatch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from shapespace.arrays import Matrix
from shapespace.data.transfer import WHOLE, Share, to_device
from shapespace.errors import BadInput

NO_LABEL = -1
"""Label of an image that has none."""


@dataclass(frozen=True)
class ImageTargets:
    """Targets of the images of a share, and how many of the whole minibatch have one."""

    labels: Int[Tensor, " batch"]
    """Number of each image's label; `NO_LABEL` where it has none."""
    sets: Int[Tensor, " batch"]
    """Number of the labelled set of each image; `NO_LABEL` where it has no label."""
    coordinates: Float[Tensor, "batch dim"]
    """Where each image lies in the similarity space; nan where that is not known."""
    n_labelled: tuple[int, ...] = ()
    """Images of the whole minibatch with a label, one number a labelled set."""
    n_mapped: int = 0
    """Images of the whole minibatch with coordinates."""

    def split(self, n: int) -> list["ImageTargets"]:
        """Return chunks of n images; the last may be smaller."""
        parts = zip(
            self.labels.split(n), self.sets.split(n), self.coordinates.split(n), strict=True
        )
        return [ImageTargets(*part, self.n_labelled, self.n_mapped) for part in parts]


@dataclass(frozen=True)
class Targets:
    """Labels and coordinates of stimuli, by set and stimulus."""

    labels: tuple[str, ...] = ()
    """All labels of all labelled sets, sorted; equal names are one label."""
    label_of: dict[str, dict[str, int]] = field(default_factory=dict)
    """For each labelled set the label of each stimulus, as a number in `labels`."""
    coordinates: dict[str, Float[np.ndarray, " dim"]] = field(default_factory=dict)
    """Where stimuli of the rated set lie in the similarity space, by id."""
    rated_set: str = ""
    """Name of the set whose stimuli have coordinates."""
    n_dims: int = 0
    """Dimensions of the similarity space; 0 if there is none."""

    @property
    def labelled_sets(self) -> tuple[str, ...]:
        """Names of the sets whose images have labels."""
        return tuple(self.label_of)

    def allowed(self) -> Bool[np.ndarray, "set label"]:
        """Return which labels occur in which labelled set."""
        allowed = np.zeros((len(self.label_of), len(self.labels)), bool)
        for row, labels in enumerate(self.label_of.values()):
            allowed[row, list(labels.values())] = True
        return allowed

    def of(
        self,
        sources: Sequence[str],
        ids: Sequence[str],
        share: Share = WHOLE,
        *,
        device: torch.device,
    ) -> ImageTargets:
        """Return the targets of a minibatch's images, or of a share of them.

        Args:
            sources: Set of every image of the whole minibatch.
            ids: Stimulus of every image of the whole minibatch.
            share: Which of them are wanted.
            device: Where the images are.
        """
        numbers = {name: number for number, name in enumerate(self.label_of)}
        labels = np.full(len(ids), NO_LABEL)
        sets = np.full(len(ids), NO_LABEL)
        coordinates = np.full((len(ids), self.n_dims), np.nan, np.float32)
        for row, (source, stimulus) in enumerate(zip(sources, ids, strict=True)):
            label = self.label_of.get(source, {}).get(stimulus)
            if label is not None:
                labels[row], sets[row] = label, numbers[source]
            if source == self.rated_set and stimulus in self.coordinates:
                coordinates[row] = self.coordinates[stimulus]
        mapped = ~np.isnan(coordinates).any(axis=1) if self.n_dims else np.zeros(0, bool)
        return ImageTargets(
            *(to_device(a[share.rows].copy(), device) for a in (labels, sets, coordinates)),
            n_labelled=tuple(int((sets == n).sum()) for n in numbers.values()),
            n_mapped=int(mapped.sum()),
        )


def label_sets(
    tables: Mapping[str, pd.DataFrame],
) -> tuple[tuple[str, ...], dict[str, dict[str, int]]]:
    """Return the union of the classes of some sets, and the number of each stimulus's class.

    Images without a class are left out.

    Args:
        tables: Tables of packed sets by name; `id` and `class` matter.

    Raises:
        BadInput: If a set has fewer than two classes.
    """
    classes = {}
    for name, whole in tables.items():
        table = whole[whole["class"] != ""]
        if table["class"].nunique() < 2:
            raise BadInput(
                f"The set {name!r} cannot be told apart by class: it has "
                f"{table['class'].nunique()} of them. Take it out of training.tasks.labelled."
            )
        classes[name] = dict(zip(table["id"], table["class"], strict=True))
    labels = tuple(sorted({label for own in classes.values() for label in own.values()}))
    numbers = {label: number for number, label in enumerate(labels)}
    return labels, {
        name: {stimulus: numbers[label] for stimulus, label in own.items()}
        for name, own in classes.items()
    }


def coordinates_by_id(items: Sequence[str], coordinates: Matrix) -> dict[str, np.ndarray]:
    """Return the row of each item by its name."""
    return dict(zip(items, coordinates.astype(np.float32), strict=True))
