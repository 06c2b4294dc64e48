"""`shapespace space regions`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from shapespace.cli.show import show_json

if TYPE_CHECKING:
    from shapespace.spaces.regions.baselines import Measured


def regions(
    space: Annotated[Path | None, tyro.conf.Positional] = None,
    *,
    dims: tuple[int, ...] = (),
    categories: Path | None = None,
    draws: int = 100,
    seed: int = 42,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Measure how far categories are convex regions of a space, beside random baselines.

    Example: shapespace space regions

    Example: shapespace space regions spaces/mine --categories mine.csv --dims 2

    Args:
        space: Directory of `space build`; the published spaces if not given.
        dims: Which spaces; all if not given.
        categories: Table with columns 'item' and 'category'; those of the 60 items if not given.
        draws: Spaces drawn for each baseline.
        seed: Of the baselines.
        out: Where regions.json and figures are written; the directory of the space if not given.
            Of the published spaces nothing is written without it.
        json: Print JSON instead of a table.
    """
    import numpy as np

    from shapespace.data.progress import progress_bar
    from shapespace.errors import BadInput
    from shapespace.report.regions import region_figures
    from shapespace.report.save import save
    from shapespace.spaces.opening import item_categories, open_spaces
    from shapespace.spaces.regions.baselines import measure
    from shapespace.spaces.regions.files import described_regions, write_regions

    if draws < 1 or seed < 0:
        raise BadInput(f"Draws must be 1 or more, the seed 0 or more; got {draws} and {seed}.")
    spaces = open_spaces(space, dims)
    names = spaces[0].items
    groups = item_categories(names, categories)
    if groups is None:
        raise BadInput(
            "The categories of these items are not known; give a CSV with the columns 'item' "
            "and 'category' (--categories)."
        )
    with progress_bar("regions", 3 * draws * len(spaces), unit="spaces") as bar:
        found = [
            measure(
                names, one.coordinates, groups,
                generator=np.random.default_rng([seed, one.n_dims]),
                n_draws=draws, tell=bar.advance,
            )
            for one in spaces
        ]  # fmt: skip
    shown = next(one.n_dims for one in spaces if one.suggested)
    place = out or space
    if place is not None:
        write_regions(found, spaces[0].source, seed, place)
        for name, figure in region_figures(found, shown).items():
            save(figure, place / "figures" / name)
    if json:
        show_json(described_regions(found, spaces[0].source, seed))
        return
    print(table_of_regions(found))
    if place is not None:
        print(f"{place}: regions.json, figures")


def table_of_regions(found: "list[Measured]") -> str:
    """Return every measure with its baselines as a plain text table."""
    from shapespace.spaces.regions.baselines import DEFINITIONS, MEASURES

    lines = [f"{'dims':>4}  {'measure':<14} {'space':>7}  baselines: mean [95 % of draws]"]
    for measured in found:
        for name in MEASURES:
            digits = ".0f" if name in ("violations", "meeting_pairs") else ".3f"
            beside = ", ".join(
                f"{b.baseline} {b.mean:{'.1f' if digits == '.0f' else digits}} "
                f"[{b.low:{digits}}, {b.high:{digits}}]"
                for b in measured.beside
                if b.measure == name
            )
            lines.append(
                f"{measured.n_dims:>4}  {name:<14} {measured.values[name]:>7{digits}}  {beside}"
            )
    lines += [f"{name}: {words}" for name, words in (MEASURES | DEFINITIONS).items()]
    return "\n".join(lines)
