"""From what the user has (a folder, an archive, a list) to a stream of images for packing."""

import csv
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from itertools import chain
from pathlib import Path

from shapespace.data.archives import open_tar, open_zip
from shapespace.data.images import MAX_BYTES, decode_image
from shapespace.data.listing import (
    SUFFIXES,
    File,
    Listing,
    natural_order,
    printable,
    stem,
)
from shapespace.data.packed import PackedSet, SetInfo
from shapespace.data.packing import Item, Skipped, pack
from shapespace.data.strokes import count_drawings, is_stroke_file, read_drawings
from shapespace.errors import BadInput

Watch = Callable[[Iterable[Item | Skipped], int], Iterable[Item | Skipped]]
"""Passes a stream on while it shows how much of the given total has gone by."""

_TARS = (".tar", ".tar.gz", ".tgz")


def pack_sources(
    paths: Sequence[Path],
    info: SetInfo,
    directory: Path,
    *,
    group_pattern: str = "",
    classes: Sequence[str] = (),
    at_most: int | None = None,
    watch: Watch = lambda items, _: items,
) -> PackedSet:
    """Pack a folder, archive, list, single image or stroke files.

    Args:
        paths: One folder (flat or with a folder for each class), `.zip`, `.tar`, `.tar.gz`,
            `.csv` (columns file[,id,class,group], files relative to it), or image; or any
            number of `.ndjson` files with strokes, or a folder of those.
        info: Name, side, licence and the like.
        directory: Where the set will lie.
        group_pattern: Regular expression with one pair of brackets: what they match in the name
            of a file is its group. Without one, each image is its own group.
        classes: Take images of these classes only; all if empty. Stroke files hold a class each.
        at_most: Take no more than this many images of each class, the first ones.
        watch: Shows progress.

    Raises:
        BadInput: If there is nothing there that can be used, or a class that is not there.
        ShapespaceError: If the set cannot be written.
    """
    if strokes := [file for path in paths for file in _stroke_files(path)]:
        if classes:
            raise BadInput(
                "Classes cannot be chosen from files of strokes, which hold one each; "
                "give the files of the classes you want."
            )
        total = sum(count_drawings(file, at_most) for file in strokes)
        items = chain.from_iterable(read_drawings(f, info.side, at_most) for f in strokes)
        return pack(watch(items, total), info, directory)
    (path,) = paths
    group_of = _grouping(group_pattern)
    with open_source(path) as listing:
        if listing.other:
            noted = f"not looked at, being no images: {_some(listing.other)}"
            info = replace(info, notes=(*info.notes, noted))
        files = _choose(listing.named(), classes, at_most)
        if len(files) < len(listing.files):
            noted = f"taken: {len(files):,} of {len(listing.files):,} images, as asked for"
            info = replace(info, notes=(*info.notes, noted))
        items = chain(listing.skipped, _items(files, info.side, group_of))
        return pack(watch(items, len(files) + len(listing.skipped)), info, directory)


@contextmanager
def open_source(path: Path) -> Iterator[Listing]:
    """List the images of a source; they can be read while the context lasts.

    Raises:
        BadInput: If there is no source at `path`, or one of a kind we cannot read.
    """
    name = path.name.lower()
    if not path.exists():
        raise BadInput(f"There is no file or folder {path}.")
    if path.is_dir():
        yield _list_folder(path)
    elif name.endswith(".zip"):
        with open_zip(path) as listing:
            yield listing
    elif name.endswith(_TARS):
        with open_tar(path) as listing:
            yield listing
    elif name.endswith(".csv"):
        yield _list_csv(path)
    elif name.endswith(SUFFIXES):
        yield Listing(files=[File(path=path.name, read=partial(_read, path))])
    else:
        raise BadInput(
            f"{path} is of a kind that cannot be read. Give a folder, .zip, .tar, .tar.gz, "
            ".csv or .ndjson, or one image (.png, .jpg, .svg); unpack other archives first."
        )


def _choose(files: Sequence[File], classes: Sequence[str], at_most: int | None) -> list[File]:
    """Keep the first files of every class that is asked for, in their order."""
    held = {file.label for file in files if file.label}
    for name in classes:
        if name not in held:
            close = get_close_matches(name, held, n=1)
            raise BadInput(
                f"There is no class {name!r} here"
                + (f"; did you mean {close[0]!r}?" if close else ".")
                + (f" Classes are {_some(sorted(held))}." if held else " No image has a class.")
            )
    n_taken: Counter[str] = Counter()
    chosen = []
    for file in files:
        label = file.label or ""
        if (not classes or label in classes) and (at_most is None or n_taken[label] < at_most):
            n_taken[label] += 1
            chosen.append(file)
    return chosen


