"""What the cells of the table of mappings may say, and which of its rows are shown."""

from collections.abc import Mapping
from typing import Any

BASELINE = "baseline"
"""Source of the rows that look at no image."""

SHUFFLED = "shuffled"
"""Regression of the row whose stimuli were given each other's places."""

TRAINED = "trained"
"""In place of a regression: the coordinates are units of the code, which the run was trained for."""

TRAINED_MEANING = {
    TRAINED: "the first units of a code that was trained to be coordinates in this very space; "
    "nothing is fitted"
}

GIVEN = "as given"
"""The only condition of features from a file, which know neither copies nor noise."""

INSIDE, FIXED, ONLY = "inside", "fixed", "only"
"""How a strength was chosen: by the training stimuli of each fold; not at all, for the grid; or
there is only one."""


def is_main(row: Mapping[str, Any]) -> bool:
    """Say whether a row is one that is shown: trained on noisy copies, no picking on the test."""
    condition = (row["train"], row["test"])
    return row["choice"] != FIXED and condition in (("noisy", "clean"), (GIVEN, GIVEN))
