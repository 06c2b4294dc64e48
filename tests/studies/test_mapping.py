"""Mapping codes of runs into a space: what was seen is said, and what is known comes out."""

import json

import numpy as np
import pandas as pd
import pytest

from shapespace.data.builtin import drawings_set
from shapespace.data.config import DataConfig
from shapespace.data.home import set_directory
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.data.ratings import published_dissimilarities
from shapespace.errors import BadInput
from shapespace.spaces.mapping.transfer import CodedImages
from shapespace.spaces.published import published_coordinates
from shapespace.studies.mapping.codes import (
    Standing,
    coded_copies,
    open_stimuli,
    standing,
)
from shapespace.studies.mapping.features import read_features
from shapespace.studies.mapping.measuring import MappingSettings, judge_mapping, write_mapping
from shapespace.studies.mapping.rows import Judged, Scoring, condition_rows
from shapespace.studies.runs.config import read_config
from toy_run import toy_config, train_toy_run

ITEMS = published_dissimilarities().items
KNOWN = "published coordinates in another order"
SETTINGS = MappingSettings(n_copies=2, regressions=("linear", "ridge"), n_draws=20)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return [train_toy_run(folder / name, fold=fold) for fold, name in enumerate("ab")]


@pytest.fixture(scope="module")
def found(runs):
    order = np.random.default_rng(0).permutation(60)
    names = [ITEMS[row] for row in order]
    truth = published_coordinates(4, ITEMS)[order]
    return judge_mapping(runs, dims=(4, 2), features={KNOWN: (names, truth)}, settings=SETTINGS)


def _rows(found, **cells):
    return [row for row in found["rows"] if all(row[k] == v for k, v in cells.items())]


def test_every_source_is_placed_under_every_condition(found):
    conditions = {
        (row["source"], row["train"], row["test"]) for row in found["rows"]
        if row["source"] != "baseline"
    }  # fmt: skip
    own = {("noisy", "clean"), ("noisy", "noisy"), ("clean", "clean")}
    expected = {(s, *c) for s in ("network", "untrained", "pixels") for c in own}
    assert conditions == expected | {(KNOWN, "as given", "as given")}
    assert {row["n_dims"] for row in found["rows"]} == {4, 2}
    grid = _rows(
        found, source="pixels", regression="ridge", n_dims=4, choice="fixed", test="noisy"
    )
    assert sum(row["best"] for row in grid) == 1
    assert min(grid, key=lambda row: row["mse"]["value"])["best"]


def test_features_that_are_the_coordinates_lead_there_whatever_their_order(found):
    (row,) = _rows(found, source=KNOWN, regression="linear", n_dims=4)
    assert row["mse"]["value"] == pytest.approx(0, abs=1e-9)
    assert row["r2"]["value"] == pytest.approx(1)
    assert row["n_stimuli"] == 60


def test_zero_scores_one(found):
    (row,) = _rows(found, regression="zero", n_dims=4)
    assert row["mse"]["value"] == pytest.approx(1.0, abs=1e-5)
    assert row["med"]["value"] == pytest.approx(0.994, abs=1e-4)
    assert row["r2"]["value"] == pytest.approx(0.0, abs=1e-9)
    (row,) = _rows(found, regression="shuffled", n_dims=4)
    assert row["mse"]["value"] > 0.95


def test_what_a_network_saw_is_said_beside_every_score(found, runs):
    # 36 of 60 taught each run and 12 chose its snapshot; the other 12 are held out.
    for row in _rows(found, source="network"):
        held_out = row["stimuli"] == "held out"
        assert row["share_seen"] == (0 if held_out else pytest.approx(48 / 60))
        assert row["n_stimuli"] == (24 if held_out else 60)
        assert row["n_networks"] == 2
    for source in ("untrained", "pixels", KNOWN):
        assert {row["share_seen"] for row in _rows(found, source=source)} == {0}
        assert {row["stimuli"] for row in _rows(found, source=source)} == {"all"}
    assert [run["n_held_out"] for run in found["runs"]] == [12, 12]
    assert found["stimuli"]["stand_in"]


def test_a_network_without_training_is_worth_what_it_was_before(found):
    # The toy runs hold their first weights, which the untrained network has, too.
    wanted = {"regression": "ridge", "n_dims": 4, "choice": "inside", "stimuli": "all"}
    for test in ("clean", "noisy"):
        network, untrained = (
            _rows(found, source=s, train="noisy", test=test, **wanted)[0]["mse"]["value"]
            for s in ("network", "untrained")
        )
        assert network == pytest.approx(untrained, rel=1e-4)


def test_copies_of_a_drawing_have_a_silhouette_for_each_run(found):
    keys = ("source", "run", "images", "stimuli")
    assert {tuple(row[key] for key in keys) for row in found["silhouettes"]} >= {
        ("network", "a", "clean", "all"),
        ("network", "b", "noisy", "held out"),
        ("pixels", None, "clean", "all"),
    }
    assert all(-1 <= row["cosine"]["value"] <= 1 for row in found["silhouettes"])
    assert {row["n_seen"] for row in found["silhouettes"] if row["stimuli"] == "held out"} == {
        0
    }


