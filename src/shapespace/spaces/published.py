"""The published similarity spaces of the 60 Shapes items, their directions and regions."""

from collections.abc import Sequence
from importlib.resources import as_file, files
from typing import Literal

import numpy as np
import pandas as pd

from shapespace.arrays import Matrix
from shapespace.errors import BadInput
from shapespace.spaces.directions.candidates import Candidate

Classes = Literal["quarters", "thirds"]
"""Share of the items in the classes of a feature."""


def published_spaces() -> pd.DataFrame:
    """Return stress and tau-b of the published spaces, indexed by `dims` (1 to 10).

    All columns are of one nonmetric solution a row; `metric_stress` is the stress-1 that its
    coordinates have when disparities are in proportion to dissimilarities.
    """
    return _table("spaces.csv").set_index("dims")


def published_dims() -> list[int]:
    """Return the numbers of dimensions whose published coordinates are carried."""
    return sorted(_table("coordinates.csv")["dims"].unique().tolist())


def published_coordinates(n_dims: int, items: Sequence[str]) -> Matrix:
    """Return the coordinates of these items in a published space.

    Raises:
        BadInput: If the space is not carried, or has no such item.
    """
    table = _table("coordinates.csv")
    table = table[table["dims"] == n_dims].set_index("item")
    missing = [item for item in items if item not in table.index]
    if missing:
        raise BadInput(
            f"The published coordinates in {n_dims} dimensions have no item {missing[0]!r}; "
            f"there are spaces of {', '.join(map(str, published_dims()))} dimensions."
        )
    return table.loc[list(items), [f"d{i}" for i in range(n_dims)]].to_numpy(np.float64)


def published_candidates(n_dims: int) -> list[Candidate]:
    """Return the study's candidate directions; none beyond 5 dimensions.

    Their kappa and rho have six decimals. `visSim` is +1 for categories whose items differ.
    """
    table = _table("directions.csv").fillna({"rating_type": ""})
    axes = [f"d{i}" for i in range(n_dims)]
    return [
        Candidate(
            feature=row["feature"],
            rating_type=row["rating_type"],
            model=row["model"],
            vector=np.array([row[axis] for axis in axes], np.float64),
            kappa=row["kappa"],
            rho=row["rho"],
        )
        for row in table[table["dims"] == n_dims].to_dict("records")
    ]


def published_direction_means(n_dims: int) -> dict[str, dict[str, float]]:
    """Return kappa and rho of each feature: means over its candidates, 1 to 10 dimensions."""
    table = _table("direction_means.csv")
    table = table[table["dims"] == n_dims].set_index("feature")[["kappa", "rho"]]
    return {
        str(feature): {str(name): float(value) for name, value in row.items()}
        for feature, row in table.to_dict("index").items()
    }


def published_cosines(n_dims: int, classes: Classes) -> list[tuple[str, str, float]]:
    """Return the mean cosine of the candidates of two features, or within one.

    Args:
        n_dims: From 1 to 10.
        classes: Which share of the items made up a class: a quarter in the study's first
            figures, a third in its last.
    """
    table = _table("direction_cosines.csv")
    table = table[(table["dims"] == n_dims) & (table["classes"] == classes)]
    return list(table[["feature", "other", "cosine"]].itertuples(index=False, name=None))


def published_regions(n_dims: int, measure: str) -> dict[str, dict[str, float]]:
    """Return one measure of the categories: of the space and its three baselines.

    Args:
        n_dims: From 1 to 10.
        measure: "violations" (none beyond 5 dimensions), or "size_first_axis".

    Returns:
        By group of categories: "all", and for sizes also "VC" and "VV".
    """
    table = _table("regions.csv")
    table = table[(table["dims"] == n_dims) & (table["measure"] == measure)].set_index("of")
    values = table[["space", "uniform", "normal", "shuffled"]].to_dict("index")
    return {str(of): {str(k): float(v) for k, v in row.items()} for of, row in values.items()}


def _table(name: str) -> pd.DataFrame:
    with as_file(files("shapespace.data") / "human" / name) as path:
        return pd.read_csv(path)
