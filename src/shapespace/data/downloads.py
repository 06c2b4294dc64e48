"""One file from the network: resumed where it was cut, checked before it is used."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import requests

from shapespace.data.writing import write_text
from shapespace.errors import DownloadFailed, ShapespaceError

CONNECT_SECONDS = 15
SILENCE_SECONDS = 60
"""How long a server may send nothing before the connection counts as cut."""
TRIES = 5
"""Connections in a row that may bring nothing new before we give up."""

_BLOCK = 2**14
"""What is lost at most where a connection is cut."""
_NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)


def download(
    url: str,
    target: Path,
    *,
    sha256: str = "",
    watch: Callable[[int, int | None], None] = lambda done, total: None,
    pause_seconds: float = 1.0,
) -> str:
    """Fetch `url` into `target`, unless it already lies there whole.

    What arrives is kept in `NAME.part` until it is complete, so that a later call goes on where
    this one was cut. The checksum of a finished file is kept in `NAME.sha256`. Where none was
    known before, the first download is trusted, and later ones must equal it.

    Args:
        url: Where the file lies, http or https.
        target: Where it will lie.
        sha256: Its checksum, if known from its publisher.
        watch: Called with the bytes so far and, if the server says, in total.
        pause_seconds: Rest before the second try; it doubles with each further one.

    Returns:
        The checksum of the file.

    Raises:
        DownloadFailed: If it cannot be fetched, or is not what it should be.
        ShapespaceError: If it cannot be written, such as on a full disk; the part is kept.
    """
    record = target.with_name(f"{target.name}.sha256")
    expected = sha256 or (record.read_text().strip() if record.is_file() else "")
    if target.is_file() and expected and hash_file(target) == expected:
        return expected
    _fetch_all(url, target.with_name(f"{target.name}.part"), watch, pause_seconds)
    return _accept(url, target, record, expected)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _accept(url: str, target: Path, record: Path, expected: str) -> str:
    """Check what arrived and give it its name."""
    part = target.with_name(f"{target.name}.part")
    found = hash_file(part)
    _tag_of(part).unlink(missing_ok=True)
    if expected and found != expected:
        part.unlink()
        raise DownloadFailed(
            f"{url} is not the file it should be: its SHA-256 is {found}, expected {expected}. "
            "It was deleted. Try again; if it stays so, the file was changed by its publisher "
            f"or on the way (then delete {record} to accept the new one)."
        )
    part.replace(target)
    write_text(record, found + "\n")
    return found


def _fetch_all(url: str, part: Path, watch: Callable, pause_seconds: float) -> None:
    """Fetch in as many connections as it takes, as long as each brings something."""
    fruitless = 0
    while True:
        before = _size(part)
        try:
            if _fetch_rest(url, part, watch):
                return
            reason = "the connection was cut"
        except _NO_ADDRESS as error:
            raise DownloadFailed(f"{url!r} is not an address: {error}") from error
        except requests.HTTPError as error:  # a server in trouble says what it is
            reason = str(error)
        except requests.RequestException as error:
            reason = _why(error)
        fruitless = 0 if _size(part) > before else fruitless + 1
        if fruitless >= TRIES:
            raise DownloadFailed(
                f"{url} does not arrive ({reason}). Check the network and try again; the "
                f"{_size(part):,} bytes that have come are kept. Or fetch the file in another "
                "way and pack it with `shapespace data add`."
            )
        time.sleep(pause_seconds * 2**fruitless)


def _fetch_rest(url: str, part: Path, watch: Callable) -> bool:
    """Ask for what is missing; return whether the file is whole now."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"}  # a compressed answer could not be resumed
    tag = _tag_of(part)
    if have and tag.is_file():
        headers |= {"Range": f"bytes={have}-", "If-Range": tag.read_text()}
    limits = (CONNECT_SECONDS, SILENCE_SECONDS)
    with requests.get(url, headers=headers, stream=True, timeout=limits) as answer:
        if answer.status_code == 416:  # the part is no beginning of the file as it is now
            part.unlink(missing_ok=True)
            return False
        _refuse_failure(url, answer)
        resumed = answer.status_code == 206 and _starts_at(answer, have)
        if answer.status_code == 206 and not resumed:
            part.unlink(missing_ok=True)
            return False
        start = have if resumed else 0
        length = answer.headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else None
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            if not resumed:
                write_text(tag, _validator(answer))
            with part.open("ab" if resumed else "wb") as stream:
                done = _copy(answer, stream, start, total, watch)
        except OSError as error:
            if isinstance(error, requests.RequestException):
                raise
            raise ShapespaceError(
                f"Cannot write {part}: {error.strerror}. What has arrived is kept; make room "
                "and run the same command again."
            ) from error
    return total is None or done == total


def _copy(
    answer: requests.Response, stream: IO[bytes], done: int, total: int | None, watch: Callable
) -> int:
    """Write what arrives; return how many bytes there are now."""
    watch(done, total)
    for block in answer.iter_content(_BLOCK):
        stream.write(block)
        done += len(block)
        watch(done, total)
    return done


def _refuse_failure(url: str, answer: requests.Response) -> None:
    status = answer.status_code
    if status in (404, 410):
        raise DownloadFailed(
            f"{url} is not there (the server says {status}). Check the name; if the file has "
            "moved, name its new folder with --mirror."
        )
    if status in (429, 500, 502, 503, 504):
        answer.raise_for_status()  # may pass: counts as a try
    if status not in (200, 206):
        raise DownloadFailed(f"{url} cannot be had: the server says {status} {answer.reason}.")
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        raise DownloadFailed(
            f"{url} answered with a web page instead of the file, as a login page would. Open "
            "it in a browser, save the file and pack it with `shapespace data add`."
        )


def _validator(answer: requests.Response) -> str:
    """Return what tells this version of the file from a later one; '"-"' never matches."""
    tag = answer.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return answer.headers.get("Last-Modified", '"-"')


def _starts_at(answer: requests.Response, have: int) -> bool:
    return answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _tag_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")


def _size(path: Path) -> int:
    return os.path.getsize(path) if path.exists() else 0


def _why(error: Exception) -> str:
    """Say in a few words why no connection came about."""
    text = str(error)
    if "resolve" in text or "Name or service" in text or "getaddrinfo" in text:
        return "its name cannot be found, as without a network"
    if "refused" in text:
        return "the connection was refused"
    if "timed out" in text.lower():
        return "it took too long"
    return "the connection was cut"
