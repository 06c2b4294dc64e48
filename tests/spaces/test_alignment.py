import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import procrustes
from scipy.stats import ortho_group

from shapespace.errors import BadInput
from shapespace.spaces.scaling.alignment import align


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_a_turned_mirrored_and_scaled_copy_falls_into_place(seed, scale):
    random = np.random.default_rng(seed)
    onto = random.standard_normal((8, 3))
    moving = scale * onto @ ortho_group.rvs(3, random_state=seed) + random.standard_normal(3)
    found = align(moving, onto)
    np.testing.assert_allclose(found.coordinates, onto, atol=1e-9)
    assert found.congruence == pytest.approx(1)
    assert found.rms_distance == pytest.approx(0, abs=1e-9)


def test_congruence_is_that_of_scipy():
    random = np.random.default_rng(0)
    x, y = random.standard_normal((2, 12, 4))
    _, _, disparity = procrustes(y, x)
    assert align(x, y).congruence == pytest.approx(np.sqrt(1 - disparity))


def test_a_space_of_fewer_dimensions_is_laid_into_one_of_more():
    onto = np.random.default_rng(0).standard_normal((9, 3))
    onto[:, 2] = 0
    assert align(onto[:, :2], onto).congruence == pytest.approx(1)


@pytest.mark.parametrize("shapes", [((5, 2), (6, 2)), ((5, 3), (5, 2))])
def test_spaces_that_do_not_match_are_refused(shapes):
    first, second = (np.random.default_rng(0).standard_normal(s) for s in shapes)
    with pytest.raises(BadInput, match="same items"):
        align(first, second)


def test_a_space_in_one_place_is_refused():
    with pytest.raises(BadInput, match="one place"):
        align(np.ones((4, 2)), np.random.default_rng(0).standard_normal((4, 2)))
