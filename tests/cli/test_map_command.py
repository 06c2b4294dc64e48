"""`space map`, from runs to a table, JSON, CSV and figures."""

import json

import pytest

from shapespace.cli.main import main
from shapespace.cli.map import table_of_mappings
from toy_run import train_toy_run

QUICK = ("--copies", "2", "--regressions", "linear", "--dims", "2", "1")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train_toy_run(tmp_path_factory.mktemp("runs") / "toy")


def test_a_run_is_mapped(capsys, run, tmp_path):
    out = tmp_path / "mapping"
    assert main(["space", "map", str(run), "--out", str(out), *QUICK]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ["dims", "source", "regression", "seen"]
    assert lines[1].split()[:5] == ["2", "network", "least", "squares", "80%"]
    assert lines[2].split()[4:8] == ["held", "out", "(12)", "none"]
    assert any(
        line.startswith("held out: 12 of 60 stimuli, each placed only") for line in lines
    )
    assert any("at the origin" in line and "  1.000 [" in line for line in lines)
    assert any(line.startswith("silhouette of clean copies, toy, held out") for line in lines)
    assert "stand-ins" in lines[-2]
    found = json.loads((out / "mapping.json").read_text())
    assert found["settings"]["n_copies"] == 2
    assert table_of_mappings(found).splitlines() == lines[:-1]
    assert {path.name for path in (out / "figures").iterdir()} >= {
        "sources.svg",
        "dimensions.png",
    }


def test_features_that_lack_stimuli_are_refused_before_anything_is_written(
    capsys, run, tmp_path
):
    table = tmp_path / "short.csv"
    table.write_text("item,a\nowl,1\n")
    words = ["space", "map", str(run), "--out", str(tmp_path / "out"), *QUICK]
    assert main([*words, "--features", str(table)]) == 1
    assert "short.csv has no features of" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
