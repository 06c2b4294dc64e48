"""Folders of features as thingsvision writes them: a matrix, and file names in its row order."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from shapespace.arrays import Matrix
from shapespace.data.trials.matrices import read_npy
from shapespace.data.trials.reading import read_text
from shapespace.data.writing import new_directory, write_bytes, write_text
from shapespace.errors import BadInput

IMAGE_ENDINGS = (".eps", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".svg")


def write_features_folder(folder: Path, ids: Sequence[str], features: Matrix) -> None:
    """Write `features.npy`, `file_names.txt` and, for joins by id, `ids.csv`.

    Args:
        folder: Where; a folder of that name is replaced.
        ids: Stimuli in the order of rows, without line breaks.
        features: One row a stimulus.

    Raises:
        BadInput: If there are not as many ids as rows, or an id occurs twice.
        ShapespaceError: If the folder cannot be written.
    """
    if len(ids) != len(features) or len(set(ids)) != len(ids):
        raise BadInput(
            f"{len(features)} rows of features need as many different ids, got {len(ids)} of "
            f"which {len(set(ids))} differ."
        )
    broken = [name for name in ids if "\n" in name or "\r" in name]
    if broken:
        raise BadInput(
            f"The id {broken[0]!r} holds a line break, which a list of files cannot."
        )
    with new_directory(folder) as scratch:
        matrix = io.BytesIO()
        np.save(matrix, features)
        write_bytes(scratch / "features.npy", matrix.getvalue())
        write_text(scratch / "file_names.txt", "".join(f"{name}\n" for name in ids))
        rows = io.StringIO()
        table = csv.writer(rows, lineterminator="\n")
        table.writerows([("row", "id"), *enumerate(ids)])
        write_text(scratch / "ids.csv", rows.getvalue())


def read_features_folder(folder: Path) -> tuple[tuple[str, ...], Matrix]:
    """Read ids and features of a folder with `features.npy`, `.txt` or `.mat`.

    Ids are the file names without folders and without the ending of an image. `.hdf5` and
    `.pt` are not read: save again with `file_format="npy"`.

    Raises:
        BadInput: If files are missing or do not fit together.
    """
    names = folder / "file_names.txt"
    if not names.is_file():
        raise BadInput(
            f"{folder} holds no file_names.txt, which names the rows of its features."
        )
    ids = tuple(_id(line) for line in read_text(names).splitlines() if line.strip())
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise BadInput(f"Two files of {folder} are called {twice[0]!r} without their endings.")
    features = _features(folder, ids)
    if len(features) != len(ids):
        raise BadInput(
            f"{folder} holds {len(features)} rows of features, but {len(ids)} names."
        )
    return ids, features


def _features(folder: Path, ids: Sequence[str]) -> Matrix:
    if (folder / "features.npy").is_file():
        return read_npy(folder / "features.npy")
    if (folder / "features.txt").is_file():
        text = read_text(folder / "features.txt")
        try:
            return np.loadtxt(io.StringIO(text), ndmin=2)
        except ValueError as error:
            raise BadInput(
                f"{folder / 'features.txt'} holds something else than numbers."
            ) from error
    if (folder / "features.mat").is_file():
        try:
            content = loadmat(folder / "features.mat")
        except Exception as error:  # scipy meets a damaged file with almost any exception
            raise BadInput(f"{folder / 'features.mat'} cannot be read.") from error
        rows = {_id(key): np.ravel(value) for key, value in content.items() if key[:2] != "__"}
        missing = [name for name in ids if name not in rows]
        if missing:
            raise BadInput(f"{folder / 'features.mat'} holds no features of {missing[0]!r}.")
        return np.stack([rows[name].astype(np.float64) for name in ids])
    raise BadInput(
        f"{folder} holds no features.npy, features.txt or features.mat; save them again with "
        "file_format='npy'."
    )


def _id(line: str) -> str:
    name = Path(line.strip()).name
    path = Path(name)
    return path.stem if path.suffix.lower() in IMAGE_ENDINGS else name
