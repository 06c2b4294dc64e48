"""Full matrices of similarities or dissimilarities, one for each rater."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from shapespace.arrays import Matrix, Square
from shapespace.data.trials.pairs import Kind, Scale, known_kind, scale_columns
from shapespace.data.trials.reading import check_file, numbers
from shapespace.data.trials.table import Trials, trials
from shapespace.errors import BadInput

MAX_STIMULI = 20_000
"""More would need matrices of several gigabytes."""


def matrix_of(table: pd.DataFrame, name: str) -> tuple[tuple[str, ...], Square]:
    """Return ids and square matrix from a table whose first column and header name stimuli.

    Rows and columns may be in different orders; both are joined by id.

    Args:
        table: Texts, as `read_table` gives them.
        name: What the table is called in sentences, such as its file.

    Raises:
        BadInput: If ids of rows and columns differ, occur twice, or a cell is no number.
    """
    columns = [str(c) for c in table.columns[1:]]
    rows = [str(cell) for cell in table.iloc[:, 0]]
    twice = sorted({row for row in rows if rows.count(row) > 1})
    if twice:
        raise BadInput(f"{name} has two rows for {twice[0]!r}.")
    only = [*sorted(set(columns) - set(rows)), *sorted(set(rows) - set(columns))]
    if only:
        where = "row" if only[0] in columns else "column"
        raise BadInput(f"{name} has no {where} for {only[0]!r}; a matrix names all in both.")
    values = np.stack(
        [
            numbers(table[column], f"The value of column {column!r}", rows=rows)
            for column in columns
        ],
        axis=1,
    )
    order = [columns.index(row) for row in rows]
    return tuple(rows), values[:, order]


def read_npy(path: Path) -> Matrix:
    """Read a numpy matrix of numbers.

    Raises:
        BadInput: If it is none; files that would have to be unpickled are refused.
    """
    check_file(path)
    try:
        # Never unpickled: what a file may run is nobody's rating. Mapped, since a header that
        # claims more than the file holds would else ask for that much memory.
        found = np.load(path, allow_pickle=False, mmap_mode="r")
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path.name} is not a plain numpy array of numbers.") from error
    if not isinstance(found, np.ndarray):
        found.close()
        raise BadInput(f"{path.name} is an archive; save the matrix alone, with numpy.save.")
    if found.ndim != 2 or found.dtype.kind not in "iuf":
        raise BadInput(f"{path.name} must hold one matrix of numbers.")
    return np.array(found, np.float64)


def from_matrices(
    matrices: Mapping[str, Square],
    ids: Sequence[str] | Mapping[str, Sequence[str]],
    *,
    kind: Kind | None,
    scale: Scale | None = None,
) -> Trials:
    """Turn a matrix for each rater into trials, one for each pair; nan where it was not rated.

    Args:
        matrices: Square matrix by name of the rater; symmetric. The diagonal is not used.
        ids: Stimuli of rows and columns, for all raters or for each.
        kind: What a high value means.
        scale: Ends of the scale, where there is one.

    Raises:
        BadInput: If a matrix is not symmetric or has another number of rows than there are ids.
    """
    parts = []
    for rater, matrix in matrices.items():
        names = np.array(list(ids[rater] if isinstance(ids, Mapping) else ids), dtype=object)
        _check(matrix, names, rater)
        first, second = np.triu_indices(len(names), 1)
        response = matrix[first, second]
        rated = ~np.isnan(response)
        parts.append(
            pd.DataFrame(
                {
                    "rater": rater,
                    "stimulus1": names[first][rated],
                    "stimulus2": names[second][rated],
                    "response": response[rated],
                }
            )
        )
    if not parts:
        raise BadInput("There is no matrix of ratings.")
    columns = dict(pd.concat(parts, ignore_index=True))
    return trials(columns | {"paradigm": known_kind(kind)} | scale_columns(scale))


def _check(matrix: Square, names: np.ndarray, rater: str) -> None:
    who = f"of {rater!r} " if rater else ""
    if matrix.shape != (len(names), len(names)):
        raise BadInput(
            f"The matrix {who}is {matrix.shape[0]} x {matrix.shape[1]}, but {len(names)} "
            "stimuli are named."
        )
    if len(names) > MAX_STIMULI:
        raise BadInput(f"A matrix has up to {MAX_STIMULI:,} stimuli, got {len(names):,}.")
    # Files round in their own way; what people mean by symmetric survives six digits.
    differ = ~np.isclose(matrix, matrix.T, rtol=1e-6, atol=1e-9, equal_nan=True)
    if differ.any():
        row, column = (int(i) for i in np.argwhere(differ)[0])
        raise BadInput(
            f"The matrix {who}is not symmetric: {names[row]!r} to {names[column]!r} is "
            f"{matrix[row, column]:g}, and back {matrix[column, row]:g}. Where A-B and B-A were "
            "rated apart, give one row a rating with a column 'trial'."
        )
