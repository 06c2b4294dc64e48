"""Everything about the directions of a space: found, held out, set against chance, taken apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import N_DRAWS
from shapespace.spaces.directions.candidates import (
    Candidate,
    Criterion,
    Direction,
    best_directions,
    candidates,
)
from shapespace.spaces.directions.entanglement import Conditional, Leak, conditional, leaks
from shapespace.spaces.directions.features import Feature
from shapespace.spaces.directions.quality import (
    N_SHUFFLES,
    Chance,
    HeldOutDirection,
    chance,
    held_out,
)
from shapespace.spaces.opening import OpenSpace


@dataclass(frozen=True, kw_only=True)
class ExaminingSettings:
    """How directions are examined. Equal settings, spaces and features give equal results."""

    n_draws: int = N_DRAWS
    """Draws of items or categories behind the intervals."""
    n_shuffles: int = N_SHUFFLES
    """Draws of shuffled items behind the level of chance; 0 leaves it out."""
    seed: int = 42

    def __post_init__(self) -> None:
        if self.n_draws < 1 or self.n_shuffles < 0 or self.seed < 0:
            raise BadInput(
                "Draws must be 1 or more, shuffles and seed 0 or more; got "
                f"{self.n_draws}, {self.n_shuffles} and {self.seed}."
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Examined:
    """Directions of one space, and how far they can be trusted."""

    space: OpenSpace
    features: list[Feature]
    candidates: list[Candidate]
    directions: list[Direction]
    held_out: list[HeldOutDirection]
    chance: list[Chance]
    conditional: list[Conditional]
    leaks: list[Leak]

    def of(self, criterion: Criterion) -> list[Direction]:
        """Return the directions that were chosen by this criterion, one a feature."""
        return [d for d in self.directions if d.criterion == criterion]


def examine(
    space: OpenSpace,
    features: Sequence[Feature],
    *,
    categories: Sequence[str] | None = None,
    settings: ExaminingSettings | None = None,
) -> Examined:
    """Find the directions of features in a space and measure them in every way there is.

    Args:
        space: Where they are looked for.
        features: Of the same items in the same order.
        categories: Of each item, where known: whole categories are held out as well.
        settings: Draws and seed.

    Raises:
        BadInput: As `candidates` and `held_out`.
    """
    settings = settings or ExaminingSettings()

    def stream(purpose: int) -> np.random.Generator:
        return np.random.default_rng([settings.seed, space.n_dims, purpose])

    x = space.coordinates
    directions = best_directions(x, features)
    predicted = held_out(x, features, generator=stream(0), n_draws=settings.n_draws)
    if categories is not None and len(set(categories)) > 1:
        predicted += held_out(
            x, features, categories=categories, generator=stream(1), n_draws=settings.n_draws
        )
    apart, leaking = [], []
    for criterion in get_args(Criterion):
        chosen = [d for d in directions if d.criterion == criterion]
        apart += conditional(x, features, chosen)
        leaking += leaks(x, features, chosen, generator=stream(2), n_draws=settings.n_draws)
    return Examined(
        space=space, features=list(features), candidates=candidates(x, features),
        directions=directions, held_out=predicted,
        chance=(
            chance(x, features, generator=stream(3), n_draws=settings.n_shuffles)
            if settings.n_shuffles
            else []
        ),
        conditional=apart, leaks=leaking,
    )  # fmt: skip
