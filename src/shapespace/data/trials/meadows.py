"""Multi-arrangement results of the Meadows platform: `.mat` matrices and `_tree.json` files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.io import loadmat
from scipy.spatial.distance import pdist, squareform

from shapespace.data.trials.matrices import from_matrices
from shapespace.data.trials.reading import check_file, read_text
from shapespace.data.trials.table import Trials, trials
from shapespace.errors import BadInput


def read_mat(path: Path) -> Trials:
    """Read the dissimilarities that Meadows estimated, one matrix for each participant.

    Files of one participant hold `rdmutv` and `stimuli`; files of several hold
    `rdmutv_NAME` and `stimuli_NAME` for each. What was estimated from several arrangements is
    kept as one, on a scale of its own. Ids of stimuli are their file names up to the first
    point. Matlab's format 5 (up to v7) is read;
    v7.3 is another format.

    Raises:
        BadInput: If the file is none of these.
    """
    check_file(path)
    with path.open("rb") as stream:
        if stream.read(19) == b"MATLAB 7.3 MAT-file":
            raise BadInput(
                f"{path.name} is a Matlab file of version 7.3, which is not read; save it again "
                "with -v7, or download the tree as JSON."
            )
    try:
        content = loadmat(path)
    except Exception as error:  # scipy meets a damaged file with almost any exception
        raise BadInput(f"{path.name} is not a Matlab file that can be read.") from error
    matrices, ids = {}, {}
    for variable in (name for name in content if name.split("_")[0] == "rdmutv"):
        name = variable.removeprefix("rdmutv").removeprefix("_").replace("_", "-")
        stimuli = content.get(variable.replace("rdmutv", "stimuli", 1))
        if stimuli is None:
            raise BadInput(f"{path.name} holds {variable} but no names of its stimuli.")
        rater = name or _participant(path)
        ids[rater] = [_id(str(np.squeeze(stimulus))) for stimulus in np.ravel(stimuli)]
        matrices[rater] = _square(content[variable], len(ids[rater]), path.name)
    if not matrices:
        raise BadInput(
            f"{path.name} holds no matrix of dissimilarities (a variable rdmutv); results of "
            "multi-arrangement tasks do."
        )
    read = from_matrices(matrices, ids, kind="dissimilarity")
    return trials(dict(read.table) | {"paradigm": "arrangement", "trial": "estimate"})


def read_tree(path: Path) -> Trials:
    """Read the arrangements of a Meadows tree: where every stimulus was put, trial by trial.

    A row is a pair within one arrangement; its response is the distance on the screen, where
    the arena has a radius of about 1. Files of one participant and of several are read. Tasks
    of other kinds are left out with a note.

    Raises:
        BadInput: If there is no finished multi-arrangement task.
    """
    try:
        tree = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{path.name} is not a JSON file that can be read.") from error
    if not isinstance(tree, dict):
        raise BadInput(f"{path.name} is no tree of Meadows: it holds no participants.")
    people = {_participant(path): tree} if "tasks" in tree else tree
    rows, others = [], 0
    try:
        for rater, record in people.items():
            if not isinstance(record, dict) or "tasks" not in record:
                continue
            for number, task in enumerate(record["tasks"]):
                if task.get("task", {}).get("task_type") != "multiarrange":
                    others += 1
                    continue
                rows += _arrangements(str(rater), number, task)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{path.name} is not built like a tree of Meadows.") from error
    if not rows:
        raise BadInput(f"{path.name} holds no finished multi-arrangement trial.")
    notes = [f"{others} tasks of other kinds were left out."] if others else []
    return trials(dict(pd.concat(rows, ignore_index=True)), notes=notes)


def _arrangements(rater: str, number: int, task: Mapping[str, Any]) -> list[pd.DataFrame]:
    """Return one table for each arrangement of a task, one row a pair."""
    names = {stimulus["id"]: _id(stimulus["name"]) for stimulus in task["stimuli"]}
    tables = []
    for order, trial in enumerate(task["trials"]):
        placed = trial["positions"]
        if len(placed) < 2:
            continue
        points = np.array([[float(item["x"]), float(item["y"])] for item in placed])
        ids = np.array([names[item["id"]] for item in placed], dtype=object)
        first, second = np.triu_indices(len(ids), 1)
        log = [entry[0] for entry in trial.get("log", [])]
        tables.append(
            pd.DataFrame(
                {
                    "paradigm": "arrangement",
                    "rater": rater,
                    "trial": f"{number}.{order}",
                    "stimulus1": ids[first],
                    "stimulus2": ids[second],
                    "response": pdist(points),
                    # From the first to the last event, which are stamped in milliseconds.
                    "time": (log[-1] - log[0]) / 1000 if len(log) > 1 else np.nan,
                }
            )
        )
    return tables


def _square(values: np.ndarray, n: int, name: str) -> np.ndarray:
    flat = np.ravel(values)
    if flat.dtype.kind not in "iuf" or len(flat) != n * (n - 1) // 2:
        raise BadInput(
            f"{name} holds {len(flat)} dissimilarities, but {n} stimuli have {n * (n - 1) // 2}."
        )
    return squareform(flat.astype(np.float64), checks=False)


def _participant(path: Path) -> str:
    """Return the name of the participant, which Meadows writes into the name of the file."""
    words = path.stem.split("_")
    named = [word for word in words[4:-1] if not word.isdigit()]
    return named[-1] if named else path.stem


def _id(name: str) -> str:
    return name.strip().split(".")[0]
