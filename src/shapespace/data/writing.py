"""Files that are whole or not there: written under a temporary name, then renamed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shapespace.errors import ShapespaceError


@contextmanager
def new_directory(final: Path) -> Iterator[Path]:
    """Give a fresh directory that becomes `final`, replacing it, only if all goes well.

    Raises:
        ShapespaceError: If the disk is full or the place cannot be written; nothing is left.
    """
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{final.name}-", dir=final.parent))
    except OSError as error:
        raise ShapespaceError(f"Cannot write {final}: {error.strerror}.") from error
    try:
        yield scratch
        scratch.chmod(0o755)
        _put_in_place(scratch, final)
    except OSError as error:
        raise ShapespaceError(
            f"Cannot write {final}: {error.strerror or error}. Nothing was left half-written."
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _put_in_place(scratch: Path, final: Path) -> None:
    """Rename `scratch` to `final`; what was there before is removed last, or put back."""
    if not final.exists():
        scratch.rename(final)
        return
    with tempfile.TemporaryDirectory(
        prefix=f".{final.name}-old-", dir=final.parent, ignore_cleanup_errors=True
    ) as retired:
        older = Path(retired, final.name)
        final.rename(older)
        try:
            scratch.rename(final)
        except OSError:
            older.rename(final)
            raise


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` in one step, so that a reader never sees half of it.

    Raises:
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step; see `write_text`."""
    scratch = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink()
        raise ShapespaceError(f"Cannot write {path}: {error.strerror or error}.") from error