def test_what_is_written_is_what_was_found(found, tmp_path):
    write_mapping(found, tmp_path)
    text = (tmp_path / "mapping.json").read_text()
    assert json.loads(text) == json.loads(json.dumps(found))
    assert "NaN" not in text
    table = pd.read_csv(tmp_path / "mapping.csv")
    assert len(table) == len(found["rows"])
    assert table["mse_value"].tolist() == [row["mse"]["value"] for row in found["rows"]]
    cells = ["source", "regression", "train", "test", "n_dims", "stimuli"]
    errors = pd.read_csv(tmp_path / "errors.csv")
    means = errors.groupby(cells)["squared_error"].mean()
    chosen = table[table["choice"] != "fixed"].set_index(cells)["mse_value"]
    pd.testing.assert_series_equal(
        means.sort_index(), chosen.sort_index(), check_names=False, rtol=1e-9
    )
    assert set(errors["stimulus"]) == set(ITEMS)


def test_sources_are_compared_on_the_stimuli_that_the_network_never_saw(found):
    told = {
        (row["n_dims"], row["regression"], row["other"]): row for row in found["differences"]
    }
    pairs = {(r, other) for r in ("linear", "ridge") for other in ("untrained", "pixels")}
    assert set(told) == {
        (n, *pair) for n in (4, 2) for pair in pairs | {("linear", KNOWN), ("ridge", KNOWN)}
    }
    for row in told.values():
        assert (row["stimuli"], row["share_seen"], row["difference"]["n"]) == (
            "held out",
            0,
            24,
        )
    for (n_dims, kind, other), row in told.items():
        condition = (
            {"test": "as given"} if other == KNOWN else {"train": "noisy", "test": "clean"}
        )
        wanted = {"regression": kind, "n_dims": n_dims}
        ours, theirs = (
            next(r for r in _rows(found, source=source, **wanted, **more) if "errors" in r)
            for source, more in (
                ("network", {"train": "noisy", "test": "clean", "stimuli": "held out"}),
                (other, condition),
            )
        )
        new = ours["errors"]
        expected = np.mean([new[name] - theirs["errors"][name] for name in new])
        assert row["difference"]["value"] == pytest.approx(expected)
        assert row["difference"]["low"] <= expected <= row["difference"]["high"]
    # A linear map of the coordinates themselves is never off.
    exact = told[4, "linear", KNOWN]["difference"]
    (row,) = _rows(
        found, source="network", regression="linear", n_dims=4, test="clean", train="noisy",
        stimuli="held out",
    )  # fmt: skip
    assert exact["value"] == pytest.approx(row["mse"]["value"])


def test_copies_are_the_same_every_time_and_noise_is_what_was_asked_for(runs):
    config = read_config(runs[0] / "config.json")
    stimuli = open_stimuli("drawings", 32, None, [2])
    first, again = (
        list(coded_copies(stimuli, {"pixels": None}, config, n_copies=2, noise=0.5, seed=7))
        for _ in range(2)
    )
    for one, other in zip(first, again, strict=True):
        assert sorted(one["pixels"]["clean"].stimuli.tolist()) == list(range(60))
        for condition in ("clean", "noisy"):
            np.testing.assert_array_equal(
                one["pixels"][condition].codes, other["pixels"][condition].codes
            )
    clean, noisy = (first[0]["pixels"][c].codes.mean() for c in ("clean", "noisy"))
    assert noisy == pytest.approx(
        (clean + 0.5) / 2, abs=0.01
    )  # half of the pixels are drawn anew
    assert not np.array_equal(
        first[0]["pixels"]["clean"].codes, first[1]["pixels"]["clean"].codes
    )


def test_runs_of_two_settings_are_not_averaged(runs, tmp_path):
    other = train_toy_run(tmp_path / "other", seed=1, protocol="published")
    with pytest.raises(BadInput, match="other was not trained as a was"):
        judge_mapping([runs[0], other], settings=SETTINGS)


def test_features_without_a_stimulus_or_with_it_twice_are_refused(runs):
    names = list(ITEMS)
    for wrong, words in (
        (names[1:], "no features of"),
        ([*names, names[0]], "more than one row"),
    ):
        with pytest.raises(BadInput, match=words):
            judge_mapping(
                runs[:1],
                features={"mine": (wrong, np.zeros((len(wrong), 2)))},
                settings=SETTINGS,
            )
    with pytest.raises(BadInput, match="no finite numbers"):
        judge_mapping(
            runs[:1], features={"mine": (names, np.full((60, 2), np.nan))}, settings=SETTINGS
        )


