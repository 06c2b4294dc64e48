"""Tables of text from files, and what can be wrong with them."""

from collections import Counter
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from numpy import ndarray

from shapespace.errors import BadInput, ShapespaceError

MAX_BYTES = 2**30
"""Larger files are refused: a study of a thousand raters and a million trials needs a tenth."""


def check_file(path: Path) -> None:
    """Refuse what is no file, empty, or larger than any table of ratings.

    Raises:
        BadInput: With what is wrong.
    """
    try:
        if not path.is_file():
            raise BadInput(f"There is no file {path}.")
        size = path.stat().st_size
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.") from error
    if size == 0:
        raise BadInput(f"{path.name} is empty.")
    if size > MAX_BYTES:
        raise BadInput(
            f"{path.name} has {size / 2**30:.1f} GB; files of up to {MAX_BYTES / 2**30:.0f} GB "
            "are read. Split it by rater."
        )


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        BadInput: If it cannot be read, or is in another encoding.
    """
    check_file(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name} is not in UTF-8 (byte {error.start + 1}); save it again as UTF-8."
        ) from error
    if "\0" in text:
        raise BadInput(f"{path.name} is no text; a table of ratings is a CSV file.")
    return text


def read_table(path: Path, *, header: bool = True) -> pd.DataFrame:
    """Read a table as text: every cell a string without blanks around it, "" where empty.

    Args:
        path: `.csv`, `.tsv` or `.txt` with commas, semicolons or tabs; or `.parquet`.
        header: Whether the first row names the columns; else they are numbered from 0.

    Raises:
        BadInput: If the file cannot be read, or rows or names of columns do not fit.
        ShapespaceError: If a parquet file is to be read and pyarrow is not installed.
    """
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path)
    text = read_text(path)
    first = text.lstrip().split("\n", 1)[0]
    if not first:
        raise BadInput(f"{path.name} holds nothing but blank lines.")
    separator = max(",;\t", key=first.count)
    try:
        raw = pd.read_csv(
            StringIO(text),
            sep=separator,
            header=None,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            skip_blank_lines=True,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        reason = str(error).strip().splitlines()[-1].removeprefix("Error tokenizing data. ")
        raise BadInput(f"{path.name} is not a table: {reason.rstrip('.')}.") from error
    cells = raw.fillna("").apply(lambda column: column.str.strip())
    if not header:
        return cells
    names = [str(name) for name in cells.iloc[0]]
    twice = [name for name, n in Counter(names).items() if n > 1 and name]
    if twice:
        raise BadInput(f"Two columns of {path.name} are called {twice[0]!r}.")
    table = cells.iloc[1:].reset_index(drop=True)
    table.columns = pd.Index(names)
    if not len(table):
        raise BadInput(f"{path.name} names columns but holds no rows.")
    return table


def numbers(
    values: pd.Series, what: str, *, rows: Sequence[str] = ()
) -> Float[ndarray, " row"]:
    """Return cells as numbers; nan where a cell is empty.

    Args:
        values: Texts.
        what: What they are, for the sentence of an error.
        rows: What each row is called; by its number, from 1 below the header, if not given.

    Raises:
        BadInput: If a cell holds something else; with the first such cell.
    """
    blank = values.isin(["", "NA", "NaN", "nan"])
    # pandas warns of nothing and gives nan for what is no number.
    found = pd.to_numeric(values.where(~blank, "nan"), errors="coerce").to_numpy(np.float64)
    wrong = np.isnan(found) & ~blank.to_numpy()
    if wrong.any():
        place = int(np.flatnonzero(wrong)[0])
        where = rows[place] if len(rows) else f"row {place + 1}"
        text = str(values.iloc[place])
        hint = " Write a point, not a comma, before decimals." if "," in text else ""
        raise BadInput(f"{what} {text[:40]!r} ({where}) is not a number.{hint}")
    return found


def _read_parquet(path: Path) -> pd.DataFrame:
    check_file(path)
    require_pyarrow()
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path.name} is not a parquet file, or a damaged one.") from error
    if not len(table):
        raise BadInput(f"{path.name} names columns but holds no rows.")
    table.columns = pd.Index([str(name) for name in table.columns])
    texts = table.astype(object).where(table.notna(), "")
    return texts.map(lambda cell: cell.strip() if isinstance(cell, str) else str(cell))


def require_pyarrow() -> None:
    """Say what is missing before pandas does.

    Raises:
        ShapespaceError: If pyarrow is not installed.
    """
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise ShapespaceError(
            "Parquet files need the package pyarrow: pip install 'shapespace[exchange]'."
        )
