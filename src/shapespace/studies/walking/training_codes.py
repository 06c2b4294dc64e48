"""Codes of images a run was trained with: what its decoder knows, and what lies off it."""

import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from shapespace.arrays import CodeRows, Greys
from shapespace.data.batches import make_batches, split_sets
from shapespace.data.config import SCRIBBLES
from shapespace.data.progress import progress
from shapespace.data.writing import write_bytes
from shapespace.errors import ShapespaceError
from shapespace.studies.runs.config import RunConfig
from shapespace.studies.runs.evaluating import npz
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.runs.sets import missing_sets, open_sets
from shapespace.training.device import pick_device
from shapespace.walks.codec import Codec

N_IMAGES = 1024
"""Images of the training that stand for all of them."""

_CHUNK = 32


def training_images(config: RunConfig, n_images: int = N_IMAGES) -> tuple[Greys, list[str]]:
    """Return augmented images as the run was trained with, and the stimulus of each.

    Equal numbers of every set of the mixture that is at hand; noise is left out.
    """
    sets = open_sets(config.data)
    at_hand = [n for n, k in config.data.mixture.items() if k and (n in sets or n == SCRIBBLES)]
    each = max(1, _CHUNK // len(at_hand))
    even = replace(config.data, mixture=dict.fromkeys(at_hand, each))
    batches = make_batches(
        sets, split_sets(sets, config.data, seed=config.seed), even, "train",
        fold=config.fold, seed=config.seed, device=pick_device(),
    )  # fmt: skip
    n_steps = -(-n_images // batches.size)
    found = [
        batches.labelled(step) for step in progress(range(n_steps), n_steps, "training images")
    ]
    images = np.concatenate([batch.images[:, 0].cpu().numpy() for batch in found])
    return images[:n_images], [name for batch in found for name in batch.ids][:n_images]


def training_codes(run: RunDirectory, config: RunConfig, codec: Codec) -> CodeRows:
    """Return the codes of `training_images`; kept in the run for the next time.

    What is kept counts as long as weights, seed and the sets at hand are the same.
    """
    weights = hashlib.sha256((run.model / "model.safetensors").read_bytes())
    lacking = missing_sets(config.data, open_sets(config.data))
    stamp = f"{weights.hexdigest()} {config.seed} {config.fold} {N_IMAGES} without {lacking}"
    file = kept_file(run)
    with suppress(OSError, ValueError, KeyError), np.load(file, allow_pickle=False) as stored:
        if str(stored["stamp"]) == stamp:
            return stored["codes"].astype(np.float64)
    codes = codec.encode(training_images(config)[0]).astype(np.float32)
    with suppress(ShapespaceError):  # a run may be read-only: then they are made each time
        write_bytes(file, npz(codes=codes, stamp=np.array(stamp)))
    return codes.astype(np.float64)


def kept_file(run: RunDirectory) -> Path:
    """Return where the codes are kept."""
    return run.path / "training-codes.npz"
