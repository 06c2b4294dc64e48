"""The notebooks, cell by cell, on a toy run."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from toy_run import train_toy_run

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    monkeypatch.setenv("SHAPESPACE_RUN", str(train_toy_run(tmp_path / "toy")))
    monkeypatch.setattr(plt, "show", lambda: None)
    plt.switch_backend("agg")
    names: dict = {}
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # kept out of the repository: they would grow old
            exec(compile("".join(cell["source"]), path.name, "exec"), names)
    assert names["walk"].pictures.shape[1] == 7
    plt.close("all")


def test_there_is_a_notebook():
    assert NOTEBOOKS
