"""Watching a study from the process that started it: one bar, and a line for every run that failed."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from shapespace.data.progress import Bar, progress_bar
from shapespace.studies.sweeps.cells import read_cells, read_study
from shapespace.studies.sweeps.standing import failed_file, finished_file

LOOK_SECONDS = 1.0
"""Time between two looks at the study's directory."""


class Watch:
    """Counts what a study has finished while others work on it."""

    def __init__(self, study: Path) -> None:
        self._study = study
        self._title = read_study(study)["name"]
        self._open = {cell.run_id: cell for cell in read_cells(study)}
        self._n_runs = len(self._open)
        self._stack = ExitStack()
        self._bar: Bar | None = None
        self._last = 0.0
        self._drop_done()

    def n_left(self) -> int:
        """Return how many runs are neither finished nor failed, as of the last look."""
        return len(self._open)

    def __enter__(self) -> "Watch":
        self._bar = self._stack.enter_context(
            progress_bar(self._title, self._n_runs, unit="runs")
        )
        self._bar.advance(self._n_runs - len(self._open))
        return self

    def __exit__(self, *error: object) -> None:
        self.look(at_once=True)
        self._stack.close()

    def look(self, *, at_once: bool = False) -> int:
        """Look again if it is time; return how many runs are left."""
        if at_once or time.monotonic() - self._last >= LOOK_SECONDS:
            self._last = time.monotonic()
            before = len(self._open)
            self._drop_done()
            if self._bar is not None:
                self._bar.advance(before - len(self._open))
        return len(self._open)

    def _drop_done(self) -> None:
        for run_id, cell in list(self._open.items()):
            if finished_file(self._study, run_id).is_file():
                del self._open[run_id]
            elif failed_file(self._study, run_id).is_file():
                del self._open[run_id]
                if self._bar is not None:
                    print(
                        f"failed: {cell.setting}, fold {cell.fold}, seed {cell.seed} "
                        "(`shapespace study show` says why)",
                        file=sys.stderr,
                    )
