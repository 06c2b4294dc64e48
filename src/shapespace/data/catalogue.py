"""The public collections of sketches that `data get` knows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from shapespace.data.home import data_home
from shapespace.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A published collection: where it lives and what its authors ask for."""

    name: str
    title: str
    page: str
    """Web page of its authors."""
    licence: str
    citation: str
    address: str
    """Where its files lie; `{}` stands for the class where there is a file for each."""
    group_pattern: str = ""
    """What in the name of a file ties images that must share a fold."""
    by_hand: str = ""
    """What the user has to do after the download, where we cannot unpack it."""
    sha256: str = ""
    """Checksum of the file, where its authors publish one."""

    @property
    def by_class(self) -> bool:
        """Whether there is a file for each class."""
        return "{}" in self.address


COLLECTIONS = {
    collection.name: collection
    for collection in (
        Collection(
            name="tuberlin",
            title="TU Berlin: 20,000 sketches by 1,350 people, 250 classes",
            page="https://cybertron.cg.tu-berlin.de/eitz/projects/classifysketch/",
            licence="CC BY 4.0: name the authors",
            citation=(
                "Eitz, Hays, Alexa (2012), How Do Humans Sketch Objects?, "
                "ACM Transactions on Graphics 31(4)"
            ),
            address=(
                "https://cybertron.cg.tu-berlin.de/eitz/projects/classifysketch/"
                "sketches_png.zip"
            ),
        ),
        Collection(
            name="sketchy",
            title="Sketchy: 75,471 sketches of 12,500 photographs, 125 classes",
            page="http://sketchy.eye.gatech.edu/",
            licence="none stated by its authors: ask them about any use beyond research",
            citation=(
                "Sangkloy, Burnell, Ham, Hays (2016), The Sketchy Database: Learning to "
                "Retrieve Badly Drawn Bunnies, ACM Transactions on Graphics 35(4)"
            ),
            address=(
                "https://drive.usercontent.google.com/download"
                "?id=1z4--ToTXYb0-2cLuUWPYM5m7ST7Ob3Ck&export=download&confirm=t"
                "#rendered_256x256.7z"
            ),
            group_pattern="^(.*)-[^-]*$",
            by_hand=(
                "It is a 7z archive, which Python cannot unpack: `7z x {file} -o{folder}`, "
                "then `shapespace data add sketchy "
                "--from {folder}/256x256/sketch/tx_000000000000 --group-pattern '{pattern}'`."
            ),
        ),
        Collection(
            name="quickdraw",
            title="Quick, Draw!: 50 million drawings by players, 345 classes",
            page="https://github.com/googlecreativelab/quickdraw-dataset",
            licence="CC BY 4.0: name Google and the players of Quick, Draw!",
            citation="Jongejan et al. (2016), The Quick, Draw! Dataset, Google",
            address="https://storage.googleapis.com/quickdraw_dataset/full/simplified/{}.ndjson",
        ),
    )
}


def find(name: str) -> Collection:
    """Return a collection by its name.

    Raises:
        BadInput: If there is none of that name.
    """
    if name not in COLLECTIONS:
        raise BadInput(
            f"`data get` knows no set {name!r}, only {', '.join(COLLECTIONS)}. Sets of your "
            "own come in with `shapespace data add`."
        )
    return COLLECTIONS[name]


def addresses(collection: Collection, classes: tuple[str, ...], mirror: str = "") -> list[str]:
    """Return where the files lie that are wanted.

    Args:
        collection: What is wanted.
        classes: Which classes, for a collection with a file for each.
        mirror: Folder on another server that holds the same files.

    Raises:
        BadInput: If classes are missing, or given where there is no choice.
    """
    if collection.by_class and not classes:
        raise BadInput(
            f"{collection.name} has one large file for each class; name those you want, as in "
            f"`shapespace data get {collection.name} --classes cat dog --accept-licence`."
        )
    if classes and not collection.by_class:
        raise BadInput(f"{collection.name} comes whole; leave out --classes.")
    wanted = [collection.address.replace("{}", quote(c, safe="")) for c in classes or ("",)]
    if not mirror:
        return wanted
    return [f"{mirror.rstrip('/')}/{quote(file_name(url))}" for url in wanted]


def file_name(url: str) -> str:
    """Return the name a download gets: the fragment of the address, or the end of its path."""
    parts = urlsplit(url)
    return unquote(parts.fragment or parts.path).rsplit("/", 1)[-1]


def fetch(
    collection: Collection,
    classes: tuple[str, ...] = (),
    mirror: str = "",
    watch: Callable[[str, int, int | None], None] = lambda name, done, total: None,
) -> dict[Path, str]:
    """Download a collection, or go on with it; return its files and their checksums.

    Raises:
        BadInput: If the classes do not fit.
        DownloadFailed: If a file cannot be fetched, or is not what it should be.
    """
    from shapespace.data.downloads import download  # here: listing must not wait for it

    folder = data_home() / ".downloads" / collection.name
    files: dict[Path, str] = {}
    for url in addresses(collection, classes, mirror):
        name = file_name(url)
        files[folder / name] = download(
            url,
            folder / name,
            sha256=collection.sha256,
            watch=lambda done, total, name=name: watch(name, done, total),
        )
    return files
