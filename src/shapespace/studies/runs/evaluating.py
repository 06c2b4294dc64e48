"""Everything that is measured of one run: reconstruction, and agreement with people."""

import io
import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from shapespace.data.batches import Batches, make_batches, split_sets
from shapespace.data.config import DRAWINGS, SCRIBBLES
from shapespace.data.folds import Split
from shapespace.data.home import open_set
from shapespace.data.noise import salt_and_pepper
from shapespace.data.packed import PackedSet
from shapespace.data.progress import progress_bar
from shapespace.data.randomness import derive, numpy_stream, torch_stream
from shapespace.data.ratings import published_dissimilarities
from shapespace.data.sampling import PackedSource, Source
from shapespace.data.writing import write_bytes, write_text
from shapespace.errors import BadInput
from shapespace.evaluation.pictures.scores import score_images, summarise
from shapespace.model.autoencoder import Autoencoder
from shapespace.studies.people.beside import RUN, compare_with_baselines
from shapespace.studies.people.comparing import CompareSettings
from shapespace.studies.runs import provenance
from shapespace.studies.runs.agreeing import RatedCodes, human_agreement, rated_codes
from shapespace.studies.runs.config import RunConfig, read_config
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.runs.scoring_tasks import score_tasks
from shapespace.studies.runs.sets import open_sets
from shapespace.studies.runs.targets import make_targets
from shapespace.tensors import Images
from shapespace.training.device import pick_device, precision
from shapespace.training.memory import keep_freed_memory
from shapespace.training.snapshot import load_model

People = Literal["none", "short", "full"]
"""How far codes are compared with people: not; by their distances; or with read-outs, paired tests
and simulated studies as well, beside an untrained network and pixels."""

NOISE_LEVELS = (0.0, 0.1, 0.25, 0.55)
"""Shares of pixels hit when a run is tested; those of the study's Figure 2."""

N_FOR_MEAN = 2048
"""Training images behind the mean image, the reference for knowing nothing."""

N_FOR_TASKS = 512
"""Test images of each source at least, where accuracy and mapping are measured: encoding is quick."""

CHUNK = 16
"""Images of one source that are scored at a time."""


def evaluate_run(
    path: Path,
    *,
    data: str = "",
    n_images: int = 256,
    levels: tuple[float, ...] = NOISE_LEVELS,
    people: People = "full",
    n_threads: int | None = None,
) -> dict[str, Any]:
    """Measure a trained run and write `results.json` (or `results-NAME.json` for another set).

    Args:
        path: The run directory.
        data: Name of a packed set to test on; the run's own test fold if empty.
        n_images: Augmented test images of each source; copies of one stimulus count as one
            stimulus in the intervals.
        levels: Noise levels of the test images.
        people: How far to compare codes with people, which takes the larger part of the time of
            small networks. What "short" gives, "full" gives to the bit.
        n_threads: Threads of the CPU; torch's choice if None.

    Returns:
        What was written. `reconstruction` for the lowest level, and in it `by_source` and
        `by_noise_level`; `tasks` for runs that were trained for more (see `score_tasks`);
        `human` with the agreement with people (own test fold only), and in it `compared`, see
        `compare_models`; `images` with what was shown and what of it had been seen in training;
        `warnings`.

    Raises:
        BadInput: If there is no trained model, or nothing to test it on.
    """
    if n_images < 1:
        raise BadInput(f"At least 1 test image is needed, got {n_images}.")
    run = RunDirectory(path)
    config = read_config(run.config_file)
    device = pick_device()
    keep_freed_memory()
    if n_threads:
        torch.set_num_threads(n_threads)
        os.environ["OMP_NUM_THREADS"] = str(n_threads)  # what `evaluation.pairs.cores` goes by
    model = load_model(run.model, device)
    sets = open_sets(config.data)
    split = split_sets(sets, config.data, seed=config.seed)
    train = make_batches(
        sets, split, config.data, "train", fold=config.fold, seed=config.seed, device=device
    )
    if data:
        batches, images = _external(data, config, sets, split, device)
    else:
        batches, images = own_test_fold(config, sets, split, device)
    table = score_run(
        model, batches, mean_image(train), levels=levels, n_images=n_images, seed=config.seed
    )
    generator = numpy_stream(config.seed, "bootstrap", config.fold)
    results: dict[str, Any] = {
        "run": path.name,
        "recipe": config.recipe,
        "protocol": config.protocol,
        "fold": config.fold,
        "seed": config.seed,
        "evaluated": provenance.now(),
        "versions": provenance.versions(),
        "images": images,
        "reconstruction": summarise(table, generator),
    }
    if not config.training.tasks.reconstruction:
        results["reconstruction"]["collapsed"] = None  # it never learned to draw
    results["warnings"] = _warnings(results, config)
    targets = None if data else make_targets(config.training.tasks, sets)
    if targets:
        results["tasks"], rows = score_tasks(
            model, batches, targets,
            levels=levels, n_images=max(n_images, N_FOR_TASKS), seed=config.seed,
            generator=generator,
        )  # fmt: skip
        write_text(path / "task-scores.csv", rows.to_csv(index=False))
    if people != "none" and not data:
        held_out, folds = rated_folds(split, config)
        codes = rated_codes(model, config, device)
        results["human"] = human_agreement(
            codes, config, held_out=held_out, folds=folds, generator=generator
        )
        if people == "full":
            results["human"]["compared"] = _compared(codes, config, held_out, folds)
        write_bytes(run.codes_file, npz(ids=np.array(codes.ids), codes=codes.run))
    write_text(path / f"scores{'-' + data if data else ''}.csv", table.to_csv(index=False))
    results = without_nan(results)
    text = json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(run.results_file(data), text + "\n")
    return results


