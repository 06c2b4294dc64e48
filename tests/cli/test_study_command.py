import csv
import json
from pathlib import Path

import pytest

from shapespace.cli.main import main
from shapespace.studies.sweeps.cells import read_cells
from shapespace.studies.sweeps.standing import failed_file
from toy_declaration import TOY, toy_toml


@pytest.fixture
def declaration(tmp_path) -> Path:
    path = tmp_path / "toy.toml"
    path.write_text(toy_toml(folds=[0]))
    return path


def test_a_dry_run_of_the_published_study_lists_its_115_runs(capsys):
    assert main(["study", "run", "part8", "--dry-run", "--no-estimate"]) == 0
    told = capsys.readouterr()
    *runs, last = told.out.splitlines()
    assert len({line.split()[0] for line in runs}) == len(runs) == 115
    assert last == "115 runs: 23 settings x 5 folds x 1 seed(s)"
    assert "Not at hand and left out" in told.err


def test_a_dry_run_says_how_long_and_how_large_and_writes_nothing(declaration, capsys):
    assert (
        main(["study", "run", str(declaration), "--dry-run", "--workers", "2", "--json"]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["n_runs"] == len(found["cells"]) == 3
    estimate = found["estimate"]
    per_run = estimate["seconds_training"] + estimate["seconds_evaluation"]
    assert per_run > 0
    # Three runs on two workers take as long as two in a row.
    assert estimate["hours"] == pytest.approx(2 * per_run / 3600)
    kept, at_work = estimate["disk_mb_kept"], estimate["disk_mb_at_work"]
    assert estimate["disk_gb"] == pytest.approx((3 * kept + 2 * at_work) / 1e3)
    assert 50 < estimate["memory_mb"] < 3000
    assert [p.name for p in declaration.parent.iterdir()] == ["toy.toml"]


def test_a_dry_run_estimates_studies_of_other_tasks_than_drawing(tmp_path, capsys):
    path = tmp_path / "toy.toml"
    tasks = (
        "{ reconstruction = 0, classification = 1, mapping = 1, "
        'labelled = ["drawings"], dims = 2 }\ntraining.selection = "loss"'
    )
    path.write_text(
        toy_toml(folds=[0])
        .replace("scribbles = 4", "drawings = 4")
        .replace("[base]", f"[base]\ntraining.tasks = {tasks}")
    )
    assert main(["study", "run", str(path), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["estimate"]["seconds_training"] > 0


def test_a_mistake_in_the_declaration_is_one_line_and_leaves_nothing(tmp_path, capsys):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(TOY.replace("[5, 3]", "[5, 0]"))
    assert main(["study", "run", str(wrong), "--out", str(tmp_path / "study")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    number = TOY.splitlines().index("model.code_size = [5, 3]") + 1
    assert f"wrong.toml, line {number}: model.code_size" in told.err
    assert not (tmp_path / "study").exists()


def test_a_new_study_needs_a_place_and_an_old_one_has_it(declaration, tmp_path, capsys):
    assert main(["study", "run", str(declaration)]) == 1
    assert "--out studies/" in capsys.readouterr().err
    study = begun(declaration, tmp_path)
    assert main(["study", "run", str(study), "--out", str(tmp_path / "other")]) == 1
    assert "leave --out away" in capsys.readouterr().err


def begun(declaration: Path, tmp_path: Path) -> Path:
    """Write a study without running it."""
    from shapespace.studies.sweeps.declaration import parse_declaration
    from shapespace.studies.sweeps.planning import make_plan, write_plan

    text = declaration.read_text()
    write_plan(make_plan(parse_declaration(text)), tmp_path / "study", text)
    return tmp_path / "study"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_study_is_run_shown_tabled_and_failed_ones_are_tried_again(
    declaration, tmp_path, capsys
):
    study = begun(declaration, tmp_path)
    (first, *_) = read_cells(study)
    record = {"error": "Nobody knows.", "kind": "OSError", "time": "", "attempt": 1,
              "last_good": None}  # fmt: skip
    failed_file(study, first.run_id).parent.mkdir()
    failed_file(study, first.run_id).write_text(json.dumps(record))
    assert main(["study", "run", str(study), "--workers", "1", "--tensorboard"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("toy: 2 of 3 runs finished, 0 running, 1 failed, 0 open")
    assert "failed: default, fold 0: Nobody knows." in told
    assert list(study.glob("runs/*/events/*"))

    assert main(["study", "run", str(study), "--workers", "1", "--retry", "--any-version"]) == 0
    assert "toy: 3 of 3 runs finished" in capsys.readouterr().out

    tables = tmp_path / "tables"
    assert main(["study", "show", str(study), "--tables", "--csv", str(tables)]) == 0
    told = capsys.readouterr()
    assert "default" in told.out
    written = sorted(tables.glob("*.csv"))
    assert written
    assert all(list(csv.reader(file.read_text().splitlines())) for file in written)
    assert main(["study", "show", str(study), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_finished"] == 3


def test_the_engines_that_are_not_installed_are_named(
    declaration, tmp_path, capsys, monkeypatch
):
    import sys

    study = begun(declaration, tmp_path)
    for engine, library in (("slurm", "submitit"), ("ray", "ray")):
        monkeypatch.setitem(sys.modules, library, None)
        assert main(["study", "run", str(study), "--on", engine]) == 1
        assert "pip install shapespace[cluster]" in capsys.readouterr().err
