"""Rated stimuli set beside others, by id: what is on both sides, and what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass

from shapespace.errors import BadInput


@dataclass(frozen=True)
class Match:
    """Which ids two lists share; each sorted."""

    both: tuple[str, ...]
    only_rated: tuple[str, ...]
    """Rated, but not in the other list."""
    only_known: tuple[str, ...]
    """In the other list, but never rated."""

    def require_all_known(self, where: str) -> None:
        """Refuse ratings of stimuli that the other list lacks.

        Args:
            where: What the other list is, for the sentence, such as "the set 'birds'".

        Raises:
            BadInput: With all their names, and near ones that may be meant.
        """
        if not self.only_rated:
            return
        folded = {_folded(name): name for name in self.only_known}
        near = [
            (name, folded[_folded(name)]) for name in self.only_rated if _folded(name) in folded
        ]
        hint = f" Is {near[0][0]!r} meant to be {near[0][1]!r}?" if near else ""
        raise BadInput(
            f"{len(self.only_rated)} rated stimuli are not in {where}: "
            f"{', '.join(map(repr, self.only_rated))}.{hint}"
        )


def match(rated: Iterable[str], known: Iterable[str]) -> Match:
    """Compare the ids of rated stimuli with others, letter by letter."""
    left, right = set(rated), set(known)
    return Match(
        tuple(sorted(left & right)), tuple(sorted(left - right)), tuple(sorted(right - left))
    )


def _folded(name: str) -> str:
    """Return a name without what is easily written in another way."""
    return "".join(c for c in name.casefold() if c.isalnum())
