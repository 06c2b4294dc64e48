"""A scikit-learn estimator that places codes in a similarity space."""

from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from shapespace.errors import BadInput
from shapespace.spaces.mapping.linear_map import LinearMap
from shapespace.spaces.mapping.regressions import (
    LINEAR,
    REGRESSIONS,
    Regression,
    check_strengths,
    linear_maps,
    predict_grid,
)


class SpaceMap(MultiOutputMixin, RegressorMixin, TransformerMixin, BaseEstimator):
    """Learn where codes lie in a similarity space, and place new ones.

    Args:
        regression: "linear", "ridge", "lasso", "knn" or "svr".
        strength: λ of ridge, β of lasso, k of k-NN, C of SVR (see `regressions.MEANINGS`);
            not used by "linear".

    Attributes:
        linear_map_: The fitted `LinearMap`, for the linear ones only; walks build on it.
        n_features_in_: Units of the codes.

    Examples:
        >>> import numpy as np
        >>> codes = np.random.default_rng(0).normal(size=(60, 5))
        >>> coordinates = codes[:, :2] * [1.0, 0.5]
        >>> round(SpaceMap(strength=1e-6).fit(codes, coordinates).score(codes, coordinates), 3)
        1.0
    """

    linear_map_: LinearMap

    def __init__(self, regression: str = "ridge", strength: float | int = 1.0) -> None:
        self.regression = regression
        self.strength = strength

    def fit(self, X: Any, y: Any) -> "SpaceMap":  # noqa: N803
        """Learn the map.

        Args:
            X: Codes, one row an image.
            y: Coordinates of each image's stimulus; or one number each.

        Raises:
            BadInput: If there is no such regression, or it cannot have this strength.
        """
        kind = self._kind()
        checked: Any = validate_data(
            self,
            X,
            y,
            multi_output=True,
            y_numeric=True,
            dtype=np.float64,
            ensure_min_samples=2,
        )
        codes, targets = checked[0], np.asarray(checked[1], np.float64)
        self._flat = targets.ndim == 1
        columns = targets.reshape(len(targets), -1)
        check_strengths(kind, [self.strength], len(codes))
        if kind in LINEAR:
            (self.linear_map_,) = linear_maps(kind, [self.strength], codes, columns)
        else:
            self._known = (codes, columns)
        self.is_fitted_ = True
        return self

    def predict(self, X: Any) -> Float[ndarray, "..."]:  # noqa: N803
        """Return where codes lie, one row each."""
        check_is_fitted(self)
        codes: Any = validate_data(self, X, reset=False, dtype=np.float64)
        kind = self._kind()
        if kind in LINEAR:
            found = self.linear_map_.coordinates(codes)
        else:
            (grid,) = predict_grid(kind, [self.strength], *self._known, [codes])
            found = grid[0]
        return found[:, 0] if self._flat else found

    def transform(self, X: Any) -> Float[ndarray, "..."]:  # noqa: N803
        """Return the same as `predict`, so that a map can be a step of a pipeline."""
        return self.predict(X)

    def _kind(self) -> Regression:
        for kind in REGRESSIONS:
            if kind == self.regression:
                return kind
        raise BadInput(
            f"There is no regression {self.regression!r}; choose one of "
            f"{', '.join(REGRESSIONS)}."
        )
