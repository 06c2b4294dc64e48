"""The process of one candidate: sets up, then works when told to and waits when not.

It reads one JSON line a command from its standard input and answers with one on what was its
standard output; anything the candidate prints goes to standard error.
"""

import json
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from benchmarks.candidates import Finished, load


class PacedByParent:
    """A pace that waits for the parent's word after every round."""

    def __init__(self, answers: IO[str]) -> None:
        self._answers = answers
        self._left = 0
        self._seconds: list[float] = []
        self._since = self._faults = 0.0
        self._is_ready = False

    def __call__(self, **facts: Any) -> None:
        """Count a unit; if it was the last of the round, report and wait for the next."""
        now = time.perf_counter()
        if self._is_ready:
            self._seconds.append(now - self._since)
            self._left -= 1
            if self._left > 0:
                self._since = time.perf_counter()
                return
            self._answer(
                seconds=self._seconds,
                faults=int(_minor_faults() - self._faults),
                peak_mb=peak_mb(),
                facts=facts,
            )
        else:
            self._is_ready = True
            _forget_peak()
            self._answer(ready=True)
        self._wait()

    def _wait(self) -> None:
        line = sys.stdin.readline()
        if not line.strip():  # the parent is done, or gone
            raise Finished
        self._left, self._seconds = json.loads(line)["units"], []
        self._faults, self._since = _minor_faults(), time.perf_counter()

    def _answer(self, **content: Any) -> None:
        self._answers.write(json.dumps(content) + "\n")
        self._answers.flush()


def peak_mb() -> float:
    """Return the most memory this process has held, in MB of 10^6 bytes."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _forget_peak() -> None:
    """Begin the record of memory anew, so that setting up does not count (Linux only)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _minor_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def main() -> None:
    """Read the candidate from the first line, then run it at the parent's pace."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    order = json.loads(sys.stdin.readline())
    if order["cores"]:  # so that no way gets more cores than it says, by threads of its own
        os.sched_setaffinity(0, order["cores"])
    try:
        if order["keep_memory"]:
            from shapespace.training.memory import keep_freed_memory

            keep_freed_memory()
        load(order["function"])(PacedByParent(answers), **order["arguments"])
    except Finished:
        pass
    except ModuleNotFoundError as error:
        answers.write(json.dumps({"missing": f"{error.name} is not installed"}) + "\n")
    answers.close()
    os._exit(0)  # threads of the libraries need not be waited for


if __name__ == "__main__":
    main()
