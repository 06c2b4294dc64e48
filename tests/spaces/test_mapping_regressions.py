"""Regressions against scikit-learn's own, fitted one by one."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVR
from sklearn.utils.estimator_checks import check_estimator

from shapespace.errors import BadInput
from shapespace.spaces.mapping.regressions import (
    REGRESSIONS,
    linear_maps,
    predict_grid,
    strengths_for,
)
from shapespace.spaces.mapping.space_map import SpaceMap

N, UNITS = 50, 6


@pytest.fixture(scope="module")
def images():
    draw = np.random.default_rng(1)
    codes = draw.normal(2.0, 3.0, (N, UNITS)) * [1, 5, 0.2, 1, 1, 30]
    targets = codes[:, :2] @ draw.normal(size=(2, 3)) + draw.normal(size=(N, 3)) + 7
    return codes, targets, draw.normal(2.0, 3.0, (9, UNITS))


def _lengths(codes):
    """Centre and scale to length 1, as scikit-learn's old `normalize=True` did for the study."""
    return np.sqrt(((codes - codes.mean(axis=0)) ** 2).sum(axis=0)), codes.mean(axis=0)


def _theirs(kind, strength, codes):
    if kind == "lasso":
        lengths, mean = _lengths(codes)
        normalise = FunctionTransformer(lambda x: (x - mean) / lengths)
        return make_pipeline(
            normalise, Lasso(alpha=strength / UNITS, max_iter=10_000, tol=1e-9)
        )
    model = {
        "linear": LinearRegression(),
        "ridge": Ridge(alpha=strength * N),
        "knn": KNeighborsRegressor(int(strength)) if kind == "knn" else None,
        "svr": MultiOutputRegressor(SVR(C=strength or 1, gamma=1 / UNITS)),
    }[kind]
    return make_pipeline(StandardScaler(), model)


@pytest.mark.parametrize("kind", REGRESSIONS)
def test_every_strength_predicts_what_scikit_learn_predicts(images, kind):
    codes, targets, test = images
    strengths = strengths_for(kind, N)
    grid, again = predict_grid(kind, strengths, codes, targets, [test, codes])
    assert again.shape == (len(strengths), N, 3)
    for strength, found in zip(strengths, grid, strict=True):
        expected = _theirs(kind, strength, codes).fit(codes, targets).predict(test)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=2e-3)


def test_neighbours_beyond_the_training_images_are_not_tried():
    assert strengths_for("knn", 12) == (1, 3, 10)
    assert len(strengths_for("lasso", 12)) == 13


@pytest.mark.parametrize(
    ("kind", "strength", "words"),
    [("knn", 51, "from 1 to 50"), ("knn", 1.5, "whole number"), ("ridge", 0, "above 0"),
     ("lasso", float("nan"), "above 0")],
)  # fmt: skip
def test_an_impossible_strength_is_refused(images, kind, strength, words):
    codes, targets, test = images
    with pytest.raises(BadInput, match=words):
        predict_grid(kind, [strength], codes, targets, [test])


def test_neighbours_are_no_linear_map(images):
    with pytest.raises(BadInput, match="knn is no linear map"):
        linear_maps("knn", [3], *images[:2])


def test_a_unit_that_never_changes_has_no_weight(images):
    codes, targets, _ = images
    constant = np.hstack([codes, np.full((N, 1), 4.0)])
    for kind in ("linear", "ridge", "lasso"):
        (found,) = linear_maps(kind, [0.01], constant, targets)
        assert np.abs(found.weights[:, -1]).max() == 0
        assert np.isfinite(found.coordinates(constant)).all()


@pytest.mark.parametrize("kind", REGRESSIONS)
def test_the_estimator_predicts_as_the_grid_does(images, kind):
    codes, targets, test = images
    fitted = SpaceMap(kind, strength=3).fit(codes, targets)
    (grid,) = predict_grid(kind, [3], codes, targets, [test])
    np.testing.assert_array_equal(fitted.predict(test), grid[0])
    np.testing.assert_array_equal(fitted.transform(test), grid[0])


def test_the_maps_of_walks_are_those_of_the_estimator(images):
    codes, targets, test = images
    fitted = SpaceMap("ridge", strength=0.1).fit(codes, targets)
    np.testing.assert_array_equal(fitted.linear_map_.coordinates(test), fitted.predict(test))


def test_there_is_no_such_regression(images):
    with pytest.raises(BadInput, match="There is no regression 'forest'"):
        SpaceMap("forest").fit(*images[:2])


@pytest.mark.parametrize("regression", ["ridge", "knn"])
def test_scikit_learn_accepts_the_estimator(regression):
    strange = "check_do_not_raise_errors_in_init_or_set_params"
    check_estimator(
        SpaceMap(regression, 1),
        on_skip=None,
        expected_failed_checks={strange: "types of arguments are checked while tests run"},
    )
