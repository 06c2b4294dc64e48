"""Features of stimuli from elsewhere, with the stimuli they belong to."""

from pathlib import Path

import numpy as np

from shapespace.arrays import Matrix
from shapespace.data.trials.features_folder import read_features_folder
from shapespace.data.trials.reading import numbers, read_table
from shapespace.errors import BadInput


def read_features(path: Path) -> tuple[tuple[str, ...], Matrix]:
    """Return ids and features, one row an id.

    Args:
        path: A table whose first column is the id and whose other columns are features, or a
            folder as thingsvision writes it (`features.npy` and `file_names.txt`).

    Raises:
        BadInput: If it cannot be read, or holds something else than numbers.
    """
    if path.is_dir():
        return read_features_folder(path)
    table = read_table(path)
    if table.shape[1] < 2:
        raise BadInput(
            f"{path.name} has no features: its first column is the id, others follow."
        )
    ids = tuple(table.iloc[:, 0])
    columns = [
        numbers(table[name], f"The value of {name!r} in {path.name}", rows=ids)
        for name in table.columns[1:]
    ]
    return ids, np.stack(columns, axis=1)
