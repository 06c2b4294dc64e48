"""What agreement with people is worth without learning: pixels, and ratings dealt at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from shapespace.arrays import Flat, Matrix, Scans, Square
from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import KINDS, distances
from shapespace.evaluation.pairs.inversions import LONG
from shapespace.evaluation.pairs.ranks import tau_b_of_rows
from shapespace.evaluation.people.correlation import kendall_tau_b

Reduction = Literal["mean", "min", "max"]

BLOCK_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 26, 32, 40, 48, 56)
"""Sides of the blocks tried by default, in pixels of a 224-pixel image."""

N_SHUFFLES = 200
"""Shuffles behind what is called agreement by chance; the least p-value is 1/201."""


def pixel_codes(scans: Scans, block: int, reduction: Reduction) -> Matrix:
    """Return the grey values of square blocks of pixels, one row an image, from 0 to 1.

    Args:
        scans: The images; paper is added below and to the right where blocks stick out.
        block: Side of a block in pixels; 1 gives the pixels themselves.
        reduction: What stands for a block: its mean, its darkest ("min") or its lightest pixel.

    Raises:
        BadInput: If the block is smaller than a pixel or larger than the image.
    """
    n, height, width = scans.shape
    if not 1 <= block <= min(height, width):
        raise BadInput(
            f"A block must have a side between 1 and {min(height, width)} pixels, got {block}."
        )
    missing = (-height % block, -width % block)
    padded = np.pad(scans, ((0, 0), (0, missing[0]), (0, missing[1])), constant_values=255)
    rows, columns = padded.shape[1] // block, padded.shape[2] // block
    # Whole lines of pixels first, which lie side by side in memory.
    reduce = {"mean": np.add, "min": np.minimum, "max": np.maximum}[reduction].reduce
    wide = np.int64 if reduction == "mean" else np.uint8
    lines = reduce(padded.reshape(n, rows, block, -1), axis=2, dtype=wide)
    reduced = reduce(lines.reshape(n, rows, columns, block), axis=3, dtype=wide).reshape(n, -1)
    return reduced / block**2 / 255.0 if reduction == "mean" else reduced / 255.0


def pixel_search(
    scans: Scans, ratings: Ratings, block_sizes: Sequence[int] = BLOCK_SIZES
) -> pd.DataFrame:
    """Return tau-b of pixel distances with the ratings for every block size, way and distance.

    The best of so many is chosen on the ratings it is scored on, so it is a generous baseline.

    Args:
        scans: One image a stimulus, in the order of the ratings.
        ratings: What people said.
        block_sizes: Sides of blocks in pixels; those larger than the image are left out.

    Returns:
        Columns block, reduction, distance, kendall_tau_b; best first.
    """
    side = min(scans.shape[1:])
    rows = [
        (block, reduction, kind, kendall_tau_b(distances(codes, kind), ratings.flat))
        for block in block_sizes
        if block <= side
        for reduction in ("mean", "min", "max")
        if block > 1 or reduction == "mean"  # single pixels are their own mean, min and max
        for codes in [pixel_codes(scans, block, reduction)]
        for kind in KINDS
    ]
    table = pd.DataFrame(rows, columns=["block", "reduction", "distance", "kendall_tau_b"])
    return table.sort_values("kendall_tau_b", ascending=False, kind="stable", ignore_index=True)


@dataclass(frozen=True, kw_only=True)
class Chance:
    """Agreement (tau-b) with ratings whose stimuli were dealt anew at random."""

    mean: float
    percentile_95: float
    """Agreement that only one in twenty shuffles exceeds."""
    p_value: float
    """Chance of shuffled ratings to agree at least as well as the real ones do."""
    n: int
    """Shuffles."""


def shuffled_ratings(
    flat_distances: Flat,
    matrix: Square,
    *,
    generator: np.random.Generator,
    n_shuffles: int = N_SHUFFLES,
) -> Chance:
    """Set distances against ratings whose stimuli have swapped names.

    Rows and columns are dealt together, so that shuffled ratings are as consistent among
    themselves as the real ones (the Mantel test).

    Args:
        flat_distances: One distance a pair, in the order of scipy's `squareform`.
        matrix: The dissimilarities of the same stimuli; nan where a pair was not rated.
        generator: Source of the randomness.
        n_shuffles: How often to deal.

    Reference:
        Mantel (1967), "The detection of disease clustering", Cancer Research 27.
    """
    first, second = np.triu_indices(len(matrix), 1)
    orders = [np.arange(len(matrix))]
    orders += [generator.permutation(len(matrix)) for _ in range(n_shuffles)]
    shuffled = (matrix[order[first], order[second]] for order in orders)
    if len(first) <= LONG and not np.isnan(matrix).any():
        taus = tau_b_of_rows(flat_distances, np.stack(list(shuffled)))
    else:
        taus = np.array([kendall_tau_b(flat_distances, flat) for flat in shuffled])
    real, dealt = taus[0], taus[1:]
    if np.isnan(real) or np.isnan(dealt).any():
        return Chance(
            mean=float("nan"), percentile_95=float("nan"), p_value=float("nan"), n=n_shuffles
        )
    return Chance(
        mean=float(dealt.mean()),
        percentile_95=float(np.quantile(dealt, 0.95)),
        # The real ratings are one of the ways to deal, so the chance is never zero.
        p_value=float((1 + (dealt >= real).sum()) / (1 + n_shuffles)),
        n=n_shuffles,
    )