def _pack_some(name, rows, *, ids=None, side=64):
    drawings = drawings_set(32)
    scans = drawings.gather(np.array(rows))
    ids = ids or [drawings.table["id"][row] for row in rows]
    items = [Item(id=id_, scan=scan) for id_, scan in zip(ids, scans, strict=True)]
    info = SetInfo(name=name, side=side, n_images=0, bits=False, turnable=True)
    return pack(items, info, set_directory(name))


def test_items_and_images_are_joined_by_id_and_what_is_missing_is_named():
    names = drawings_set(32).table["id"].tolist()
    _pack_some("twelve", range(12), ids=[*names[:11], "unicorn"])
    stimuli = open_stimuli("twelve", 32, None, [3, 2])
    assert set(stimuli.ids) == set(names[:11])
    assert [space.n_dims for space in stimuli.spaces] == [3, 2]
    np.testing.assert_array_equal(
        stimuli.spaces[0].coordinates, published_coordinates(3, stimuli.ids)
    )
    assert stimuli.packed.table["id"].iloc[stimuli.rows].tolist() == list(stimuli.ids)
    assert "49 of 60 items of the space have no image" in stimuli.notes[0]
    assert "'unicorn'" in stimuli.notes[1]


def test_a_handful_of_shared_ids_is_not_enough():
    _pack_some("nine", range(9))
    with pytest.raises(BadInput, match="9 ids in common; a mapping needs at least 10"):
        open_stimuli("nine", 32, None, [2])


def test_the_same_pictures_in_another_set_count_as_seen(runs):
    _pack_some("again", range(20))
    config = read_config(runs[0] / "config.json")
    stimuli = open_stimuli("again", 32, None, [2])
    again = standing(runs[0], config, stimuli)
    assert again.folds.tolist() == [row % 5 for row in range(20)]  # no folds of the run's
    dealt = pd.read_csv(runs[0] / "folds.csv").set_index("id")["fold"]
    assert again.seen.tolist() == [dealt[id_] != 0 for id_ in stimuli.ids]


def test_a_run_that_never_met_the_stimuli_saw_none_of_them(tmp_path):
    base = toy_config()
    data = DataConfig(side=32, mixture={"scribbles": 8}, noise=base.data.noise)
    path = train_toy_run(tmp_path / "strange", data=data)
    stimuli = open_stimuli("drawings", 32, None, [2])
    assert not standing(path, read_config(path / "config.json"), stimuli).seen.any()


def test_further_spaces_try_the_strengths_of_the_first_and_their_neighbours():
    draw = np.random.default_rng(4)
    truth, stimuli = draw.normal(size=(20, 5)), np.repeat(np.arange(20), 3)
    images = CodedImages(truth[stimuli] + 0.3 * draw.normal(size=(60, 5)), stimuli)
    standing_ = Standing(folds=np.arange(20) % 4, seen=np.zeros(20, bool))
    judged = [Judged({"noisy": images}, standing_)]
    spaces = {2: truth[:, :2], 3: truth[:, 2:]}
    rows = condition_rows(
        "network", "lasso", "noisy", ["noisy"], judged, spaces,
        Scoring(ids=[f"s{n}" for n in range(20)], seed=0, n_draws=5),
    )  # fmt: skip
    fixed = [row for row in rows if row["choice"] == "fixed"]
    grid = {n: [row["strength"] for row in fixed if row["n_dims"] == n] for n in spaces}
    assert len(grid[2]) == 13
    assert len(grid[3]) == 1  # the best, of those that were tried
    inside = next(r for r in rows if r["choice"] == "inside" and r["n_dims"] == 2)["strengths"]
    tried = grid[2][max(0, grid[2].index(inside[0]) - 1) : grid[2].index(inside[-1]) + 2]
    assert set(grid[3]) <= set(tried)
    assert all(r["r2"]["value"] > 0.5 for r in rows if r["choice"] == "inside")


def test_features_are_read_from_tables_and_folders(tmp_path):
    table = tmp_path / "mine.csv"
    table.write_text("stimulus,a,b\nowl,1,2.5\nbus,3,4\n")
    ids, features = read_features(table)
    assert ids == ("owl", "bus")
    np.testing.assert_array_equal(features, [[1, 2.5], [3, 4]])
    np.save(tmp_path / "features.npy", features)
    (tmp_path / "file_names.txt").write_text("owl.png\nbus.png\n")
    np.testing.assert_array_equal(read_features(tmp_path)[1], features)
    table.write_text("stimulus\nowl\n")
    with pytest.raises(BadInput, match="has no features"):
        read_features(table)


@pytest.mark.parametrize(
    ("settings", "words"), [({"n_copies": 1}, "At least 2 copies"), ({"regressions": ()}, "Name at")]
)  # fmt: skip
def test_settings_that_measure_nothing_are_refused(settings, words):
    with pytest.raises(BadInput, match=words):
        MappingSettings(**settings)
