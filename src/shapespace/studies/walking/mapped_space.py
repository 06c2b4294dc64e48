"""A similarity space as a run sees it: the map from its codes, and the directions in it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Float
from numpy import ndarray

from shapespace.arrays import CodeRows, Coordinates
from shapespace.data.ratings import FEATURES, items, published_features
from shapespace.errors import BadInput
from shapespace.spaces.directions.candidates import Direction, best_directions
from shapespace.spaces.directions.features import shape_features
from shapespace.spaces.directions.files import read_directions
from shapespace.spaces.directory import read_coordinates
from shapespace.spaces.mapping.linear_map import LinearMap
from shapespace.spaces.published import published_coordinates
from shapespace.studies.runs.config import RunConfig
from shapespace.walks.readout import first_units, fit_readout

CODE = "code"
"""In place of a space: the features themselves, read directly from the code."""

Kind = Literal["fitted", "trained"]


@dataclass(frozen=True, kw_only=True)
class MappedSpace:
    """A space of a few dimensions, and the linear map from a run's codes into it."""

    name: str
    """Such as "published space, 4-D"."""
    items: tuple[str, ...]
    coordinates: Coordinates
    """Where the items lie, one row an item."""
    map: LinearMap
    kind: Kind
    """Whether the map was fitted to the codes afterwards, or is part of the network."""
    held_out_r2: Float[ndarray, " dim"] | None
    """How well a fitted map places stimuli it was not fitted to, by dimension; many of them
    were seen by the network in training. None if the map is part of the network."""
    directions: Mapping[str, Float[ndarray, " dim"]]
    """Unit vectors by feature."""

    @property
    def n_dims(self) -> int:
        return self.coordinates.shape[1]


def open_space(space: str | Path, n_dims: int) -> tuple[str, tuple[str, ...], Coordinates]:
    """Return name, items and coordinates of a space.

    Args:
        space: "published", the directory of a built space, or "code" for the three features as
            axes, which are read directly from the code.
        n_dims: Which of the spaces; not used for "code".

    Raises:
        BadInput: If there is no such space.
    """
    rated = tuple(items().index)
    if str(space) == CODE:
        return "features read from the code", rated, _features().to_numpy(np.float64)
    if str(space) == "published":
        return f"published space, {n_dims}-D", rated, published_coordinates(n_dims, rated)
    found, coordinates = read_coordinates(Path(space), n_dims)
    return f"{Path(space).name}, {n_dims}-D", found, coordinates


def map_space(
    space: str | Path, n_dims: int, *, config: RunConfig, codes: Mapping[str, np.ndarray]
) -> MappedSpace:
    """Join a run to a space.

    A run that was trained to map into this very space has its coordinates in the first units of
    the code; for all others a ridge regression from codes to coordinates is fitted.

    Args:
        space: See `open_space`.
        n_dims: See `open_space`.
        config: Of the run.
        codes: Code of each stimulus, by name.

    Raises:
        BadInput: If there is no such space, or hardly an item of it has a code.
    """
    name, names, coordinates = open_space(space, n_dims)
    known = [row for row, item in enumerate(names) if item in codes]
    if not known:
        raise BadInput(
            f"The space {space} and the drawings of the run have no item in common; such as "
            f"{names[0]!r} is not among the drawings."
        )
    rows: CodeRows = np.stack([codes[names[row]] for row in known])
    held_out = None
    if config.training.tasks.maps_into(str(space), n_dims):
        found, kind = first_units(n_dims, rows.shape[1]), "trained"
    else:
        readout = fit_readout(rows, coordinates[known])
        found, kind, held_out = readout.map, "fitted", readout.held_out_r2
    return MappedSpace(
        name=name,
        items=names,
        coordinates=coordinates,
        map=found,
        kind=kind,
        held_out_r2=held_out,
        directions=_directions(space, names, coordinates),
    )


def _directions(
    space: str | Path, names: tuple[str, ...], coordinates: Coordinates
) -> dict[str, Float[ndarray, " dim"]]:
    """Return the directions by kappa: those that `space directions` wrote beside the space, else
    those of the published features where all items have them."""
    if str(space) == CODE:
        return dict(zip(FEATURES, np.eye(len(FEATURES)), strict=True))
    found: list[Direction] = []
    with suppress(BadInput):  # none were written, or not for this number of dimensions
        found = read_directions(Path(space), coordinates.shape[1])
    if not found and set(items().index).issuperset(names):
        found = best_directions(coordinates, shape_features(names))
    return {one.feature: one.vector for one in found if one.criterion == "kappa"}


def _features() -> pd.DataFrame:
    """Return the mean of the attentive and pre-attentive ratings."""
    return (published_features("attentive") + published_features("pre-attentive")) / 2
