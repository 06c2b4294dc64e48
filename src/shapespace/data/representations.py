"""Representations from elsewhere: a vector of numbers for each stimulus, joined by its id."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shapespace.arrays import Matrix
from shapespace.data.trials.attributes import STIMULUS
from shapespace.data.trials.features_folder import read_features_folder
from shapespace.data.trials.matching import match
from shapespace.data.trials.matrices import read_npy
from shapespace.data.trials.pairs import column
from shapespace.data.trials.reading import (
    check_file,
    numbers,
    read_table,
    read_text,
    require_pyarrow,
)
from shapespace.errors import BadInput

MAX_CELLS = 200_000_000
"""Numbers in one representation at most (1.6 GB)."""

BESIDE = (".ids.txt", ".ids.csv", ".stimuli.txt")
"""Endings, in place of `.npy`, of files that name its rows."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Representation:
    """Vectors of stimuli."""

    name: str
    ids: tuple[str, ...]
    """Of the rows; each once."""
    codes: Matrix
    """One row a stimulus, one column a unit; all are finite numbers."""
    source: str
    """Where they come from, in words, such as "CSV file"."""

    def __post_init__(self) -> None:
        if len(self.ids) != len(self.codes):
            raise BadInput(
                f"{self.name} has {len(self.codes)} rows, but {len(self.ids)} ids name them."
            )
        if len(self.codes) == 0 or self.codes.shape[1] == 0:
            raise BadInput(f"{self.name} holds no numbers.")
        if self.codes.size > MAX_CELLS:
            raise BadInput(
                f"{self.name} holds {self.codes.size:,} numbers; up to {MAX_CELLS:,} are read. "
                "Keep the rated stimuli, or fewer units."
            )
        twice = [one for one, n in Counter(self.ids).items() if n > 1]
        if twice:
            raise BadInput(f"{self.name} has {len(twice)} ids twice, such as {twice[0]!r}.")
        if "" in self.ids:
            raise BadInput(f"Row {self.ids.index('') + 1} of {self.name} has no id.")
        wrong = np.flatnonzero(~np.isfinite(self.codes).all(axis=1))
        if len(wrong):
            raise BadInput(
                f"{self.name} holds nan or infinity in {len(wrong)} of {len(self.ids)} rows, such "
                f"as that of {self.ids[wrong[0]]!r}. Distances need finite numbers throughout."
            )

    def of(self, stimuli: Sequence[str]) -> Matrix:
        """Return the rows of these stimuli, in this order.

        Raises:
            BadInput: If one is missing; with all their names.
        """
        match(stimuli, self.ids).require_all_known(self.name)
        place = {one: row for row, one in enumerate(self.ids)}
        return self.codes[[place[one] for one in stimuli]]


def read_representation(path: Path, *, ids: Path | None = None) -> Representation:
    """Read the vectors of stimuli.

    Args:
        path: `.npy` (a matrix; its rows are named by a file of the same name that ends in
            `.ids.txt`, `.ids.csv` or `.stimuli.txt`, or by `ids`); `.csv`, `.tsv` or `.parquet`
            (a column called id, stimulus or item, or the first one, and numbers in the others;
            in parquet also one column of vectors); or a folder of features as thingsvision
            writes it.
        ids: Names of the rows of an `.npy` file: one a line, or a CSV file with a column id.

    Raises:
        BadInput: If the file is damaged, or ids and rows do not fit; with the way out.
    """
    ending = path.suffix.lower()
    if path.is_dir():
        names, codes = read_features_folder(path)
        return Representation(name=path.name, ids=names, codes=codes, source="features folder")
    if ending == ".npy":
        names = read_ids(ids or _beside(path))
        codes = read_npy(path)
        return Representation(name=path.stem, ids=names, codes=codes, source="numpy array")
    if ending in (".csv", ".tsv", ".txt"):
        table = read_table(path)
        names, values = _split(table, path)
        codes = np.stack(
            [numbers(values[c], f"Column {c!r}:", rows=names) for c in values], axis=1
        )
        return Representation(name=path.stem, ids=names, codes=codes, source="table")
    if ending == ".parquet":
        names, codes = _read_parquet(path)
        return Representation(name=path.stem, ids=names, codes=codes, source="parquet table")
    check_file(path)
    raise BadInput(
        f"{path.name}: representations are read from .npy, .csv, .tsv, .parquet, folders of "
        "features and runs. Files that run code when opened (.pt, .pkl) are not."
    )


def read_ids(path: Path) -> tuple[str, ...]:
    """Return the ids in a list: lines, or the column id of a CSV file.

    Raises:
        BadInput: If the file cannot be read, or has no such column.
    """
    if path.suffix.lower() != ".csv":
        return tuple(line.strip() for line in read_text(path).splitlines() if line.strip())
    table = read_table(path)
    name = column(table, STIMULUS)
    if name is None:
        raise BadInput(f"{path.name} has no column 'id' with the ids of the rows.")
    return tuple(table[name])


def _beside(path: Path) -> Path:
    found = [path.with_name(path.stem + ending) for ending in BESIDE]
    there = [one for one in found if one.is_file()]
    if not there:
        raise BadInput(
            f"{path.name} holds rows without names. List the ids of its rows, one a line, in "
            f"{found[0].name} beside it, or give them with --ids."
        )
    return there[0]


def _split(table: pd.DataFrame, path: Path) -> tuple[tuple[str, ...], pd.DataFrame]:
    """Return the ids and the other columns."""
    name = column(table, STIMULUS) or str(table.columns[0])
    values = table.drop(columns=name)
    if values.shape[1] == 0:
        raise BadInput(f"{path.name} has ids, but no column of numbers beside them.")
    return tuple(str(one).strip() for one in table[name]), values


def _read_parquet(path: Path) -> tuple[tuple[str, ...], Matrix]:
    check_file(path)
    require_pyarrow()
    from pyarrow import ArrowException, parquet

    try:
        with parquet.ParquetFile(path) as file:
            size = file.metadata.num_rows * max(file.metadata.num_columns, 1)
            unpacked = sum(
                file.metadata.row_group(i).total_byte_size
                for i in range(file.metadata.num_row_groups)
            )
            if size > MAX_CELLS or unpacked > 8 * MAX_CELLS:
                raise BadInput(
                    f"{path.name} unpacks to {size:,} cells; up to {MAX_CELLS:,} are read."
                )
            table = file.read().to_pandas()
    except (ArrowException, OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path.name} is not a parquet file, or a damaged one.") from error
    if table.index.name:  # pandas keeps an index apart
        table = table.reset_index()
    table.columns = pd.Index([str(name) for name in table.columns])
    names, values = _split(table, path)
    vectors = [c for c in values if values[c].map(lambda v: isinstance(v, np.ndarray)).all()]
    try:
        if vectors:
            return names, np.stack(values[vectors[0]].tolist()).astype(np.float64)
        kept = values.select_dtypes("number")
        if kept.shape[1] < values.shape[1]:
            text = next(c for c in values if c not in kept)
            raise BadInput(
                f"Column {text!r} of {path.name} is neither an id nor a number; leave it out."
            )
        return names, kept.to_numpy(np.float64)
    except ValueError as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"The vectors of {path.name} are not all of one length.") from error
