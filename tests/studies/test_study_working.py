import json
import mmap
import resource
import shutil
import subprocess
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from shapespace.errors import BadInput
from shapespace.studies.runs import agreeing
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.sweeps.cells import Cell, read_cells, run_path, study_file
from shapespace.studies.sweeps.claims import Claims, Holder, this_host
from shapespace.studies.sweeps.declaration import parse_declaration
from shapespace.studies.sweeps.planning import make_plan, write_plan
from shapespace.studies.sweeps.retrying import set_failed_aside
from shapespace.studies.sweeps.standing import failed_file, finished_file, read_standing
from shapespace.studies.sweeps.working import MOST_ATTEMPTS, private_memory_mb, work
from toy_declaration import TOY, toy_toml


def begin(path: Path, text: str) -> list[Cell]:
    """Write a study and return its cells."""
    write_plan(make_plan(parse_declaration(text)), path, text)
    return read_cells(path)


def files(folder: Path) -> dict[Path, bytes]:
    """Return what the files of a study hold, by their names in it."""
    return {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def numbers(study: Path, run_id: str) -> tuple[bytes, dict, list[str]]:
    """Return what a run came to, without times."""
    path = run_path(study, run_id)
    results = json.loads((path / "results.json").read_text())
    del results["evaluated"]
    history = [line.rpartition(",")[0] for line in (path / "history.csv").read_text().split()]
    return (path / "model" / "model.safetensors").read_bytes(), results, history


@pytest.fixture(scope="module")
def finished(tmp_path_factory, data_home, one_thread) -> Path:
    """A study of three runs, worked on to its end."""
    study = tmp_path_factory.mktemp("studies") / "toy"
    begin(study, toy_toml(folds=[0]))
    assert work(study) == 3
    return study


@pytest.fixture
def study(finished, tmp_path) -> Path:
    """A copy of it to change."""
    return Path(shutil.copytree(finished, tmp_path / "study"))


@pytest.fixture
def cell(study) -> Cell:
    """Its default setting."""
    return read_cells(study)[0]


def test_every_run_is_an_ordinary_run_directory(finished):
    for cell in read_cells(finished):
        run = RunDirectory(run_path(finished, cell.run_id))
        assert run.is_finished
        assert run.config()["model"]["code_size"] == cell.values["model.code_size"]
        assert run.results()["fold"] == cell.fold
        assert not (run.path / "last").exists()  # nobody will go on with it
        brief = json.loads(finished_file(finished, cell.run_id).read_text())
        assert brief["bce"] == run.results()["reconstruction"]["bce"]["value"]
        assert brief["memory_mb"] > 50
    assert not list((finished / "claims").glob("[!.]*"))
    assert not (finished / "failed").exists()


def test_what_is_finished_is_not_done_again(study):
    before = files(study)
    assert work(study) == 0
    assert files(study) == before


def test_a_run_whose_record_was_lost_is_only_recorded_anew(study, cell):
    before = {p: c for p, c in files(study).items() if p.parts[0] == "runs"}
    finished_file(study, cell.run_id).unlink()
    assert work(study) == 1
    assert {p: c for p, c in files(study).items() if p.parts[0] == "runs"} == before
    assert finished_file(study, cell.run_id).is_file()


def test_results_of_a_half_trained_run_are_not_taken_for_its_own(study, cell):
    run = RunDirectory(run_path(study, cell.run_id))
    right = numbers(study, cell.run_id)
    record = run.provenance() | {"finished": False}
    run.provenance_file.write_text(json.dumps(record))
    run.results_file().write_text('{"reconstruction": "of an earlier snapshot"}')
    finished_file(study, cell.run_id).unlink()
    assert work(study) == 1
    assert numbers(study, cell.run_id) == right


def test_a_run_goes_on_from_the_checkpoint_before_a_damaged_one(finished, tmp_path):
    text = toy_toml(folds=[0]).replace("training.l2_encoder = [0, 0.001]\n", "")
    (cell, *others) = begin(tmp_path / "study", text.replace("[5, 3]", "[5]"))
    assert others == []
    # Stop in the middle: a training that was told to, as `shapespace train` would be.
    code = (
        "import sys, threading, time, os, signal\n"
        "from pathlib import Path\n"
        "from shapespace.studies.sweeps.working import work\n"
        "last = Path(sys.argv[1])\n"
        "def watch():\n"
        "    while len(list(last.glob('step-*.sha256'))) < 2: time.sleep(0.001)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "threading.Thread(target=watch, daemon=True).start()\n"
        "work(Path(sys.argv[2]))\n"
    )
    last = run_path(tmp_path / "study", cell.run_id) / "last"
    done = subprocess.run(
        [sys.executable, "-c", code, str(last), str(tmp_path / "study")], check=False
    )
    assert done.returncode == -9
    newest = max(last.glob("step-*.safetensors"))
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    assert work(tmp_path / "study") == 1
    same = next(c for c in read_cells(finished) if c.setting == "default")
    one, other = numbers(tmp_path / "study", cell.run_id), numbers(finished, same.run_id)
    assert one[0] == other[0]
    assert one[2] == other[2]


def test_a_run_that_fails_is_kept_with_its_error_and_the_others_go_on(tmp_path):
    # A decay that blows the weights up within a few steps, and one that is fine.
    text = (
        TOY.replace("training.l2_encoder = [0, 0.001]\n", "")
        .replace("model.code_size = [5, 3]", "training.weight_decay = [0.01, 1e7]")
        .replace('model.code_size = "units"', 'training.weight_decay = "decay"')
    )
    text = text.replace("[0, 1]", "[0]").replace("n_images = 32", "n_images = 40")
    text = text.replace("images_per_epoch = 16", "images_per_epoch = 4")
    text = text.replace("[base]\n", "[base]\ntraining.coarse_weight = 0\n")
    cells = begin(tmp_path, text)
    bad = next(cell for cell in cells if cell.setting == "decay=10000000")
    assert work(tmp_path) == len(cells) - 1
    record = json.loads(failed_file(tmp_path, bad.run_id).read_text())
    assert "no longer a number" in record["error"]
    assert record["kind"] == "TrainingFailed"
    assert record["attempt"] == 1
    history = (run_path(tmp_path, bad.run_id) / "history.csv").read_text().splitlines()
    assert record["last_good"]["n_images"] == 4 * (len(history) - 1) > 0
    assert (run_path(tmp_path, bad.run_id) / "model" / "model.safetensors").is_file()

    assert work(tmp_path) == 0  # it is not tried again unless asked for
    assert set_failed_aside(tmp_path) == 1
    assert work(tmp_path) == 0
    assert failed_file(tmp_path, bad.run_id).is_file()
    (kept,) = (tmp_path / "failed" / "earlier").iterdir()
    assert json.loads(kept.read_text()) == record


def test_a_run_directory_that_cannot_be_used_fails_and_can_be_mended(study, cell):
    finished_file(study, cell.run_id).unlink()
    run = RunDirectory(run_path(study, cell.run_id))
    whole = run.config_file.read_text()
    run.config_file.write_text("{")
    assert work(study) == 0
    (failed,) = read_standing(study).failed
    assert failed.cell == cell
    assert "config.json cannot be read" in failed.error
    run.config_file.write_text(whole)
    set_failed_aside(study)
    assert work(study) == 1


def test_a_bug_of_ours_is_kept_with_its_traceback(study, cell):
    finished_file(study, cell.run_id).unlink()
    RunDirectory(run_path(study, cell.run_id)).results_file().write_text("{}")
    assert work(study) == 0
    record = json.loads(failed_file(study, cell.run_id).read_text())
    assert record["kind"] == "KeyError"
    assert "in_brief" in record["traceback"]


def test_a_run_over_which_processes_die_is_given_up(study, cell):
    finished_file(study, cell.run_id).unlink()
    dead = Holder(this_host(), 1, "0", "a" * 32, MOST_ATTEMPTS)
    (study / "claims" / cell.run_id).write_text(json.dumps(asdict(dead)))
    assert work(study) == 0
    (failed,) = read_standing(study).failed
    assert failed.attempt == MOST_ATTEMPTS + 1
    assert "3 processes died over this run" in failed.error


def test_a_run_that_is_trained_by_hand_is_left_alone_until_it_is_free(study, cell):
    finished_file(study, cell.run_id).unlink()
    run = RunDirectory(run_path(study, cell.run_id))
    run.provenance_file.write_text(json.dumps(run.provenance() | {"finished": False}))
    code = (
        "import sys; from pathlib import Path\n"
        "from shapespace.studies.sweeps.working import work\n"
        "from shapespace.studies.sweeps import working\n"
        "def stop(seconds): raise KeyboardInterrupt\n"
        "working.time.sleep = stop\n"
        "try: work(Path(sys.argv[1]))\n"
        "except KeyboardInterrupt: print('waits')\n"
    )
    with Claims(run.path).hold(".claim"):
        told = subprocess.run(
            [sys.executable, "-c", code, str(study)], capture_output=True, text=True, check=True
        )
    assert told.stdout == "waits\n"
    assert not failed_file(study, cell.run_id).exists()
    assert work(study) == 1


def test_a_full_disk_stops_the_worker_and_blames_no_run(tmp_path):
    (cell, *_) = begin(tmp_path / "study", toy_toml(folds=[0]))
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from shapespace.errors import ShapespaceError\n"
        "from shapespace.studies.sweeps.working import work\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "try: work(Path(sys.argv[1]))\n"
        "except ShapespaceError as error: print(error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "study")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "Cannot write" in told.stdout
    assert "File too large. Make room and start the study again" in told.stdout
    standing = read_standing(tmp_path / "study")
    assert (standing.n_finished, standing.failed) == (0, [])
    assert not (tmp_path / "study" / "claims" / cell.run_id).exists()


def test_a_run_that_wants_more_memory_than_allowed_fails_and_says_so(tmp_path):
    begin(tmp_path / "study", toy_toml(folds=[0]))
    code = (
        "import sys; from pathlib import Path\n"
        "import torch\n"
        "from shapespace.studies.sweeps import working\n"
        "working.limit_memory(working.private_memory_mb() / 1e3 + 0.1)\n"
        "try: torch.empty(10**9)\n"
        "except RuntimeError as error: print(working._in_words(error, 0.5))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "more than the 0.5 GB of memory that budget.memory_gb allows" in told.stdout


def test_private_memory_grows_by_what_is_held():
    before = private_memory_mb()
    # Straight from the system: the allocator might give back what earlier tests left.
    with mmap.mmap(-1, 200 * 10**6, flags=mmap.MAP_PRIVATE):
        assert private_memory_mb() - before == pytest.approx(200, abs=20)
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY


def test_other_images_than_the_study_began_with_are_refused(study):
    content = json.loads(study_file(study).read_text())
    content["data"]["scribbles"]["images_per_batch"] = 5
    study_file(study).write_text(json.dumps(content))
    with pytest.raises(BadInput, match=r"not those that the study in .* began with"):
        work(study)


def test_agreement_with_people_is_measured_if_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(agreeing, "agreement", partial(agreeing.agreement, n_draws=5))
    text = toy_toml(folds=[0]).replace("people = false", "people = true")
    text = text.replace("training.l2_encoder = [0, 0.001]\n", "").replace("[5, 3]", "[5]")
    (cell,) = begin(tmp_path, text)
    assert work(tmp_path) == 1
    brief = json.loads(finished_file(tmp_path, cell.run_id).read_text())
    human = RunDirectory(run_path(tmp_path, cell.run_id)).results()["human"]
    for weights in ("fixed", "optimised"):
        tau = human["euclidean"][weights]["kendall_tau_b"]["value"]
        assert brief[f"kendall_tau_b_{weights}"] == tau
