"""Folds: which stimuli a run may learn from, which choose its snapshot, which judge it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from shapespace.data.randomness import numpy_stream
from shapespace.errors import BadInput

FoldRule = Literal["index", "grouped"]
"""How stimuli are dealt: "index" as in the study (running index modulo the number of folds),
"grouped" by group and class from the seed, so that nothing alike is parted."""

Part = Literal["train", "validation", "test"]


def deal(table: pd.DataFrame, rule: FoldRule, *, n_folds: int = 5, seed: int = 0) -> np.ndarray:
    """Return the fold of every row of a set's table, 0...n_folds - 1.

    Args:
        table: Table of a packed set; its columns `group` and `class` matter for "grouped".
        rule: See `FoldRule`. "index" may part groups, as the study did (sketches of a photo).
        n_folds: Number of folds, at least 3 (training, validation and test must differ).
        seed: Source of the order in which groups are dealt.

    Raises:
        BadInput: If there are fewer folds than three, or fewer groups than folds.
    """
    if n_folds < 3:
        raise BadInput(
            f"{n_folds} folds cannot be split into training, validation and test; "
            "use 3 or more."
        )
    n_groups = len(table) if rule == "index" else table["group"].nunique()
    if n_groups < n_folds:
        raise BadInput(f"{n_groups} independent stimuli cannot be dealt to {n_folds} folds.")
    if rule == "index":
        return np.arange(len(table)) % n_folds
    groups = table.drop_duplicates("group")
    order = numpy_stream(seed, "folds").permutation(len(groups))
    shuffled = groups.iloc[order].sort_values("class", kind="stable")
    # Dealing on through the classes keeps both the classes and the folds even.
    fold_of_group = dict(zip(shuffled["group"], np.arange(len(groups)) % n_folds, strict=True))
    return table["group"].map(fold_of_group).to_numpy()


def rows_of(folds: np.ndarray, part: Part, fold: int) -> np.ndarray:
    """Return the rows of one part of run `fold`.

    Test is fold f, validation fold f - 1 (the last one for f = 0), training the others.

    Raises:
        BadInput: If there is no such fold.
    """
    n_folds = int(folds.max()) + 1
    if not 0 <= fold < n_folds:
        raise BadInput(f"There is no fold {fold}: folds are numbered 0 to {n_folds - 1}.")
    validation = (fold - 1) % n_folds
    if part == "test":
        return np.flatnonzero(folds == fold)
    if part == "validation":
        return np.flatnonzero(folds == validation)
    return np.flatnonzero((folds != fold) & (folds != validation))


@dataclass(frozen=True)
class Split:
    """The folds of every set of a run, by name of the set."""

    tables: dict[str, pd.DataFrame]
    """One table a set, with columns id, group and fold."""

    def rows(self, name: str, part: Part, fold: int) -> np.ndarray:
        """Return the rows of one set that belong to one part of run `fold`."""
        return rows_of(self.tables[name]["fold"].to_numpy(), part, fold)

    def to_csv(self) -> str:
        """Return the text of `folds.csv`."""
        parts = [table.assign(set=name) for name, table in self.tables.items()]
        columns = ["set", "id", "group", "fold"]
        whole = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
        return whole[columns].to_csv(index=False)
