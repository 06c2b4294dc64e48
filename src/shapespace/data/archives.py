"""Archives from anyone, looked into without unpacking them."""

import gzip
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from shapespace.data.images import MAX_BYTES
from shapespace.data.listing import Listing
from shapespace.errors import BadInput, ShapespaceError

MAX_ENTRIES = 3_000_000
MAX_TOTAL_BYTES = 64 * 2**30
"""Bytes in the files of one archive, unpacked."""
MAX_RATIO = 200
"""How many times larger than packed the whole may be, beyond `FREE_BYTES`."""
FREE_BYTES = 100 * 2**20
_LINK = 0o120000
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError)


@contextmanager
def open_zip(path: Path) -> Iterator[Listing]:
    """List the images of a zip archive; they are read from it while the context lasts.

    Raises:
        BadInput: If it is no zip archive, or looks made to fill disk or memory.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise BadInput(f"{path} is not a zip archive that can be read ({error}).") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        packed = sum(entry.compress_size for entry in entries)
        _refuse_bomb(path, len(entries), sum(entry.file_size for entry in entries), packed)
        listing = Listing()
        for entry in entries:
            if leads_out(entry.filename):
                listing.skip(entry.filename, "its path leads out of the archive")
            elif entry.external_attr >> 16 & 0o170000 == _LINK:
                listing.skip(entry.filename, "it is a link, not a file")
            else:
                read = partial(_read_zipped, archive, entry)
                listing.offer(entry.filename, entry.file_size, read)
        listing.sort()
        yield listing


@contextmanager
def open_tar(path: Path) -> Iterator[Listing]:
    """List the images of a tar archive, plain or gzipped; see `open_zip`.

    A gzipped one is first inflated into a temporary file, since it cannot be read out of order.

    Raises:
        BadInput: If it is no tar archive, or looks made to fill disk or memory.
        ShapespaceError: If there is no room for the temporary file.
    """
    with _opened_tar(path) as archive:
        yield _list_tar(path, archive)


def read_members(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Return the content of some files of a tar archive, plain or gzipped; nothing is unpacked.

    Raises:
        BadInput: If it is no tar archive, looks made to fill disk or memory, or one of the files
            is not in it, is no plain file, or is too large.
        ShapespaceError: If there is no room for a temporary file.
    """
    with _opened_tar(path) as archive:
        found = {member.name: member for member in archive if member.name in set(names)}
        for name in names:
            if name not in found or not found[name].isreg() or found[name].size > MAX_BYTES:
                raise BadInput(
                    f"{path} holds no plain file {name} of at most {MAX_BYTES // 2**20} MB."
                )
        return {name: _read_tarred(archive, found[name]) for name in names}


@contextmanager
def _opened_tar(path: Path) -> Iterator[tarfile.TarFile]:
    with tempfile.TemporaryFile() as plain:
        try:
            with path.open("rb") as stream:
                zipped = stream.read(2) == b"\x1f\x8b"
            if zipped:
                _inflate(path, plain)
            with tarfile.open(
                None if zipped else path, "r:", fileobj=plain if zipped else None
            ) as archive:
                yield archive
        except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise BadInput(
                f"{path} is not a tar archive that can be read ({error})."
            ) from error


def leads_out(name: str) -> bool:
    """Say whether a path inside an archive points outside of it, on any system."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or parts[0] == "/" or ".." in parts or parts[0].endswith(":")


def _list_tar(path: Path, archive: tarfile.TarFile) -> Listing:
    listing = Listing()
    n_entries = total = 0
    for member in archive:
        n_entries += 1
        total += member.size
        _refuse_bomb(path, n_entries, total, path.stat().st_size)
        if member.isdir():
            continue
        if leads_out(member.name):
            listing.skip(member.name, "its path leads out of the archive")
        elif not member.isreg():
            listing.skip(member.name, "it is a link or a device, not a file")
        else:
            listing.offer(member.name, member.size, partial(_read_tarred, archive, member))
    listing.sort()
    return listing


def _read_zipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(entry) as stream:
            content = stream.read(MAX_BYTES + 1)  # the size in the directory may be a lie
    except _DAMAGE as error:
        raise BadInput(f"it cannot be unpacked ({error})") from error
    if len(content) > MAX_BYTES:
        raise BadInput(f"it is larger than {MAX_BYTES // 2**20} MB")
    return content


def _read_tarred(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    try:
        stream = archive.extractfile(member)
        content = stream.read() if stream else b""
    except (tarfile.TarError, OSError) as error:
        raise BadInput(f"it cannot be unpacked ({error})") from error
    return content


def _inflate(path: Path, target: IO[bytes]) -> None:
    """Unpack gzip, watching how much comes out."""
    packed, total = path.stat().st_size, 0
    with gzip.open(path) as stream:
        while block := stream.read(2**20):
            total += len(block)
            _refuse_bomb(path, 1, total, packed)
            try:
                target.write(block)
            except OSError as error:
                raise ShapespaceError(
                    f"No room to unpack {path} in {tempfile.gettempdir()}: {error.strerror}. "
                    "Set TMPDIR to a folder on a larger disk."
                ) from error
    target.seek(0)


def _refuse_bomb(path: Path, n_entries: int, unpacked: int, packed: int) -> None:
    """Stop at archives whose content is out of all proportion."""
    if n_entries > MAX_ENTRIES:
        raise BadInput(f"{path} holds more than {MAX_ENTRIES:,} files.")
    if unpacked > MAX_TOTAL_BYTES:
        raise BadInput(f"{path} unpacks to more than {MAX_TOTAL_BYTES // 2**30} GB.")
    if unpacked > FREE_BYTES + MAX_RATIO * packed:
        raise BadInput(
            f"{path} unpacks to more than {MAX_RATIO} times its size, as archives do that are "
            "made to fill a disk. If it is sound, unpack it and add the folder."
        )
