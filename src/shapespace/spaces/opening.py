"""Spaces to work with: those of a directory, or the published ones; and the items' categories."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shapespace.arrays import Matrix
from shapespace.data.ratings import items
from shapespace.data.trials.attributes import STIMULUS
from shapespace.data.trials.pairs import column
from shapespace.data.trials.reading import read_table
from shapespace.errors import BadInput
from shapespace.spaces.directory import read_coordinates, read_description
from shapespace.spaces.published import published_coordinates, published_dims

PUBLISHED = "published"
"""Names the spaces that come with the package."""


@dataclass(frozen=True, eq=False, kw_only=True)
class OpenSpace:
    """One space of items."""

    source: str
    """Name of its directory, or "published"."""
    items: tuple[str, ...]
    coordinates: Matrix
    """One row an item."""
    suggested: bool
    """Whether it is the space to look at first."""

    @property
    def n_dims(self) -> int:
        return self.coordinates.shape[1]


def open_spaces(directory: Path | None, dims: Sequence[int] = ()) -> list[OpenSpace]:
    """Return spaces of one set of items, by rising number of dimensions.

    The suggested one has the fewest dimensions that predict held-out ratings as well as any,
    or 4 for the published spaces; where it is not among them, the last one is.

    Args:
        directory: As `space build` writes it; None for the published spaces.
        dims: Which spaces; all if empty.

    Raises:
        BadInput: If there is no such directory or space.
    """
    if directory is None:
        names, known, first = tuple(items().index), published_dims(), 4
    else:
        description = read_description(directory)
        known = [space["n_dims"] for space in description["spaces"]]
        first = description["fewest_good_dims"]
        names, _ = read_coordinates(directory, known[0])
    wanted = sorted(set(dims)) or known
    missing = [n for n in wanted if n not in known]
    if missing:
        raise BadInput(
            f"There is no space of {missing[0]} dimensions in {directory or 'the published ones'}, "
            f"only of {', '.join(map(str, known))}."
        )
    if first not in wanted:
        first = wanted[-1]
    return [
        OpenSpace(
            source=PUBLISHED if directory is None else directory.name,
            items=names,
            coordinates=(
                published_coordinates(n, names)
                if directory is None
                else read_coordinates(directory, n)[1]
            ),
            suggested=n == first,
        )
        for n in wanted
    ]


def item_categories(names: Sequence[str], path: Path | None = None) -> list[str] | None:
    """Return the category of each item; None where no file is given and they are not the 60.

    Args:
        names: Items, in the wanted order.
        path: A table with a column of items and one called 'category' or 'class'.

    Raises:
        BadInput: If the file lacks a column, or an item of the space.
    """
    if path is None:
        table = items()
        known = set(names) <= set(table.index)
        return table.loc[list(names), "category"].tolist() if known else None
    table = read_table(path)
    item, category = column(table, STIMULUS), column(table, ("category", "class"))
    if item is None or category is None:
        raise BadInput(f"{path.name} needs the columns 'item' and 'category'.")
    of = dict(zip(table[item], table[category], strict=True))
    missing = [name for name in names if not of.get(name)]
    if missing:
        raise BadInput(
            f"{path.name} has no category of {missing[0]!r} ({len(missing)} of {len(names)} "
            "items of the space lack one)."
        )
    return [str(of[name]) for name in names]
