import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import pdist

from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import KINDS, contributions, distances

CODES = np.random.default_rng(0).normal(size=(9, 5))
WEIGHTS = np.array([0.0, 0.5, 1.0, 2.0, 3.0])

tables = arrays(np.float64, (5, 3), elements=st.floats(-100, 100))


@pytest.mark.parametrize(
    ("kind", "scipy_name"),
    [("euclidean", "euclidean"), ("manhattan", "cityblock"), ("cosine", "cosine")],
)
def test_distances_equal_those_of_scipy(kind, scipy_name):
    assert distances(CODES, kind) == pytest.approx(pdist(CODES, scipy_name))


def test_inner_products_are_negative_so_that_they_rise_with_dissimilarity():
    codes = np.array([[1.0, 2], [3, 4], [-1, 0]])
    assert distances(codes, "inner_product").tolist() == [-11, 1, 3]


@pytest.mark.parametrize(
    ("kind", "scipy_name"), [("euclidean", "minkowski"), ("manhattan", "cityblock")]
)
def test_weighted_distances_equal_those_of_scipy(kind, scipy_name):
    expected = pdist(CODES, scipy_name, w=WEIGHTS)
    assert distances(CODES, kind, WEIGHTS) == pytest.approx(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_contributions_add_up_to_the_weighted_distance(kind):
    per_unit = contributions(CODES, kind)
    assert per_unit.shape == (36, 5)
    found = distances(CODES, kind, WEIGHTS)
    added = found**2 if kind == "euclidean" else found - 1 if kind == "cosine" else found
    assert added == pytest.approx(per_unit @ WEIGHTS)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None)
@given(codes=tables)
def test_weights_of_one_change_nothing(kind, codes):
    assert distances(codes, kind, np.ones(3)) == pytest.approx(distances(codes, kind))


def test_a_code_of_zeros_has_cosine_distance_one_to_all():
    codes = np.array([[0.0, 0], [1, 0], [0, 2]])
    assert distances(codes, "cosine").tolist() == [1, 1, 1]


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_are_in_the_order_of_squareform(kind):
    # Of four codes the last two are alike; their pair comes last.
    codes = np.array([[5.0, 0], [0, 5], [3, 3], [3, 3]])
    found = distances(codes, kind)
    assert len(found) == 6
    assert found[5] == found.min()


@pytest.mark.parametrize("weights", [np.ones(4), -np.ones(5), np.full(5, np.nan)])
def test_impossible_weights_are_refused(weights):
    with pytest.raises(BadInput, match="as many weights of 0 or more"):
        distances(CODES, "euclidean", weights)


def test_a_diverged_code_is_refused_in_plain_words():
    codes = CODES.copy()
    codes[3, 2] = np.nan
    with pytest.raises(BadInput, match="has diverged"):
        distances(codes, "manhattan")
    with pytest.raises(BadInput, match="has diverged"):
        contributions(codes, "manhattan")
