import json

import numpy as np
import pandas as pd
import pytest

from shapespace.cli.main import main
from shapespace.data.ratings import Ratings
from shapespace.spaces.directions.files import read_directions
from shapespace.spaces.directory import write_build
from shapespace.spaces.scaling.building import BuildSettings, build
from shapespace.spaces.scaling.pairs import PairRatings

QUICK = ("--draws", "5", "--shuffles", "2")


@pytest.fixture
def space(tmp_path):
    """A directory of spaces of 12 items near a grid of 4 x 3."""
    grid = np.array([(x, y) for x in range(4) for y in range(3)], np.float64)
    grid += 0.05 * np.random.default_rng(0).normal(size=grid.shape)
    names = tuple(f"i{i}" for i in range(12))
    distances = np.linalg.norm(grid[:, None] - grid[None], axis=2)
    pairs = PairRatings("toy", "0" * 64, Ratings(names, distances), np.ones(66), None)
    directory = tmp_path / "space"
    directory.mkdir()
    write_build(
        build(pairs, BuildSettings(max_dims=2, method="classical", n_folds=0)), directory
    )
    pd.DataFrame({"item": names, "x": grid[:, 0], "y": grid[:, 1]}).to_csv(
        tmp_path / "features.csv", index=False
    )
    pd.DataFrame({"item": names, "category": ["left"] * 6 + ["right"] * 6}).to_csv(
        tmp_path / "categories.csv", index=False
    )
    return directory


def test_directions_of_own_features_are_found_and_written(capsys, space, tmp_path):
    words = ["space", "directions", str(space), "--features", str(tmp_path / "features.csv")]
    words += ["--categories", str(tmp_path / "categories.csv"), "--json"]
    assert main([*words, *QUICK]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((space / "directions.json").read_text())
    assert printed["settings"]["n_shuffles"] == 2
    assert {row["over"] for row in printed["spaces"][0]["held_out"]} == {"items", "categories"}
    found = {d.feature: d for d in read_directions(space, 2) if d.criterion == "rho"}
    assert found["x"].rho == pytest.approx(1, abs=0.02)
    assert abs(found["x"].vector @ found["y"].vector) < 0.1
    assert {path.name for path in (space / "figures").glob("*.svg")} == {
        "directions-2d.svg", "cosines-2d.svg", "directions-by-dimensions.svg"
    }  # fmt: skip


def test_out_is_another_place(capsys, space, tmp_path):
    words = ["space", "directions", str(space), "--features", str(tmp_path / "features.csv")]
    out = tmp_path / "elsewhere"
    assert main([*words, "--dims", "1", "--out", str(out), *QUICK]) == 0
    assert f"{out}: directions.json" in capsys.readouterr().out
    assert (out / "directions.csv").is_file()
    assert not (space / "directions.json").exists()


def test_the_published_spaces_are_only_printed(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["space", "directions", "--dims", "2", "--draws", "5", "--shuffles", "0"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[1].split()[:4] == ["2", "FORM", "kappa", "0.93"]
    assert "  -  yes" in " ".join(rows[1].split("held")[0].split("   "))
    assert list(tmp_path.iterdir()) == []


def test_own_items_need_their_own_features(capsys, space):
    assert main(["space", "directions", str(space), *QUICK]) == 1
    assert "give the features of your items" in capsys.readouterr().err


def test_regions_are_measured_and_written(capsys, space, tmp_path):
    words = ["space", "regions", str(space), "--draws", "3", "--json"]
    assert main([*words, "--categories", str(tmp_path / "categories.csv")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((space / "regions.json").read_text())
    assert [one["values"]["violations"] for one in printed["spaces"]] == [0, 0]
    assert {path.name for path in (space / "figures").glob("*.png")} == {
        "hulls-2d-0-1.png", "regions-by-dimensions.png"
    }  # fmt: skip


def test_the_table_of_regions_ends_with_its_words_and_place(capsys, space, tmp_path):
    words = ["space", "regions", str(space), "--draws", "1", "--dims", "1"]
    assert main([*words, "--categories", str(tmp_path / "categories.csv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:3] == ["1", "violations", "0"]
    assert "uniform: every item anywhere in a cube" in lines
    assert lines[-1] == f"{space}: regions.json, figures"


def test_regions_of_the_published_spaces_are_only_printed(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["space", "regions", "--dims", "3", "--draws", "2"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["3", "violations", "1"]
    assert list(tmp_path.iterdir()) == []


def test_regions_need_categories_and_draws(capsys, space):
    assert main(["space", "regions", str(space)]) == 1
    assert "--categories" in capsys.readouterr().err
    assert main(["space", "regions", "--draws", "0"]) == 1
    assert "got 0 and 42" in capsys.readouterr().err
