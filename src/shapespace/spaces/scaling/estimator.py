"""A scikit-learn estimator that finds a similarity space from dissimilarities."""

from typing import Any, cast

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.spatial.distance import pdist, squareform
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import validate_data

from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.spaces.scaling.fitting import Method, scale
from shapespace.spaces.scaling.monotone import Ties


class SimilaritySpace(BaseEstimator):
    """Place items so that their distances follow their dissimilarities.

    Named as scikit-learn's `MDS`, but a pair that was not rated is nan (0 is a dissimilarity
    like any other), ties and all three methods are there, and the space is normalised: centroid
    0, mean squared norm 1, axes by falling variance.

    Args:
        n_components: Dimensions of the space, less than the items.
        metric: "precomputed" where `fit` is given a matrix of dissimilarities; else the name of
            a distance that `scipy.spatial.distance.pdist` knows, taken between rows.
        method: "classical", "metric" or "nonmetric"; see `scaling.scale`.
        ties: "primary", "secondary" or "tertiary", in nonmetric scaling.
        n_init: Layouts from which the search begins.
        random_state: Source of the random layouts, as scikit-learn takes it.

    Attributes:
        embedding_: Coordinates, one row an item.
        stress_: Stress-1 of the space; see `stress.FORMULAS`.
        kendall_tau_b_: Of the distances with the dissimilarities, over all rated pairs.
        n_features_in_: Columns that `fit` was given.
    """

    method: Method
    ties: Ties
    embedding_: Float[ndarray, "item dim"]
    stress_: float
    kendall_tau_b_: float

    def __init__(
        self,
        n_components: int = 2,
        *,
        metric: str = "precomputed",
        method: Method = "nonmetric",
        ties: Ties = "primary",
        n_init: int = 16,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.metric = metric
        self.method = method
        self.ties = ties
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> "SimilaritySpace":  # noqa: N803
        """Find the space.

        Args:
            X: Symmetric matrix of dissimilarities with 0 on its diagonal, nan where a pair was
                not rated; or one row of features an item, where `metric` is a distance.
            y: Not used; there for scikit-learn.

        Raises:
            BadInput: If the matrix is none of dissimilarities; see `scale`.
        """
        given: Any = validate_data(
            self, X, dtype=np.float64, ensure_min_samples=2,
            ensure_all_finite="allow-nan" if self.metric == "precomputed" else True,
        )  # fmt: skip
        if self.metric == "precomputed":
            if given.shape[0] != given.shape[1]:
                raise BadInput(
                    "A matrix of dissimilarities has as many rows as columns, got "
                    f"{given.shape[0]} x {given.shape[1]}. For features, name a metric."
                )
            matrix = given
        else:
            matrix = squareform(pdist(given, cast(Any, self.metric)))
        entropy = check_random_state(self.random_state).randint(2**31, size=4)
        space = scale(
            Ratings(tuple(map(str, range(len(matrix)))), matrix),
            self.n_components,
            method=self.method,
            ties=self.ties,
            n_starts=self.n_init,
            generator=np.random.default_rng(entropy.tolist()),
        )
        self.embedding_ = space.coordinates
        self.stress_ = space.stress["stress_1"]
        self.kendall_tau_b_ = space.kendall_tau_b
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Float[ndarray, "item dim"]:  # noqa: N803
        """Find the space and return its coordinates; see `fit`."""
        return self.fit(X).embedding_

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that rows are items and that pairs may be missing."""
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.metric == "precomputed"
        tags.input_tags.allow_nan = self.metric == "precomputed"
        return tags