def _items(
    files: Iterable[File], side: int, group_of: Callable[[str], str]
) -> Iterator[Item | Skipped]:
    """Read the files one after the other."""
    for file in files:
        source = printable(file.path)
        try:
            decoded = decode_image(file.read(), side)
        except BadInput as error:
            yield Skipped(source=source, reason=str(error))
            continue
        yield Item(
            id=file.id,
            label=file.label or "",
            source=source,
            group=file.group or group_of(stem(source)),
            scan=decoded.scan,
            notes=decoded.notes,
        )


def _grouping(pattern: str) -> Callable[[str], str]:
    """Return a function from the name of a file to its group, empty where there is none."""
    if not pattern:
        return lambda _: ""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise BadInput(f"{pattern!r} is not a regular expression: {error}.") from error
    if compiled.groups != 1:
        raise BadInput(
            f"The group pattern {pattern!r} has {compiled.groups} pairs of brackets; it needs "
            "exactly one, around what names the group, as in '^(.*)-[0-9]+$'."
        )

    def group_of(name: str) -> str:
        match = compiled.search(name)
        return (match[1] or "") if match else ""

    return group_of


def _stroke_files(path: Path) -> list[Path]:
    """Return the stroke files meant by `path`: itself, or those in the folder."""
    if path.is_file():
        return [path] if is_stroke_file(path) else []
    try:
        found = (
            [file for file in path.iterdir() if is_stroke_file(file)] if path.is_dir() else []
        )
    except OSError:  # the listing of the folder will say so
        return []
    return sorted(found, key=lambda file: natural_order(file.name))


def _list_folder(folder: Path) -> Listing:
    """Walk through a folder and all below; links are followed, but none in a circle."""
    listing = Listing()
    seen: set[str] = set()

    def unreadable(error: OSError) -> None:
        where = Path(error.filename).relative_to(folder).as_posix()
        listing.skip(where, f"the folder cannot be read: {error.strerror}")

    for here, below, names in os.walk(folder, onerror=unreadable, followlinks=True):
        below.sort()
        real = os.path.realpath(here)
        if real in seen:
            listing.skip(
                Path(here).relative_to(folder).as_posix(),
                "a link leads to it, and it was already read",
            )
            below.clear()
            continue
        seen.add(real)
        for name in names:
            path = Path(here, name)
            relative = path.relative_to(folder).as_posix()
            try:
                about = path.stat()
            except OSError as error:
                listing.skip(relative, f"it cannot be read: {error.strerror}")
                continue
            if stat.S_ISREG(about.st_mode):
                listing.offer(relative, about.st_size, partial(_read, path))
            else:
                listing.skip(relative, "it is a device or a pipe, not a file")
    listing.sort()
    return listing


def _list_csv(path: Path) -> Listing:
    """Read a list of files; rows keep their order."""
    listing = Listing()
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream)
            if "file" not in (rows.fieldnames or ()):
                raise BadInput(
                    f"{path} has no column 'file'. Its first line should name the columns: "
                    "file, and if you like id, class and group."
                )
            for row in rows:
                if name := (row["file"] or "").strip():
                    listing.files.append(
                        File(
                            path=name.replace("\\", "/"),
                            read=partial(_read, path.parent / name),
                            id=printable(row.get("id") or ""),
                            label=printable(row["class"] or "") if "class" in row else None,
                            group=printable(row.get("group") or ""),
                        )
                    )
                else:
                    listing.skip(f"line {rows.line_num}", "the line names no file")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as a CSV list ({error}).") from error
    return listing


def _read(path: Path) -> bytes:
    try:
        if not path.is_file() and path.exists():  # reading a pipe would wait for ever
            raise BadInput("it is not a file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise BadInput(f"it is larger than {MAX_BYTES // 2**20} MB")
    return content


def _some(names: list[str], shown: int = 3) -> str:
    """Name the first few of many."""
    listed = ", ".join(names[:shown])
    return listed if len(names) <= shown else f"{listed} and {len(names) - shown} more"
