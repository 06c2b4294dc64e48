"""Where the benchmark stands: one line on stderr a round, with the minutes left."""

import sys
import time
from dataclasses import dataclass, field


@dataclass
class Watch:
    """Tells what is being measured and guesses how long the rest takes."""

    quiet: bool = True
    entries: dict[str, float] = field(default_factory=dict)
    """Seconds each entry is expected to take, in order."""
    _current: str = ""
    _began: float = 0.0

    def enter(self, entry: str) -> None:
        """Begin an entry."""
        self._current, self._began = entry, time.monotonic()
        self.say("setting up")

    def say(self, words: str) -> None:
        """Say what is going on within the entry."""
        if self.quiet:
            return
        minutes = self.seconds_left() / 60
        print(
            f"{self._current}: {words} (about {minutes:.0f} min left)",
            file=sys.stderr,
            flush=True,
        )

    def seconds_left(self) -> float:
        """Return the seconds expected for the rest of this entry and for those to come."""
        if self._current not in self.entries:
            return 0.0
        names = list(self.entries)
        later = names[names.index(self._current) + 1 :]
        here = max(0.0, self.entries[self._current] - (time.monotonic() - self._began))
        return here + sum(self.entries[name] for name in later)
