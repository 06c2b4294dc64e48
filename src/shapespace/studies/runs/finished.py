"""What pictures and reports ask of finished runs: their names, and what each had seen.

Needs no torch, so that a report starts at once.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from shapespace.errors import BadInput
from shapespace.studies.runs.run_directory import RunDirectory

PARTS = ("train", "validation", "test")
"""What a stimulus was to a run: it taught it, chose its snapshot, or was held out."""


def names_of_runs(paths: Sequence[Path]) -> list[str]:
    """Return a name for each run: its folder's, or its path where folders share a name.

    Raises:
        BadInput: If no run is named, or one is named twice.
    """
    if not paths:
        raise BadInput("Name at least one run directory, such as runs/best.")
    whole = [path.resolve() for path in paths]
    for place, path in zip(whole, paths, strict=True):
        if whole.count(place) > 1:
            raise BadInput(f"The run {path} is named twice; name each run once.")
    short = [place.name or str(place) for place in whole]
    if len(set(short)) == len(short):
        return short
    return [str(path) for path in paths]


def read_parts(run: RunDirectory) -> pd.DataFrame:
    """Read which part every stimulus of a run belonged to.

    Test is the fold of the run, validation the one before it, training the others.

    Returns:
        Columns `set`, `id`, `group`, `fold` and `part` (one of `PARTS`). A stimulus that is not
        in it was never near the run.

    Raises:
        BadInput: If `folds.csv` or `config.json` is missing or cannot be read.
    """
    config = run.config()
    try:
        fold, n_folds = config["fold"], config["data"]["n_folds"]
        text = dict.fromkeys(("set", "id", "group"), str)
        table = pd.read_csv(run.folds_file, dtype=text, keep_default_na=False)
        dealt = table["fold"]
    except FileNotFoundError as error:
        raise BadInput(
            f"There is no folds.csv in {run.path}: the run has not been started by "
            "`shapespace train`."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"Config or folds of {run.path} are damaged or of another version ({error})."
        ) from error
    is_test, is_validation = dealt == fold, dealt == (fold - 1) % n_folds
    return table.assign(part=np.select([is_test, is_validation], PARTS[:0:-1], PARTS[0]))
