"""What is fixed of a run and its space, as arrays: all that the page needs to answer by itself."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy import ndarray

from shapespace.arrays import CodeRows, Greys
from shapespace.explorer.describing import N_STEPS, REACH_WALK
from shapespace.explorer.opened import FULL, N_NEAREST, OpenRun
from shapespace.walks.cloud import Cloud
from shapespace.walks.paths import neighbours_and_tree
from shapespace.walks.walking import reaches

_ALIGNED = 8
"""Arrays begin at multiples of this, or the browser could not look at them in place."""


def facts_of(one: OpenRun) -> dict[str, Any]:
    """Return what is known of a run besides its arrays, as JSON holds it."""
    run, space = one.run, one.run.space
    return {
        "name": run.name,
        "space": space.name,
        "side": run.side,
        "names": list(one.names),
        "seen": [run.seen(name) for name in one.names],
        "directions": {name: vector.tolist() for name, vector in space.directions.items()},
        "amounts": {
            name: reaches(space.coordinates, vector, N_STEPS, REACH_WALK).tolist()
            for name, vector in space.directions.items()
        },
        "n_nearest": N_NEAREST,
        "full": FULL,
    }


def arrays_of(one: OpenRun) -> dict[str, ndarray]:
    """Return the arrays of a run, by name.

    Steps are units x dimensions: how a code changes for a unit of each dimension. Coordinates
    are ``codes @ to_space.T + origin``, the mean code of a point is ``slopes @ point + mean``.
    """
    run, to_space = one.run, one.run.space.map
    weights = to_space.weights / to_space.scale
    mean = run.filling.regression
    n_dims = len(to_space.offset)
    return {
        "stimuli": _bytes_if_exact(one.drawings),
        "stimulus_codes": _small_if_exact(one.codes),
        "stimulus_places": one.places,
        "training_codes": _small_if_exact(run.training_codes),
        "to_space": weights,
        "origin": to_space.offset - weights @ to_space.centre,
        "shortest": run.inverse("shortest"),
        "typical": run.inverse("typical"),
        "slopes": np.asarray(mean.coef_, np.float64).reshape(-1, n_dims),
        "mean": np.asarray(mean.intercept_, np.float64).reshape(-1),
        "rest": one.rest[0],
        **_graph(run.training_codes),
        **_cloud("code", run.cloud),
        **_cloud("place", one.cloud_of_places),
    }


def packed(arrays: Mapping[str, ndarray]) -> tuple[bytes, dict[str, Any]]:
    """Return arrays one behind the other, little-endian, and where each begins.

    Args:
        arrays: Bytes, integers of 4 bytes, or floats of 4 or 8.

    Returns:
        The bytes, and for each name its `type` ("uint8", "int32", "float32", "float64"),
        `shape`, and `start` in bytes.
    """
    content, index = bytearray(), {}
    for name, array in arrays.items():
        content += bytes(-len(content) % _ALIGNED)
        plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        index[name] = {
            "type": array.dtype.name,
            "shape": list(array.shape),
            "start": len(content),
        }
        content += plain.tobytes()
    return bytes(content), index


def to_json(thing: Any) -> str:
    """Return JSON in one line; numbers keep all their digits."""
    return json.dumps(thing, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _cloud(name: str, cloud: Cloud) -> dict[str, ndarray]:
    return {
        f"{name}_centre": cloud.centre,
        f"{name}_whitening": cloud.whitening,
        f"{name}_usual": cloud.usual,
    }


def _graph(codes: CodeRows) -> dict[str, ndarray]:
    """Return the edges of the graph of "geodesic", node to node and how far.

    Two more nodes, the ends of a way, change little of it: the nearest ten of a node are among
    its nearest ten here and the two, and the tree is made of edges of the tree here and of
    theirs. So the browser need not compare all codes.
    """
    edges = {}
    for name, matrix in zip(("near", "tree"), neighbours_and_tree(codes), strict=True):
        found = matrix.tocoo()
        edges[name] = np.stack([found.row, found.col], axis=1).astype(np.int32)
        edges[f"{name}_far"] = found.data
    return edges


def _small_if_exact(array: ndarray) -> ndarray:
    small = array.astype(np.float32)
    return small if np.array_equal(small, array) else array


def _bytes_if_exact(pictures: Greys) -> ndarray:
    """Return grey bytes where that loses nothing: pictures of the side they are stored with."""
    grey = np.round(pictures * 255).astype(np.uint8)
    exact = np.array_equal(grey / np.float32(255), pictures)
    return grey if exact else pictures.astype(np.float32)
