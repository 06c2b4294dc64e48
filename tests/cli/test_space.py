import json

import pandas as pd
import pytest

from shapespace.cli.main import main

QUICK = ("--dims", "2", "--starts", "2", "--folds", "2", "--draws", "3")


@pytest.fixture
def ratings(tmp_path):
    path = tmp_path / "mine.csv"
    rows = [(a, b, abs(i - j)) for i, a in enumerate("abcdefgh") for j, b in enumerate("abcdefgh")
            if i < j]  # fmt: skip
    pd.DataFrame(rows, columns=["stimulus1", "stimulus2", "dissimilarity"]).to_csv(
        path, index=False
    )
    return path


def test_a_space_of_ones_own_ratings_is_built(capsys, tmp_path, ratings):
    out = tmp_path / "space"
    words = ("space", "build", "--ratings", str(ratings), "--out", str(out), *QUICK)
    assert main([*words, "--distances"]) == 0
    table = capsys.readouterr().out
    assert table.splitlines()[0].split()[:3] == ["dims", "stress-1", "stress-2"]
    assert f"{out}: 2 spaces of 8 items" in table
    line = pd.read_csv(out / "coordinates-1d.csv").set_index("item")["d0"]
    order = "".join(line.sort_values().index)
    assert order in ("abcdefgh", "hgfedcba")
    assert (out / "distances-2d.csv").is_file()
    assert (out / "figures" / "scree.svg").is_file()


def test_json_is_what_stands_in_the_directory(capsys, tmp_path, ratings):
    out = tmp_path / "space"
    words = ("space", "build", "--ratings", str(ratings), "--out", str(out), *QUICK)
    assert main([*words, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((out / "space.json").read_text())
    assert printed["spaces"][0]["kendall_tau_b"] > 0.9


def test_classical_scaling_says_what_it_left_out(capsys, tmp_path, ratings):
    words = (
        "space",
        "build",
        "--ratings",
        str(ratings),
        "--method",
        "classical",
        "--dims",
        "1",
    )
    assert main([*words, "--out", str(tmp_path / "space")]) == 0
    assert "nothing was held out" in capsys.readouterr().err


def test_a_folder_with_other_things_is_left_alone(capsys, tmp_path, ratings):
    assert main(["space", "build", "--ratings", str(ratings), "--out", str(tmp_path)]) == 1
    assert "is no space" in capsys.readouterr().err
    assert ratings.is_file()


def test_the_published_spaces_are_compared(capsys):
    words = ["reproduce", "spaces", "--dims", "1", "--starts", "4", "--draws", "3"]
    assert main(words) == 0
    table = capsys.readouterr().out
    assert "published coordinates: metric_stress" in table
    assert table.splitlines()[-1].endswith("off")
    assert main([*words, "--coordinates", "published", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert "kendall_tau_b" not in {row["figure"] for row in rows}  # of a rebuilt space
    assert {"published", "ours", "difference", "tolerance", "verdict"} <= set(rows[0])


def test_an_eleventh_dimension_was_never_published(capsys):
    assert main(["reproduce", "spaces", "--dims", "11"]) == 1
    assert "1 to 10 dimensions, got 11" in capsys.readouterr().err
