"""What a study has come to, read from its files."""

import json
import math

import pandas as pd
import pytest

from shapespace.errors import BadInput
from shapespace.studies.sweeps.rows import lookup
from shapespace.studies.sweeps.summary import AGREEMENT, LOSS, plain_value, summarise
from toy_study import FLOOR, MEAN_IMAGE, one_at_a_time, results, write_study

SETTINGS = one_at_a_time(code_size=[64, 2048], levels=[[0.0]])


def by_size(setting, fold, seed):
    bce = {"default": 0.10, "code_size=64": 0.12, "code_size=2048": 0.11}.get(setting, 0.09)
    return {"bce": bce + fold / 1000 + seed / 100_000, "tau": 0.2, "best_epoch": fold + 1}


def test_every_cell_has_a_row_with_its_numbers(tmp_path):
    study = write_study(tmp_path / "s", SETTINGS, by_size, seeds=(1, 2))
    cells = summarise(study).cells
    assert len(cells) == 4 * 5 * 2
    row = cells.query("setting == 'code_size=64' and fold == 3 and seed == 2").iloc[0]
    assert row[LOSS] == pytest.approx(0.12 + 0.003 + 0.00002)
    assert row["reconstruction.explained"] == pytest.approx(
        (MEAN_IMAGE - row[LOSS]) / (MEAN_IMAGE - FLOOR)
    )
    assert row["human.euclidean.fixed.kendall_tau_b"] == pytest.approx(0.15)
    assert row["model.code_size"] == 64
    assert row["data.noise.levels"] == 0.1
    assert row["factor"] == "model.code_size"
    assert (row["best_epoch"], row["n_images"], row["state"]) == (4, 3000, "finished")
    assert not row["collapsed"]


def test_factors_hold_the_default_and_are_sorted_by_value(tmp_path):
    summary = summarise(write_study(tmp_path / "s", SETTINGS, by_size))
    assert summary.factors == {
        "model.code_size": ["code_size=64", "default", "code_size=2048"],
        "data.noise.levels": ["levels=[0.0]", "default"],
    }
    assert summary.names["model.code_size"] == "code size"


def test_cells_that_are_not_finished_have_no_numbers_and_say_why(tmp_path):
    study = write_study(
        tmp_path / "s", SETTINGS, by_size,
        unfinished=[("default", 0)], failed=[("code_size=64", 1)],
    )  # fmt: skip
    (study / "runs" / "000-2-42" / "results.json").write_text("{")
    summary = summarise(study)
    state = summary.cells.set_index(["setting", "fold"])["state"]
    assert state["default", 0] == "unfinished"
    assert state["code_size=64", 1] == "failed"
    assert state["default", 2] == "unreadable"
    assert (state == "finished").sum() == 4 * 5 - 3
    assert summary.cells.set_index(["setting", "fold"])[LOSS].isna().sum() == 3
    assert summary.problems == ["The run 000-2-42 cannot be read: it is damaged."]


def test_what_was_read_is_remembered_until_the_file_changes(tmp_path):
    study = write_study(tmp_path / "s", SETTINGS, by_size)
    first = summarise(study).cells
    pd.testing.assert_frame_equal(summarise(study).cells, first)
    memory = json.loads((study / "rows.json").read_text())
    assert len(memory["rows"]) == 4 * 5
    file = study / "runs" / "000-0-42" / "results.json"
    file.write_text(json.dumps(results({"bce": 0.5})))
    again = summarise(study).cells
    assert again.query("run_id == '000-0-42'")[LOSS].item() == 0.5
    assert (again[LOSS] != first[LOSS]).sum() == 1


def test_a_damaged_memory_is_made_anew(tmp_path):
    study = write_study(tmp_path / "s", SETTINGS, by_size)
    (study / "rows.json").write_text("{")
    assert summarise(study).cells[LOSS].notna().all()
    assert len(json.loads((study / "rows.json").read_text())["rows"]) == 4 * 5


def test_a_study_that_has_only_begun_can_be_looked_at(tmp_path):
    every = [(name, fold) for name in SETTINGS for fold in range(5)]
    summary = summarise(write_study(tmp_path / "s", SETTINGS, by_size, unfinished=every))
    assert summary.measures == ()
    assert math.isnan(summary.test_share)
    with pytest.raises(BadInput, match="No finished run of s has the measure"):
        summary.measure(LOSS)


