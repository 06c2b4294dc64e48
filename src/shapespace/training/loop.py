"""The training loop: one model, one fold, from the first step or from where it was stopped."""

import csv
import io
import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch

from shapespace.data.batches import Batches
from shapespace.data.config import NoiseConfig
from shapespace.data.progress import progress_bar
from shapespace.data.targets import Targets
from shapespace.data.writing import write_text
from shapespace.errors import TrainingFailed
from shapespace.model.autoencoder import Autoencoder
from shapespace.training.ahead import made_ahead
from shapespace.training.averaging import RunningAverage
from shapespace.training.checkpoint import State, load_checkpoint, save_checkpoint
from shapespace.training.config import TrainingConfig
from shapespace.training.device import precision
from shapespace.training.events import write_events
from shapespace.training.objective import cross_entropy, l2_terms
from shapespace.training.processes import ALONE, Processes, share_batch_norm
from shapespace.training.readout import Readout
from shapespace.training.schedule import learning_rate
from shapespace.training.snapshot import save_model
from shapespace.training.stepping import Minibatch, learn, make_minibatch, optimizer_of
from shapespace.training.tasks import Tally, Tasks, balance

CHECK_EVERY = 20
"""Steps between two looks at the loss; looking makes a GPU wait."""

RULES = {"reconstruction": "bce"}
"""Columns of the history that are not called as the selection rule is."""


@dataclass(frozen=True)
class Trained:
    """What a finished training came to."""

    n_images: int
    best_epoch: int
    best_value: float
    seconds: float


