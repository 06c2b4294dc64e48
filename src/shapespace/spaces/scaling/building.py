"""Spaces of one to many dimensions from one set of ratings, with all that helps to choose."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapespace.errors import BadInput
from shapespace.evaluation.people.ceiling import split_half
from shapespace.spaces.scaling.fitting import N_STARTS, Method, Space, scale
from shapespace.spaces.scaling.held_out import HeldOut, fewest_good, over_pairs, over_raters
from shapespace.spaces.scaling.monotone import Ties
from shapespace.spaces.scaling.pairs import PairRatings
from shapespace.spaces.scaling.stability import Stability, resample


@dataclass(frozen=True, kw_only=True)
class BuildSettings:
    """How spaces are built. Equal settings and ratings give equal spaces."""

    max_dims: int = 6
    """Spaces of 1 to so many dimensions."""
    method: Method = "nonmetric"
    ties: Ties = "primary"
    """What becomes of equal dissimilarities in nonmetric scaling."""
    n_starts: int = N_STARTS
    """Layouts to begin from, for each number of dimensions."""
    n_folds: int = 10
    """Folds for held-out ratings; 0 leaves them out."""
    n_draws: int = 0
    """Draws of resampled ratings behind the ellipses; 0 leaves them out."""
    seed: int = 42

    def __post_init__(self) -> None:
        if self.max_dims < 1 or self.n_starts < 1 or self.n_draws < 0 or self.seed < 0:
            raise BadInput(
                "Dimensions and starts must be 1 or more, draws and seed 0 or more; got "
                f"{self.max_dims}, {self.n_starts}, {self.n_draws} and {self.seed}."
            )
        if self.n_folds < 0 or self.n_folds == 1:
            raise BadInput(f"Give 0 folds, or 2 or more; got {self.n_folds}.")


@dataclass(frozen=True, eq=False, kw_only=True)
class Build:
    """Spaces of one set of ratings, and how well and how firmly they stand."""

    pairs: PairRatings
    settings: BuildSettings
    spaces: list[Space]
    """Of 1, 2, ... dimensions."""
    held_out: list[HeldOut]
    stability: dict[int, Stability]
    """By number of dimensions."""
    ceiling: dict[str, Any] | None
    """Agreement of halves of the raters, where single ratings are known for it."""

    @property
    def fewest_good(self) -> int | None:
        """Fewest dimensions that predict held-out ratings as well as any; None if not tried.

        By raters where these are named, else by pairs.
        """
        for over in ("raters", "pairs"):
            found = [h for h in self.held_out if h.over == over]
            if found:
                return fewest_good(found)
        return None


def build(
    pairs: PairRatings,
    settings: BuildSettings,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> Build:
    """Build the spaces.

    Classical scaling cannot do without pairs: held-out ratings and resampling are left out
    then.

    Args:
        pairs: What they are made from.
        settings: How they are built.
        tell: Called with a sentence after each step.

    Raises:
        BadInput: See `scale`, `over_pairs`, `over_raters` and `resample`.
    """
    ratings, weights = pairs.ratings, pairs.weights
    dims = list(range(1, settings.max_dims + 1))
    method, ties = settings.method, settings.ties

    def stream(*purpose: int) -> np.random.Generator:
        return np.random.default_rng([settings.seed, *purpose])

    if settings.max_dims >= len(ratings.items):
        raise BadInput(
            f"A space of {len(ratings.items)} items can have at most {len(ratings.items) - 1} "
            f"dimensions, got {settings.max_dims}."
        )
    spaces = []
    for n_dims in dims:
        space = scale(
            ratings, n_dims, weights=weights, n_starts=settings.n_starts,
            generator=stream(n_dims), method=method, ties=ties,
        )  # fmt: skip
        spaces.append(space)
        tell(f"{n_dims}-D: stress-1 {space.stress['stress_1']:.4f}")
    resampled = settings.method != "classical"
    held_out: list[HeldOut] = []
    if settings.n_folds and resampled:
        held_out += over_pairs(
            ratings, dims, weights=weights, n_folds=settings.n_folds,
            generator=stream(0, 1), method=method, ties=ties,
        )  # fmt: skip
        if pairs.single is not None and pairs.single.shape[1] > 1:
            held_out += over_raters(
                pairs.single, dims, n_items=len(ratings.items), n_folds=settings.n_folds,
                generator=stream(0, 2), method=method, ties=ties,
            )  # fmt: skip
        tell("held-out ratings predicted")
    stability = {}
    if settings.n_draws and resampled:
        for space in spaces:
            stability[space.n_dims] = resample(
                space, ratings, single=pairs.single, weights=weights,
                n_draws=settings.n_draws, generator=stream(space.n_dims, 3),
            )  # fmt: skip
        tell("ratings resampled")
    return Build(
        pairs=pairs, settings=settings, spaces=spaces, held_out=held_out,
        stability=stability, ceiling=_ceiling(pairs, stream(0, 4)),
    )  # fmt: skip


def _ceiling(pairs: PairRatings, generator: np.random.Generator) -> dict[str, Any] | None:
    """Return split-half agreement over the pairs that all known raters rated."""
    single = pairs.single if pairs.single is not None else pairs.ratings.single
    if single is None or single.shape[1] < 2:
        return None
    complete = single[~np.isnan(single).any(axis=1)]
    if len(complete) < 3:
        return None
    return split_half(complete, generator=generator).to_dict()
