"""`shapespace space directions`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from shapespace.cli.show import show_json

if TYPE_CHECKING:
    from shapespace.spaces.directions.examining import Examined


def directions(
    space: Annotated[Path | None, tyro.conf.Positional] = None,
    *,
    dims: tuple[int, ...] = (),
    features: Path | None = None,
    categories: Path | None = None,
    share: float = 0.25,
    draws: int = 1000,
    shuffles: int = 100,
    seed: int = 42,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Find the directions of a space along which rated features rise, and judge them.

    Example: shapespace space directions

    Example: shapespace space directions spaces/mine --features mine.csv --dims 2 3

    Args:
        space: Directory of `space build`; the published spaces if not given.
        dims: Which spaces; all if not given.
        features: Table with a column 'item' and one for each feature; the published FORM, LINES
            and ORIENTATION of the 60 items if not given.
        categories: Table with columns 'item' and 'category', to hold out whole categories as
            well; those of the 60 items if not given.
        share: Of the items in the lowest and in the highest class of a feature.
        draws: Draws behind each interval.
        shuffles: Draws of shuffled items behind the level of chance; 0 leaves it out.
        seed: Of all draws.
        out: Where directions.json, directions.csv and figures are written; the directory of the
            space if not given. Of the published spaces nothing is written without it.
        json: Print JSON instead of a table.
    """
    from shapespace.data.progress import progress
    from shapespace.report.directions import direction_figures
    from shapespace.report.save import save
    from shapespace.spaces.directions.examining import ExaminingSettings, examine
    from shapespace.spaces.directions.features import read_features, shape_features
    from shapespace.spaces.directions.files import described_directions, write_directions
    from shapespace.spaces.opening import item_categories, open_spaces

    settings = ExaminingSettings(n_draws=draws, n_shuffles=shuffles, seed=seed)
    spaces = open_spaces(space, dims)
    names = spaces[0].items
    rated = (
        shape_features(names, share=share)
        if features is None
        else read_features(features, names, share=share)
    )
    groups = item_categories(names, categories)
    found = [
        examine(one, rated, categories=groups, settings=settings)
        for one in progress(spaces, len(spaces), "directions")
    ]
    place = out or space
    if place is not None:
        write_directions(found, settings, place)
        for name, figure in direction_figures(found).items():
            save(figure, place / "figures" / name)
    if json:
        show_json(described_directions(found, settings))
        return
    print(table_of_directions(found))
    if place is not None:
        print(f"{place}: directions.json, directions.csv, figures")


def table_of_directions(found: "list[Examined]") -> str:
    """Return every direction with its measures as a plain text table."""
    lines = [
        f"{'dims':>4}  {'feature':<14} {'by':<5}  {'best':>5}  {'kappa':>5}  {'rho':>5}  "
        f"{'chance':>6}  accepted  held-out kappa and rho"
    ]
    for examined in found:
        by_chance = {(c.feature, c.criterion): c.high for c in examined.chance}
        for direction in examined.directions:
            key = direction.feature, direction.criterion
            held = "; ".join(
                f"{h.over} {h.kappa.value:.2f} [{h.kappa.low:.2f}, {h.kappa.high:.2f}], "
                f"{h.rho.value:.2f} [{h.rho.low:.2f}, {h.rho.high:.2f}]"
                for h in examined.held_out
                if (h.feature, h.criterion) == key
            )
            chance = f"{by_chance[key]:.2f}" if key in by_chance else "-"
            lines.append(
                f"{examined.space.n_dims:>4}  {direction.feature:<14} "
                f"{direction.criterion:<5}  {direction.best:>5.2f}  {direction.kappa:>5.2f}  "
                f"{direction.rho:>5.2f}  {chance:>6}  "
                f"{'yes' if direction.accepted else 'no':<8}  {held}"
            )
    lines += [
        "best: of the candidates, by the criterion; kappa and rho: of the direction, mean over",
        "the ways of rating. All three are of the items it was found from; chance: 95 % of",
        "draws of shuffled items lie below. Brackets: 95 % intervals over what was held out.",
    ]
    return "\n".join(lines)