def fit(
    model: Autoencoder,
    train: Batches,
    validation: Batches,
    *,
    config: TrainingConfig,
    noise: NoiseConfig,
    seed: int,
    directory: Path,
    device: torch.device,
    title: str = "training",
    tensorboard: bool = False,
    processes: Processes = ALONE,
    targets: Targets | None = None,
) -> Trained:
    """Train a model, keeping its best snapshot, and go on from a checkpoint if there is one.

    Writes `history.csv`, `model/` (the best snapshot by the configured rule) and `last/` (what
    resuming needs) into `directory`. On one machine with one number of threads a resumed
    training ends bit-identical to one that was never stopped.

    Args:
        model: Network with fresh weights; trained in place.
        train: Minibatches to learn from.
        validation: Minibatches that choose the snapshot, shown clean.
        config: Budget, optimiser, schedule, selection.
        noise: How training images are damaged.
        seed: Source of noise and dropout.
        directory: The run directory.
        device: Where to compute.
        title: Words beside the progress bar.
        tensorboard: Whether to write the rows of the history as TensorBoard events, too.
        processes: Those that train the model together, each with its share of every
            minibatch; the first one writes.
        targets: Labels and coordinates, if the code is trained for more than reconstruction.

    Raises:
        TrainingFailed: If the loss is no longer a number; the best snapshot so far stays.
        KeyboardInterrupt: If told to stop by a signal; a checkpoint is written first.
    """
    model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if processes.n > 1:
        share_batch_norm(model)
    optimizer = optimizer_of(model, config)
    average = RunningAverage(model, config.average) if config.average else None
    checkpoints = directory / "last"
    checkpoints.mkdir(parents=True, exist_ok=True)
    if not processes.is_first:
        processes.wait()  # until the first has removed checkpoints that are damaged
    state = load_checkpoint(checkpoints, model, optimizer, average) or State()
    if processes.is_first:
        processes.wait()
    processes.wait()  # nobody writes before all have read

    n_steps = max(1, round(config.n_images / train.size))
    steps_per_epoch = min(n_steps, max(1, round(config.images_per_epoch / train.size)))
    kept = model if average is None else average.model
    tasks = Tasks.make(targets, device) if targets else None
    names = ("bce", "loss", *config.tasks.names)
    sums = torch.zeros(len(names), dtype=torch.float64, device=device)
    if state.sums:
        sums += torch.tensor([state.sums[n] for n in names], dtype=sums.dtype, device=device)
    clock = _Clock(state.seconds)
    last_saved = time.monotonic()

    def checkpoint() -> None:
        state.sums = dict(zip(names, sums.tolist(), strict=True))
        state.seconds = clock.seconds()
        save_checkpoint(checkpoints, state, model, optimizer, average)

    share, readout = processes.share(train.size), Readout(device)

    def minibatch(step: int) -> Minibatch:
        return make_minibatch(train, noise, seed=seed, step=step, share=share, tasks=tasks)

    with (
        _stop_signals() as told_to_stop,
        progress_bar(title, n_steps * train.size)
        if processes.is_first
        else nullcontext() as bar,
        made_ahead(minibatch, state.step, n_steps) as next_minibatch,
    ):
        if bar:
            bar.advance(state.step * train.size)
        while state.step < n_steps:
            step = state.step
            model.train()
            rate = learning_rate(config, step / n_steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            losses = learn(
                model,
                optimizer,
                next_minibatch(),
                config,
                seed=seed,
                step=step,
                processes=processes,
                tasks=tasks,
            )
            sums += losses[: len(names)].double()
            state.step += 1
            if average is not None:
                average.update(state.step)

            if bar:
                bar.advance(train.size)
            last_of_epoch = state.step % steps_per_epoch == 0 or state.step == n_steps
            if state.step % CHECK_EVERY == 0 or last_of_epoch:
                read = readout.ask(state.step, losses)
                if read is not None:
                    _check_number(read[1][-1], read[0], rate)
                    if bar:
                        bar.say(f"loss {read[1][1]:.4f}")
            if last_of_epoch:
                n_in_epoch = (state.step - 1) % steps_per_epoch + 1
                row = {
                    "epoch": len(state.history) + 1,
                    "n_images": state.step * train.size,
                    "learning_rate": rate,
                }
                row |= {
                    f"train_{name}": total / n_in_epoch
                    for name, total in zip(names, sums.tolist(), strict=True)
                }
                if not config.tasks.reconstruction:
                    row["train_bce"] = math.nan  # nothing was drawn
                _check_number(row["train_loss"], state.step, rate)
                row |= validate(
                    kept, validation, config, device, told_to_stop, processes, tasks
                )
                _check_number(row["validation_loss"], state.step, rate)
                row["seconds"] = round(clock.seconds(), 3)
                state.history.append(row)
                sums.zero_()
                rule = f"validation_{RULES.get(config.selection, config.selection)}"
                if state.best_value is None or row[rule] < state.best_value:
                    state.best_epoch, state.best_value = row["epoch"], row[rule]
                    if processes.is_first:
                        save_model(kept, directory / "model")
                if processes.is_first:
                    write_text(directory / "history.csv", history_text(state.history))
                    if tensorboard:
                        write_events(directory / "events", row)
            stop = processes.any(told_to_stop())
            late = time.monotonic() - last_saved > 60 * config.checkpoint_minutes
            if processes.is_first and (stop or late or state.step == n_steps):
                checkpoint()
                last_saved = time.monotonic()
            if stop and state.step < n_steps:
                raise KeyboardInterrupt
    assert state.best_epoch is not None
    assert state.best_value is not None
    return Trained(n_steps * train.size, state.best_epoch, state.best_value, state.seconds)


@torch.no_grad()
def validate(
    model: Autoencoder,
    batches: Batches,
    config: TrainingConfig,
    device: torch.device,
    told_to_stop: Callable[[], bool] = lambda: False,
    processes: Processes = ALONE,
    tasks: Tasks | None = None,
) -> dict[str, float]:
    """Return the losses of clean validation images, as columns of the history.

    `validation_bce` is the cross-entropy of the picture, nan where nothing is to be drawn;
    `validation_loss` the weighted sum of the tasks with L2 terms. Beside them stands what the
    tasks bring (see `Tasks.scores`), and the balance of all tasks if the snapshot is chosen by it.

    Raises:
        KeyboardInterrupt: If told to stop; the training goes on from its last checkpoint then.
    """
    model.eval()
    weights = config.tasks
    n_steps = max(1, math.ceil(config.n_validation_images / batches.size))
    total = torch.zeros(2, dtype=torch.float64, device=device)
    tally = Tally.empty(len(tasks.targets.label_of) if tasks else 0, device)
    for first in range(0, n_steps, processes.n):
        # large validations take minutes, and nobody wants to wait for them
        if processes.any(told_to_stop()):
            raise KeyboardInterrupt
        step = first + processes.rank
        if step < n_steps:
            images = batches.images(step)
            with precision(device):
                codes = model.encoder(images)
                logits = model.decoder(codes) if weights.reconstruction else None
                guesses = model.head(codes) if model.head is not None else None
            if logits is not None:
                total[0] += cross_entropy(logits.float(), images).double()
            total[1] += images.mean().double()
            if tasks:
                own = tasks.targets.of(*batches.stimuli(step), device=device)
                tasks.count(tally, codes, guesses, own)
    processes.add_up([total, *tally.sums()])
    bce, grey = (total / n_steps).tolist()
    row = {
        "validation_bce": bce if weights.reconstruction else math.nan,
        "validation_loss": weights.reconstruction * bce,
    }
    if tasks:
        row |= tasks.scores(tally)
        for name in weights.names:
            row["validation_loss"] += getattr(weights, name) * row[f"validation_{name}"]
    row["validation_loss"] += float(l2_terms(model, config))
    if config.selection == "balance":
        blank = -grey * math.log(grey) - (1 - grey) * math.log(1 - grey)
        costs = {"bce": blank} if weights.reconstruction else {}
        costs |= tasks.knowing_nothing() if tasks else {}
        row["validation_balance"] = balance(row, costs)
    return row


def history_text(history: list[dict]) -> str:
    """Return the text of `history.csv`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(history[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    return text.getvalue()


def _check_number(loss: float, step: int, rate: float) -> None:
    if not math.isfinite(loss):
        raise TrainingFailed(
            f"The loss is no longer a number at step {step} (learning rate {rate:.2g}). "
            "The best snapshot so far is kept; try a smaller learning rate or clip gradients."
        )


class _Clock:
    """Seconds of training over all sittings."""

    def __init__(self, before: float) -> None:
        self._before, self._start = before, time.monotonic()

    def seconds(self) -> float:
        return self._before + time.monotonic() - self._start


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Note interrupts instead of breaking off in the middle of a step."""
    told: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)
    try:
        before = {kind: signal.signal(kind, lambda n, _: told.append(n)) for kind in kinds}
    except ValueError:  # not the main thread: whoever runs us handles signals
        yield lambda: False
        return
    try:
        yield lambda: bool(told)
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