def _compared(
    codes: RatedCodes, config: RunConfig, held_out: list[str], folds: dict[str, int] | None
) -> dict[str, Any]:
    settings = CompareSettings(seed=config.seed)
    pixels, choice = codes.pixels(settings.distance)
    blocks = f"{choice['reduction']} of blocks of {choice['block']} × {choice['block']} pixels"
    return compare_with_baselines(
        {RUN: codes.run, "untrained": codes.untrained, "pixels": pixels},
        codes.ids,
        sources={
            RUN: "run",
            "untrained": "the same network with its first weights",
            "pixels": f"{blocks}, {choice['note']}",
        },
        unseen=held_out,
        folds=folds,
        stand_in=codes.stand_in,
        settings=settings,
    )


def without_nan(values: Any) -> Any:
    """Return nested values with None for what is undefined: JSON knows no nan."""
    if isinstance(values, dict):
        return {key: without_nan(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [without_nan(value) for value in values]
    return None if isinstance(values, float) and not math.isfinite(values) else values


def mean_image(batches: Batches, n_images: int = N_FOR_MEAN) -> Tensor:
    """Return the mean of training images, 1 x side x side."""
    n_steps = max(1, round(n_images / batches.size))
    return torch.stack([batches.images(step).mean(dim=0) for step in range(n_steps)]).mean(
        dim=0
    )


def score_run(
    model: Autoencoder,
    batches: Batches,
    mean: Tensor,
    *,
    levels: tuple[float, ...],
    n_images: int,
    seed: int,
) -> pd.DataFrame:
    """Reconstruct test images at every noise level; one row an image and level."""
    device = mean.device

    def reconstruct(images: Images) -> Images:
        with precision(device):
            return model(images)

    n_steps = -(-n_images // CHUNK)
    tables = []
    with progress_bar("evaluating", n_steps * batches.size * len(levels)) as bar:
        for step in range(n_steps):
            batch = batches.labelled(step)
            for index, level in enumerate(levels):
                generator = torch_stream(seed, "test noise", step, index, device=device)
                noisy = salt_and_pepper(batch.images, level, generator=generator)
                tables.append(
                    score_images(
                        reconstruct,
                        batch.images,
                        noisy,
                        mean,
                        batch.ids,
                        batch.sources,
                        noise_level=level,
                    )
                )
                bar.advance(batches.size)
    return pd.concat(tables, ignore_index=True)


def own_test_fold(
    config: RunConfig, sets: dict[str, PackedSet], split: Split, device: torch.device
) -> tuple[Batches, dict[str, Any]]:
    """Return equal numbers of images of every source from the run's test fold."""
    at_hand = [n for n, k in config.data.mixture.items() if k and (n in sets or n == SCRIBBLES)]
    even = replace(config.data, mixture=dict.fromkeys(at_hand, CHUNK))
    batches = make_batches(
        sets, split, even, "test", fold=config.fold, seed=config.seed, device=device
    )
    described = {
        name: {
            "part": f"test fold {config.fold}",
            "n_stimuli": len(split.rows(name, "test", config.fold)) if name in sets else None,
            "seen_in_training": False,
            "stand_in": sets[name].info.stand_in if name in sets else False,
        }
        for name in at_hand
    }
    return batches, described


def _external(
    name: str,
    config: RunConfig,
    sets: dict[str, PackedSet],
    split: Split,
    device: torch.device,
) -> tuple[Batches, dict[str, Any]]:
    """Return images of another set, without those that equal an image of the training sets."""
    if name in sets:
        rows, part = split.rows(name, "test", config.fold), f"test fold {config.fold}"
        packed, n_dropped = sets[name], 0
    else:
        packed, part = open_set(name), "whole set"
        known = set()
        for own, trained in sets.items():
            used = np.setdiff1d(np.arange(len(trained)), split.rows(own, "test", config.fold))
            known |= set(trained.table["checksum"].iloc[used])
        fresh = ~packed.table["checksum"].isin(known).to_numpy()
        rows, n_dropped = np.flatnonzero(fresh), int((~fresh).sum())
    if len(rows) == 0:
        raise BadInput(
            f"Every image of {name!r} was seen in training; nothing is left to test on."
        )
    source: Source = PackedSource(
        packed,
        rows,
        side=config.data.side,
        turns=config.data.turns,
        smallest_share=config.data.smallest_share,
        seed=derive(config.seed, f"{name}/external", config.fold),
        device=device,
    )
    described = {
        "part": part,
        "n_stimuli": len(rows),
        "seen_in_training": False,
        "left_out_as_seen": n_dropped,
        "stand_in": packed.info.stand_in,
        "sha256": packed.info.sha256,
    }
    return Batches({name: source}, {name: CHUNK}), {name: described}


def rated_folds(split: Split, config: RunConfig) -> tuple[list[str], dict[str, int] | None]:
    """Return the rated stimuli that neither trained the run nor chose its snapshot, and all folds."""
    table = split.tables.get(DRAWINGS)
    if table is None:  # the run never saw any of them
        return list(published_dissimilarities().items), None
    folds = {item: int(fold) for item, fold in zip(table["id"], table["fold"], strict=True)}
    return table["id"].iloc[split.rows(DRAWINGS, "test", config.fold)].tolist(), folds


def _warnings(results: dict[str, Any], config: RunConfig) -> list[str]:
    """Say loudly what a reader must not overlook."""
    warnings = []
    scores = results["reconstruction"]
    if not config.training.tasks.reconstruction:
        warnings.append(
            "This run was not trained to reconstruct: its decoder has the weights it began with, "
            "and scores of reconstruction say nothing."
        )
    elif scores["collapsed"]:
        warnings.append(
            "COLLAPSED: this run does not draw better than the mean training image "
            f"({scores['bce']['value']:.4f} against {scores['bce_mean_image']['value']:.4f} nats)."
        )
    for name, image_set in results["images"].items():
        if image_set["stand_in"]:
            warnings.append(
                f"The set {name!r} holds stand-ins, not the drawings that people rated."
            )
    return warnings


def npz(**arrays: np.ndarray) -> bytes:
    """Return the content of an NPZ file."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()
