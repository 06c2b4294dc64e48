"""Runs whose code is trained for more than reconstruction."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, mean_squared_error, r2_score

from shapespace.cli.evaluate import table_of_results
from shapespace.data.builtin import drawings_set
from shapespace.errors import BadInput
from shapespace.spaces.published import published_coordinates
from shapespace.studies.runs.config import RunConfig, with_settings
from shapespace.studies.runs.evaluating import evaluate_run
from shapespace.studies.runs.recipes import quick
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.runs.running import train_run
from shapespace.studies.runs.targets import make_targets, rated_coordinates
from shapespace.studies.sweeps.working import in_brief
from shapespace.training.config import TasksConfig
from shapespace.training.snapshot import load_model

ALL = TasksConfig(classification=0.1, mapping=0.5, labelled=("drawings",), dims=2)


def toy(*settings: str) -> RunConfig:
    return with_settings(
        quick(),
        (
            "data.side=16", "model.side=16", "model.channels=[4,6]", "model.code_size=5",
            'data.mixture={"drawings":8,"scribbles":4}', "training.n_images=48",
            "training.images_per_epoch=24", "training.n_validation_images=12",
            'training.tasks.labelled=["drawings"]', "training.tasks.classification=0.1",
            "training.tasks.mapping=0.5", "training.tasks.dims=2", "training.selection=balance",
            *settings,
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory, data_home):
    path = tmp_path_factory.mktemp("runs") / "joint"
    train_run(toy(), path)
    return RunDirectory(path)


def test_a_run_keeps_its_labels_and_what_it_was_trained_for(finished):
    labels = json.loads((finished.model / "labels.json").read_text())
    classes = sorted(set(drawings_set(16).table["class"]))
    assert labels == {"labels": classes, "sets": {"drawings": classes}}
    model = load_model(finished.model)
    assert model.head is not None
    assert model.head.weight.shape == (12, 5)
    kept = finished.provenance()["targets"]
    assert {name: kept[name] for name in ("n_labels", "n_mapped_stimuli", "n_dims")} == {
        "n_labels": 12, "n_mapped_stimuli": 60, "n_dims": 2,
    }  # fmt: skip
    assert kept["labelled_sets"] == ["drawings"]
    history = finished.history()
    assert history["validation_mapping"].notna().all()
    assert history["validation_accuracy_drawings"].between(0, 1).all()
    best = history.loc[history["validation_balance"].idxmin(), "epoch"]
    assert finished.provenance()["summary"]["best_epoch"] == best


@pytest.fixture(scope="module")
def results(finished):
    return evaluate_run(finished.path, n_images=16, levels=(0.0, 0.25), people="none")


def test_accuracy_is_the_share_of_images_told_apart_rightly(finished, results):
    table = pd.read_csv(finished.path / "task-scores.csv", keep_default_na=False)
    for level, sets in results["tasks"]["classification"].items():
        rows = table[(table["noise_level"] == float(level)) & (table["source"] == "drawings")]
        expected = accuracy_score(rows["label"], rows["guess"])
        found = sets["drawings"]
        assert found["accuracy"]["value"] == pytest.approx(expected)
        assert found["accuracy_of_all"] == pytest.approx(found["accuracy"])  # one set has all
        assert (found["n_labels"], found["accuracy"]["n"], found["n_images"]) == (12, 12, 512)
    assert set(results["tasks"]["classification"]) == {"0", "0.25"}


def test_mapping_is_scored_on_stimuli_that_were_held_out(finished, results):
    table = pd.read_csv(finished.path / "task-scores.csv")
    rows = table[(table["noise_level"] == 0) & (table["source"] == "drawings")]
    wanted, found = (rows[[f"{k}_0", f"{k}_1"]].to_numpy() for k in ("wanted", "found"))
    scores = results["tasks"]["mapping"]["0"]
    assert scores["mse"]["value"] == pytest.approx(2 * mean_squared_error(wanted, found))
    assert scores["r2"]["value"] == pytest.approx(r2_score(wanted, found))
    folds = pd.read_csv(finished.folds_file)
    test = folds[(folds["set"] == "drawings") & (folds["fold"] == 0)]["id"]
    assert set(rows["stimulus"]) == set(test)


def test_the_command_prints_what_the_tasks_came_to(results):
    text = table_of_results(results)
    assert "drawings     accuracy" in text
    assert "12 classes, chance 0.083" in text
    assert "12 held-out stimuli" in text


def test_a_run_without_reconstruction_says_so(tmp_path):
    path = tmp_path / "classifier"
    config = toy("training.tasks.reconstruction=0", "training.tasks.mapping=0")
    train_run(config, path)
    results = evaluate_run(path, n_images=16, levels=(0.0,), people="none")
    assert any("was not trained to reconstruct" in one for one in results["warnings"])
    assert not any("COLLAPSED" in one for one in results["warnings"])
    assert results["reconstruction"]["collapsed"] is None
    assert in_brief(results)["bce"] is None
    assert in_brief(results)["collapsed"] is False
    assert "mapping" not in results["tasks"]


def test_each_drawing_is_sent_to_its_own_published_place():
    drawings = drawings_set(16)
    found = rated_coordinates(ALL, drawings)
    expected = published_coordinates(2, ["parrot"])[0]
    assert found["parrot"].tolist() == pytest.approx(expected.tolist(), abs=1e-6)
    assert set(found) == set(drawings.table["id"])


def space_of(tmp_path, items: list[str]):
    points = np.arange(2.0 * len(items)).reshape(-1, 2)
    (tmp_path / "space.json").write_text(json.dumps({"format": 1, "spaces": [{"n_dims": 2}]}))
    table = pd.DataFrame({"item": items, "d0": points[:, 0], "d1": points[:, 1]})
    table.to_csv(tmp_path / "coordinates-2d.csv", index=False)
    return replace(ALL, space=str(tmp_path))


def test_a_space_of_ones_own_is_joined_by_name(tmp_path):
    drawings = drawings_set(16)
    ids = drawings.table["id"].tolist()
    found = rated_coordinates(space_of(tmp_path, [*ids[::-1], "unicorn"]), drawings)
    assert found[ids[-1]].tolist() == [0, 1]
    assert found[ids[0]].tolist() == [118, 119]


def test_a_space_without_one_of_the_drawings_is_refused(tmp_path):
    ids = drawings_set(16).table["id"].tolist()
    with pytest.raises(BadInput, match=f"has no item '{ids[0]}'; it must hold all 60 drawings"):
        rated_coordinates(space_of(tmp_path, ids[1:]), drawings_set(16))


def test_tasks_need_their_sets():
    with pytest.raises(BadInput, match=r"shall be told apart \(berlin\) is at hand"):
        make_targets(replace(ALL, labelled=("berlin",), mapping=0.0), {})
    with pytest.raises(BadInput, match="Mapping needs rated stimuli"):
        make_targets(replace(ALL, classification=0.0), {})
    assert make_targets(TasksConfig(), {}) is None


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        (
            "training.tasks.dims=6",
            "6 units of the code shall be coordinates, but it has only 5",
        ),
        ('training.tasks.labelled=["birds"]', "'birds' of training.tasks.labelled is not in"),
    ],
)
def test_tasks_fit_the_rest_of_the_config(setting, words):
    with pytest.raises(BadInput, match=words):
        toy(setting)


def test_other_coordinates_do_not_go_on_with_an_old_run(tmp_path):
    path = tmp_path / "joint"
    train_run(toy(), path)
    record = json.loads((path / "provenance.json").read_text()) | {"finished": False}
    record["targets"]["sha256"] = "0" * 64
    (path / "provenance.json").write_text(json.dumps(record))
    with pytest.raises(BadInput, match="labels or coordinates changed"):
        train_run(toy(), path)
