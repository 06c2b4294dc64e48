"""`shapespace space`."""

import sys
from pathlib import Path
from typing import Literal

from shapespace.cli.show import show_json


def build(
    *,
    out: Path,
    ratings: Path | None = None,
    kind: Literal["similarity", "dissimilarity"] | None = None,
    scale: tuple[float, float] | None = None,
    dims: int = 6,
    method: Literal["classical", "metric", "nonmetric"] = "nonmetric",
    ties: Literal["primary", "secondary", "tertiary"] = "primary",
    starts: int = 256,
    folds: int = 10,
    draws: int = 0,
    seed: int = 42,
    distances: bool = False,
    json: bool = False,
) -> None:
    """Build similarity spaces of 1 to --dims dimensions from ratings of pairs.

    Example: shapespace space build --out spaces/shapes

    Example: shapespace space build --ratings mine.csv --dims 4 --draws 200 --out spaces/mine

    Args:
        out: Directory to write: space.json, coordinates of every space, figures.
        ratings: Ratings in any layout that docs/ratings.md names; the published ratings of the
            60 Shapes items if not given.
        kind: What a high rating of a pair means, where the file does not say.
        scale: Lowest and highest answer, where the file does not say.
        dims: Highest number of dimensions.
        method: How spaces are found.
        ties: What becomes of equal dissimilarities in nonmetric scaling.
        starts: Layouts from which each search begins.
        folds: Parts in which pairs (and raters) are held out to choose the dimensions; 0 leaves
            this out.
        draws: Draws of resampled ratings behind the ellipses of the items; 0 leaves them out.
        seed: Which random layouts, folds and draws.
        distances: Write the distances of every space, too.
        json: Print JSON instead of a table.
    """
    from shapespace.data.writing import new_directory
    from shapespace.report.save import save
    from shapespace.report.scaling import figures
    from shapespace.spaces.directory import described, refuse_foreign, write_build
    from shapespace.spaces.scaling.building import BuildSettings
    from shapespace.spaces.scaling.building import build as build_spaces
    from shapespace.spaces.scaling.pairs import published_pairs, read_pairs

    settings = BuildSettings(
        max_dims=dims, method=method, ties=ties,
        n_starts=starts, n_folds=folds, n_draws=draws, seed=seed,
    )  # fmt: skip
    refuse_foreign(out)
    pairs = (
        published_pairs() if ratings is None else read_pairs(ratings, kind=kind, scale=scale)
    )
    found = build_spaces(pairs, settings, tell=lambda text: print(text, file=sys.stderr))
    with new_directory(out) as scratch:
        write_build(found, scratch, with_distances=distances)
        for name, figure in figures(found).items():
            save(figure, scratch / "figures" / name)
    if method == "classical" and (folds or draws):
        print(
            "Classical scaling needs every pair: nothing was held out or resampled.",
            file=sys.stderr,
        )
    description = described(found)
    if json:
        show_json(description)
        return
    print(table_of_spaces(description))
    print(f"{out}: {len(found.spaces)} spaces of {len(pairs.ratings.items)} items")


def table_of_spaces(description: dict) -> str:
    """Return the main numbers of `space.json` as a plain text table."""
    lines = [
        f"{'dims':>4}  {'stress-1':>8}  {'stress-2':>8}  {'tau-b':>6}  {'at best':>9}  held-out tau-b"
    ]
    for space in description["spaces"]:
        held_out = ", ".join(
            f"{h['over']} {h['kendall_tau_b']:.3f} ± {h['standard_error']:.3f}"
            for h in space["held_out"]
        )
        stress_2, tau = (
            "-" if value is None else f"{value:{digits}}"
            for value, digits in (
                (space["stress"]["stress_2"], ".4f"),
                (space["kendall_tau_b"], ".3f"),
            )
        )
        at_best = f"{space['n_at_best']}/{space['n_starts']}"
        lines.append(
            f"{space['n_dims']:>4}  {space['stress']['stress_1']:>8.4f}  "
            f"{stress_2:>8}  {tau:>6}  "
            f"{at_best:>9}  {held_out or '-'}"
        )
    if description["fewest_good_dims"] is not None:
        lines.append(
            f"fewest dimensions within one standard error of the best: "
            f"{description['fewest_good_dims']}"
        )
    ceiling = description["ceiling"]
    if ceiling:
        lines.append(
            f"halves of {ceiling['n_people']} raters agree with each other: tau-b "
            f"{ceiling['kendall_tau_b']:.3f} over {ceiling['n_pairs']} pairs"
        )
    return "\n".join(lines)
