import numpy as np
import pytest

from shapespace.data.ratings import published_sample
from shapespace.evaluation.people.ceiling import split_half


def test_people_who_all_say_the_same_agree_fully():
    single = np.tile(np.arange(10.0)[:, None], (1, 6))
    found = split_half(single, generator=np.random.default_rng(0), n_splits=5)
    assert found.kendall_tau_b == found.spearman == pytest.approx(1)
    assert found.pearson_corrected == pytest.approx(1)
    assert (found.n_pairs, found.n_people) == (10, 6)


def test_correction_gives_the_reliability_of_all_people():
    # Truth and noise of equal variance, 8 people: the mean of all has 8 / (8 + 1) of its
    # variance from the truth, the mean of 4 has 4 / (4 + 1).
    generator = np.random.default_rng(0)
    single = generator.normal(size=(4000, 1)) + generator.normal(size=(4000, 8))
    found = split_half(single, generator=generator, n_splits=20)
    assert found.pearson == pytest.approx(4 / 5, abs=0.02)
    assert found.pearson_corrected == pytest.approx(8 / 9, abs=0.02)


def test_the_published_sample_has_the_known_reliability():
    found = split_half(published_sample(), generator=np.random.default_rng(0))
    assert found.pearson_corrected == pytest.approx(0.88, abs=0.005)
    assert found.kendall_tau_b < found.spearman < found.pearson
