"""Ratings as other programs want them: a matrix, a folder of features, arrays of triplets."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from shapespace.data.ratings import Ratings
from shapespace.data.trials.aggregation import How, attribute_means, rated_pairs, to_ratings
from shapespace.data.trials.features_folder import write_features_folder
from shapespace.data.trials.layouts import write_trials
from shapespace.data.trials.rsatoolbox import write_rsatoolbox
from shapespace.data.trials.table import Trials
from shapespace.data.trials.triplets import Triples, to_psiz, to_things, to_triplets
from shapespace.data.writing import write_bytes, write_text
from shapespace.errors import BadInput

Target = Literal["trials", "matrix", "rsatoolbox", "features", "things", "cblearn", "psiz"]
TARGETS: tuple[Target, ...] = get_args(Target)

DEFINITIONS = {
    "trials": "the table of trials, as CSV or parquet",
    "matrix": "dissimilarities of all raters together, CSV with ids in first row and column",
    "rsatoolbox": "dissimilarities of each rater, HDF5",
    "features": "means of attributes, a folder as thingsvision writes them",
    "things": "odd-one-out choices, three positions from 0 a row, the odd one last",
    "cblearn": "triplets (list-order), three positions from 0 a row, the second nearer",
    "psiz": "triplets for psiz.data.Rank, three positions from 1 a row, the second nearer",
}
"""Every target that is written."""

_ARRAYS: dict[str, Callable[[Trials, Sequence[str]], Triples]] = {
    "things": to_things,
    "cblearn": to_triplets,
    "psiz": to_psiz,
}


def target_of(path: Path) -> Target:
    """Return what is written to a path of this name, where nothing else is asked for.

    Raises:
        BadInput: If the name does not tell.
    """
    ending = path.suffix.lower()
    if ending in (".csv", ".parquet"):
        return "trials"
    if ending in (".hdf5", ".h5"):
        return "rsatoolbox"
    raise BadInput(
        f"The name {path.name!r} does not tell what to write; end it in .csv, .parquet or .hdf5, "
        f"or say --to {', '.join(TARGETS)}."
    )


def export(
    found: Trials,
    path: Path,
    *,
    target: Target,
    how: How = "mean",
    stimuli: Sequence[str] | None = None,
) -> None:
    """Write ratings for another program; an older file is replaced.

    Arrays of positions (.npy, else text) get a list of the ids beside them, `NAME.stimuli.txt`.

    Args:
        found: Trials of a paradigm that the target can hold.
        path: File, or folder for "features".
        target: See `DEFINITIONS`.
        how: How raters are joined, where they are.
        stimuli: Ids in the wanted order; all that occur, sorted, if not given.

    Raises:
        BadInput: If the target cannot hold such trials.
        ShapespaceError: If the file cannot be written or a package for it is missing.
    """
    if target == "trials":
        write_trials(path, found)
    elif target == "matrix":
        write_matrix(path, to_ratings(rated_pairs(found, stimuli), how))
    elif target == "rsatoolbox":
        write_rsatoolbox(path, rated_pairs(found, stimuli))
    elif target == "features":
        means = attribute_means(found, how)
        write_features_folder(path, [str(one) for one in means.index], means.to_numpy())
    else:
        ids = tuple(stimuli or found.stimuli)
        triples = _ARRAYS[target](found, ids)
        content = io.BytesIO()
        if path.suffix.lower() == ".npy":
            np.save(content, triples)
        else:
            np.savetxt(content, triples, fmt="%d")
        write_bytes(path, content.getvalue())
        write_text(path.with_name(f"{path.name}.stimuli.txt"), "\n".join(ids) + "\n")


def write_matrix(path: Path, ratings: Ratings) -> None:
    """Write dissimilarities as CSV; empty cells were not rated. `read_trials` reads it back.

    Raises:
        ShapespaceError: If the file cannot be written.
    """
    names = pd.Index(ratings.items, name="stimulus")
    table = pd.DataFrame(ratings.matrix, index=names, columns=list(ratings.items))
    write_bytes(path, table.to_csv(lineterminator="\n").encode())
