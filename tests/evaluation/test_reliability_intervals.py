import numpy as np
import pytest

from shapespace.data.trials.aggregation import rated_pairs
from shapespace.data.trials.simulation import simulate_ratings
from shapespace.evaluation.people.reliability import (
    MEASURES,
    rater_agreement,
    split_half_reliability,
)
from shapespace.evaluation.people.reliability_intervals import reliability_estimates


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def rated(**changes):
    options = {"n_items": 12, "n_raters": 7, "share": 0.7, "noise": 0.5} | changes
    return rated_pairs(simulate_ratings(generator=seeded(), **options).trials)


def found(one, **options):
    options = {"n_draws": 20, "n_splits": 20, "generator": seeded(1)} | options
    return reliability_estimates(one.values, one.owners, **options)


def test_observed_values_are_those_without_draws():
    one = rated()
    result = found(one)
    alone = split_half_reliability(one.values, generator=seeded(1), n_splits=20)
    for measure in MEASURES:
        assert result.corrected[measure].value == getattr(alone, measure).corrected
        lower, upper = rater_agreement(one.values, measure).ceiling
        assert result.lower[measure].value == pytest.approx(lower)
        assert result.upper[measure].value == pytest.approx(upper)
    assert result.corrected["pearson"].n == 12


def test_intervals_hold_their_value_and_both_sources_are_wider_than_one():
    one = rated()
    width = {}
    for over in ("raters", "stimuli", "both"):
        result = found(one, over=over)
        for table in (result.corrected, result.attainable, result.lower, result.upper):
            for estimate in table.values():
                assert estimate.low < estimate.value < estimate.high
        width[over] = result.lower["pearson"].high - result.lower["pearson"].low
    assert width["both"] > max(width["raters"], width["stimuli"])


def test_of_unnamed_raters_only_stimuli_are_drawn():
    result = found(rated(), named=False, over="raters")
    assert result.lower == {}
    assert result.corrected["pearson"].low < result.corrected["pearson"].high


def test_the_same_seed_gives_the_same_intervals():
    assert found(rated(), n_draws=5).corrected == found(rated(), n_draws=5).corrected


def test_raters_who_say_nothing_are_counted():
    one = rated()
    one.values[0] = np.where(np.isnan(one.values[0]), np.nan, 2.0)
    assert found(one, n_draws=3).n_without == 1


def test_too_few_ratings_give_no_number():
    values = np.array([[1.0, np.nan, np.nan], [np.nan, 2.0, 3.0]])
    owners = np.array([[0, 1], [0, 2], [1, 2]])
    result = reliability_estimates(values, owners, generator=seeded(), n_draws=3, n_splits=2)
    assert np.isnan(result.corrected["kendall_tau_b"].value)
    assert np.isnan(result.lower["kendall_tau_b"].low)
