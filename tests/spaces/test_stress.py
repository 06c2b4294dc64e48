import numpy as np
import pytest

from shapespace.spaces.scaling.stress import FORMULAS, stresses

DISTANCES = np.array([1.0, 2.0, 3.0])
DISPARITIES = np.array([1.5, 1.5, 3.0])


def test_every_stress_by_hand():
    found = stresses(DISTANCES, DISPARITIES, np.ones(3))
    assert list(found) == list(FORMULAS)
    assert found["raw"] == pytest.approx(0.5)
    assert found["stress_1"] == pytest.approx(np.sqrt(0.5 / 14))
    assert found["stress_2"] == pytest.approx(np.sqrt(0.5 / 2))
    # The fit is the monotone one, so that the scaled form is the square of stress-1.
    assert found["normalised"] == pytest.approx(0.5 / 14)
    assert found["s_stress"] == pytest.approx(np.sqrt((1.25**2 + 1.75**2) / (2 * 1.5**4 + 81)))


def test_weights_count_and_pairs_without_are_left_out():
    distances, fitted = np.append(DISTANCES, 99.0), np.append(DISPARITIES, 0.0)
    found = stresses(distances, fitted, np.array([2.0, 1.0, 1.0, 0.0]))
    assert found["raw"] == pytest.approx(0.75)
    assert found["stress_1"] == pytest.approx(np.sqrt(0.75 / 15))


def test_a_perfect_fit_has_no_stress():
    found = stresses(DISTANCES, DISTANCES, np.ones(3))
    assert all(value == pytest.approx(0) for value in found.values())


@pytest.mark.parametrize("name", ["stress_1", "stress_2", "normalised", "s_stress"])
def test_all_but_raw_do_not_depend_on_the_unit(name):
    ours, larger = (stresses(k * DISTANCES, k * DISPARITIES, np.ones(3)) for k in (1, 7))
    assert ours[name] == pytest.approx(larger[name])


def test_a_stress_whose_denominator_is_nothing_is_not_a_number():
    assert np.isnan(stresses(np.ones(3), np.ones(3), np.ones(3))["stress_2"])
