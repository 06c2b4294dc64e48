"""How many pairs of a sequence are in the wrong order: what Kendall's tau counts."""

import numpy as np
from jaxtyping import Int
from numpy import ndarray

from shapespace.evaluation.pairs.cores import on_all_cores, spans
from shapespace.evaluation.pairs.ordering import Places

Sequences = Int[ndarray, "row place"]

SHORT_BITS, LONG_BITS = 6, 12
SHORT = 1 << SHORT_BITS
"""Places whose pairs are all compared: bytes are compared 32 at a time."""
LONG = 1 << LONG_BITS
"""Places that make one row of a long sequence: as many as blocks times their places."""

PLACES_AT_ONCE = 1 << 17
"""Places of rows that are worked on together, so that they stay in the cache."""


def inversions(sequences: Sequences) -> Int[ndarray, " row"]:
    """Count in every row the pairs of which the first is larger than the second.

    A row is cut into blocks of places, and its values into bands. Two values in other blocks
    and other bands are counted from a table of how many of each band each block holds; those
    in one block, or in one band, are compared one by one. So n values cost about n times the
    root of n steps, all of them on whole arrays.

    Args:
        sequences: Each row holds every number from 0 to its length less one once; at most
            4,096 places.
    """
    n_rows, n_places = sequences.shape
    n_blocks = -(-n_places // SHORT)
    assert n_blocks <= SHORT, "longer sequences are counted by `inversions_of_long`"
    at_once = max(PLACES_AT_ONCE // max(n_blocks * SHORT, 1), 1)

    def count(span: slice) -> ndarray:
        rows = sequences[span]
        padded = np.empty((len(rows), n_blocks * SHORT), np.int32)
        padded[:, :n_places] = rows
        padded[:, n_places:] = np.arange(n_places, n_blocks * SHORT)  # in order, at the end
        return _inversions(padded)

    parts = on_all_cores(count, spans(n_rows, at_once))
    return np.concatenate([np.zeros(0, np.int64), *parts])


def inversions_of_long(sequence: Places, inverse: Places) -> int:
    """Count the inversions of one sequence of any length; see `inversions`.

    Args:
        sequence: Every number from 0 to its length less one, once.
        inverse: The place of each number in the sequence.
    """
    n_rows = -(-len(sequence) // LONG)
    at_once = max(PLACES_AT_ONCE // LONG, 1)

    def padded(values: Places, rows: slice) -> ndarray:
        found = np.arange(rows.start * LONG, rows.stop * LONG, dtype=np.int64)
        part = values[rows.start * LONG : rows.stop * LONG]
        found[: len(part)] = part
        return found.reshape(-1, LONG)

    def count(rows: slice) -> int:
        total = 0
        in_block = padded(sequence, rows)
        in_band = padded(inverse, rows) >> LONG_BITS  # those of one block count as equal here
        for values in (in_block, in_band):
            # Sorting the places by their values turns a row into the inverse of its ranks,
            # which has as many inversions; equal values stay in their order and have none.
            keys = (values << LONG_BITS) | np.arange(LONG)
            keys.sort(axis=1)
            total += int(_inversions((keys & (LONG - 1)).astype(np.int32)).sum())
        return total

    near = sum(on_all_cores(count, spans(n_rows, at_once)))
    return near + _far(sequence, n_rows)


def _far(sequence: Places, n_rows: int) -> int:
    """Count the inversions of values in other blocks and other bands."""
    total, before = 0, np.zeros(n_rows, np.int64)
    for rows in spans(len(sequence), LONG):
        here = np.bincount(sequence[rows] >> LONG_BITS, minlength=n_rows)
        higher = rows.start - before.cumsum()
        total += int(here @ higher)
        before += here
    return total


def _inversions(rows: Sequences) -> Int[ndarray, " row"]:
    n_rows, n_places = rows.shape
    n_blocks = n_places >> SHORT_BITS
    bands = rows >> SHORT_BITS
    inverse = np.empty(rows.size, np.uint16)
    firsts = np.arange(0, rows.size, n_places)
    inverse[(rows + firsts[:, None]).ravel()] = np.tile(np.arange(n_places), n_rows)

    cells = np.arange(n_rows * n_blocks).reshape(n_rows, n_blocks, 1) * n_blocks
    table = (
        np.bincount(
            (bands.reshape(n_rows, n_blocks, SHORT) + cells).ravel(),
            minlength=n_rows * n_blocks**2,
        )
        .astype(np.int32)
        .reshape(n_rows, n_blocks, n_blocks)
    )
    before = table.cumsum(axis=1, dtype=np.int32) - table
    higher = before.sum(axis=2, keepdims=True, dtype=np.int32) - before.cumsum(
        axis=2, dtype=np.int32
    )
    far = np.einsum("rbv,rbv->r", table, higher)

    in_block = _compared(bands.astype(np.uint8).reshape(-1, SHORT))
    in_band = _compared(inverse.reshape(-1, SHORT))
    return far + (in_block + in_band).reshape(n_rows, n_blocks).sum(axis=1)


def _compared(values: ndarray) -> Int[ndarray, " row"]:
    """Count the inversions of short rows by comparing all pairs, those of one distance at once."""
    columns = np.ascontiguousarray(values.T)
    counts = np.zeros(columns.shape, np.uint8)  # no more than 63 later values are smaller
    larger = np.empty(columns.shape, bool)
    for distance in range(1, SHORT):
        n = SHORT - distance
        np.greater(columns[:n], columns[distance:], out=larger[:n])
        counts[:n] += larger[:n].view(np.uint8)
    return counts.sum(axis=0, dtype=np.int64)
