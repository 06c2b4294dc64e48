"""The run directory: where each file of a run lies, and how it is read. Needs no torch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shapespace.errors import BadInput


@dataclass(frozen=True)
class RunDirectory:
    """One run on disk; stages hand over through it, so that each can be repeated alone."""

    path: Path

    @property
    def config_file(self) -> Path:
        """The resolved config, complete."""
        return self.path / "config.json"

    @property
    def provenance_file(self) -> Path:
        """Versions, command, data sets with checksums, machine, times."""
        return self.path / "provenance.json"

    @property
    def folds_file(self) -> Path:
        """Set, stimulus id, group and fold of everything that was split."""
        return self.path / "folds.csv"

    @property
    def history_file(self) -> Path:
        """One row an epoch."""
        return self.path / "history.csv"

    @property
    def model(self) -> Path:
        """Folder of the best snapshot."""
        return self.path / "model"

    @property
    def codes_file(self) -> Path:
        """Codes of the rated stimuli, with their ids."""
        return self.path / "codes.npz"

    @property
    def figures(self) -> Path:
        """Folder of the figures."""
        return self.path / "figures"

    def results_file(self, data: str = "") -> Path:
        """Every measure; of the run's own test fold, or of another set."""
        return self.path / (f"results-{data}.json" if data else "results.json")

    def config(self) -> dict[str, Any]:
        """Read the config as plain values."""
        return self._json(self.config_file, "it is not a run directory")

    def provenance(self) -> dict[str, Any]:
        """Read the provenance as plain values."""
        return self._json(
            self.provenance_file, "the run has not been started by `shapespace train`"
        )

    def results(self, data: str = "") -> dict[str, Any]:
        """Read the results as plain values."""
        return self._json(self.results_file(data), "run `shapespace evaluate` on it first")

    def history(self) -> pd.DataFrame:
        """Read the history, one row an epoch; empty if no epoch is done.

        Raises:
            BadInput: If it cannot be read.
        """
        if not self.history_file.is_file():
            return pd.DataFrame({"epoch": [], "n_images": [], "validation_bce": []})
        try:
            return pd.read_csv(self.history_file)
        except (OSError, ValueError) as error:
            raise BadInput(f"{self.history_file} cannot be read: {error}.") from error

    def codes(self) -> tuple[list[str], np.ndarray]:
        """Read the ids of the rated stimuli and their codes, one row each.

        Raises:
            BadInput: If there are none.
        """
        try:
            with np.load(self.codes_file, allow_pickle=False) as stored:
                return stored["ids"].tolist(), stored["codes"]
        except (OSError, ValueError, KeyError) as error:
            raise BadInput(
                f"There are no codes in {self.path}: run `shapespace evaluate` on it first."
            ) from error

    @property
    def is_finished(self) -> bool:
        """Whether the training has come to its end."""
        return self.provenance_file.is_file() and bool(self.provenance().get("finished"))

    def _json(self, file: Path, otherwise: str) -> dict[str, Any]:
        try:
            return json.loads(file.read_text())
        except FileNotFoundError as error:
            raise BadInput(f"There is no {file.name} in {self.path}: {otherwise}.") from error
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise BadInput(f"{file} cannot be read: {error}.") from error
