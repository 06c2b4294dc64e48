"""How long a study will take and how much room, from a few measured steps of its default setting."""

import csv
import tempfile
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import torch

from shapespace.data.batches import make_batches, split_sets
from shapespace.data.folds import Split
from shapespace.data.packed import PackedSet
from shapespace.data.randomness import numpy_stream
from shapespace.data.targets import Targets
from shapespace.model.autoencoder import Autoencoder
from shapespace.studies.runs.agreeing import human_agreement, rated_codes
from shapespace.studies.runs.config import RunConfig
from shapespace.studies.runs.evaluating import (
    CHUNK,
    N_FOR_MEAN,
    mean_image,
    own_test_fold,
    rated_folds,
    score_run,
)
from shapespace.studies.runs.sets import open_sets
from shapespace.studies.runs.targets import make_targets
from shapespace.studies.sweeps.declaration import Measures
from shapespace.studies.sweeps.planning import Plan
from shapespace.studies.sweeps.working import private_memory_mb
from shapespace.training.device import pick_device
from shapespace.training.loop import fit, validate
from shapespace.training.memory import keep_freed_memory
from shapespace.training.tasks import Tasks

N_STEPS = 3
"""Steps of training that are measured; the first of them is slow and does not count."""
N_RATED = 60
RESULTS_MB = 0.2
"""Config, provenance, history and results of one run, in megabytes."""


@dataclass(frozen=True)
class Estimate:
    """What a study will take, if all runs are as the default setting on this machine today."""

    seconds_training: float
    """Of one run, in one process with one thread."""
    seconds_evaluation: float
    """Of one run."""
    memory_mb: float
    """Private memory of one worker in megabytes."""
    disk_mb_kept: float
    """What stays of one finished run."""
    disk_mb_at_work: float
    """What a run needs beside that while it is trained: two checkpoints."""

    def hours(self, n_runs: int, n_workers: int) -> float:
        """Return the hours for some runs on some workers that do not slow each other down."""
        per_run = self.seconds_training + self.seconds_evaluation
        return -(-n_runs // n_workers) * per_run / 3600

    def gigabytes(self, n_runs: int, n_workers: int) -> float:
        """Return the disk space for some runs on some workers, in 10^9 bytes."""
        return (n_runs * self.disk_mb_kept + n_workers * self.disk_mb_at_work) / 1e3


def estimate(plan: Plan) -> Estimate:
    """Train a few steps of the default setting, measure it once, and reckon up.

    Takes as long as a few minibatches and one comparison with people; leaves nothing behind.
    """
    torch.set_num_threads(1)
    keep_freed_memory()
    device = pick_device()
    sets = open_sets(plan.base.data)
    split = split_sets(sets, plan.base.data, seed=plan.base.seed)
    targets = make_targets(plan.base.training.tasks, sets)
    n_labels = len(targets.labels) if targets else 0
    model = Autoencoder(plan.base.model, seed=plan.base.seed, n_labels=n_labels)
    training, kept, at_work = _training(plan.base, model, sets, split, targets, device)
    evaluation, scores = _evaluation(
        plan.base, plan.declared.measures, model, sets, split, device
    )
    return Estimate(
        seconds_training=training,
        seconds_evaluation=evaluation,
        memory_mb=private_memory_mb(),
        disk_mb_kept=kept + scores + RESULTS_MB,
        disk_mb_at_work=at_work,
    )


def _training(
    config: RunConfig,
    model: Autoencoder,
    sets: dict[str, PackedSet],
    split: Split,
    targets: Targets | None,
    device: torch.device,
) -> tuple[float, float, float]:
    """Return the seconds of a training, and the megabytes of what it keeps and of its checkpoints."""
    parts = {
        part: make_batches(
            sets, split, config.data, part, fold=config.fold, seed=config.seed, device=device
        )
        for part in ("train", "validation")
    }
    size, whole = parts["train"].size, config.training
    # An epoch of the short training is one step, one minibatch of validation and one snapshot.
    short = replace(
        whole, n_images=N_STEPS * size, images_per_epoch=size, n_validation_images=size
    )
    with tempfile.TemporaryDirectory(prefix="shapespace-") as folder:
        directory = Path(folder)
        fit(
            model,
            parts["train"],
            parts["validation"],
            config=short,
            noise=config.data.noise,
            seed=config.seed,
            directory=directory,
            device=device,
            title="measuring",
            targets=targets,
        )
        rows = csv.DictReader((directory / "history.csv").read_text().splitlines())
        seconds = [float(row["seconds"]) for row in rows]
        snapshot = sum(file.stat().st_size for file in (directory / "model").iterdir())
        checkpoint = max(file.stat().st_size for file in (directory / "last").iterdir())
    tasks = Tasks.make(targets, device) if targets else None
    start = time.perf_counter()
    validate(model, parts["validation"], short, device, tasks=tasks)
    validation = time.perf_counter() - start
    step = max(0.0, min(after - before for before, after in pairwise(seconds)) - validation)
    n_epochs = max(1.0, whole.n_images / whole.images_per_epoch)
    n_validated = n_epochs * -(-whole.n_validation_images // size)
    total = whole.n_images / size * step + n_validated * validation
    kept = snapshot + len(split.to_csv())
    return total, kept / 1e6, 2 * checkpoint / 1e6


def _evaluation(
    config: RunConfig,
    measures: Measures,
    model: Autoencoder,
    sets: dict[str, PackedSet],
    split: Split,
    device: torch.device,
) -> tuple[float, float]:
    """Return the seconds of measuring one run, and the megabytes of its scores and codes."""
    model.eval()
    train = make_batches(
        sets, split, config.data, "train", fold=config.fold, seed=config.seed, device=device
    )
    start = time.perf_counter()
    mean = mean_image(train, n_images=train.size)
    for_mean = (time.perf_counter() - start) * N_FOR_MEAN / train.size
    batches, _ = own_test_fold(config, sets, split, device)
    start = time.perf_counter()
    table = score_run(
        model, batches, mean, levels=measures.noise_levels[:1], n_images=CHUNK, seed=config.seed
    )
    n_chunks = -(-measures.n_images // CHUNK) * len(measures.noise_levels)
    scoring = (time.perf_counter() - start) * n_chunks
    start = time.perf_counter()
    if measures.people:
        held_out, folds = rated_folds(split, config)
        human_agreement(
            rated_codes(model, config, device),
            config,
            held_out=held_out,
            folds=folds,
            generator=numpy_stream(config.seed, "bootstrap", config.fold),
        )
    people = time.perf_counter() - start
    n_bytes = len(table.to_csv(index=False)) * n_chunks + 8 * N_RATED * config.model.code_size
    return for_mean + scoring + people, n_bytes / 1e6
