"""How a study stands: what is finished, under way, failed and open. Needs no torch, reads little."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from shapespace.errors import BadInput
from shapespace.studies.sweeps.cells import Cell, read_cells, read_study, run_path
from shapespace.studies.sweeps.claims import Claims


@dataclass(frozen=True)
class Running:
    """A run that a process works on."""

    cell: Cell
    n_images: int
    """Images shown at the last validation."""
    share: float
    """Share of its training that is done, in [0, 1]."""
    validation_loss: float | None
    alive: bool
    """Whether its process still runs, as far as can be seen from this machine."""


@dataclass(frozen=True)
class Failed:
    """A run that came to no end."""

    cell: Cell
    error: str
    time: str
    attempt: int
    last_good: dict[str, Any] | None
    """Last row of its history, if it came so far."""


@dataclass(frozen=True)
class Setting:
    """What the finished runs of a setting have come to so far."""

    setting: str
    n_runs: int
    bce: float | None
    """Mean over folds and seeds, in nats a pixel."""
    kendall_tau_b_optimised: float | None
    """Agreement with people, Euclidean, optimised weights: mean over folds and seeds."""
    n_collapsed: int


@dataclass(frozen=True)
class Standing:
    """A study at one moment."""

    name: str
    n_runs: int
    n_finished: int
    running: list[Running]
    failed: list[Failed]
    settings: list[Setting]
    """Best mean cross-entropy first; settings without a finished run are left out."""
    seconds_per_run: float | None
    """Mean of the finished runs, training and measuring."""
    seconds_left: float | None
    """For what is open, with as many workers as are at work; None if that cannot be told."""
    memory_mb: float | None
    """Most private memory that a worker had."""
    notes: list[str] = field(default_factory=list)

    @property
    def n_open(self) -> int:
        """Runs that nobody has begun, or that were left half done."""
        alive = sum(run.alive for run in self.running)
        return self.n_runs - self.n_finished - len(self.failed) - alive


def finished_file(study: Path, run_id: str) -> Path:
    """Return where the main numbers of a finished run lie."""
    return study / "finished" / f"{run_id}.json"


def failed_file(study: Path, run_id: str) -> Path:
    """Return where the error of a failed run lies."""
    return study / "failed" / f"{run_id}.json"


def read_standing(study: Path) -> Standing:
    """Read how a study stands; safe while it runs.

    Raises:
        BadInput: If there is no study, or one of its files is damaged.
    """
    declared = read_study(study)
    cells = {cell.run_id: cell for cell in read_cells(study)}
    finished = _records(study / "finished", cells)
    failed = _records(study / "failed", cells)
    claims = Claims(study / "claims")
    claimed = _names(study / "claims") & cells.keys() - finished.keys() - failed.keys()
    total = int(declared["base"]["training"]["n_images"])
    running = [_running(study, cells[name], claims, total) for name in sorted(claimed)]
    seconds = [r["seconds_training"] + r["seconds_evaluation"] for r in finished.values()]
    per_run = mean(seconds) if seconds else None
    n_at_work = sum(run.alive for run in running)
    n_to_do = (
        len(cells) - len(finished) - len(failed) - sum(r.share for r in running if r.alive)
    )
    left = per_run * n_to_do / n_at_work if per_run is not None and n_at_work else None
    return Standing(
        name=declared["name"],
        n_runs=len(cells),
        n_finished=len(finished),
        running=running,
        failed=[
            Failed(cells[n], r["error"], r["time"], r["attempt"], r["last_good"])
            for n, r in failed.items()
        ],
        settings=_settings(cells, finished),
        seconds_per_run=per_run,
        seconds_left=0.0 if n_to_do == 0 else left,
        memory_mb=max((r["memory_mb"] for r in finished.values()), default=None),
        notes=list(declared["notes"]),
    )


def last_row(run: Path) -> dict[str, float] | None:
    """Return the last row of a run's history; None if no epoch is done."""
    try:
        rows = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
        return {key: float(value) for key, value in rows[-1].items()} if rows else None
    except (OSError, ValueError, TypeError):
        return None


def _running(study: Path, cell: Cell, claims: Claims, total: int) -> Running:
    row = last_row(run_path(study, cell.run_id)) or {}
    n_images = int(row.get("n_images", 0))
    return Running(
        cell,
        n_images,
        min(1.0, n_images / total),
        row.get("validation_loss"),
        not claims.is_dead(cell.run_id),
    )


def _settings(cells: dict[str, Cell], finished: dict[str, dict[str, Any]]) -> list[Setting]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for name, record in finished.items():
        groups[cells[name].setting].append(record)
    settings = [
        Setting(
            setting,
            len(records),
            _mean(records, "bce"),
            _mean(records, "kendall_tau_b_optimised"),
            sum(record["collapsed"] for record in records),
        )
        for setting, records in groups.items()
    ]
    return sorted(settings, key=lambda s: (s.bce is None, s.bce))


def _mean(records: list[dict[str, Any]], key: str) -> float | None:
    values = [record[key] for record in records if record[key] is not None]
    return mean(values) if values else None


def _names(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in folder.iterdir() if entry.name[0] != "."}
    except FileNotFoundError:
        return set()


def _records(folder: Path, cells: dict[str, Cell]) -> dict[str, dict[str, Any]]:
    """Read the records of a folder that belong to the study, in the order of its cells."""
    names = {name.removesuffix(".json") for name in _names(folder) if name.endswith(".json")}
    records = {}
    for run_id in cells:
        if run_id in names:
            file = folder / f"{run_id}.json"
            try:
                records[run_id] = json.loads(file.read_text())
            except (OSError, ValueError) as error:
                raise BadInput(
                    f"{file} cannot be read: {error}. Delete it and start the study again; what "
                    "is in the run itself is used."
                ) from error
    return records
