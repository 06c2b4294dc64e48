"""A study as jobs of a Slurm cluster, by way of submitit."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

from shapespace.errors import BadInput, ShapespaceError
from shapespace.studies.sweeps.cells import read_study
from shapespace.studies.sweeps.local import ONE_THREAD
from shapespace.studies.sweeps.watching import LOOK_SECONDS, Watch

USUAL_WORKERS = 8
"""Jobs if no number is given; Slurm starts as many of them at once as it has room for."""
COUNT_SECONDS = 10.0
"""Time between two questions to the queue."""
USUAL_MINUTES = 240
MOST_TIMEOUTS = 1000
"""How often a job may reach its time limit and be queued again."""


class Worker:
    """What a job carries out; queued again at its time limit, it looks for the next open run."""

    def __init__(self, study: Path, tensorboard: bool) -> None:
        self.study, self.tensorboard = study, tensorboard

    def __call__(self) -> int:
        """Work until nothing is left; return how many runs were finished in this job."""
        os.environ.update(ONE_THREAD)
        from shapespace.studies.sweeps.working import limit_memory, work

        limit_memory(read_study(self.study)["budget"]["memory_gb"])
        return work(self.study, tensorboard=self.tensorboard)

    def checkpoint(self) -> Any:
        """Return what to submit at the time limit; runs keep their own checkpoints."""
        from submitit.helpers import DelayedSubmission  # pyright: ignore[reportMissingImports]

        return DelayedSubmission(Worker(self.study, self.tensorboard))


def run_on_slurm(
    study: Path,
    *,
    n_workers: int | None = None,
    gpus: float = 0.0,
    options: tuple[str, ...] = (),
    tensorboard: bool = False,
) -> None:
    """Submit workers as one array of jobs and wait until nothing is left to do.

    The study's directory and the packed sets must be on a disk that every node sees. A job that
    reaches its time limit is queued again and goes on. submitit keeps its own files, which are
    pickled, under `slurm` in the study's directory; no run reads them.

    Args:
        study: The study's directory.
        n_workers: Jobs.
        gpus: GPUs of a job, a whole number.
        options: Options of Slurm as KEY=VALUE, such as partition=long or time=600 (minutes).
        tensorboard: Whether to write histories as TensorBoard events, too.

    Raises:
        BadInput: If submitit or Slurm is missing, or an option is not of its form.
        ShapespaceError: If all jobs have ended and runs are left.
        KeyboardInterrupt: If told to stop; the jobs are cancelled then.
    """
    try:
        import submitit  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise BadInput(
            "submitit is not installed. Install it with `pip install shapespace[cluster]`."
        ) from error
    if gpus != int(gpus):
        raise BadInput(f"A Slurm job has whole GPUs, got {gpus:g}; shares are for --on ray.")
    watch = Watch(study)
    if watch.n_left() == 0:
        return
    try:
        executor = submitit.SlurmExecutor(
            folder=study.absolute() / "slurm", max_num_timeout=MOST_TIMEOUTS
        )
        executor.update_parameters(
            job_name="shapespace",
            cpus_per_task=1,
            mem=f"{round(read_study(study)['budget']['memory_gb'] * 1e9 / 2**20)}M",
            **({"gres": f"gpu:{int(gpus)}"} if gpus else {}),
            **_options(options),
        )
        n = min(n_workers or USUAL_WORKERS, watch.n_left())
        worker = Worker(study.absolute(), tensorboard)
        with executor.batch():
            jobs = [executor.submit(worker) for _ in range(n)]
    except (RuntimeError, OSError) as error:
        text = str(error).strip().splitlines()[-1:]
        raise BadInput(
            f"Slurm did not take the jobs: {' '.join(text)}. Is this a node that may submit?"
        ) from error
    next_count = time.monotonic() + COUNT_SECONDS
    try:
        with watch:
            while watch.look():
                time.sleep(LOOK_SECONDS)
                if time.monotonic() > next_count:
                    next_count = time.monotonic() + COUNT_SECONDS
                    if _n_queued(jobs[0].job_id) == 0 and watch.look(at_once=True):
                        raise ShapespaceError(_why(jobs))
    except BaseException:
        for job in jobs:
            job.cancel(check=False)
        raise


def _options(options: tuple[str, ...]) -> dict[str, Any]:
    """Turn KEY=VALUE into parameters of the executor."""
    found: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise BadInput(f"{option!r} is not of the form KEY=VALUE, as in partition=long.")
        found[key] = value
    minutes = found.pop("time", str(USUAL_MINUTES))
    if not minutes.isdigit() or int(minutes) < 1:
        raise BadInput(f"Slurm's time is a number of minutes here, got {minutes!r}.")
    return {"time": int(minutes), "additional_parameters": found}


def _n_queued(job_id: str) -> int:
    """Return how many jobs of an array wait or run; unlike sacct, this needs no accounting."""
    array = job_id.partition("_")[0]
    asked = subprocess.run(
        ["squeue", "--noheader", "--array", "--format=%i", f"--jobs={array}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode and "Invalid job id" not in asked.stderr:
        return 1  # the controller does not answer; it may do so the next time
    return len(asked.stdout.split())


def _why(jobs: list[Any]) -> str:
    """Say why no job is left although runs are, in the last words of the first that failed."""
    for job in jobs:
        log = Path(job.paths.stderr)
        words = log.read_text(errors="replace").strip().splitlines() if log.is_file() else []
        said = [word for word in words if word.strip() and "submitit" not in word]
        if said:
            return f"The Slurm jobs have ended before the study: {said[-1].strip()}"
    return "The Slurm jobs have ended before the study; start it again to go on."
