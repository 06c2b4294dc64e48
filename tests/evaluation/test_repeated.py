import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.evaluation.pairs import repeated
from shapespace.evaluation.pairs.repeated import weighted_measures
from shapespace.evaluation.people.correlation import correlate


def assert_equals_repeating(distances, rated, times):
    """Compare with `correlate` of the pairs, each written down as often as it counts."""
    found = weighted_measures(distances, rated, times.astype(float))
    for draw, counts in enumerate(times.T):
        expected = correlate(np.repeat(distances, counts), np.repeat(rated, counts))
        for name, value in expected.measures().items():
            if counts.sum() >= 3:
                assert found[name][draw] == pytest.approx(value, nan_ok=True)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_counting_pairs_equals_repeating_them(seed):
    generator = np.random.default_rng(seed)
    distances = generator.integers(0, 6, 12).astype(float)
    rated = generator.integers(0, 4, 12).astype(float)
    assert_equals_repeating(distances, rated, generator.integers(0, 4, (12, 3)))


@pytest.mark.parametrize("n_values", [3, 20, 10**6])
@pytest.mark.parametrize("n_levels", [5, 100, 10**6])
def test_blocks_and_bands_of_any_kind_give_the_same(monkeypatch, n_values, n_levels):
    # Small blocks and bands, so that 300 pairs fill many, with and without equal values.
    monkeypatch.setattr(repeated, "BLOCK", 16)
    monkeypatch.setattr(repeated, "MOST_BANDS", 8)
    generator = np.random.default_rng(n_values + n_levels)
    distances = generator.integers(0, n_values, 300).astype(float)
    rated = np.floor(n_levels * (distances / n_values + generator.random(300)))
    assert_equals_repeating(distances, rated, generator.integers(0, 3, (300, 2)))


def test_a_draw_without_an_order_is_nan_and_spoils_no_other():
    distances, rated = np.array([1.0, 2, 2, 3]), np.array([1.0, 1, 2, 2])
    times = np.array([[1, 3, 0, 0], [1, 0, 0, 2], [1, 0, 0, 2], [1, 0, 0, 0]])
    found = weighted_measures(distances, rated, times.astype(float))
    for values in found.values():
        # The second draw has one pair thrice, the third nothing, the fourth equal distances.
        assert np.isnan(values).tolist() == [False, True, True, True]


def test_asking_for_one_measure_changes_no_bit_of_it():
    generator = np.random.default_rng(3)
    distances, rated = generator.random((2, 50)).round(1)
    times = generator.integers(0, 3, (50, 4)).astype(float)
    everything = weighted_measures(distances, rated, times)
    for name, values in everything.items():
        (alone,) = weighted_measures(distances, rated, times, [name]).items()
        assert alone[0] == name
        np.testing.assert_array_equal(alone[1], values)
