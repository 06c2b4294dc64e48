"""One run from its config to a trained model, in its run directory."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch

from shapespace.data.batches import make_batches, rescale_mixture, split_sets
from shapespace.data.config import SCRIBBLES
from shapespace.data.writing import write_text
from shapespace.errors import BadInput, Collision
from shapespace.model.autoencoder import Autoencoder
from shapespace.studies.runs import provenance
from shapespace.studies.runs.card import model_card
from shapespace.studies.runs.config import RunConfig, read_config, to_json
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.runs.sets import missing_sets, open_sets
from shapespace.studies.runs.targets import describe_targets, make_targets, write_labels
from shapespace.studies.sweeps.claims import Claims
from shapespace.training.device import pick_device
from shapespace.training.loop import fit
from shapespace.training.memory import keep_freed_memory
from shapespace.training.processes import Processes, joined_processes

CLAIM = ".claim"
"""File of a run directory that says who is training it; hidden, for it is gone when it ends."""


class Busy(Collision):
    """A run that another process is working on."""


@dataclass(frozen=True)
class RunSummary:
    """What a finished run came to."""

    directory: str
    n_images: int
    best_epoch: int
    best_value: float
    selection: str
    seconds: float
    notes: tuple[str, ...]


def train_run(
    config: RunConfig, out: Path, *, n_threads: int | None = None, tensorboard: bool = False
) -> RunSummary:
    """Train one model on one fold, or go on with it, or return at once if it is finished.

    Two processes cannot train one run at the same time; the second is refused.

    Args:
        config: All that decides what the run will be.
        out: The run directory; made if it is not there.
        n_threads: Threads of the CPU; torch's choice if None.
        tensorboard: Whether to write the history as TensorBoard events, too.

    Raises:
        Collision: If `out` holds a run with another config, or something else.
        Busy: If another process is training it.
        BadInput: If no set of the mixture is at hand.
        TrainingFailed: If the loss is no longer a number.
    """
    run = RunDirectory(out)
    with joined_processes() as processes, ExitStack() as held:
        # The first process claims the run for all; if it may not, torchrun ends the others.
        finished = processes.is_first and _claim_or_done(run, config, held)
        if processes.any(finished):
            return _summary(run)
        return _train(
            config, run, n_threads=n_threads, tensorboard=tensorboard, processes=processes
        )


def _claim_or_done(run: RunDirectory, config: RunConfig, held: ExitStack) -> bool:
    """Claim the run, or tell that it is finished."""
    _begin(run, config)
    if run.is_finished:
        return True
    if held.enter_context(Claims(run.path).hold(CLAIM, patient=True)) is None:
        raise Busy(
            f"Another process is training {run.path}. Wait for it, or stop it, and start again."
        )
    return run.is_finished  # the other process has just come to the end


def _summary(run: RunDirectory) -> RunSummary:
    summary = run.provenance()["summary"]
    return RunSummary(**{**summary, "notes": tuple(summary["notes"])})


def _train(
    config: RunConfig,
    run: RunDirectory,
    *,
    n_threads: int | None,
    tensorboard: bool,
    processes: Processes,
) -> RunSummary:
    keep_freed_memory()
    if n_threads:
        torch.set_num_threads(n_threads)
    device = pick_device()
    sets = open_sets(config.data)
    counts = rescale_mixture(config.data.mixture, set(sets) | {SCRIBBLES})
    notes = tuple(_notes(config, missing_sets(config.data, sets), counts))
    split = split_sets(sets, config.data, seed=config.seed)
    targets = make_targets(config.training.tasks, sets)
    record = {
        "finished": False,
        "started": provenance.now(),
        "command": provenance.command(),
        "versions": provenance.versions(),
        "machine": provenance.machine(device),
        "data": provenance.data_sets(sets, counts),
        "targets": describe_targets(targets),
        "notes": notes,
    }
    if run.provenance_file.is_file():
        record["started"] = run.provenance()["started"]
        _same_data(run, record)
    if processes.is_first:
        write_text(run.folds_file, split.to_csv())
        write_labels(targets, run.model)
        write_text(run.provenance_file, _text(record))

    parts = {
        part: make_batches(
            sets, split, config.data, part, fold=config.fold, seed=config.seed, device=device
        )
        for part in ("train", "validation")
    }
    model = Autoencoder(
        config.model, seed=config.seed, n_labels=len(targets.labels) if targets else 0
    )
    trained = fit(
        model,
        parts["train"],
        parts["validation"],
        config=config.training,
        noise=config.data.noise,
        seed=config.seed,
        directory=run.path,
        device=device,
        title=f"{config.recipe}, fold {config.fold}",
        tensorboard=tensorboard,
        processes=processes,
        targets=targets,
    )
    summary = RunSummary(
        directory=run.path.name,
        n_images=trained.n_images,
        best_epoch=trained.best_epoch,
        best_value=trained.best_value,
        selection=config.training.selection,
        seconds=round(trained.seconds, 1),
        notes=notes,
    )
    record |= {"finished": True, "ended": provenance.now(), "summary": vars(summary)}
    if processes.is_first:
        write_text(run.model / "README.md", model_card(config, record))
        write_text(run.provenance_file, _text(record))
    return summary


def _text(record: dict) -> str:
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _begin(run: RunDirectory, config: RunConfig) -> None:
    """Write the config into a new run directory, or make sure that the old one is the same."""
    if run.config_file.is_file():
        if read_config(run.config_file) != config:
            raise Collision(
                f"{run.path} holds a run with another config. Choose another --out, or delete it."
            )
        return
    # A hidden file may be a config that a killed process did not write to its end.
    if run.path.is_file() or (run.path.is_dir() and any(run.path.glob("[!.]*"))):
        raise Collision(f"{run.path} is not empty and not a run. Choose another --out.")
    write_text(run.config_file, to_json(config))


def _same_data(run: RunDirectory, record: dict) -> None:
    """Refuse to go on with other images, labels or coordinates than those the run began with."""
    before, data = run.provenance(), record["data"]
    names = {*before["data"], *data}
    changed = [name for name in names if before["data"].get(name) != data.get(name)]
    if before.get("targets", {}) != record["targets"]:
        changed.append("labels or coordinates")
    if changed:
        raise BadInput(
            f"The run in {run.path} began with other data ({', '.join(sorted(changed))} changed). "
            "Bring the sets back, or start a new run."
        )


def _notes(config: RunConfig, missing: list[str], counts: dict[str, int]) -> list[str]:
    """Say what was asked for and is not done."""
    notes = []
    if missing:
        shares = ", ".join(f"{name} {n}" for name, n in counts.items())
        notes.append(
            f"Not at hand and left out: {', '.join(missing)}. A minibatch of "
            f"{config.data.batch_size} is now {shares}."
        )
    return notes
