import numpy as np
import pytest

from shapespace.training.config import TrainingConfig
from shapespace.training.schedule import learning_rate

PEAK = 0.01


def rates(done, **values) -> np.ndarray:
    config = TrainingConfig(n_images=1, images_per_epoch=1, learning_rate=PEAK, **values)
    return np.array([learning_rate(config, float(share)) for share in done])


def test_a_constant_rate_is_constant():
    assert set(rates(np.linspace(0, 1, 7), schedule="constant")) == {PEAK}


def test_the_warm_up_is_a_straight_line_from_almost_nothing_to_the_peak():
    found = rates(np.linspace(0, 0.2, 9), schedule="warmup-cosine", warmup_share=0.2)
    assert 0 < found[0] < 0.01 * PEAK
    assert found[-1] == pytest.approx(PEAK)
    np.testing.assert_allclose(np.diff(found), np.diff(found)[0], rtol=1e-9)


def test_the_cosine_falls_from_the_peak_by_half_in_the_middle_to_nothing():
    found = rates([0.2, 0.4, 0.6, 0.8, 1.0], schedule="warmup-cosine", warmup_share=0.2)
    # cos 45 degrees is the square root of a half
    expected = [1, 0.5 + 0.5 * 0.5**0.5, 0.5, 0.5 - 0.5 * 0.5**0.5, 0]
    np.testing.assert_allclose(found, PEAK * np.array(expected), atol=1e-12)


def test_without_a_warm_up_the_first_step_has_the_peak():
    assert rates([0.0], schedule="warmup-cosine", warmup_share=0.0)[0] == PEAK


def test_a_warm_up_may_fill_the_whole_budget():
    found = rates([0.0, 0.5, 1.0], schedule="warmup-cosine", warmup_share=1.0)
    assert 0 < found[0] < found[1] < found[2] <= PEAK
