import warnings

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from shapespace.evaluation.people import intervals
from shapespace.evaluation.people.correlation import MEASURES, correlate
from shapespace.evaluation.people.intervals import Block, agreement_estimates


def simulated(n_stimuli, noise, seed=0):
    """Distances of random points, and noisy ratings of them on a five-point scale."""
    generator = np.random.default_rng(seed)
    distances = pdist(generator.normal(size=(n_stimuli, 3)))
    rated = np.round(distances + noise * generator.normal(size=len(distances))).clip(0, 4)
    return distances, rated


def whole(distances):
    return [Block(np.arange(len(distances)), distances)]


def test_many_pairs_are_resampled_a_few_draws_at_a_time(monkeypatch):
    distances, rated = simulated(12, 0.5)

    def measured():
        generator = np.random.default_rng(7)
        return agreement_estimates(whole(distances), rated, generator=generator, n_draws=30)

    at_once = measured()
    monkeypatch.setattr(intervals, "TIMES_AT_ONCE", 7 * len(rated))
    in_parts = measured()
    for name in MEASURES:
        assert in_parts[name].low == pytest.approx(at_once[name].low)
        assert in_parts[name].high == pytest.approx(at_once[name].high)


def test_the_value_is_that_of_the_pairs_as_they_are():
    distances, rated = simulated(15, 0.5)
    found = agreement_estimates(
        whole(distances), rated, generator=np.random.default_rng(0), n_draws=50
    )
    for name, value in correlate(distances, rated).measures().items():
        assert found[name].value == pytest.approx(value)
        assert found[name].n == 15


def test_intervals_equal_those_of_rsatoolbox():
    distances, rated = simulated(25, 0.6)
    found = agreement_estimates(
        whole(distances), rated, generator=np.random.default_rng(0), n_draws=2000
    )["kendall_tau_b"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from rsatoolbox.inference import bootstrap_sample_pattern
        from rsatoolbox.rdm import RDMs, compare

        np.random.seed(0)  # noqa: NPY002 - rsatoolbox draws from the global generator
        model, data = RDMs(distances[None]), RDMs(rated[None])
        draws = []
        for _ in range(200):
            sample, picked = bootstrap_sample_pattern(data)
            same = model.subsample_pattern("index", picked)
            draws.append(compare(same, sample, method="kendall").item())
    low, high = np.quantile(draws, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    # What a great number of stimuli would give is the truth; a sample of 20 should cover it.
    truth = correlate(*simulated(300, 0.7)).pearson
    covered = [
        found.low <= truth <= found.high
        for seed in range(1, 41)
        for found in [
            agreement_estimates(
                whole(simulated(20, 0.7, seed)[0]),
                simulated(20, 0.7, seed)[1],
                generator=np.random.default_rng(seed),
                n_draws=100,
            )["pearson"]
        ]
    ]
    assert 0.8 <= np.mean(covered) <= 1


def test_more_stimuli_give_a_narrower_interval():
    widths = []
    for n_stimuli in (10, 40):
        distances, rated = simulated(n_stimuli, 0.6)
        found = agreement_estimates(
            whole(distances), rated, generator=np.random.default_rng(0), n_draws=200
        )["spearman"]
        widths.append(found.high - found.low)
    assert widths[1] < widths[0] / 1.5


def test_the_same_seed_gives_the_same_interval():
    distances, rated = simulated(12, 0.5)
    first, second = (
        agreement_estimates(
            whole(distances), rated, generator=np.random.default_rng(7), n_draws=50
        )
        for _ in range(2)
    )
    assert first == second


def test_blocks_are_scored_apart_and_averaged():
    # Each block is in full agreement; their scales differ so that all pairs together are not.
    rated = np.array([1.0, 2, 3, 4, 5, 6])
    blocks = [
        Block(np.array([0, 1, 2]), np.array([10.0, 20, 30])),
        Block(np.array([3, 4, 5]), np.array([1.0, 2, 3])),
    ]
    found = agreement_estimates(blocks, rated, generator=np.random.default_rng(0), n_draws=20)
    assert found["kendall_tau_b"].value == pytest.approx(1)
    assert found["kendall_tau_b"].n == 4


def test_only_scored_stimuli_are_counted_and_drawn():
    # Pairs among the first three of five stimuli: positions 0, 1 and 4 of the flat RDM.
    rated = np.arange(10.0)
    block = Block(np.array([0, 1, 4]), np.array([1.0, 2, 3]))
    found = agreement_estimates([block], rated, generator=np.random.default_rng(0), n_draws=50)
    assert found["kendall_tau_b"].n == 3
    assert found["kendall_tau_b"].value == pytest.approx(1)


def test_unrated_pairs_are_left_out():
    distances, rated = simulated(14, 0.5)
    rated[::4] = np.nan
    found = agreement_estimates(
        whole(distances), rated, generator=np.random.default_rng(0), n_draws=50
    )
    for name, value in correlate(distances, rated).measures().items():
        assert found[name].value == pytest.approx(value)


def test_equal_distances_give_nan_and_no_error():
    _, rated = simulated(8, 0.5)
    found = agreement_estimates(
        whole(np.ones_like(rated)), rated, generator=np.random.default_rng(0), n_draws=20
    )
    for name in MEASURES:
        assert np.isnan([found[name].value, found[name].low, found[name].high]).all()


def test_nothing_to_score_gives_nan_of_no_stimuli():
    _, rated = simulated(8, 0.5)
    found = agreement_estimates([], rated, generator=np.random.default_rng(0))
    assert np.isnan(found["spearman"].value)
    assert found["spearman"].n == 0
