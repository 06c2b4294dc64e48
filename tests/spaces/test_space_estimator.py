"""The estimator of similarity spaces beside scikit-learn, known truth and our own scaling."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from sklearn.manifold import ClassicalMDS
from sklearn.utils.estimator_checks import check_estimator

from shapespace.errors import BadInput
from shapespace.spaces.scaling.alignment import align
from shapespace.spaces.scaling.estimator import SimilaritySpace


@pytest.fixture(scope="module")
def points():
    return np.random.default_rng(3).normal(size=(15, 2)) * [2, 1]


def test_scikit_learn_accepts_the_estimator():
    strange = "check_do_not_raise_errors_in_init_or_set_params"
    check_estimator(
        SimilaritySpace(1, metric="euclidean", method="metric", n_init=1, random_state=0),
        on_skip=None,
        expected_failed_checks={strange: "types of arguments are checked while tests run"},
    )


def test_classical_scaling_is_that_of_scikit_learn(points):
    matrix = squareform(pdist(points))
    ours = SimilaritySpace(2, method="classical").fit_transform(matrix)
    theirs = ClassicalMDS(2, metric="precomputed").fit_transform(matrix)
    assert align(theirs, ours).rms_distance == pytest.approx(0, abs=1e-9)
    assert (ours**2).sum(axis=1).mean() == pytest.approx(1)


@pytest.mark.parametrize("method", ["metric", "nonmetric"])
def test_a_space_with_missing_pairs_is_found_again(points, method):
    matrix = squareform(pdist(points))
    matrix[0, 5] = matrix[5, 0] = np.nan
    space = SimilaritySpace(2, method=method, n_init=8, random_state=1).fit(matrix)
    assert space.stress_ < 0.02
    assert space.kendall_tau_b_ > 0.97
    assert align(points, space.embedding_).congruence > 0.99
    again = SimilaritySpace(2, method=method, n_init=8, random_state=1).fit(matrix)
    np.testing.assert_array_equal(again.embedding_, space.embedding_)


def test_features_are_compared_by_the_metric_that_is_named(points):
    by_rows = SimilaritySpace(1, metric="cityblock", method="metric", random_state=0).fit(
        points
    )
    by_matrix = SimilaritySpace(1, method="metric", random_state=0).fit(
        squareform(pdist(points, "cityblock"))
    )
    np.testing.assert_array_equal(by_rows.embedding_, by_matrix.embedding_)


def test_an_oblong_matrix_is_refused_with_advice(points):
    with pytest.raises(BadInput, match="For features, name a metric"):
        SimilaritySpace(1).fit(points)


def test_scikit_learn_is_told_that_pairs_may_be_missing():
    assert SimilaritySpace().__sklearn_tags__().input_tags.allow_nan
    assert not SimilaritySpace(metric="euclidean").__sklearn_tags__().input_tags.pairwise
