"""What lies near a point, against points on a line that anyone can count."""

import numpy as np
import pytest

from shapespace.spaces.mapping.neighbours import surroundings

LINE = np.arange(6.0)[:, None]
NAMES = list("abcdef")


def test_the_nearest_come_first_with_their_distances():
    found = surroundings(np.array([1.2]), NAMES, LINE, n_nearest=3)
    assert [name for name, _ in found.nearest] == ["b", "c", "a"]
    assert [far for _, far in found.nearest] == pytest.approx([0.2, 0.8, 1.2])
    assert found.prototype is None
    assert found.shares == {}


def test_a_category_is_told_by_its_mean_and_by_the_share_of_neighbours():
    # Means: low 1, high 4. At 2.4 the mean of the low ones is nearer.
    categories = ["low"] * 3 + ["high"] * 3
    found = surroundings(np.array([2.4]), NAMES, LINE, categories, n_nearest=5)
    assert found.prototype == ("low", pytest.approx(1.4))
    assert found.shares == {"low": 0.6, "high": 0.4}


def test_a_space_of_few_stimuli_has_as_many_neighbours():
    found = surroundings(np.array([0.0]), NAMES[:2], LINE[:2], ["x", "x"])
    assert len(found.nearest) == 2
    assert found.shares == {"x": 1.0}
