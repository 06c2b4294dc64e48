"""What trained runs make of single drawings, clean or with noise laid over them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from shapespace.data.builtin import drawings_set
from shapespace.data.config import DRAWINGS
from shapespace.data.images import read_image
from shapespace.data.noise import salt_and_pepper
from shapespace.errors import BadInput
from shapespace.evaluation.pictures.reconstruction import bce
from shapespace.evaluation.pictures.ssim import ssim
from shapespace.model.autoencoder import Autoencoder
from shapespace.studies.runs.agreeing import rated_images
from shapespace.studies.runs.config import read_config
from shapespace.studies.runs.finished import names_of_runs, read_parts
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.tensors import Images
from shapespace.training.device import pick_device
from shapespace.training.snapshot import load_model

NOISE_SEEDS = (0, 42, 1337, 123456)
"""Seeds of the noise in the study's Figure 2b."""
SEEDS_LEVEL = 0.1
"""Share of pixels hit there."""
NOISE_LEVELS = (0.0, 0.1, 0.25, 0.55)
"""Shares of pixels hit in the study's Figure 2c."""
LEVELS_SEED = 42
"""Seed of the noise there."""

TAUGHT, CHOSE, HELD_OUT, UNKNOWN = (
    "seen in training", "chose the snapshot", "held out", "not known",
)  # fmt: skip
"""What an image was to a run; not known of files."""

IN_WORDS = {"train": TAUGHT, "validation": CHOSE, "test": HELD_OUT}
"""The same by the part the image belonged to."""

_CHUNK = 16  # images at a time, which bounds the memory


@dataclass(frozen=True, kw_only=True)
class Redrawn:
    """One image as one run was given it, and what the run made of it."""

    run: str
    image: str
    seen: str
    """What the image was to the run: `TAUGHT`, `CHOSE`, `HELD_OUT` or `UNKNOWN`."""
    noise_level: float
    """Share of pixels hit."""
    noise_seed: int | None
    """Seed of the noise; None where there is none."""
    bce: float
    """Cross-entropy of the reconstruction and the clean image, in nats a pixel."""
    ssim: float
    """Structural similarity of the two."""
    notes: tuple[str, ...]
    """What was changed in reading a file."""
    given: Float[np.ndarray, "_side _side"]
    """Grey values the run was given, 0 ink to 1 paper."""
    drawn: Float[np.ndarray, "_side _side"]
    """Grey values the run gave back."""

    def to_dict(self) -> dict[str, Any]:
        """Return all but the pixels, ready for JSON."""
        values = {k: v for k, v in asdict(self).items() if k not in ("given", "drawn")}
        return {**values, "notes": list(self.notes)}


@dataclass(frozen=True, kw_only=True)
class _Loaded:
    """A run that is ready to draw."""

    name: str
    fold: int
    model: Autoencoder
    parts: dict[str, str]
    """Part of each built-in drawing; empty if the run was never near them."""

    def seen(self, image: str) -> str:
        if _is_file(image):
            return UNKNOWN
        return IN_WORDS[self.parts.get(image, "test")]


def reconstruct(
    paths: Sequence[Path], images: Sequence[str] = (), *, names: Sequence[str] = ()
) -> list[Redrawn]:
    """Let runs draw clean images again.

    Args:
        paths: Run directories.
        images: Files (PNG, JPEG or SVG) and names of built-in drawings, such as "parrot"; the
            drawings that the first run never saw where none are named.
        names: What to call the runs; as their folders where none are given.

    Returns:
        For each run in turn every image in turn.

    Raises:
        BadInput: If a run has no model, or there is no such image, or it cannot be used.
    """
    runs = _load(paths, names)
    chosen = list(dict.fromkeys(map(_resolved, images))) or _held_out(runs[0])
    redrawn = []
    for run in runs:
        clean, notes = _clean_images(chosen, run.model.config.side)
        redrawn += _redraw(run, chosen, clean, clean, [(0.0, None)] * len(chosen), notes)
    return redrawn


