"""Ways from one code to another that look at codes alone: straight, turning, along training codes."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform
from sklearn.neighbors import kneighbors_graph

from shapespace.arrays import CodeRows
from shapespace.errors import BadInput

CodePath = Literal["linear", "spherical", "geodesic"]
"""Paths that look at codes alone."""

PathKind = Literal[CodePath, "pullback"]
"""All paths; "pullback" also looks at pictures, see `walks.pullback`."""

PATHS: dict[PathKind, str] = {
    "linear": "the straight line between the two codes",
    "spherical": "turning evenly about the mean of the training codes, the radius changing evenly",
    "geodesic": "the shortest way through a graph of training codes and their ten nearest",
    "pullback": "the way on which pictures change least in all, kept near the training codes",
}
"""What each path is, for figures and help."""

N_NEIGHBOURS = 10

_NOTHING = 1e-12

Code = Float[ndarray, " unit"]
Way = Callable[[Code, Code, int], CodeRows]
"""Start, end and number of steps to codes."""


def path_between(
    start: Code,
    end: Code,
    n_steps: int,
    *,
    kind: CodePath = "linear",
    training_codes: Float[ndarray, "training unit"],
) -> CodeRows:
    """Return codes on the way from one code to another, both included, at even steps.

    "geodesic" joins each training code and both ends with its ten nearest (Euclidean), adds the
    edges of the minimum spanning tree so that there is always a way, takes the shortest, and
    divides its length evenly.

    Args:
        start: Where the path begins.
        end: Where it ends.
        n_steps: Codes on the path, with its ends: 2 or more.
        kind: See `PATHS`.
        training_codes: Codes of training images; "linear" does not look at them.

    Raises:
        BadInput: If there are fewer than two steps, or there is no such kind.

    Reference:
        Spherical: White (2016), "Sampling Generative Networks". Graph: Tenenbaum, de Silva and
        Langford (2000), "A Global Geometric Framework for Nonlinear Dimensionality Reduction",
        Science 290.
    """
    if n_steps < 2:
        raise BadInput(f"A path has at least 2 steps, its ends; got {n_steps}.")
    shares = np.linspace(0, 1, n_steps)
    if kind == "linear":
        return start + shares[:, None] * (end - start)
    if kind == "spherical":
        return _spherical(start, end, shares, training_codes.mean(axis=0))
    if kind == "geodesic":
        return evenly_along(_shortest(start, end, training_codes), n_steps)
    raise BadInput(f"There is no path {kind!r}; choose one of {', '.join(get_args(CodePath))}.")


def grid_between(corners: Float[ndarray, "4 unit"], n_steps: int, way: Way) -> CodeRows:
    """Return n x n codes, row by row, between four: top left, top right, bottom left and right.

    The left and the right edge are paths, and every row is a path between them.

    Args:
        corners: The four codes.
        n_steps: Codes on each edge.
        way: Draws the paths, such as `path_between` with its kind set.
    """
    left, right = way(corners[0], corners[2], n_steps), way(corners[1], corners[3], n_steps)
    return np.concatenate(
        [way(first, last, n_steps) for first, last in zip(left, right, strict=True)]
    )


def evenly_along(
    polyline: CodeRows, n_steps: int, legs: Float[ndarray, " leg"] | None = None
) -> Float[ndarray, "step unit"]:
    """Return points at even distances along a polyline, its ends included.

    Args:
        polyline: Its corners.
        n_steps: Points to return.
        legs: How long each of its legs counts; Euclidean if not given.
    """
    lengths = np.linalg.norm(np.diff(polyline, axis=0), axis=1) if legs is None else legs
    keep = np.concatenate([[True], lengths > 0])
    along = np.concatenate([[0.0], np.cumsum(lengths[lengths > 0])])
    corners, wanted = polyline[keep], np.linspace(0, along[-1], n_steps)
    leg = np.clip(np.searchsorted(along, wanted, side="right") - 1, 0, max(len(along) - 2, 0))
    if len(corners) == 1:
        return np.repeat(corners, n_steps, axis=0)
    share = (wanted - along[leg]) / (along[leg + 1] - along[leg])
    return corners[leg] + share[:, None] * (corners[leg + 1] - corners[leg])


def _spherical(
    start: Code, end: Code, shares: Float[ndarray, " step"], centre: Code
) -> Float[ndarray, "step unit"]:
    radii = np.linalg.norm(start - centre), np.linalg.norm(end - centre)
    if min(radii) == 0:  # the centre has no direction
        return start + shares[:, None] * (end - start)
    first, last = (start - centre) / radii[0], (end - centre) / radii[1]
    angle = np.arccos(np.clip(first @ last, -1, 1))
    if angle < 1e-6 or angle > np.pi - 1e-6:  # the same way or opposite: no arc is the shortest
        return start + shares[:, None] * (end - start)
    turned = (
        np.sin((1 - shares) * angle)[:, None] * first + np.sin(shares * angle)[:, None] * last
    ) / np.sin(angle)
    return centre + (radii[0] + shares * (radii[1] - radii[0]))[:, None] * turned


def neighbours_and_tree(nodes: CodeRows) -> tuple[csr_array, csr_array]:
    """Return what joins codes in the graph of "geodesic", as sparse matrices of distances.

    The first joins each with its nearest (row to column), the second is a minimum spanning tree,
    each of its edges once.
    """
    near = csr_array(
        kneighbors_graph(nodes, min(N_NEIGHBOURS, len(nodes) - 1), mode="distance")
    )
    # To a graph a length of 0 is no edge: codes that are equal lie next to nothing apart.
    near.data = np.maximum(near.data, _NOTHING)
    every = squareform(np.maximum(pdist(nodes), _NOTHING))
    return near, csr_array(minimum_spanning_tree(csr_array(every)))


def _shortest(
    start: Code, end: Code, training_codes: Float[ndarray, "training unit"]
) -> CodeRows:
    nodes = np.vstack([start, end, training_codes])
    near, tree = neighbours_and_tree(nodes)
    _, predecessors = dijkstra(
        near.maximum(tree), directed=False, indices=[0], return_predecessors=True
    )
    before = predecessors[0]
    chain = [1]
    while chain[-1] != 0:
        chain.append(int(before[chain[-1]]))
    return nodes[chain[::-1]]
