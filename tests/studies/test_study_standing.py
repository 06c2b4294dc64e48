import json
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from shapespace.errors import BadInput
from shapespace.studies.sweeps.cells import Cell, read_cells, run_path, study_file
from shapespace.studies.sweeps.claims import Claims, Holder, this_host
from shapespace.studies.sweeps.declaration import parse_declaration
from shapespace.studies.sweeps.planning import make_plan, write_plan
from shapespace.studies.sweeps.standing import (
    failed_file,
    finished_file,
    last_row,
    read_standing,
)
from shapespace.studies.sweeps.watching import Watch
from toy_declaration import toy_toml

HISTORY = "epoch,n_images,validation_loss,seconds\n1,16,0.31,1.0\n"


def put(file: Path, values: dict) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(values))


def finish(study: Path, cell: Cell, bce: float, *, tau: float | None = None) -> None:
    record = {
        "bce": bce, "explained": 0.5, "collapsed": bce > 0.4, "kendall_tau_b_fixed": tau,
        "kendall_tau_b_optimised": tau, "best_epoch": 2, "n_images": 32, "seconds_training": 8.0,
        "seconds_evaluation": 2.0, "memory_mb": 400.0, "ended": "2026-01-01T10:00:00+00:00",
    }  # fmt: skip
    put(finished_file(study, cell.run_id), record)


def fail(study: Path, cell: Cell) -> None:
    record = {"error": "The loss is no longer a number.", "kind": "TrainingFailed",
              "time": "2026-01-01T10:00:00+00:00", "attempt": 1, "last_good": None}  # fmt: skip
    put(failed_file(study, cell.run_id), record)


@pytest.fixture
def study(tmp_path) -> Path:
    """A study of six runs of which none is begun."""
    text = toy_toml()
    write_plan(make_plan(parse_declaration(text)), tmp_path / "study", text)
    return tmp_path / "study"


def test_a_study_that_was_not_begun_is_all_open(study):
    standing = read_standing(study)
    assert (standing.n_runs, standing.n_finished, standing.n_open) == (6, 0, 6)
    assert standing.seconds_left is None
    assert standing.settings == []


def test_what_is_done_running_failed_and_open_adds_up(study):
    cells = read_cells(study)
    finish(study, cells[0], 0.25, tau=0.2)
    finish(study, cells[3], 0.35, tau=0.4)
    finish(study, cells[1], 0.20)
    fail(study, cells[2])
    path = run_path(study, cells[4].run_id)
    path.mkdir(parents=True)
    (path / "history.csv").write_text(HISTORY)
    with Claims(study / "claims").hold(cells[4].run_id):
        standing = read_standing(study)
    assert (standing.n_finished, len(standing.running), standing.n_open) == (3, 1, 1)
    (running,) = standing.running
    assert (running.cell, running.share, running.validation_loss) == (cells[4], 0.5, 0.31)
    assert running.alive
    assert [failed.cell for failed in standing.failed] == [cells[2]]
    # Cells 0 and 3 are the default on two folds; cell 1 alone is better.
    assert [(s.setting, s.n_runs) for s in standing.settings] == [
        (cells[1].setting, 1),
        ("default", 2),
    ]
    assert standing.settings[1].bce == pytest.approx(0.3)
    assert standing.settings[1].kendall_tau_b_optimised == pytest.approx(0.3)
    assert standing.settings[0].kendall_tau_b_optimised is None
    # Half a run and a whole one are left, of 10 seconds each, for one worker.
    assert standing.seconds_left == pytest.approx(15.0)
    assert standing.memory_mb == 400.0


def test_a_run_whose_process_died_counts_as_open(study):
    cell = read_cells(study)[0]
    dead = Holder(this_host(), 1, "0", "a" * 32, 1)
    put(study / "claims" / cell.run_id, asdict(dead))
    standing = read_standing(study)
    assert [run.alive for run in standing.running] == [False]
    assert standing.n_open == 6


def test_a_damaged_record_is_named(study):
    cell = read_cells(study)[0]
    finish(study, cell, 0.3)
    finished_file(study, cell.run_id).write_text("{")
    with pytest.raises(BadInput, match="Delete it and start the study again"):
        read_standing(study)


def test_a_history_under_way_or_damaged_has_no_last_row(tmp_path):
    assert last_row(tmp_path) is None
    (tmp_path / "history.csv").write_text("epoch,n_images\n")
    assert last_row(tmp_path) is None
    (tmp_path / "history.csv").write_text("epoch,n_images\n1,many\n")
    assert last_row(tmp_path) is None


def test_a_watch_counts_what_comes_to_an_end_and_names_what_failed(study, capsys):
    cells = read_cells(study)
    finish(study, cells[0], 0.3)
    with Watch(study) as watch:
        assert watch.n_left() == 5
        finish(study, cells[1], 0.3)
        fail(study, cells[2])
        assert watch.look(at_once=True) == 3
        finish(study, cells[3], 0.3)
    assert watch.n_left() == 2
    assert f"failed: {cells[2].setting}, fold 0, seed 42" in capsys.readouterr().err


@pytest.fixture
def large(study) -> Path:
    """A thousand finished runs, each with results of the usual size."""
    content = json.loads(study_file(study).read_text())
    base = content["cells"][0]
    names = [f"{number:016x}" for number in range(1000)]
    content["cells"] = [
        base | {"setting": f"units={n % 200}", "fold": n // 200, "run_id": name}
        for n, name in enumerate(names)
    ]
    study_file(study).write_text(json.dumps(content))
    bulk = json.dumps({"reconstruction": ["x" * 100] * 900})
    for number, cell in enumerate(read_cells(study)):
        finish(study, cell, 0.2 + number / 1e4, tau=0.1)
        put(run_path(study, cell.run_id) / "provenance.json", {"finished": True})
        (run_path(study, cell.run_id) / "results.json").write_text(bulk)
    return study


def test_a_thousand_finished_runs_show_at_once_and_without_torch(large):
    start = time.process_time()
    standing = read_standing(large)
    assert time.process_time() - start < 1.0
    assert (standing.n_finished, standing.n_open, len(standing.settings)) == (1000, 0, 200)
    code = (
        "import sys\n"
        "from shapespace.cli.main import main\n"
        "assert main(['study', 'show', sys.argv[1]]) == 0\n"
        "assert not {'torch', 'pandas', 'pydantic'} & set(sys.modules), 'heavy imports'\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(large)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "1000 of 1000 runs finished" in told.stdout
    shutil.rmtree(large)
