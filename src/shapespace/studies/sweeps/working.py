"""One worker: takes a run that nobody has, trains and measures it, and looks for the next."""

import errno
import json
import resource
import shutil
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from shapespace.data.config import DataConfig
from shapespace.data.writing import write_text
from shapespace.errors import BadInput, ShapespaceError
from shapespace.studies.runs.config import parse_config
from shapespace.studies.runs.evaluating import evaluate_run
from shapespace.studies.runs.provenance import now
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.runs.running import Busy, train_run
from shapespace.studies.sweeps.cells import Cell, read_cells, read_study, run_path
from shapespace.studies.sweeps.claims import Claims
from shapespace.studies.sweeps.planning import config_of, data_at_hand, same_images
from shapespace.studies.sweeps.standing import failed_file, finished_file, last_row

MOST_ATTEMPTS = 3
"""Processes that may die over a run before it counts as failed."""
LOOK_SECONDS = 1.0
"""How often a worker with nothing to do looks whether another has left something behind."""
NO_FAULT_OF_THE_RUN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""The disk is full, a quota is used up or nothing may be written: every run would fail in turn."""


def work(study: Path, *, tensorboard: bool = False) -> int:
    """Work on a study until nothing is left to do; return how many runs were finished here.

    Runs that fail are recorded under `failed` and passed over. Any number of workers may do
    this at once, on any machines that see the study's directory.

    Args:
        study: The study's directory.
        tensorboard: Whether to write histories as TensorBoard events, too.

    Raises:
        BadInput: If the data here are others than the study began with.
        ShapespaceError: If the disk is full or cannot be written.
        KeyboardInterrupt: If told to stop; the run under way can be gone on with.
    """
    declared = read_study(study)
    cells = {cell.run_id: cell for cell in read_cells(study)}
    config = parse_config(declared["base"])
    _same_data(study, declared, config.data)
    torch.set_num_threads(1)
    claims = Claims(study / "claims")
    n_finished = 0
    while left := [cell for cell in cells.values() if _is_open(study, cell)]:
        n_before = n_finished
        for cell in left:
            with claims.hold(cell.run_id) as mine:
                # Somebody may have finished it since we made the list.
                if mine is None or not _is_open(study, cell):
                    continue
                n_finished += _do(study, declared, cell, mine.attempt, tensorboard)
        if n_finished == n_before:
            time.sleep(LOOK_SECONDS)
    return n_finished


def _is_open(study: Path, cell: Cell) -> bool:
    return not (
        finished_file(study, cell.run_id).is_file() or failed_file(study, cell.run_id).is_file()
    )


def _do(
    study: Path, declared: dict[str, Any], cell: Cell, attempt: int, tensorboard: bool
) -> bool:
    """Train and measure one run; tell whether it came to its end."""
    path = run_path(study, cell.run_id)
    try:
        if attempt > MOST_ATTEMPTS:
            raise ShapespaceError(
                f"{attempt - 1} processes died over this run without a word; the system may have "
                "ended them for want of memory. Try fewer workers."
            )
        _train_and_measure(study, declared, cell, tensorboard)
    except Busy:
        return False  # somebody trains it by hand; we will see what comes of it
    except Exception as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        if isinstance(cause, OSError) and cause.errno in NO_FAULT_OF_THE_RUN:
            raise ShapespaceError(
                f"{error} Make room and start the study again; it goes on where it was."
            ) from error
        record = {
            "error": _in_words(error, declared["budget"]["memory_gb"]),
            "kind": type(error).__name__,
            "time": now(),
            "attempt": attempt,
            "last_good": last_row(path),
        }
        if not isinstance(error, ShapespaceError):
            record["traceback"] = traceback.format_exc()
        write_text(failed_file(study, cell.run_id), json.dumps(record, indent=1) + "\n")
        return False
    return True


def _train_and_measure(
    study: Path, declared: dict[str, Any], cell: Cell, tensorboard: bool
) -> None:
    path = run_path(study, cell.run_id)
    run = RunDirectory(path)
    if not run.is_finished:
        # Results of a run that was not trained to its end are those of an earlier snapshot.
        run.results_file().unlink(missing_ok=True)
    config = config_of(declared["base"], cell)
    summary = train_run(config, path, n_threads=1, tensorboard=tensorboard)
    start = time.monotonic()
    if run.results_file().is_file():
        results = run.results()
    else:
        measures = declared["measures"]
        results = evaluate_run(
            path,
            n_images=measures["n_images"],
            levels=tuple(measures["noise_levels"]),
            people="short" if measures["people"] else "none",
            n_threads=1,
        )
    record = in_brief(results) | {
        "best_epoch": summary.best_epoch,
        "n_images": summary.n_images,
        "seconds_training": summary.seconds,
        "seconds_evaluation": round(time.monotonic() - start, 1),
        "memory_mb": private_memory_mb(),
        "ended": now(),
    }
    write_text(finished_file(study, cell.run_id), json.dumps(record, indent=1) + "\n")
    shutil.rmtree(run.path / "last", ignore_errors=True)  # nobody will go on with it


def in_brief(results: dict[str, Any]) -> dict[str, Any]:
    """Return the few numbers of a run's results that a look at the study shows."""
    scores = results["reconstruction"]
    distances = results.get("human", {}).get("euclidean", {})
    tau = {
        weights: distances.get(weights, {}).get("kendall_tau_b", {}).get("value")
        for weights in ("fixed", "optimised")
    }
    drawn = scores["collapsed"] is not None  # else the run was trained for something else alone
    return {
        "bce": scores["bce"]["value"] if drawn else None,
        "explained": scores["explained"]["value"] if drawn else None,
        "collapsed": bool(scores["collapsed"]),
        "kendall_tau_b_fixed": tau["fixed"],
        "kendall_tau_b_optimised": tau["optimised"],
    }


def _in_words(error: Exception, memory_gb: float) -> str:
    text = str(error).strip() or type(error).__name__
    if isinstance(error, MemoryError) or "allocate memory" in text:
        return (
            f"It needs more than the {memory_gb:g} GB of memory that budget.memory_gb allows "
            f"({text.splitlines()[0]})."
        )
    return text


def _same_data(study: Path, declared: dict[str, Any], config: DataConfig) -> None:
    here, _ = data_at_hand(config)
    if not same_images(here, declared["data"]):
        raise BadInput(
            f"The sets on this machine are not those that the study in {study} began with. "
            "Let SHAPESPACE_DATA name a folder that holds the same sets."
        )


def limit_memory(gigabytes: float) -> None:
    """Let requests for more private memory fail, instead of the machine coming to a halt.

    Mapped files, such as packed sets, do not count: all workers share them. With a GPU there is
    no limit, since its driver reserves addresses far beyond what it uses.
    """
    if torch.cuda.is_available():
        return
    limit = round(gigabytes * 1e9)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit <= hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def private_memory_mb() -> float:
    """Return the private memory of this process in megabytes (10^6 bytes).

    A worker keeps what it frees, so at the end of a run this is the most it ever had. Where
    there is no process table it is the largest resident size.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmData:"):
                return round(int(line.split()[1]) * 1024 / 1e6, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, 1)
