"""The published figures of regions beside ours, on the published or on rebuilt coordinates."""

from collections.abc import Sequence
from typing import get_args

import numpy as np

from shapespace.arrays import Matrix
from shapespace.data.ratings import items as published_items
from shapespace.spaces.published import published_regions
from shapespace.spaces.regions.baselines import Baseline, baseline_space, normalised
from shapespace.spaces.regions.hulls import Regions, first_axis_sizes, regions, violations
from shapespace.spaces.reproduction.comparison import Comparison, compared

N_DRAWS = 100
"""Draws of each baseline, as in the study."""

SIZE_TOLERANCE = 0.0005

REBUILT_VIOLATIONS = 2.0
"""So many items may lie in or out of a hull in a rebuilt space whose form is the published one."""

BY_CHANCE = 4
"""Standard errors of a difference of two means over draws."""


def compare_regions(
    items: Sequence[str],
    coordinates: Matrix,
    *,
    published: bool,
    better: bool = False,
    generator: np.random.Generator | None = None,
    n_draws: int = N_DRAWS,
) -> list[Comparison]:
    """Compare every published figure of regions in a space.

    Violations are compared in any space. Sizes lie along the first axis, which is another one
    in a rebuilt space; they are compared on the published coordinates, and the baselines
    with them. The tolerance of a baseline is four standard errors of the difference of the
    two means over draws.

    Args:
        items: The 60 items, in the order of the rows.
        coordinates: One row an item.
        published: Whether they are the published ones.
        better: Whether the space fits the ratings better than the published one.
        generator: Source of the baselines; they are left out if not given.
        n_draws: Draws of each baseline.
    """
    table = published_items().loc[list(items)]
    n_dims = coordinates.shape[1]
    found = regions(coordinates, table["category"].tolist())
    prefix = "published coordinates: " if published else ""
    rows = []
    crossed = published_regions(n_dims, "violations").get("all")
    if crossed is not None:
        tolerance = 0.0 if published else REBUILT_VIOLATIONS
        ours = float(violations(found).sum())
        rows.append(
            compared(n_dims, f"{prefix}violations", crossed["space"], ours, tolerance, better)
        )
    if not published:
        return rows
    types = np.array([table["visual_type"].iloc[list(found.members).index(c)]
                      for c in range(len(found.categories))])  # fmt: skip
    sizes = first_axis_sizes(found)
    for of, values in published_regions(n_dims, "size_first_axis").items():
        chosen = types == of if of != "all" else np.ones(len(types), bool)
        figure = f"{prefix}size on the first axis, {of}"
        ours = float(sizes[chosen].mean())
        rows.append(compared(n_dims, figure, values["space"], ours, SIZE_TOLERANCE))
    if generator is not None:
        rows += _baselines(found, generator, n_draws)
    return rows


def _baselines(
    found: Regions, generator: np.random.Generator, n_draws: int
) -> list[Comparison]:
    n_dims = found.coordinates.shape[1]
    crossed = published_regions(n_dims, "violations").get("all")
    sizes = published_regions(n_dims, "size_first_axis")["all"]
    rows = []
    for baseline in get_args(Baseline):
        drawn_violations, drawn_sizes = [], []
        for _ in range(n_draws):
            space = found.moved(baseline_space(baseline, found.coordinates, generator))
            if crossed is not None:
                drawn_violations.append(float(violations(space).sum()))
            if baseline != "shuffled":  # the study normalised each category by itself
                space = space.moved(_each_normalised(space))
            drawn_sizes.append(float(first_axis_sizes(space).mean()))
        if crossed is not None:
            rows.append(
                _mean_row(
                    n_dims, f"violations, {baseline}", crossed[baseline], drawn_violations
                )
            )
        rows.append(
            _mean_row(
                n_dims, f"size on the first axis, {baseline}", sizes[baseline], drawn_sizes
            )
        )
    return rows


def _mean_row(n_dims: int, figure: str, published: float, drawn: Sequence[float]) -> Comparison:
    error = np.std(drawn, ddof=1) * np.sqrt(1 / len(drawn) + 1 / N_DRAWS)
    # Where all draws are 0, the study's may still hold a rare one.
    tolerance = BY_CHANCE * float(error) or 0.02
    return compared(n_dims, figure, published, float(np.mean(drawn)), tolerance)


def _each_normalised(found: Regions) -> Matrix:
    """Return the items with each category moved and scaled by itself."""
    coordinates = np.empty_like(found.coordinates)
    for category in range(len(found.categories)):
        coordinates[found.members == category] = normalised(found.points(category))
    return coordinates
