"""Files of ratings, whatever their layout: found out, read, and written."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from shapespace.data.trials.attributes import (
    KINDS,
    STIMULUS,
    from_attribute_columns,
    from_attribute_rows,
)
from shapespace.data.trials.matrices import from_matrices, matrix_of, read_npy
from shapespace.data.trials.meadows import read_mat, read_tree
from shapespace.data.trials.pairs import (
    FIRST,
    NAMED_RESPONSE,
    RESPONSE,
    SECOND,
    STUDY_COLUMNS,
    Kind,
    Scale,
    column,
    from_rater_columns,
    from_rows,
    from_study,
    scale_columns,
)
from shapespace.data.trials.reading import numbers, read_table, read_text, require_pyarrow
from shapespace.data.trials.rsatoolbox import read_rsatoolbox
from shapespace.data.trials.table import COLUMNS, NUMBERS, STIMULI, TEXTS, Trials, trials
from shapespace.data.trials.triplets import ANCHORED, from_columns, from_things
from shapespace.data.writing import write_bytes
from shapespace.errors import BadInput

DEFINITIONS = {
    "trials": "our own table: paradigm, stimulus1 to stimulus3, response, and what else is known",
    "rows": "pairs, one row a rating: stimulus1, stimulus2, response, and rater if known",
    "rater columns": "pairs, one row a pair: two columns of stimuli, then one for each rater",
    "study": "the published study's similarities: pairID, pairType, visualType, ratings",
    "matrix": "a square matrix with the ids of stimuli in its first row and column",
    "things": "odd-one-out choices of THINGS and VICE: three whole numbers a row, the odd one last",
    "triplets": "choices by name: anchor, positive, negative; or three stimuli and the odd one",
    "attribute rows": "single stimuli, one row a rating: stimulus, response, attribute",
    "attribute columns": "single stimuli, one row each, with a column for each attribute",
    "meadows": "multi-arrangement of Meadows, .mat or tree .json",
    "rsatoolbox": "RDMs of rsatoolbox, .hdf5 or .h5",
}
"""Every layout that is read."""


def read_trials(
    path: Path,
    *,
    kind: Kind | None = None,
    scale: Scale | None = None,
    stimuli: Sequence[str] = (),
) -> Trials:
    """Read a file of ratings; its layout is found out from its ending and columns.

    Args:
        path: CSV, TSV, text, parquet, numpy (.npy), Matlab (.mat), JSON or HDF5.
        kind: What a high rating of a pair means, where the file does not say.
        scale: Lowest and highest answer, where there is a scale and the file does not say.
        stimuli: Ids in their order, for files that hold positions only (THINGS, numpy), or
            pairs that cannot be taken apart.

    Returns:
        The trials; their first note names the layout. Where a matrix holds no name of a
        rater, it is called like the file.

    Raises:
        BadInput: If the file is damaged or holds what cannot be; with the way out.
    """
    ending = path.suffix.lower()
    if ending == ".mat":
        return _noted(read_mat(path), "meadows")
    if ending == ".json":
        return _noted(read_tree(path), "meadows")
    if ending in (".hdf5", ".h5"):
        return _noted(read_rsatoolbox(path), "rsatoolbox")
    if ending in (".pkl", ".pickle", ".pt", ".rds"):
        raise BadInput(f"{path.name}: files that run code when opened are not read; use CSV.")
    if ending in (".xlsx", ".xls", ".ods"):
        raise BadInput(f"{path.name} is a spreadsheet; save it as CSV in UTF-8.")
    if ending == ".npy":
        return _read_array(path, kind, scale, stimuli)
    if ending != ".parquet" and _is_things(path):
        return _noted(from_things(_whole(read_things(path)), _ids(stimuli, path)), "things")
    table = read_table(path)
    return _read_table(table, path, kind, scale, stimuli)


def write_trials(path: Path, found: Trials) -> None:
    """Write the table of trials as CSV, or as parquet if the name ends so.

    Columns that say nothing are left out. Reading the file gives the same table.

    Raises:
        ShapespaceError: If it cannot be written, or pyarrow is missing.
    """
    table = found.table
    said = [c for c in COLUMNS if ((table[c] != "") if c in TEXTS else table[c].notna()).any()]
    if path.suffix.lower() == ".parquet":
        require_pyarrow()
        content = io.BytesIO()
        table[said].to_parquet(content, index=False)
        write_bytes(path, content.getvalue())
    else:
        write_bytes(path, table[said].to_csv(index=False, lineterminator="\n").encode())


def read_things(path: Path) -> pd.DataFrame:
    """Read rows of three whole numbers, parted by blanks, commas or tabs, as text.

    Raises:
        BadInput: If a row has another number of cells.
    """
    rows = [line.replace(",", " ").split() for line in read_text(path).splitlines()]
    rows = [row for row in rows if row]
    wrong = [i for i, row in enumerate(rows) if len(row) != 3]
    if wrong:
        raise BadInput(f"Line {wrong[0] + 1} of {path.name} does not hold three numbers.")
    return pd.DataFrame(rows)


def _is_things(path: Path) -> bool:
    words = read_text(path)[:4096].split("\n", 1)[0].replace(",", " ").split()
    return len(words) == 3 and all(_is_whole(word) for word in words)


def _is_whole(word: str) -> bool:
    return word.lstrip("-").split(".")[0].isdigit() and float(word).is_integer()


def _whole(table: pd.DataFrame) -> np.ndarray:
    values = np.stack([numbers(table[c], "The position") for c in table.columns], axis=1)
    if np.isnan(values).any() or (values % 1 != 0).any():
        raise BadInput("Positions of stimuli are whole numbers, counted from 0.")
    return values.astype(np.int64)


def _read_array(
    path: Path, kind: Kind | None, scale: Scale | None, stimuli: Sequence[str]
) -> Trials:
    values = read_npy(path)
    ids = _ids(stimuli, path)
    if values.shape[1] == 3 and len(ids) != 3:
        return _noted(from_things(_whole(pd.DataFrame(values.astype(str))), ids), "things")
    found = from_matrices({path.stem: values}, ids, kind=kind, scale=scale)
    return _noted(found, "matrix")


def _read_table(
    table: pd.DataFrame,
    path: Path,
    kind: Kind | None,
    scale: Scale | None,
    stimuli: Sequence[str],
) -> Trials:
    names = [str(c) for c in table.columns]
    if {"paradigm", "response"} <= set(names):
        return _noted(_from_own(table, scale), "trials")
    if set(STUDY_COLUMNS) <= set(names):
        return _noted(from_study(table, scale=scale, stimuli=stimuli), "study")
    if set(ANCHORED) <= set(names) or {*STIMULI, "odd"} <= set(names):
        return _noted(from_columns(table), "triplets")
    has_response = column(table, (*RESPONSE, *NAMED_RESPONSE)) is not None
    if column(table, FIRST) and column(table, SECOND):
        if has_response:
            return _noted(from_rows(table, kind=kind, scale=scale), "rows")
        return _noted(from_rater_columns(table, kind=kind, scale=scale), "rater columns")
    if len(names) > 2 and set(names[1:]) & set(table.iloc[:, 0]):
        ids, matrix = matrix_of(table, path.name)
        found = from_matrices({path.stem: matrix}, ids, kind=kind, scale=scale)
        return _noted(found, "matrix")
    if column(table, STIMULUS):
        if has_response:
            attribute = path.stem if column(table, KINDS) else ""
            read = from_attribute_rows(table, attribute=attribute, scale=scale)
            return _noted(read, "attribute rows")
        return _noted(from_attribute_columns(table, scale=scale), "attribute columns")
    raise BadInput(
        f"The columns of {path.name} ({', '.join(names)[:120]}) are of no known layout. Pairs "
        "need stimulus1, stimulus2 and response; attributes need stimulus, attribute and response."
    )


def _from_own(table: pd.DataFrame, scale: Scale | None) -> Trials:
    unknown = [str(c) for c in table.columns if c not in COLUMNS]
    values: dict = {c: table[c] for c in COLUMNS if c in table and c in TEXTS}
    values |= {c: numbers(table[c], f"{c}") for c in NUMBERS if c in table}
    if "scale_low" not in table:
        values |= scale_columns(scale)
    notes = [f"Columns that were not used: {', '.join(unknown)}."] if unknown else []
    return trials(values, notes=notes)


def _ids(stimuli: Sequence[str], path: Path) -> Sequence[str]:
    if not stimuli:
        raise BadInput(
            f"{path.name} holds positions, not names; give the ids of the stimuli in their order "
            "(--stimuli FILE, one a line)."
        )
    return stimuli


def _noted(found: Trials, layout: str) -> Trials:
    return Trials(found.table, (f"Read as {layout}: {DEFINITIONS[layout]}.", *found.notes))
