"""Claims: files that say who works on a run, so that no two processes do it at once.

A claim is made in one step that only one process can win, and is held as long as its process
lives. A dead process leaves its claim behind; the others notice and take it over. Clocks are
never compared: between machines they differ, and a machine's own may be set.
"""

import fcntl
import hashlib
import json
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from shapespace.errors import ShapespaceError

BEAT_SECONDS = 5.0
"""How often a living claim shows that it lives."""
SILENCE_SECONDS = 60.0
"""After how long without a sign a claim of another machine counts as dead."""


@dataclass(frozen=True)
class Holder:
    """The process behind a claim."""

    host: str
    """Which machine, start and container: process numbers mean something only within it."""
    pid: int
    born: str
    """When the process began, in the words of its machine: numbers are used again."""
    token: str
    """Tells two claims of one process apart."""
    attempt: int
    """How many processes have had the run before this one without letting go of it, plus 1."""


@dataclass(frozen=True)
class Seen:
    """A claim as it was found, to tell later whether it has shown a sign of life since."""

    inode: int
    touched: int
    since: float
    """By our own clock that only runs forward."""


class Claims:
    """The claims on the runs of one folder, as one process sees them."""

    def __init__(self, folder: Path, *, silence: float = SILENCE_SECONDS) -> None:
        self.folder, self._silence = folder, silence
        self._seen: dict[str, Seen] = {}

    def holder(self, name: str) -> Holder | None:
        """Return who holds a claim, dead or alive; None if nobody does."""
        return read_holder(self.folder / name)

    def is_dead(self, name: str) -> bool:
        """Tell whether the process behind a claim is gone, as far as can be seen from here.

        On this machine the process table says so. Another machine's claim is dead when it has
        shown no sign of life for a while that we have watched ourselves.
        """
        path = self.folder / name
        holder = read_holder(path)
        if holder is None:
            return False
        if holder.host == this_host():
            return not is_running(holder.pid, holder.born)
        with suppress(FileNotFoundError):
            status = path.stat()
            seen = self._seen.get(name)
            if seen and (seen.inode, seen.touched) == (status.st_ino, status.st_mtime_ns):
                return time.monotonic() - seen.since > self._silence
            self._seen[name] = Seen(status.st_ino, status.st_mtime_ns, time.monotonic())
        return False

    def _may_be_dead(self, name: str) -> bool:
        """Tell whether a claim of another machine has not moved since we began to watch it."""
        seen, holder = self._seen.get(name), self.holder(name)
        if seen is None or holder is None or holder.host == this_host():
            return holder is None  # it was just let go of
        self.is_dead(name)
        return self._seen[name] is seen

    @contextmanager
    def hold(
        self, name: str, *, patient: bool = False, lost: Callable[[], None] | None = None
    ) -> Iterator[Holder | None]:
        """Claim a run for the length of a block.

        Args:
            name: What to claim.
            patient: Whether to watch a claim of another machine until it is clear whether it
                lives, which takes up to a minute.
            lost: Called from another thread if the claim is taken from us, which happens only
                if this process was stopped for long; by default the process is told to stop.

        Yields:
            The claim, or None if another living process holds it.
        """
        holder = self._take(name)
        while holder is None and patient and self._may_be_dead(name):
            time.sleep(min(1.0, self._silence / 4))
            holder = self._take(name)
        if holder is None:
            yield None
            return
        path = self.folder / name
        descriptor = os.open(path, os.O_RDWR)
        over = threading.Event()
        beat = threading.Thread(
            target=_beat, args=(path, descriptor, over, lost or _stop_myself), daemon=True
        )
        beat.start()
        try:
            yield holder
        finally:
            over.set()
            beat.join()
            if _is_ours(path, descriptor):
                path.unlink(missing_ok=True)
            os.close(descriptor)

    def _take(self, name: str) -> Holder | None:
        """Make the claim, taking over a dead one; return None if it is somebody's."""
        path = self.folder / name
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            mine = Holder(this_host(), os.getpid(), birth(os.getpid()), uuid.uuid4().hex, 1)
            if _create(path, mine):
                return mine
            if not self.is_dead(name):
                return None
            with _locked(self.folder / ".lock"):
                # Another process may have taken it over since we looked.
                before = read_holder(path)
                if before is None or not self.is_dead(name):
                    return None
                mine = replace(mine, attempt=before.attempt + 1)
                # In one step: a gap would be a fresh start for somebody else.
                _scratch(path, mine).replace(path)
                return mine
        except OSError as error:
            raise ShapespaceError(f"Cannot claim {path}: {error.strerror or error}.") from error


def read_holder(path: Path) -> Holder | None:
    """Return who holds the claim at a path; None if nobody does."""
    try:
        return Holder(**json.loads(path.read_text()))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError):
        # Claims appear whole; one that is damaged belongs to nobody who is alive.
        return Holder("", 0, "", "", 1)


def this_host() -> str:
    """Return a name for this machine since its start and for this container, without telling it."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def birth(pid: int) -> str:
    """Return when a process began, in ticks since the machine's start; "" if unknown."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def is_running(pid: int, born: str) -> bool:
    """Tell whether the process that began at `born` still runs on this machine."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is another user's
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return not Path("/proc/self/stat").exists()  # without a process table, believe it
    return fields[0] not in "ZX" and (not born or fields[19] == born)


def _scratch(path: Path, holder: Holder) -> Path:
    """Write a claim beside its place."""
    scratch = path.with_name(f".{path.name}-{holder.token}")
    scratch.write_text(json.dumps(asdict(holder)))
    return scratch


def _create(path: Path, holder: Holder) -> bool:
    """Put a claim in place, whole, if there is none; tell whether it worked."""
    scratch = _scratch(path, holder)
    try:
        os.link(scratch, path)
    except FileExistsError:
        return False
    finally:
        scratch.unlink()
    return True


def _beat(path: Path, descriptor: int, over: threading.Event, lost: Callable[[], None]) -> None:
    """Touch our own claim again and again; never one that took its place."""
    while not over.wait(BEAT_SECONDS):
        if not _is_ours(path, descriptor):
            lost()
            return
        with suppress(OSError):
            os.utime(descriptor)


def _is_ours(path: Path, descriptor: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
    except OSError:
        return True  # a network disk that does not answer is no proof of a loss


def _stop_myself() -> None:
    signal.raise_signal(signal.SIGTERM)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process in at a time; the lock of a dead process opens by itself."""
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
