"""The numbers of finished runs, read from their files once and then remembered.

Results of a thousand runs are a hundred megabytes of JSON. What was read of a file stands in
`rows.json` of the study, and counts as long as the file has the same time and size.
"""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from shapespace.data.writing import write_text
from shapespace.errors import ShapespaceError
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.sweeps.cells import run_path

State = Literal["finished", "unfinished", "failed", "unreadable"]

Row = dict[str, Any]
"""`state`, each measure by its name, `best_epoch`, `collapsed`, `n_images`, `seconds`."""

_ANYTHING = TypeAdapter(dict[str, Any])
"""Reads JSON three times as fast as the standard library."""

_SUMMARY = ("best_epoch", "n_images", "seconds")
"""What the summary in `provenance.json` is asked for."""


def read_rows(
    study: Path, run_ids: Sequence[str], measures: Sequence[str]
) -> tuple[dict[str, Row], list[str]]:
    """Return a row for each run, and what could not be read, in sentences.

    Numbers of a run that is not finished, and those that are not defined, are nan; so are those
    of reconstruction where a run was not trained to reconstruct.
    """
    remembered = _recall(study, measures)
    rows, problems, fresh = {}, [], {}
    for run_id in run_ids:
        run = RunDirectory(run_path(study, run_id))
        stamp = _stamp(run.results_file())
        if stamp is None:
            failed = (study / "failed" / f"{run_id}.json").is_file()
            rows[run_id] = _empty("failed" if failed else "unfinished", measures)
            continue
        known = remembered.get(run_id)
        try:
            row = known[1] if known and known[0] == stamp else _read(run, measures)
        except (OSError, ValidationError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is damaged"
            problems.append(f"The run {run_id} cannot be read: {reason}.")
            rows[run_id] = _empty("unreadable", measures)
            continue
        fresh[run_id] = [stamp, row]
        rows[run_id] = row
    if fresh != remembered:
        text = json.dumps({"measures": list(measures), "rows": fresh})
        with suppress(ShapespaceError):  # a study may be read-only: then it is read each time
            write_text(_memory(study), text)
    return {run_id: _with_nan(row) for run_id, row in rows.items()}, problems


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        OSError: If there is no such file, or it cannot be read.
        ValidationError: If it holds no JSON object.
    """
    return _ANYTHING.validate_json(file.read_bytes())


def lookup(values: Any, name: str) -> Any:
    """Return what stands under a name with dots, or None; keys may hold dots themselves."""
    if not name:
        return values
    parts = name.split(".")
    for n in range(1, len(parts) + 1):
        key = ".".join(parts[:n])
        if isinstance(values, Mapping) and key in values:
            found = lookup(values[key], ".".join(parts[n:]))
            if found is not None:
                return found
    return None


def _memory(study: Path) -> Path:
    return study / "rows.json"


def _recall(study: Path, measures: Sequence[str]) -> dict[str, list]:
    """Return stamp and row of the runs that were read before for the same measures."""
    try:
        known = read_json(_memory(study))
    except (OSError, ValidationError):
        return {}
    return known.get("rows", {}) if known.get("measures") == list(measures) else {}


def _stamp(file: Path) -> list[int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return [stat.st_mtime_ns, stat.st_size]


def _empty(state: State, measures: Sequence[str]) -> Row:
    return {"state": state, "collapsed": None} | dict.fromkeys((*measures, *_SUMMARY))


def _read(run: RunDirectory, measures: Sequence[str]) -> Row:
    results = read_json(run.results_file())
    done = read_json(run.provenance_file).get("summary") or {}
    collapsed = lookup(results, "reconstruction.collapsed")
    blank = (
        {n for n in measures if n.startswith("reconstruction.")} if collapsed is None else set()
    )
    return {
        "state": "finished",
        "collapsed": bool(collapsed),
        **{n: None if n in blank else _number(lookup(results, n)) for n in measures},
        **{name: _number(done.get(name)) for name in _SUMMARY},
    }


def _number(found: Any) -> float | None:
    value = found.get("value") if isinstance(found, Mapping) else found
    return float(value) if isinstance(value, int | float) else None


def _with_nan(row: Row) -> Row:
    return {
        key: math.nan if value is None and key != "collapsed" else value
        for key, value in row.items()
    }
