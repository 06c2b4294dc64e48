"""Tests between settings: right where folds share training images, and right about chance."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from shapespace.errors import BadInput
from shapespace.studies.sweeps.comparison import (
    best_settings,
    contrast,
    corrected_mean,
    differences,
    holm,
)
from shapespace.studies.sweeps.summary import AGREEMENT, LOSS
from toy_study import summary_of

SHARE = 1 / 3  # one fold tests, three teach

# Cross-entropies of the published study, folds 0 to 4.
DEFAULT = np.array([0.12695, 0.13139, 0.13093, 0.13304, 0.12918])
DROPOUT = np.array([0.12861, 0.13229, 0.13377, 0.13276, 0.12999])


def test_the_interval_is_the_one_computed_by_hand():
    # Differences .00166 .00090 .00284 -.00028 .00081: mean .001186, variance 1.33318e-6.
    # Squared error (1/5 + 1/3) * 1.33318e-6 = 7.1103e-7, root 8.4322e-4; t = 1.40651.
    mean = corrected_mean(DROPOUT - DEFAULT, test_share=SHARE)
    assert mean.value == pytest.approx(0.001186)
    assert mean.high - mean.value == pytest.approx(2.776445 * 8.4322e-4, rel=1e-4)
    assert mean.low == pytest.approx(2 * mean.value - mean.high)
    assert mean.p_value == pytest.approx(2 * stats.t.sf(1.40651, df=4), rel=1e-4)


def test_without_shared_images_it_is_the_ordinary_t_test():
    mean = corrected_mean(DROPOUT - DEFAULT, test_share=0.0)
    ordinary = stats.ttest_rel(DROPOUT, DEFAULT)
    assert mean.p_value == pytest.approx(ordinary.pvalue)
    interval = ordinary.confidence_interval()
    assert (mean.low, mean.high) == pytest.approx((interval.low, interval.high))


def test_chance_is_found_in_one_of_twenty_at_the_correlation_it_is_made_for():
    # test / (test + training) = 1/4: the overlap Nadeau and Bengio suppose.
    draw = np.random.default_rng(0)
    n = 3000
    folds = math.sqrt(3 / 4) * draw.normal(size=(n, 5)) + 0.5 * draw.normal(size=(n, 1))
    corrected = [corrected_mean(row, test_share=SHARE).p_value < 0.05 for row in folds]
    ordinary = [corrected_mean(row, test_share=0.0).p_value < 0.05 for row in folds]
    assert np.mean(corrected) == pytest.approx(0.05, abs=0.012)
    assert np.mean(ordinary) > 0.12


def test_chance_is_found_no_more_often_in_a_real_cross_validation():
    # Two learners that are equally good on average: a line through one or the other of two
    # features that say equally much. Every repetition is a new set of data, dealt to five folds.
    draw = np.random.default_rng(1)
    corrected, ordinary = [], []
    for _ in range(800):
        x = draw.normal(size=(50, 2))
        y = x.sum(axis=1) + draw.normal(size=50)
        gaps = []
        for fold in range(5):
            part = np.arange(50) % 5
            test, train = part == fold, (part != fold) & (part != (fold - 1) % 5)
            losses = []
            for feature in x.T:
                slope = feature[train] @ y[train] / (feature[train] @ feature[train])
                losses.append(float(((y[test] - slope * feature[test]) ** 2).mean()))
            gaps.append(losses[0] - losses[1])
        corrected.append(corrected_mean(np.array(gaps), test_share=SHARE).p_value < 0.05)
        ordinary.append(corrected_mean(np.array(gaps), test_share=0.0).p_value < 0.05)
    assert np.mean(corrected) <= 0.06
    assert np.mean(corrected) < np.mean(ordinary)


def test_one_fold_has_a_mean_but_neither_interval_nor_test():
    mean = corrected_mean(np.array([0.1]), test_share=SHARE)
    assert mean.value == 0.1
    assert math.isnan(mean.low)
    assert math.isnan(mean.p_value)
    assert corrected_mean(np.array([]), test_share=SHARE).n_folds == 0


def test_folds_that_agree_to_the_digit_leave_no_doubt():
    assert corrected_mean(np.zeros(5), test_share=SHARE).p_value == 1
    assert corrected_mean(np.full(5, 0.1), test_share=SHARE).p_value == 0


def test_holm_multiplies_as_by_hand():
    # Sorted .005 .01 .03 .04 times 4 3 2 1: .02 .03 .06 and .04, raised to .06.
    assert holm([0.01, 0.04, math.nan, 0.03, 0.005]) == pytest.approx(
        [0.03, 0.06, math.nan, 0.06, 0.02], nan_ok=True
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_holm_lies_between_the_p_value_and_bonferroni(p_values):
    corrected = holm(p_values)
    for p, q in zip(p_values, corrected, strict=True):
        assert p <= q <= min(1.0, p * len(p_values)) or q == pytest.approx(p)
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(np.array(corrected)[order]) >= 0).all()


def test_settings_are_paired_by_fold():
    # Folds differ by ten times the effect, which pairing takes out.
    folds = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    effect = np.array([0.010, 0.011, 0.009, 0.010, 0.0105])
    (found,) = differences(summary_of({"default": folds, "a": folds + effect}), LOSS)
    assert found.mean.value == pytest.approx(0.0101)
    assert found.is_found
    assert found.by_fold == pytest.approx(dict(enumerate(effect)))
    assert (found.setting, found.reference) == ("a", "default")


def test_seeds_are_no_new_data():
    draw = np.random.default_rng(2)
    one = draw.normal(size=(5, 1))
    again = summary_of({"default": np.zeros((5, 4)), "a": np.repeat(one, 4, axis=1)})
    once = summary_of({"default": np.zeros((5, 1)), "a": one})
    assert differences(again, LOSS)[0].mean == differences(once, LOSS)[0].mean


def test_only_folds_and_seeds_that_both_have_count():
    default = np.array([[1.0, 3.0], [1.0, 1.0], [np.nan, np.nan]])
    other = np.array([[2.0, np.nan], [3.0, 4.0], [9.0, 9.0]])
    (found,) = differences(summary_of({"default": default, "a": other}), LOSS)
    assert found.by_fold == {0: 1.0, 1: 2.5}
    assert found.mean.n_folds == 2


def test_an_interaction_is_what_two_changes_give_beyond_their_sum():
    folds = np.linspace(0.1, 0.2, 5)
    noise = np.array([0.001, -0.001, 0.0, 0.002, -0.002])
    summary = summary_of(
        {"default": folds, "a": folds - 0.01, "b": folds - 0.02, "both": folds - 0.05 + noise}
    )
    found = contrast(summary, LOSS, {"both": 1.0, "a": -1.0, "b": -1.0, "default": 1.0})
    assert found.mean.value == pytest.approx(-0.02)
    assert found.setting == "both + default"
    assert found.reference == "a + b"


def test_unknown_settings_are_refused_with_those_there_are():
    summary = summary_of({"default": np.zeros(5), "a": np.ones(5)})
    with pytest.raises(BadInput, match="no setting 'c'; its settings are default, a"):
        contrast(summary, LOSS, {"c": 1.0})
    with pytest.raises(BadInput, match="no setting 'c' to compare with"):
        differences(summary, LOSS, reference="c")


def test_the_best_and_its_equals():
    draw = np.random.default_rng(3)
    folds = draw.normal(size=5)
    table = {
        "default": folds + 1.0 + draw.normal(size=5) * 0.01,
        "best": folds,
        "near": folds + np.array([0.05, -0.04, 0.02, 0.06, -0.01]),
        "far": folds + 0.5 + draw.normal(size=5) * 0.01,
    }
    best = best_settings(summary_of(table), LOSS)
    assert best is not None
    assert best.setting == "best"
    assert best.indistinguishable == ["best", "near"]
    assert [rival.setting for rival in best.rivals] == ["near", "far", "default"]


def test_for_a_correlation_the_largest_is_best():
    table = {"default": np.array([0.1, 0.2]), "a": np.array([0.3, 0.35])}
    best = best_settings(summary_of(table, measure=AGREEMENT), AGREEMENT)
    assert best is not None
    assert best.setting == "a"
    assert best.indistinguishable == ["a", "default"]  # two folds show little


def test_a_setting_with_few_folds_is_not_called_best():
    nan = np.nan
    table = {"default": np.array([0.1, 0.2, 0.15]), "lucky": np.array([0.01, nan, nan])}
    best = best_settings(summary_of(table), LOSS)
    assert best is not None
    assert best.setting == "default"
    assert best.indistinguishable == ["default", "lucky"]  # one fold cannot tell
    assert best_settings(summary_of({"default": np.array([nan, nan])}), LOSS) is None


def test_the_truly_best_is_among_the_equals_in_nineteen_of_twenty_studies():
    # The hardest case: the best is one of many that are nearly as good.
    draw = np.random.default_rng(4)
    kept = 0
    for _ in range(100):
        shared = draw.normal(size=(1, 6))
        table = 0.001 * np.arange(6) + np.sqrt(3 / 4) * draw.normal(size=(5, 6)) + shared / 2
        best = best_settings(summary_of({f"s{k}": table[:, k] for k in range(6)}), LOSS)
        assert best is not None
        kept += "s0" in best.indistinguishable
    assert kept / 100 >= 0.95