def test_one_fold_tests_and_three_teach(tmp_path):
    summary = summarise(write_study(tmp_path / "s", SETTINGS, by_size))
    assert summary.test_share == pytest.approx(1 / 3)


def test_an_undefined_correlation_is_not_a_number(tmp_path):
    study = write_study(tmp_path / "s", SETTINGS, lambda *_: {"bce": 0.1, "tau": None})
    summary = summarise(study)
    assert summary.cells[AGREEMENT].isna().all()
    assert AGREEMENT not in [one.name for one in summary.measures]


def test_scores_of_drawing_do_not_count_where_a_run_never_learned_to_draw(tmp_path):
    def told_apart_only(setting, *_):
        drawn = {"bce": 0.1, "tau": 0.2}
        return {"bce": 0.6931, "tau": 0.3, "collapsed": None} if "64" in setting else drawn

    cells = summarise(write_study(tmp_path / "s", SETTINGS, told_apart_only)).cells
    untold = cells["setting"] == "code_size=64"
    assert cells[LOSS][untold].isna().all()
    assert cells[LOSS][~untold].notna().all()
    assert cells[AGREEMENT].notna().all()
    assert not cells["collapsed"].any()


def test_other_tasks_are_compared_by_their_own_measures(tmp_path):
    def scored(setting, *_):
        told_apart = (
            {"accuracy mine": 0.4} if setting == "default" else {"accuracy theirs": 0.3}
        )
        return {"bce": 0.1, "tau": 0.2, "mapping": 0.6} | told_apart

    key = "training.tasks"
    settings = {"default": {key: None}, "theirs": {key: {"labelled": ["theirs"]}}}
    study = write_study(tmp_path / "s", settings, scored, keys=[key], labelled=["mine"])
    summary = summarise(study)
    compared = {one.words: one for one in summary.measures if one.compares}
    assert list(compared) == [
        "cross-entropy", "tau-b Euclidean, optimised", "squared error of mapping",
        "accuracy on mine", "accuracy on theirs",
    ]  # fmt: skip
    assert compared["squared error of mapping"].lower_is_better
    assert not compared["accuracy on mine"].lower_is_better
    cells = summary.cells.groupby("setting")[compared["accuracy on mine"].name].mean()
    assert cells["default"] == 0.4
    assert math.isnan(cells["theirs"])
    asked = summarise(study, measures=[compared["accuracy on theirs"].name])
    assert asked.measures == (compared["accuracy on theirs"],)


def test_other_measures_can_be_asked_for(tmp_path):
    study = write_study(tmp_path / "s", SETTINGS, by_size)
    name = "reconstruction.by_noise_level.0.1.bce"
    summary = summarise(study, measures=[name])
    first = summary.cells.query("setting == 'default' and fold == 0")[name].item()
    assert first == pytest.approx(0.11 + 42 / 100_000)
    assert summary.measure(name).lower_is_better


def test_a_folder_that_is_no_study_is_refused(tmp_path):
    with pytest.raises(BadInput, match="There is no study in"):
        summarise(tmp_path)


def test_the_example_is_a_run_of_the_default(tmp_path):
    study = write_study(tmp_path / "s", SETTINGS, by_size)
    (study / "runs" / "000-0-42" / "config.json").write_text("{")
    summary = summarise(study)
    assert (summary.config["fold"], summary.config["model"]["code_size"]) == (1, 512)


def test_names_with_dots_are_found_at_any_depth():
    values = {"a": {"0.1": {"b": 3}, "0": {"1": {"c": 4}}}, "a.0": 5}
    assert lookup(values, "a.0.1.b") == 3
    assert lookup(values, "a.0.1.c") == 4
    assert lookup(values, "a.0") == {"1": {"c": 4}}
    assert lookup(values, "a.x") is None


def test_lists_become_cells_of_a_table():
    assert plain_value([0.1]) == 0.1
    assert plain_value([0.0, 0.1]) == "0 0.1"
    assert plain_value({"levels": [0.1], "scope": "image"}) == "levels 0.1 scope image"
    assert plain_value("none") == "none"
