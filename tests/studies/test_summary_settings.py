"""Means, spreads, importance and front of settings, against slow and obvious versions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shapespace.studies.sweeps.front import front, nondominated
from shapespace.studies.sweeps.importance import (
    grids,
    importance,
    variance_of_levels,
    variance_parts,
)
from shapespace.studies.sweeps.settings import progress, setting_scores
from shapespace.studies.sweeps.summary import AGREEMENT, LOSS, summarise
from toy_study import as_published, one_at_a_time, part8_settings, summary_of, write_study

NAN = math.nan


def test_spread_over_folds_and_over_seeds_are_told_apart():
    # Folds 1, 2, 3; seeds differ by +-0.1 within a fold: variance of two seeds 0.02.
    table = np.array([[0.9, 1.1], [1.9, 2.1], [2.9, 3.1]])
    (one,) = setting_scores(summary_of({"default": table}), LOSS)
    assert one.mean.value == pytest.approx(2.0)
    assert one.sd_folds == pytest.approx(1.0)
    assert one.sd_seeds == pytest.approx(math.sqrt(0.02))


def test_one_seed_has_no_spread_of_seeds_and_missing_folds_do_not_count():
    (one,) = setting_scores(summary_of({"default": np.array([1.0, NAN, 3.0])}), LOSS)
    assert one.mean.n_folds == 2
    assert one.mean.value == 2.0
    assert math.isnan(one.sd_seeds)


def test_progress_counts_what_became_of_the_cells(tmp_path):
    study = write_study(
        tmp_path / "s", one_at_a_time(code_size=[64]),
        lambda setting, fold, _: {"bce": 0.1, "collapsed": fold == 0, "best_epoch": fold + 1},
        unfinished=[("default", 3)], failed=[("default", 4)],
    )  # fmt: skip
    default, other = progress(summarise(study))
    assert (default.n_cells, default.n_finished, default.n_failed) == (5, 3, 1)
    assert (other.n_finished, other.n_collapsed) == (5, 1)
    assert default.best_epochs == (1, 2, 3)


def test_a_factor_that_does_nothing_has_no_importance():
    draw = np.random.default_rng(0)
    noise = {f"n{k}": draw.normal(size=5) * 0.01 for k in range(4)}
    real = {f"r{k}": k + draw.normal(size=5) * 0.01 for k in range(4)}
    values = {name: {"nothing": k} for k, name in enumerate(noise)}
    values |= {name: {"real": k} for k, name in enumerate(real)}
    first, second = importance(summary_of(noise | real, values=values), LOSS)
    assert first.factor == "real"
    assert first.share == pytest.approx(1, abs=1e-3)
    assert (first.lowest, first.highest) == pytest.approx((0, 3), abs=0.02)
    assert second.variance < 1e-4
    left = importance(
        summary_of(noise | real, values=values), LOSS, leave_out=["r1", "r2", "r3"]
    )
    assert [one.factor for one in left] == ["nothing"]


def test_the_variance_of_levels_is_right_on_average():
    # True means 0, 1, 2 have variance 2/3; folds add 4 of their own, and noise of variance 1.
    draw = np.random.default_rng(1)
    tables = (
        np.array([0.0, 1, 2])
        + 2 * draw.normal(size=(2000, 5, 1))
        + draw.normal(size=(2000, 5, 3))
    )
    estimates = [variance_of_levels(table) for table in tables]
    assert np.mean(estimates) == pytest.approx(2 / 3, rel=0.06)


def test_parts_of_a_grid_are_those_of_an_analysis_of_variance_by_hand():
    # Rows 0, 2 and columns 0, 4 add up; the last cell has 4 more.
    parts = variance_parts(np.array([[0.0, 4.0], [2.0, 10.0]]))
    # Mean 4; row means 2, 6: variance 4; column means 1, 7: variance 9; the rest is +-1.
    assert parts == pytest.approx({(0,): 4.0, (1,): 9.0, (0, 1): 1.0})


@given(arrays(float, (2, 3, 2), elements=st.floats(-10, 10)))
@settings(max_examples=30, deadline=None)
def test_parts_add_up_to_the_variance(grid):
    assert sum(variance_parts(grid).values()) == pytest.approx(float(grid.var()), abs=1e-9)


def test_the_published_study_holds_three_full_grids(tmp_path):
    summary = summarise(write_study(tmp_path / "s", part8_settings(), as_published))
    found = {grid.factors: grid for grid in grids(summary, LOSS)}
    assert set(found) == {
        ("model.code_size", "training.l2_encoder"),
        ("model.code_size", "model.encoder_dropout"),
        ("training.l2_encoder", "model.encoder_dropout"),
    }
    crossed = found["training.l2_encoder", "model.encoder_dropout"]
    assert crossed.n_settings == 4
    # Published means .13030 .10997 .11941 .08277: the effects by hand, in units of 1e-5.
    decay, dropout = (13030 + 11941 - 10997 - 8277) / 4, (13030 + 10997 - 11941 - 8277) / 4
    both = (13030 - 10997 - 11941 + 8277) / 4
    total = decay**2 + dropout**2 + both**2
    assert list(crossed.shares.values()) == pytest.approx(
        [decay**2 / total, dropout**2 / total, both**2 / total], abs=1e-3
    )


def test_without_crossed_factors_there_is_no_grid(tmp_path):
    study = write_study(tmp_path / "s", one_at_a_time(code_size=[64, 32]), as_if_equal)
    assert grids(summarise(study), LOSS) == []


def as_if_equal(setting, fold, seed):
    return {"bce": 0.1, "tau": 0.2}


@given(arrays(float, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 5)))
@settings(max_examples=60, deadline=None)
def test_the_front_is_what_no_other_point_beats(points):
    slow = [not any((q >= p).all() and (q > p).any() for q in points) for p in points]
    assert nondominated(points).tolist() == slow


def test_the_front_knows_which_way_is_better(tmp_path):
    bce = {"default": 0.12, "code_size=64": 0.10, "code_size=2048": 0.11, "code_size=16": 0.13}
    tau = {"default": 0.20, "code_size=64": 0.10, "code_size=2048": 0.30, "code_size=16": 0.05}

    def score(setting, fold, seed):
        swapped = setting == "code_size=64" and fold == 0  # beaten in the first fold alone
        return {"bce": bce[setting] + 0.1 * swapped, "tau": tau[setting]}

    study = write_study(tmp_path / "s", one_at_a_time(code_size=[64, 2048, 16]), score)
    points = {one.setting: one for one in front(summarise(study))}
    assert [name for name, one in points.items() if one.on_front] == ["code_size=2048"]
    assert points["code_size=64"].n_folds_on_front == 4
    assert points["code_size=2048"].n_folds_on_front == 5
    assert points["default"].x == pytest.approx(0.12)
    assert points["default"].y == pytest.approx(0.20)


def test_a_fold_that_only_one_measure_knows_does_not_count(tmp_path):
    def scored(setting, fold, _):
        drawn = {"bce": 0.1, "tau": 0.2}
        return drawn | ({"collapsed": None} if fold == 2 or setting == "code_size=64" else {})

    study = write_study(tmp_path / "s", one_at_a_time(code_size=[64]), scored)
    (point,) = front(summarise(study))
    assert (point.setting, point.n_folds) == ("default", 4)


def test_undefined_agreement_leaves_a_setting_out_of_the_front(tmp_path):
    def score(setting, fold, seed):
        return {"bce": 0.1, "tau": None if setting == "code_size=64" else 0.2}

    study = write_study(tmp_path / "s", one_at_a_time(code_size=[64]), score)
    assert [one.setting for one in front(summarise(study))] == ["default"]
    assert summarise(study).measure(AGREEMENT).words == "tau-b Euclidean, optimised"
