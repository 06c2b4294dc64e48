import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shapespace.data.home import set_directory
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import BadInput, Collision
from shapespace.studies.runs.config import RunConfig, read_config, with_settings
from shapespace.studies.runs.recipes import quick
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.runs.running import train_run
from shapespace.training.snapshot import load_model


def toy(**mixture: int) -> RunConfig:
    settings = (
        "data.side=16", "model.side=16", "model.channels=[4,6]", "model.code_size=5",
        f"data.mixture={json.dumps(mixture)}", "training.n_images=32",
        "training.images_per_epoch=16", "training.n_validation_images=8",
    )  # fmt: skip
    return with_settings(quick(), settings)


def pack_birds(shade: int) -> None:
    """Pack six drawings of one box each, `shade` pixels thick, under the name "birds"."""

    def items():
        for number in range(6):
            scan = np.full((16, 16), 255, np.uint8)
            scan[2 : 2 + shade, 2 : 8 + number] = 0
            yield Item(id=f"bird {number}", label="bird", source="", scan=scan)

    info = SetInfo(name="birds", side=16, n_images=0, bits=True, turnable=True, licence="CC0")
    pack(items(), info, set_directory("birds"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory, data_home):
    """One finished run of drawings and scribbles, with its summary."""
    path = tmp_path_factory.mktemp("runs") / "toy"
    return path, train_run(toy(drawings=4, scribbles=4), path)


def test_a_run_leaves_its_config_folds_history_model_and_provenance(finished):
    path, summary = finished
    run = RunDirectory(path)
    assert run.is_finished
    assert read_config(run.config_file) == toy(drawings=4, scribbles=4)
    assert run.history()["n_images"].tolist() == [16, 32]
    assert summary.n_images == 32
    assert summary.best_value == run.history()["validation_bce"].min()
    assert load_model(run.model).config == toy(drawings=4, scribbles=4).model
    card = (run.model / "README.md").read_text()
    assert f"{summary.best_value:.5f}" in card
    assert "stand-ins for the rated drawings" in card


def test_every_stimulus_has_one_of_five_folds(finished):
    folds = pd.read_csv(RunDirectory(finished[0]).folds_file)
    assert list(folds.columns) == ["set", "id", "group", "fold"]
    assert set(folds["set"]) == {"drawings"}  # scribbles have no end and are never split
    assert folds["id"].is_unique
    assert folds["fold"].value_counts().to_dict() == dict.fromkeys(range(5), 12)


def test_the_provenance_names_versions_data_and_machine_without_paths(finished):
    found = RunDirectory(finished[0]).provenance()
    assert found["data"]["drawings"]["images_per_batch"] == 4
    assert found["data"]["drawings"]["stand_in"] is True
    assert len(found["data"]["drawings"]["sha256"]) == 64
    assert found["data"]["scribbles"] == {"images_per_batch": 4}
    assert {"shapespace", "python", "torch", "numpy"} <= set(found["versions"])
    assert found["machine"]["device"]
    assert found["started"] <= found["ended"]


def test_a_finished_run_is_not_computed_again(finished):
    path, summary = finished
    before = {file: file.stat().st_mtime_ns for file in path.rglob("*")}
    assert train_run(toy(drawings=4, scribbles=4), path) == summary
    assert {file: file.stat().st_mtime_ns for file in path.rglob("*")} == before


def test_a_directory_with_another_run_is_refused(finished):
    path, _ = finished
    with pytest.raises(Collision, match="another config"):
        train_run(replace(toy(drawings=4, scribbles=4), seed=1), path)


def test_a_directory_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(Collision, match="not empty and not a run"):
        train_run(toy(scribbles=4), tmp_path)
    with pytest.raises(Collision, match="not empty and not a run"):
        train_run(toy(scribbles=4), tmp_path / "thesis.tex")


def test_a_config_that_was_not_written_to_its_end_does_not_block_the_directory(tmp_path):
    (tmp_path / ".config.json-4711").write_text("{")
    assert train_run(toy(scribbles=4), tmp_path).n_images == 32


def test_a_run_does_not_go_on_with_other_images(tmp_path):
    pack_birds(shade=2)
    config = toy(birds=4)
    train_run(config, tmp_path / "run")
    run = RunDirectory(tmp_path / "run")
    record = run.provenance() | {"finished": False}  # as it is while a run is under way
    run.provenance_file.write_text(json.dumps(record))
    pack_birds(shade=3)
    with pytest.raises(BadInput, match="birds changed"):
        train_run(config, tmp_path / "run")
    pack_birds(shade=2)  # brought back
    assert train_run(config, tmp_path / "run").n_images == 32
    assert run.provenance()["started"] == record["started"]


def test_sets_that_are_not_at_hand_are_left_out_and_named(tmp_path):
    summary = train_run(toy(scribbles=3, nowhere=1, elsewhere=4), tmp_path)
    (note,) = summary.notes
    assert "nowhere, elsewhere" in note
    assert "A minibatch of 8 is now scribbles 8." in note
    assert train_run(toy(scribbles=3, nowhere=1, elsewhere=4), tmp_path) == summary


def test_a_run_without_any_set_is_refused(tmp_path):
    with pytest.raises(
        BadInput, match=r"None of the sets of the mixture \(nowhere\) is at hand"
    ):
        train_run(toy(nowhere=4), tmp_path / "run")


def test_equal_configs_give_equal_models(finished, tmp_path):
    train_run(toy(drawings=4, scribbles=4), tmp_path, n_threads=1)
    one, other = (p / "model" / "model.safetensors" for p in (finished[0], tmp_path))
    assert one.read_bytes() == other.read_bytes()
