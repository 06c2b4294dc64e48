"""A study on this machine: worker processes with one thread each."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shapespace.errors import ShapespaceError
from shapespace.studies.sweeps.cells import read_study
from shapespace.studies.sweeps.watching import Watch

GRACE_SECONDS = 4.0
"""How long workers have to stop by themselves; a step may take longer, and then the last
checkpoint serves."""
MOST_DEATHS = 20
"""Workers that may be killed before something is taken to be wrong with the machine."""
ONE_THREAD: dict[str, str] = dict.fromkeys(
    ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"
)


def run_local(study: Path, *, n_workers: int | None = None, tensorboard: bool = False) -> None:
    """Work on a study with processes of this machine until nothing is left to do.

    A worker that is killed is replaced; the run that it had goes on from its last checkpoint.

    Args:
        study: The study's directory.
        n_workers: How many; by default as many as cores and memory allow.
        tensorboard: Whether to write histories as TensorBoard events, too.

    Raises:
        ShapespaceError: If a worker cannot go on, with its own words.
        KeyboardInterrupt: If told to stop; all workers have ended then.
    """
    memory_gb = read_study(study)["budget"]["memory_gb"]
    watch = Watch(study)
    n = min(n_workers or n_that_fit(memory_gb), max(1, watch.n_left()))
    workers: dict[int, subprocess.Popen[bytes]] = {}
    n_deaths = 0
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with watch:
            for number in range(n):
                workers[number] = _start(study, number, tensorboard)
            while workers:
                time.sleep(0.2)
                watch.look()
                for number, process in list(workers.items()):
                    status = process.poll()
                    if status is None:
                        continue
                    del workers[number]
                    if status > 0:
                        raise ShapespaceError(_last_words(study, number))
                    if status < 0:  # killed by a signal; its run is taken up again
                        n_deaths += 1
                        if n_deaths > MOST_DEATHS:
                            raise ShapespaceError(
                                f"{n_deaths} workers were killed; the system may be short of "
                                f"memory. Try fewer than {n} workers."
                            )
                        workers[number] = _start(study, number, tensorboard)
    finally:
        _stop(list(workers.values()))
        signal.signal(signal.SIGTERM, before)


def n_that_fit(memory_gb: float) -> int:
    """Return how many workers cores and memory allow, at least one.

    Args:
        memory_gb: Memory of one worker in gigabytes (10^9 bytes).
    """
    return max(1, min(n_cores(), int(free_memory() // (memory_gb * 1e9))))


def n_cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_memory() -> float:
    """Return the memory in bytes that can be had without swapping; infinite if unknown."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return float(line.split()[1]) * 1024
    except OSError:
        pass
    return float("inf")


def _log(study: Path, number: int) -> Path:
    return study / "logs" / f"worker-{number}.log"


def _start(study: Path, number: int, tensorboard: bool) -> subprocess.Popen[bytes]:
    """Start one worker in a session of its own, so that only we tell it to stop."""
    log = _log(study, number)
    words = [str(study), str(os.getpid()), *(["tensorboard"] if tensorboard else [])]
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as stream:
            return subprocess.Popen(
                [sys.executable, "-m", "shapespace.studies.sweeps.local", *words],
                env=os.environ | ONE_THREAD,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise ShapespaceError(f"Cannot start a worker: {error}.") from error


def _last_words(study: Path, number: int) -> str:
    """Return the last line of a worker's log: the sentence it ended with."""
    lines = _log(study, number).read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"A worker ended without a word; see {_log(study, number)}."


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask processes to stop, and end those that do not within the grace."""
    for process in processes:
        process.send_signal(signal.SIGINT)
    end = time.monotonic() + GRACE_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


@contextmanager
def bound_to(parent: int) -> Iterator[None]:
    """Stop like a process that was told to when `parent` is gone or asks politely."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(1.0):
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)
                return

    before = signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()
        signal.signal(signal.SIGTERM, before)


def main(words: list[str]) -> int:
    """Be one worker: study, number of the process that started us, perhaps "tensorboard"."""
    study, parent = Path(words[0]), int(words[1])
    try:
        with bound_to(parent):
            from shapespace.studies.sweeps.working import limit_memory, work

            limit_memory(read_study(study)["budget"]["memory_gb"])
            work(study, tensorboard="tensorboard" in words)
    except KeyboardInterrupt:
        return 0
    except ShapespaceError as error:
        print(error, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
