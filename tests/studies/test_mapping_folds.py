"""Networks of all folds averaged: every stimulus is placed once by the one that never saw it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import mean_squared_error

from shapespace.data.ratings import published_dissimilarities
from shapespace.spaces.mapping.transfer import CodedImages
from shapespace.spaces.published import published_coordinates
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.mapping.codes import Standing, coded_copies, joined, open_stimuli
from shapespace.studies.mapping.measuring import MappingSettings, judge_mapping
from shapespace.studies.mapping.rows import Judged, Scoring, condition_rows, trained_rows
from shapespace.training.config import TasksConfig
from toy_run import toy_config, train_toy_run

ITEMS = published_dissimilarities().items
N_FOLDS, N_COPIES = 5, 2
SCORING = Scoring(ids=ITEMS, seed=0, n_draws=5)
FOLDS = np.arange(60) % N_FOLDS
SETTINGS = MappingSettings(
    n_copies=N_COPIES,
    regressions=("ridge", "lasso"),
    sources=("network", "untrained"),
    n_draws=20,
)


def networks(truth, offsets):
    """Networks whose codes of stimuli they saw are the places, and of others are off by so much."""
    stimuli = np.repeat(np.arange(60), N_COPIES)
    for fold in range(N_FOLDS):
        seen = fold != FOLDS
        codes = truth + offsets * ~seen[:, None]
        images = CodedImages(codes[stimuli], stimuli)
        yield Judged(
            dict.fromkeys(("clean", "noisy"), images), Standing(folds=FOLDS, seen=seen)
        )


def held_out_of(rows, **cells):
    (row,) = (
        r for r in rows
        if r["stimuli"] == "held out" and all(r[k] == v for k, v in cells.items())
    )  # fmt: skip
    return row


def test_errors_that_networks_make_on_new_stimuli_alone_are_found_again():
    truth = published_coordinates(4, ITEMS)
    offsets = np.random.default_rng(0).normal(size=truth.shape)
    judged = list(networks(truth, offsets))
    # The regression of each test fold learns from codes that are the places, so it adds nothing.
    rows = condition_rows(
        "network",
        "linear",
        "noisy",
        ["clean"],
        judged,
        {4: truth},
        SCORING,
    )
    rows += trained_rows("network", judged, (4, truth), SCORING)
    expected = (offsets**2).sum(axis=1)
    for kind in ("linear", "trained"):
        row = held_out_of(rows, regression=kind, test="clean")
        assert row["mse"]["value"] == pytest.approx(expected.mean())
        assert (row["n_stimuli"], row["n_networks"], row["share_seen"]) == (60, 5, 0)
        assert list(row["errors"].values()) == pytest.approx(expected)
        assert list(row["errors"]) == list(ITEMS)
        distances = np.diag(cdist(truth + offsets, truth))
        assert row["med"]["value"] == pytest.approx(distances.mean())
    (every,) = (
        r for r in rows
        if r["stimuli"] == "all" and (r["regression"], r["test"]) == ("trained", "clean")
    )  # fmt: skip
    assert every["mse"]["value"] == pytest.approx(
        expected.mean() / N_FOLDS
    )  # seen by four of five
    assert every["share_seen"] == pytest.approx(4 / 5)


def test_some_folds_hold_out_only_their_own_stimuli():
    truth = published_coordinates(2, ITEMS)
    offsets = np.random.default_rng(1).normal(size=truth.shape)
    judged = list(networks(truth, offsets))[1:3]
    row = held_out_of(trained_rows("network", judged, (2, truth), SCORING), test="noisy")
    chosen = np.isin(FOLDS, (1, 2))
    assert row["mse"]["value"] == pytest.approx((offsets[chosen] ** 2).sum(axis=1).mean())
    assert row["n_stimuli"] == 24


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One setting with a mapping task, on every fold; all hold the same first weights."""
    folder = tmp_path_factory.mktemp("runs")
    training = replace(toy_config().training, tasks=TasksConfig(mapping=0.1, dims=2))
    return [
        train_toy_run(folder / f"{fold}", side=16, fold=fold, training=training)
        for fold in range(N_FOLDS)
    ]


@pytest.fixture(scope="module")
def found(runs):
    return judge_mapping(runs, dims=(2, 1), settings=SETTINGS)


def test_runs_of_all_folds_hold_out_every_stimulus(found):
    for row in found["rows"]:
        if row["source"] == "network" and row["stimuli"] == "held out":
            assert (row["n_stimuli"], row["n_networks"], row["share_seen"]) == (60, 5, 0)
    assert [run["n_held_out"] for run in found["runs"]] == [12] * 5


@pytest.mark.parametrize("kind", ["ridge", "lasso"])
def test_networks_that_are_alike_hold_out_what_one_makes_of_all(found, kind):
    # Each places its fold; laid together that is one network's cross-validation over all folds.
    for n_dims in (2, 1):
        cells = {"regression": kind, "train": "noisy", "test": "clean", "n_dims": n_dims}
        new = held_out_of(found["rows"], **cells)
        (whole,) = (
            row for row in found["rows"]
            if (row["source"], row["choice"]) == ("untrained", "inside")
            and all(row[k] == v for k, v in cells.items())
        )  # fmt: skip
        for measure in ("mse", "med", "r2"):
            assert new[measure]["value"] == pytest.approx(whole[measure]["value"], rel=1e-4)


def test_units_that_were_trained_to_be_coordinates_are_scored_as_they_are(found, runs):
    rows = [row for row in found["rows"] if row["regression"] == "trained"]
    assert {row["n_dims"] for row in rows} == {2}
    assert "nothing is fitted" in found["definitions"]["regressions"]["trained"]
    run = LoadedRun(runs[0])
    stimuli = open_stimuli("drawings", run.side, None, [2])
    copies = joined(
        [
            one["run"]
            for one in coded_copies(
                stimuli, {"run": run}, run.config, n_copies=N_COPIES, noise=0.1, seed=42
            )
        ]
    )
    for test in ("clean", "noisy"):
        codes = copies[test]
        places = published_coordinates(2, stimuli.ids)[codes.stimuli]
        expected = 2 * mean_squared_error(places, codes.codes[:, :2])
        assert held_out_of(rows, test=test)["mse"]["value"] == pytest.approx(expected)
    pairs = {
        (row["other"], row["other_regression"], row["difference"]["n"])
        for row in found["differences"]
        if row["regression"] == "trained"
    }
    assert pairs == {
        (source, kind, 60) for source in ("network", "untrained") for kind in ("ridge", "lasso")
    }
