"""The published similarity spaces of the 60 Shapes items."""

from collections.abc import Sequence
from importlib.resources import as_file, files

import numpy as np
import pandas as pd

from shapespace.arrays import Matrix
from shapespace.errors import BadInput


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


def _table(name: str) -> pd.DataFrame:
    with as_file(files("shapespace.data") / "human" / name) as path:
        return pd.read_csv(path)
