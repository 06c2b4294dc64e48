"""How firmly the items stand: spaces of resampled ratings, and an ellipse for each item."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.stats import chi2

from shapespace.arrays import Flat, Matrix
from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.spaces.scaling.alignment import align
from shapespace.spaces.scaling.fitting import Space, checked, connected, transformation
from shapespace.spaces.scaling.held_out import pooled
from shapespace.spaces.scaling.monotone import Rows
from shapespace.spaces.scaling.smacof import smacof

N_DRAWS = 200


class Ellipse(NamedTuple):
    """An ellipse about an item's place, in units of the space."""

    length: float
    breadth: float
    angle_degrees: float
    """Of the longer axis, counter-clockwise from the first dimension shown."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Stability:
    """Where the items of a space come to lie when its ratings are drawn anew."""

    over: Literal["pairs", "raters"]
    """What was drawn with replacement: the pairs, or the raters with all they said."""
    covariances: Float[ndarray, "item dim dim"]
    """Of each item's place, about its place in the space, in units of the space squared."""
    n_draws: int
    n_left_out: int
    """Draws whose pairs did not connect all items, and which are not among `n_draws`."""

    @property
    def spread(self) -> Float[ndarray, " item"]:
        """Root of the mean squared distance of each item from its place."""
        return np.sqrt(np.trace(self.covariances, axis1=1, axis2=2))

    def ellipse(self, item: int, axes: tuple[int, int], share: float = 0.95) -> Ellipse:
        """Return the ellipse that holds this share of an item's places, were they normal.

        Args:
            item: Row of the item.
            axes: The two dimensions that are shown.
            share: Between 0 and 1.
        """
        values, vectors = np.linalg.eigh(self.covariances[item][np.ix_(axes, axes)])
        radii = np.sqrt(np.maximum(values, 0.0) * chi2.ppf(share, 2))
        angle = np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1]))
        return Ellipse(2 * float(radii[1]), 2 * float(radii[0]), float(angle))


def resample(
    space: Space,
    ratings: Ratings,
    *,
    single: Matrix | None = None,
    weights: Flat | None = None,
    n_draws: int = N_DRAWS,
    generator: np.random.Generator,
) -> Stability:
    """Draw the ratings again and again, fit a space to each, and lay it on the first.

    Each fit begins from the space itself, so the ellipses show how firm this solution is, not
    which other solutions there may be.

    Args:
        space: A metric or nonmetric space of these ratings.
        ratings: The ratings it was made from.
        single: Single ratings, one row a pair and one column a rater, nan where not rated.
            Raters are drawn where they are given, else pairs.
        weights: How much each pair counts; see `scale`. Not used where raters are drawn.
        n_draws: How often to draw.
        generator: Source of the randomness.

    Raises:
        BadInput: If the space is classical, or hardly a draw connects all items.
    """
    if space.method == "classical":
        raise BadInput("Classical scaling needs every pair, so pairs cannot be drawn anew.")
    if single is None:
        values, counts = checked(ratings, space.n_dims, weights)
        rows, drawn = _draw_pairs(values, counts, n_draws, generator)
    else:
        rows, drawn = _draw_raters(single, n_draws, generator)
    good = np.array([connected(row, len(space.items)) for row in drawn])
    if good.sum() < 2:
        raise BadInput(
            "The ratings are too sparse to be resampled: hardly a draw connects all items."
        )
    starts = np.repeat(space.coordinates[None], int(good.sum()), axis=0)
    fits = smacof(
        starts, rows[good], drawn[good], transformation(space.method, space.ties or "primary"),
        row_of=np.arange(len(starts)),
    )  # fmt: skip
    moved = np.array([align(c, space.coordinates).coordinates for c in fits.coordinates])
    shifts = moved - space.coordinates
    return Stability(
        over="pairs" if single is None else "raters",
        covariances=np.einsum("kip,kiq->ipq", shifts, shifts) / len(shifts),
        n_draws=len(shifts),
        n_left_out=int((~good).sum()),
    )


def _draw_pairs(
    values: Flat, counts: Flat, n_draws: int, generator: np.random.Generator
) -> tuple[Rows, Rows]:
    rated = np.flatnonzero(counts > 0)
    times = np.zeros((n_draws, len(values)))
    chances = np.full(len(rated), 1 / len(rated))
    times[:, rated] = generator.multinomial(len(rated), chances, size=n_draws)
    return np.tile(values, (n_draws, 1)), times * counts


def _draw_raters(
    single: Matrix, n_draws: int, generator: np.random.Generator
) -> tuple[Rows, Rows]:
    n_raters = single.shape[1]
    draws = [
        pooled(single[:, generator.integers(n_raters, size=n_raters)]) for _ in range(n_draws)
    ]
    return np.array([v for v, _ in draws]), np.array([c for _, c in draws])