def denoise(paths: Sequence[Path], image: str, *, names: Sequence[str] = ()) -> list[Redrawn]:
    """Let runs draw noisy copies of one image: four seeds, and four levels.

    Args:
        paths: Run directories.
        image: As in `reconstruct`.
        names: As in `reconstruct`.

    Returns:
        For each run in turn `NOISE_SEEDS` at `SEEDS_LEVEL`, then `NOISE_LEVELS` with
        `LEVELS_SEED`. Runs of one side are given the very same pixels.

    Raises:
        BadInput: As in `reconstruct`.
    """
    image = _resolved(image)
    kinds: list[tuple[float, int | None]] = [(SEEDS_LEVEL, seed) for seed in NOISE_SEEDS]
    kinds += [(level, LEVELS_SEED) for level in NOISE_LEVELS]
    redrawn = []
    for run in _load(paths, names):
        clean, notes = _clean_images([image], run.model.config.side)
        noisy = torch.cat(
            [
                salt_and_pepper(clean, level, generator=torch.Generator().manual_seed(seed))
                for level, seed in kinds
                if seed is not None
            ]
        )
        repeated = clean.expand(len(kinds), -1, -1, -1)
        redrawn += _redraw(
            run, [image] * len(kinds), repeated, noisy, kinds, notes * len(kinds)
        )
    return redrawn


def _load(paths: Sequence[Path], names: Sequence[str]) -> list[_Loaded]:
    folders, device = names_of_runs(paths), pick_device()
    loaded = []
    for name, path in zip(names or folders, paths, strict=True):
        run = RunDirectory(path)
        config = read_config(run.config_file)
        parts = read_parts(run)
        own = parts[parts["set"] == DRAWINGS]
        loaded.append(
            _Loaded(
                name=name,
                fold=config.fold,
                model=load_model(run.model, device),
                parts=dict(zip(own["id"], own["part"], strict=True)),
            )
        )
    return loaded


def _held_out(run: _Loaded) -> list[str]:
    """Return the drawings of the test fold, or one of each category if the run saw none."""
    held_out = [image for image, part in run.parts.items() if part == "test"]
    # Five drawings of each category follow one another in the set.
    return held_out or _drawing_names()[run.fold % 5 :: 5]


def _drawing_names() -> list[str]:
    return drawings_set().table["id"].tolist()


def _is_file(image: str) -> bool:
    return Path(image).is_file()


def _resolved(image: str) -> str:
    """Return a file as it is and a drawing by its proper name."""
    if _is_file(image):
        return image
    name = image.strip().lower().replace("_", " ")
    names = _drawing_names()
    if name not in names:
        raise BadInput(
            f"There is neither a file nor a built-in drawing called {image!r}. The drawings "
            f"are {', '.join(names)}."
        )
    return name


def _clean_images(images: Sequence[str], side: int) -> tuple[Images, list[tuple[str, ...]]]:
    """Return images for a run of this side, and what was changed in reading each."""
    drawings = drawings_set(side)
    ids = drawings.table["id"].tolist()
    rated = rated_images(drawings, side, torch.device("cpu"))
    clean, notes = [], []
    for image in images:
        if _is_file(image):
            decoded = read_image(Path(image), side)
            clean.append(torch.from_numpy(decoded.scan / np.float32(255))[None])
            notes.append(decoded.notes)
        else:
            clean.append(rated[ids.index(image)])
            notes.append(())
    return torch.stack(clean), notes


@torch.no_grad()
def _redraw(
    run: _Loaded,
    images: Sequence[str],
    clean: Images,
    given: Images,
    noise: Sequence[tuple[float, int | None]],
    notes: Sequence[tuple[str, ...]],
) -> list[Redrawn]:
    device = next(run.model.parameters()).device
    logits = torch.cat([run.model(part.to(device)).cpu() for part in given.split(_CHUNK)])
    drawn = logits.sigmoid()
    losses, likeness = bce(logits, clean).tolist(), ssim(drawn, clean).tolist()
    return [
        Redrawn(
            run=run.name,
            image=Path(image).name if _is_file(image) else image,
            seen=run.seen(image),
            noise_level=noise[row][0],
            noise_seed=noise[row][1],
            bce=losses[row],
            ssim=likeness[row],
            notes=notes[row],
            given=given[row, 0].numpy(),
            drawn=drawn[row, 0].numpy(),
        )
        for row, image in enumerate(images)
    ]
