"""What a source holds: image files to read, and what was left aside at first sight."""

import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from shapespace.data.images import MAX_BYTES
from shapespace.data.packing import Skipped

SUFFIXES = (".png", ".jpg", ".jpeg", ".svg")
_OTHER_IMAGES = (".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".avif", ".psd", ".eps")
_LITTER = {"__MACOSX", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True, kw_only=True)
class File:
    """One image file of a source, not yet read."""

    path: str
    """Where it lies in the source, with '/' between folders."""
    read: Callable[[], bytes]
    """Gives its content; raises BadInput with the reason if it cannot."""
    id: str = ""
    """Its id, if the source states one."""
    label: str | None = None
    """Its class, if the source states one."""
    group: str = ""


@dataclass(kw_only=True)
class Listing:
    """Everything found in a source."""

    files: list[File] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    """Files that do not claim to be images."""

    def skip(self, path: str, reason: str) -> None:
        """Leave a file or folder out, with a reason."""
        self.skipped.append(Skipped(source=printable(path), reason=reason))

    def offer(self, path: str, size: int, read: Callable[[], bytes]) -> None:
        """Take a file in if its name says that it is an image of a kind we read."""
        suffix = posixpath.splitext(path)[1].lower()
        if any(part[:1] == "." or part in _LITTER for part in path.split("/")):
            return  # hidden files, and what operating systems leave behind
        if suffix in _OTHER_IMAGES:
            self.skip(path, f"it is a {suffix[1:].upper()} file, not a PNG, JPEG or SVG image")
        elif suffix not in SUFFIXES:
            self.other.append(printable(path))
        elif size > MAX_BYTES:
            self.skip(path, f"it is larger than {MAX_BYTES // 2**20} MB")
        else:
            self.files.append(File(path=path, read=read))

    def named(self) -> list[File]:
        """Return the files with their ids and classes, those of the source before our own."""
        paths = [file.path for file in self.files]
        return [
            replace(file, id=file.id or id_, label=label if file.label is None else file.label)
            for file, id_, label in zip(self.files, ids(paths), labels(paths), strict=True)
        ]

    def sort(self) -> None:
        """Put the files in natural order, so that a folder and a zip of it give equal sets."""
        self.files.sort(key=lambda file: natural_order(file.path))


def natural_order(path: str) -> list[list[str | int]]:
    """Return a sorting key in which `10.png` comes after `9.png`, and folders stay together."""
    return [
        [int(p) if p.isdigit() else p for p in re.split(r"([0-9]+)", part)]
        for part in path.split("/")
    ]


def printable(name: str) -> str:
    """Return a name in composed Unicode, in which nothing can upset a table or a terminal."""
    composed = unicodedata.normalize("NFC", name)
    if composed.isprintable():
        return composed
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in composed)


def stem(path: str) -> str:
    """Return the name of a file without its folders and its ending."""
    return posixpath.splitext(posixpath.basename(path))[0]


def labels(paths: Iterable[str]) -> list[str]:
    """Return the class of each file: the folder it lies in, or none if all share one folder."""
    folders = [posixpath.dirname(path) for path in paths]
    if len(set(folders)) <= 1:
        return [""] * len(folders)
    return [printable(posixpath.basename(folder)) for folder in folders]


def ids(paths: Iterable[str]) -> list[str]:
    """Return an id for each file: as short a name as is unique in the set.

    That is the name without its ending; where that is taken twice, class/name; where that is
    taken twice too, the whole path.
    """
    whole = [printable(path) for path in paths]
    stems = [stem(path) for path in whole]
    twigs = [
        posixpath.join(posixpath.basename(posixpath.dirname(path)), name)
        for path, name in zip(whole, stems, strict=True)
    ]
    n_stems, n_twigs = Counter(stems), Counter(twigs)
    return [
        name if n_stems[name] == 1 else twig if n_twigs[twig] == 1 else path
        for path, name, twig in zip(whole, stems, twigs, strict=True)
    ]
