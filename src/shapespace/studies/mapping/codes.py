"""What a mapping is made from: copies of stimuli that lie in a space, and their codes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int
from numpy import ndarray

from shapespace.arrays import CodeRows, Greys, Mask
from shapespace.data.builtin import drawings_set
from shapespace.data.config import DRAWINGS
from shapespace.data.home import open_set
from shapespace.data.noise import salt_and_pepper
from shapespace.data.packed import PackedSet
from shapespace.data.randomness import derive, torch_stream
from shapespace.data.sampling import PackedSource
from shapespace.errors import BadInput
from shapespace.evaluation.people.baselines import pixel_codes
from shapespace.model.autoencoder import Autoencoder
from shapespace.spaces.mapping.transfer import CodedImages
from shapespace.spaces.opening import OpenSpace, item_categories, open_spaces
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.runs.config import RunConfig
from shapespace.studies.runs.finished import read_parts
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.runs.sets import open_sets
from shapespace.training.device import pick_device

N_FOLDS = 5
"""Folds of stimuli that no run was trained with: their position modulo this, as in the study."""

FEWEST = 10
"""Stimuli that a mapping needs."""

PIXEL_BLOCKS = 16
"""Blocks of pixels along a side, whose means are the baseline without a network."""

CONDITIONS = ("clean", "noisy")


@dataclass(frozen=True, eq=False, kw_only=True)
class MappedStimuli:
    """Stimuli with images and with places in a similarity space, joined by id."""

    packed: PackedSet
    rows: Int[ndarray, " stimulus"]
    """Row of each stimulus in the packed set."""
    ids: tuple[str, ...]
    categories: list[str] | None
    """None if they are not known."""
    spaces: list[OpenSpace]
    """With the items in the order of `ids`; the one that was asked for first stands first."""
    notes: tuple[str, ...]
    """Which items had no image, and which images no place."""

    def points(self) -> dict[int, CodeRows]:
        """Return the coordinates of all stimuli by number of dimensions."""
        return {space.n_dims: space.coordinates for space in self.spaces}


def open_stimuli(
    name: str,
    side: int,
    space: Path | None,
    dims: Sequence[int],
    categories: Path | None = None,
) -> MappedStimuli:
    """Join the images of a packed set to the items of a space by id.

    Args:
        name: Of the packed set.
        side: Of the images in pixels, for the built-in drawings, which are drawn for each side.
        space: Directory of the space; None for the published ones.
        dims: Which spaces, in the order in which they are wanted; all if empty.
        categories: A table of items and categories; if none is given, those of the 60 items, or
            the classes of the set.

    Raises:
        BadInput: If there is no such set or space, or hardly an item has an image.
    """
    packed = drawings_set(side) if name == DRAWINGS else open_set(name)
    found = {opened.n_dims: opened for opened in open_spaces(space, dims)}
    ordered = [found[n] for n in dict.fromkeys(dims or found)]
    items = ordered[0].items
    place = {id_: row for row, id_ in enumerate(packed.table["id"])}
    shared = [row for row, item in enumerate(items) if item in place]
    notes = [
        f"{len(names)} of {total} {kind}, such as {names[0]!r}, and are left out."
        for names, total, kind in (
            ([i for i in items if i not in place], len(items), "items of the space have no image"),
            ([i for i in place if i not in set(items)], len(place),
             f"images of {name!r} have no place in the space"),
        )
        if names
    ]  # fmt: skip
    if len(shared) < FEWEST:
        raise BadInput(
            f"The space and the set {name!r} have {len(shared)} ids in common; a mapping needs at "
            f"least {FEWEST}. Items are called such as {items[0]!r}, images such as "
            f"{next(iter(place))!r}."
        )
    ids = tuple(items[row] for row in shared)
    rows = np.array([place[id_] for id_ in ids])
    named = item_categories(ids, categories)
    classes = packed.table["class"].iloc[rows].tolist()
    return MappedStimuli(
        packed=packed,
        rows=rows,
        ids=ids,
        categories=named if named or not any(classes) else classes,
        spaces=[
            OpenSpace(
                source=opened.source,
                items=ids,
                coordinates=opened.coordinates[shared],
                suggested=opened.suggested,
            )
            for opened in ordered
        ],
        notes=tuple(notes),
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class Standing:
    """What the stimuli are to a run."""

    folds: Int[ndarray, " stimulus"]
    """Fold of each: that of the run, or its position modulo `N_FOLDS` if the run has none."""
    seen: Mask
    """Whether the run learned from it or chose its snapshot by it."""


def standing(path: Path, config: RunConfig, stimuli: MappedStimuli) -> Standing:
    """Return the folds of the stimuli, and which of them a run has seen.

    Images that equal one of the training's, in whatever set, count as seen.
    """
    parts = read_parts(RunDirectory(path))
    own = parts[parts["set"] == stimuli.packed.info.name].set_index("id")
    folds = np.arange(len(stimuli.ids)) % N_FOLDS
    if set(stimuli.ids) <= set(own.index):
        folds = own.loc[list(stimuli.ids), "fold"].to_numpy()
    seen = np.isin(stimuli.ids, own.index[own["part"] != "test"].tolist())
    sums = stimuli.packed.table["checksum"].iloc[stimuli.rows]
    for name, packed in open_sets(config.data).items():
        used = parts[(parts["set"] == name) & (parts["part"] != "test")]["id"]
        known = packed.table["checksum"][packed.table["id"].isin(used)]
        seen |= sums.isin(known).to_numpy()
    return Standing(folds=folds, seen=seen)


def same_setting(runs: Sequence[LoadedRun]) -> None:
    """Make sure that runs differ in nothing but fold and seed, so that they can be averaged.

    Raises:
        BadInput: If they do.
    """
    settings = [asdict(run.config) | {"fold": 0, "seed": 0} for run in runs]
    for run, setting in zip(runs, settings, strict=True):
        if setting != settings[0]:
            raise BadInput(
                f"{run.name} was not trained as {runs[0].name} was; runs that are averaged may "
                "differ in fold and seed only."
            )


def coded_copies(
    stimuli: MappedStimuli,
    encoders: Mapping[str, LoadedRun | Autoencoder | None],
    config: RunConfig,
    *,
    n_copies: int,
    noise: float,
    seed: int,
) -> Iterator[dict[str, dict[str, CodedImages]]]:
    """Encode augmented copies of every stimulus, clean and with noise; one round at a time.

    Args:
        stimuli: What is copied.
        encoders: What encodes, by name: a run, an untrained network, or None for the means of
            blocks of pixels. All see the same images.
        config: Side and augmentation of the run.
        n_copies: Rounds, in each of which every stimulus is shown once.
        noise: Share of pixels that salt-and-pepper noise hits.
        seed: Source of copies and noise.

    Yields:
        For each round the codes of one copy of every stimulus, by encoder and condition.
    """
    n, device = len(stimuli.ids), pick_device()
    source = PackedSource(
        stimuli.packed, stimuli.rows, side=config.data.side, turns=config.data.turns,
        smallest_share=config.data.smallest_share, seed=derive(seed, "mapping copies"),
        device=device,
    )  # fmt: skip
    number = {id_: row for row, id_ in enumerate(stimuli.ids)}
    for start in range(0, n * n_copies, n):
        positions = np.arange(start, start + n)
        shown = np.array([number[id_] for id_ in source.ids(positions)])
        clean = source.images(positions)
        generator = torch_stream(seed, "mapping noise", start, device=device)
        noisy = salt_and_pepper(clean, noise, generator=generator)
        pictures = {
            condition: images[:, 0].cpu().numpy()
            for condition, images in zip(CONDITIONS, (clean, noisy), strict=True)
        }
        yield {
            name: {
                condition: CodedImages(encode(encoder, images), shown)
                for condition, images in pictures.items()
            }
            for name, encoder in encoders.items()
        }


def encode(encoder: LoadedRun | Autoencoder | None, pictures: Greys) -> CodeRows:
    """Return codes of pictures; see `coded_copies`."""
    if isinstance(encoder, LoadedRun):
        return encoder.encode(pictures)
    if encoder is None:
        side = pictures.shape[1]
        scans = (pictures * 255).round().astype(np.uint8)
        return pixel_codes(scans, -(-side // PIXEL_BLOCKS), "mean")
    device = next(encoder.parameters()).device
    images = torch.from_numpy(pictures.astype(np.float32))[:, None].to(device)
    return encoder.encode(images).double().cpu().numpy()


def joined(rounds: Sequence[dict[str, CodedImages]]) -> dict[str, CodedImages]:
    """Join the rounds of one encoder, by condition."""
    return {
        condition: CodedImages(
            np.concatenate([one[condition].codes for one in rounds]),
            np.concatenate([one[condition].stimuli for one in rounds]),
        )
        for condition in CONDITIONS
    }
