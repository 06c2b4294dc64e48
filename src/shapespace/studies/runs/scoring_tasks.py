"""What a code is worth for the tasks beside reconstruction: accuracy, places in the space."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import torch

from shapespace.data.batches import Batches
from shapespace.data.noise import salt_and_pepper
from shapespace.data.randomness import torch_stream
from shapespace.data.targets import Targets
from shapespace.evaluation.bootstrap import cluster_bootstrap, estimate
from shapespace.model.autoencoder import Autoencoder
from shapespace.spaces.mapping.scores import Placed, scores
from shapespace.training.device import precision

DEFINITIONS = {
    "accuracy": "Share of the test images whose class has the highest score among the classes of "
    "their own set: 0 to 1, higher is better; a uniform guess comes to 1 / n_labels.",
    "accuracy_of_all": "The same among the classes of all labelled sets.",
}
"""Measures of classification; those of mapping stand in `spaces.mapping.scores`."""


def score_tasks(
    model: Autoencoder,
    batches: Batches,
    targets: Targets,
    *,
    levels: tuple[float, ...],
    n_images: int,
    seed: int,
    generator: np.random.Generator,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Measure classification and mapping on test images.

    Args:
        model: A trained model in evaluation mode.
        batches: Test images, equally many of each source in a minibatch.
        targets: What the model was trained for.
        levels: Noise levels of the images.
        n_images: Images of each source.
        seed: Source of the noise.
        generator: Source of the bootstrap.

    Returns:
        For JSON: `classification`, for each noise level and labelled set the accuracies with
        `{value, low, high, n}`, and `n_labels`; `mapping`, for each noise level the measures of
        `spaces.mapping.scores`. And a table with one row an image and level: source, stimulus,
        noise_level, label, guess, guess_of_all, and the coordinates found and wanted.
    """
    n_steps = -(-n_images // min(batches.counts.values()))
    table = pd.concat(
        [
            _rows(model, batches, targets, step, level, index, seed)
            for step in range(n_steps)
            for index, level in enumerate(levels)
        ],
        ignore_index=True,
    )
    found: dict[str, Any] = {}
    by_level = {f"{level:g}": rows for level, rows in table.groupby("noise_level", sort=True)}
    if targets.labels:
        found["classification"] = {
            level: {
                name: _accuracy(rows[rows["source"] == name], targets, name, generator)
                for name in targets.labelled_sets
            }
            for level, rows in by_level.items()
        }
    if targets.n_dims:
        found["mapping"] = {
            level: _mapping(rows, targets.n_dims, generator) for level, rows in by_level.items()
        }
    return found, table


@torch.no_grad()
def _rows(
    model: Autoencoder,
    batches: Batches,
    targets: Targets,
    step: int,
    level: float,
    index: int,
    seed: int,
) -> pd.DataFrame:
    batch = batches.labelled(step)
    device = batch.images.device
    noise = torch_stream(seed, "test noise", step, index, device=device)
    with precision(device):
        codes = model.encoder(salt_and_pepper(batch.images, level, generator=noise))
        logits = None if model.head is None else model.head(codes).float()
    wanted = targets.of(batch.sources, batch.ids, device=device)
    columns: dict[str, Any] = {
        "source": batch.sources, "stimulus": batch.ids, "noise_level": level,
    }  # fmt: skip
    if logits is not None:
        names = np.array([*targets.labels, ""])
        allowed = torch.from_numpy(targets.allowed()).to(device)
        own = logits.masked_fill(~allowed[wanted.sets.clamp(min=0)], -torch.inf)
        columns |= {
            "label": names[wanted.labels.cpu()],
            "guess": names[own.argmax(dim=1).cpu()],
            "guess_of_all": names[logits.argmax(dim=1).cpu()],
        }
    for axis in range(targets.n_dims):
        columns[f"found_{axis}"] = codes[:, axis].float().cpu()
        columns[f"wanted_{axis}"] = wanted.coordinates[:, axis].cpu()
    return pd.DataFrame(columns)


def _accuracy(
    rows: pd.DataFrame, targets: Targets, name: str, generator: np.random.Generator
) -> dict[str, Any]:
    right = np.stack([rows[guess] == rows["label"] for guess in ("guess", "guess_of_all")], 1)
    stimuli = rows["stimulus"].factorize()[0]
    means = cluster_bootstrap(right.astype(float), stimuli, generator=generator)
    estimates = {
        measure: asdict(estimate(means.observed[i], means.draws[:, i], int(means.n_stimuli[i])))
        for i, measure in enumerate(DEFINITIONS)
    }
    n_labels = len(set(targets.label_of[name].values()))
    return estimates | {"n_images": len(rows), "n_labels": n_labels}


def _mapping(rows: pd.DataFrame, n_dims: int, generator: np.random.Generator) -> dict[str, Any]:
    known = rows[rows["wanted_0"].notna()]
    found, wanted = (
        known[[f"{kind}_{axis}" for axis in range(n_dims)]].to_numpy(np.float64)
        for kind in ("found", "wanted")
    )
    placed = Placed(coordinates=found, targets=wanted, stimuli=known["stimulus"].factorize()[0])
    measured = scores(placed, generator=generator)
    return {name: asdict(one) for name, one in measured.items()} | {"n_images": len(known)}
