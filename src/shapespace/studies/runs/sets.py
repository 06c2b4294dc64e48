"""The packed sets of a run, opened by the names in its mixture."""

from shapespace.data.builtin import drawings_set
from shapespace.data.config import DRAWINGS, SCRIBBLES, DataConfig
from shapespace.data.home import names_of_sets, open_set
from shapespace.data.packed import PackedSet


def open_sets(config: DataConfig) -> dict[str, PackedSet]:
    """Open every set of the mixture that is at hand; the built-in drawings always are.

    The drawings are vector graphics: they are packed for the side of the run, with a line at
    least 1.2 pixels wide there.
    """
    at_hand = set(names_of_sets())
    sets = {}
    for name, count in config.mixture.items():
        if name == DRAWINGS and count > 0:
            sets[name] = drawings_set(config.side)
        elif name != SCRIBBLES and count > 0 and name in at_hand:
            sets[name] = open_set(name)
    return sets


def missing_sets(config: DataConfig, sets: dict[str, PackedSet]) -> list[str]:
    """Return the names in the mixture that are not at hand."""
    wanted = [name for name, count in config.mixture.items() if count > 0]
    return [name for name in wanted if name not in sets and name != SCRIBBLES]
