"""Distances of all pairs of many stimuli, a block of rows at a time, on all cores."""

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from shapespace.arrays import Flat, Matrix
from shapespace.evaluation.pairs.cores import on_all_cores, spans

ROWS = 256
"""Rows of a block: enough for a fast product, few enough to need little memory."""

ROWS_OF_A_THREAD = 16

NEAR = 0.01
"""Share of the squared lengths of two codes, taken from the mean code, below which so much of
their squared distance cancels in products that it is computed from their difference."""


def euclidean(codes: Matrix) -> Flat:
    """Return what scipy's `pdist` does, to 1e-12 of each distance, from products of codes."""
    centred = codes - codes.mean(axis=0)
    squares = np.einsum("su,su->s", centred, centred)

    def fill(row: int, products: Flat, found: Flat) -> None:
        lengths = squares[row + 1 :] + squares[row]
        np.subtract(lengths, 2 * products, out=found)
        near = np.flatnonzero(found < NEAR * lengths)
        np.sqrt(np.maximum(found, 0, out=found), out=found)
        if len(near):
            found[near] = cdist(codes[row : row + 1], codes[row + 1 :][near])[0]

    return _filled(len(codes), fill, centred, centred)


def manhattan(codes: Matrix) -> Flat:
    """Return exactly what scipy's `pdist` does, with "cityblock"."""

    def fill(row: int, _: Flat, found: Flat) -> None:
        found[:] = cdist(codes[row : row + 1], codes[row + 1 :], "cityblock")[0]

    # There is no product to make: its place is taken by one of no units.
    return _filled(len(codes), fill, codes[:, :0], codes[:, :0])


def products_below(top: float, left: Matrix, right: Matrix) -> Flat:
    """Return the number less the product of each pair, the first row of `left`."""

    def fill(_: int, products: Flat, found: Flat) -> None:
        np.subtract(top, products, out=found)

    return _filled(len(left), fill, left, right)


def _filled(
    n: int, fill: Callable[[int, Flat, Flat], None], left: Matrix, right: Matrix
) -> Flat:
    """Return what `fill` writes for each row, given its products with the rows after it."""
    flat = np.empty(n * (n - 1) // 2)
    for rows in spans(n, ROWS):
        products = left[rows] @ right[rows.start :].T

        def work(part: slice, first: int = rows.start, products: Matrix = products) -> None:
            for place in range(part.start, part.stop):
                row = first + place
                end = (row + 1) * (2 * n - row - 2) // 2
                fill(row, products[place, place + 1 :], flat[end - (n - row - 1) : end])

        on_all_cores(work, spans(rows.stop - rows.start, ROWS_OF_A_THREAD))
    return flat
