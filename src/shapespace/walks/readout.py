"""A linear read-out: what codes say of coordinates or features, fitted to a few known stimuli."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold

from shapespace.arrays import CodeRows, Coordinates
from shapespace.errors import BadInput
from shapespace.spaces.mapping.linear_map import LinearMap

PENALTIES = np.logspace(-1, 6, 15)
"""Ridge penalties that are tried, for units of mean 0 and variance 1."""

N_FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class Readout:
    """A map from codes, and how well it does on stimuli it was not fitted to."""

    map: LinearMap
    held_out_r2: Float[ndarray, " dim"]
    """Of every dimension, predicted in five folds over stimuli: 1 is perfect, 0 no better than
    the mean, below 0 worse."""
    n_stimuli: int


def fit_readout(codes: CodeRows, targets: Coordinates) -> Readout:
    """Fit a ridge regression from codes to targets, its penalty chosen by leaving one out.

    Args:
        codes: One row a stimulus.
        targets: Where each stimulus lies, or its features.

    Raises:
        BadInput: If there are fewer than ten stimuli.
    """
    if len(codes) < 2 * N_FOLDS:
        raise BadInput(
            f"A read-out needs at least {2 * N_FOLDS} stimuli whose codes and coordinates are "
            f"known, got {len(codes)}."
        )
    predicted = np.empty_like(targets)
    for rest, part in KFold(N_FOLDS, shuffle=True, random_state=0).split(codes):
        predicted[part] = _fit(codes[rest], targets[rest]).coordinates(codes[part])
    return Readout(
        map=_fit(codes, targets),
        held_out_r2=np.atleast_1d(r2_score(targets, predicted, multioutput="raw_values")),
        n_stimuli=len(codes),
    )


def first_units(n_dims: int, n_units: int) -> LinearMap:
    """Return the map of a model whose first units are the coordinates themselves."""
    return LinearMap(
        centre=np.zeros(n_units),
        scale=np.ones(n_units),
        weights=np.eye(n_dims, n_units),
        offset=np.zeros(n_dims),
    )


def _fit(codes: CodeRows, targets: Coordinates) -> LinearMap:
    centre, spread = codes.mean(axis=0), codes.std(axis=0)
    scale = np.where(spread > 1e-9 * max(spread.max(), 1e-9), spread, 1.0)
    ridge = RidgeCV(alphas=PENALTIES).fit((codes - centre) / scale, targets)
    return LinearMap(
        centre=centre,
        scale=scale,
        weights=np.asarray(ridge.coef_, np.float64).reshape(targets.shape[1], -1),
        offset=np.asarray(ridge.intercept_, np.float64).reshape(-1),
    )
