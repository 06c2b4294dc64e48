"""`shapespace reproduce spaces`."""

import sys
from typing import Literal

from shapespace.cli.show import show_json


def spaces(
    *,
    dims: int = 10,
    starts: int = 256,
    seed: int = 42,
    coordinates: Literal["both", "published"] = "both",
    draws: int = 100,
    json: bool = False,
) -> None:
    """Rebuild the published similarity spaces from the ratings, and compare every figure.

    Stress and tau-b, directions of features, and regions of categories are compared.

    Example: shapespace reproduce spaces

    Example: shapespace reproduce spaces --coordinates published

    Args:
        dims: Highest number of dimensions, up to 10.
        starts: Random starts for each number of dimensions.
        seed: Of the random starts and baselines.
        coordinates: With "published" nothing is rebuilt, which takes minutes: only the published
            coordinates are measured.
        draws: Draws of each baseline of the regions.
        json: Print JSON instead of a table.
    """
    from dataclasses import asdict

    from shapespace.errors import BadInput
    from shapespace.spaces.reproduction.spaces import reproduce_spaces

    if not 1 <= dims <= 10:
        raise BadInput(f"There are published spaces of 1 to 10 dimensions, got {dims}.")
    found = reproduce_spaces(
        seed=seed,
        n_starts=starts,
        dims=range(1, dims + 1),
        rebuild=coordinates == "both",
        n_draws=draws,
        tell=lambda text: print(text, file=sys.stderr),
    )
    if json:
        show_json([asdict(row) for row in found])
        return
    print(
        f"{'dims':>4}  {'figure':<60} {'published':>9} {'ours':>9} {'difference':>10} "
        f"{'tolerance':>9}  verdict"
    )
    for row in found:
        print(
            f"{row.n_dims:>4}  {row.figure:<60} {row.published:>9.4f} {row.ours:>9.4f} "
            f"{row.difference:>+10.4f} {row.tolerance:>9.4f}  {row.verdict}"
        )
    counts = {verdict: [r.verdict for r in found].count(verdict) for verdict in _VERDICTS}
    print(", ".join(f"{n} {verdict}" for verdict, n in counts.items()))


_VERDICTS = ("within", "better stress", "off")
