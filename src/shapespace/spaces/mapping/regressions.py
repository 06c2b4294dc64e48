"""The regressions that may lead from codes to coordinates, each along its whole grid of strengths."""

import warnings
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge, lars_path_gram
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from shapespace.arrays import CodeRows, Coordinates
from shapespace.errors import BadInput
from shapespace.spaces.mapping.linear_map import LinearMap

Regression = Literal["linear", "ridge", "lasso", "knn", "svr"]
REGRESSIONS: tuple[Regression, ...] = get_args(Regression)
LINEAR: tuple[Regression, ...] = ("linear", "ridge", "lasso")
"""Those whose coordinates are a linear function of the code."""

LASSO_STEPS = 10_000

STRENGTHS: dict[Regression, tuple[float | int, ...]] = {
    "linear": (0.0,),
    "ridge": (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0),
    "lasso": (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
    "knn": (1, 3, 10, 30, 100),
    "svr": (0.1, 1.0, 10.0),
}
"""What is tried. The lasso's are those of the study (its last three are inferred)."""

MEANINGS: dict[Regression, str] = {
    "linear": "ordinary least squares",
    "ridge": "penalty λ · n · |w|², n training images, features of variance 1",
    "lasso": "penalty α · |w|₁ with α = β / number of features, features of length 1 over the "
    "training images, as in the study",
    "knn": "mean of the k nearest training images, features of variance 1",
    "svr": "support-vector regression with a radial kernel (γ = 1 / number of features), cost C, "
    "ε 0.1, features of variance 1",
}
"""What the strength of each regression is: λ, β, k or C."""

TestUnits = Float[ndarray, "_ unit"]
"""Codes of test images, one a row."""

Grid = Float[ndarray, "strength _ dim"]
"""Coordinates of test images for every strength."""


def strengths_for(kind: Regression, n_train: int) -> tuple[float | int, ...]:
    """Return the strengths that can be tried with so many training images."""
    return tuple(s for s in STRENGTHS[kind] if kind != "knn" or s <= n_train)


def predict_grid(
    kind: Regression,
    strengths: Sequence[float | int],
    codes: CodeRows,
    targets: Coordinates,
    tests: Sequence[TestUnits],
) -> list[Grid]:
    """Fit every strength and place test images with it.

    Args:
        kind: Which regression.
        strengths: See `STRENGTHS`; all must be possible with so many images.
        codes: One row a training image.
        targets: Coordinates of each training image.
        tests: Codes of test images, in one or more groups.

    Returns:
        For each group the coordinates of its images, for every strength.

    Raises:
        BadInput: If a strength is impossible.
    """
    if kind in LINEAR:
        maps = linear_maps(kind, strengths, codes, targets)
        return [np.stack([m.coordinates(test) for m in maps]) for test in tests]
    check_strengths(kind, strengths, len(codes))
    scaler = StandardScaler().fit(codes)
    known, *asked = (np.asarray(scaler.transform(images)) for images in (codes, *tests))
    if kind == "knn":
        return _nearest(strengths, known, targets, asked)
    return _support_vectors(strengths, known, targets, asked)


def check_strengths(kind: Regression, strengths: Sequence[float | int], n_train: int) -> None:
    """Make sure that every strength is one this regression can have.

    Raises:
        BadInput: If one is not.
    """
    for strength in strengths:
        whole = float(strength).is_integer() and 1 <= strength <= n_train
        if kind == "knn" and not whole:
            raise BadInput(
                f"k-NN needs a whole number of neighbours from 1 to {n_train}, the number of "
                f"training images; got {strength:g}."
            )
        if kind in ("ridge", "lasso", "svr") and not (np.isfinite(strength) and strength > 0):
            raise BadInput(f"The strength of {kind} must be above 0, got {strength:g}.")


def linear_maps(
    kind: Regression, strengths: Sequence[float | int], codes: CodeRows, targets: Coordinates
) -> list[LinearMap]:
    """Return the linear map of every strength.

    Units that are the same for all images get the weight 0.

    Raises:
        BadInput: If the regression is not linear, or a strength is impossible.
    """
    if kind not in LINEAR:
        raise BadInput(f"{kind} is no linear map; choose one of {', '.join(LINEAR)}.")
    check_strengths(kind, strengths, len(codes))
    scaler = StandardScaler().fit(codes)
    features, offset = np.asarray(scaler.transform(codes)), targets.mean(axis=0)
    centred = targets - offset
    if kind == "lasso":
        weights = _lasso(strengths, features, centred)
    else:
        models = [
            LinearRegression(fit_intercept=False)
            if kind == "linear"
            else Ridge(alpha=strength * len(codes), fit_intercept=False)
            for strength in strengths
        ]
        weights = [np.atleast_2d(model.fit(features, centred).coef_) for model in models]
    centre, scale = np.asarray(scaler.mean_), np.asarray(scaler.scale_)
    return [LinearMap(centre=centre, scale=scale, weights=w, offset=offset) for w in weights]


def _lasso(
    strengths: Sequence[float | int], features: CodeRows, targets: Coordinates
) -> list[ndarray]:
    """Follow the whole path of the lasso by least angles, one dimension at a time.

    The path is made of straight pieces, so that every strength on it is exact; coordinate
    descent, which the study took, needs more than its 10,000 rounds where penalties are weak.
    The study's features have length 1 over the n training images, ours variance 1, hence length
    √n: the same penalty is √n times as large here.

    Reference:
        Efron et al. (2004), "Least angle regression", Annals of Statistics 32.
    """
    n, n_units = features.shape
    penalties = np.array(strengths) / n_units * np.sqrt(n)
    gram, products = features.T @ features, features.T @ targets
    weights = np.zeros((len(penalties), targets.shape[1], n_units))
    for dim in range(targets.shape[1]):
        with warnings.catch_warnings():
            # Where units depend on each other the path may end early, at a fit without error.
            warnings.simplefilter("ignore", ConvergenceWarning)
            corners, _, path = lars_path_gram(
                products[:, dim], gram, n_samples=n, alpha_min=penalties.min(),
                method="lasso", max_iter=LASSO_STEPS,
            )  # fmt: skip
        rising = corners[::-1]
        weights[:, dim] = np.stack(
            [np.interp(penalties, rising, unit[::-1]) for unit in path], axis=1
        )
    return list(weights)


def _nearest(
    strengths: Sequence[float | int],
    known: CodeRows,
    targets: Coordinates,
    asked: Sequence[TestUnits],
) -> list[Grid]:
    """Look for the largest number of neighbours once; the smaller ones lie among them."""
    finder = NearestNeighbors(n_neighbors=int(max(strengths))).fit(known)
    grids = []
    for test in asked:
        near = targets[finder.kneighbors(test, return_distance=False)]
        grids.append(np.stack([near[:, : int(k)].mean(axis=1) for k in strengths]))
    return grids


def _support_vectors(
    strengths: Sequence[float | int],
    known: CodeRows,
    targets: Coordinates,
    asked: Sequence[TestUnits],
) -> list[Grid]:
    """Fit each dimension for itself, all with the same kernels."""
    gamma = 1 / known.shape[1]
    kernel = rbf_kernel(known, gamma=gamma)
    across = [rbf_kernel(test, known, gamma=gamma) for test in asked]
    grids = [np.empty((len(strengths), len(test), targets.shape[1])) for test in asked]
    for row, cost in enumerate(strengths):
        for dim, target in enumerate(targets.T):
            model = SVR(kernel="precomputed", C=cost).fit(kernel, target)
            for grid, similarities in zip(grids, across, strict=True):
                grid[row, :, dim] = model.predict(similarities)
    return grids
