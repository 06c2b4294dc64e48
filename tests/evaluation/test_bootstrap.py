import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.evaluation.bootstrap import cluster_bootstrap, estimate


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def interval(values, stimuli, n_draws=1000) -> tuple[float, float]:
    means = cluster_bootstrap(
        np.asarray(values, float)[:, None],
        np.asarray(stimuli),
        generator=seeded(),
        n_draws=n_draws,
    )
    found = estimate(means.observed[0], means.draws[:, 0], int(means.n_stimuli[0]))
    return found.low, found.high


def test_draws_agree_with_resampling_the_images_by_hand():
    values = np.array([1.0, 2, 3, 10, 20, 7])
    stimuli = np.array([0, 0, 1, 2, 2, 2])
    means = cluster_bootstrap(values[:, None], stimuli, generator=seeded(1), n_draws=20)

    generator, by_hand = seeded(1), []
    for _ in range(20):
        images = [values[stimuli == stimulus] for stimulus in generator.integers(3, size=3)]
        by_hand.append(np.concatenate(images).mean())
    np.testing.assert_allclose(means.draws[:, 0], by_hand)
    assert means.observed[0] == pytest.approx(43 / 6)
    assert means.n_stimuli.tolist() == [3]


def test_the_interval_has_the_width_that_theory_gives():
    # The mean of 400 stimuli has a 20th of their deviation; the interval is 1.96 either way.
    values = seeded(5).standard_normal(400)
    low, high = interval(values, range(400), n_draws=4000)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.06)


def test_copies_of_a_stimulus_do_not_narrow_the_interval():
    values = seeded(5).standard_normal(50)
    once = interval(values, range(50))
    copied = interval(np.repeat(values, 100), np.repeat(np.arange(50), 100))
    assert copied == pytest.approx(once)


def test_it_covers_the_truth_about_as_often_as_it_says():
    random = seeded(7)
    hits = 0
    for _ in range(200):
        effect = random.standard_normal(40)
        values = np.repeat(effect, 3) + 0.3 * random.standard_normal(120)
        low, high = interval(values, np.repeat(np.arange(40), 3), n_draws=200)
        hits += low <= 0 <= high
    assert 0.88 <= hits / 200 <= 0.99


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 5), st.floats(-1e3, 1e3)), min_size=1, max_size=20))
def test_every_draw_lies_between_the_smallest_and_the_largest_value(images):
    stimuli, values = zip(*images, strict=True)
    means = cluster_bootstrap(
        np.array(values)[:, None], np.array(stimuli), generator=seeded(), n_draws=20
    )
    assert (means.draws >= min(values) - 1e-6).all()
    assert (means.draws <= max(values) + 1e-6).all()


def test_one_stimulus_gives_no_interval():
    low, high = interval([1.0, 2.0], [4, 4])
    assert math.isnan(low)
    assert math.isnan(high)


def test_images_without_a_measure_are_left_out_of_its_mean_alone():
    values = np.array([[1.0, 5.0], [np.nan, 6.0], [3.0, 7.0], [np.nan, np.nan]])
    stimuli = np.array([0, 0, 1, 2])
    means = cluster_bootstrap(values, stimuli, generator=seeded(2), n_draws=60)
    assert means.observed.tolist() == [2, 6]
    assert means.n_stimuli.tolist() == [2, 2]

    generator, by_hand = seeded(2), []
    for _ in range(60):
        drawn = [values[stimuli == stimulus] for stimulus in generator.integers(3, size=3)]
        rows = np.concatenate(drawn)
        by_hand.append([np.mean(c[~np.isnan(c)]) if any(c == c) else np.nan for c in rows.T])
    np.testing.assert_allclose(means.draws, by_hand)
    assert np.isnan(means.draws).any()  # stimulus 2 three times
    found = estimate(means.observed[0], means.draws[:, 0], 2)
    assert 1 <= found.low <= 2 <= found.high <= 3


def test_a_measure_that_no_image_has_is_nan():
    means = cluster_bootstrap(np.full((3, 1), np.nan), np.arange(3), generator=seeded())
    found = estimate(means.observed[0], means.draws[:, 0], int(means.n_stimuli[0]))
    assert math.isnan(found.value)
    assert math.isnan(found.low)
    assert found.n == 0
