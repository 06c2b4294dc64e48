"""The page on a study of your own is run as it stands."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "your-own-study.md"
RUNNER = """
import re, shlex, sys
from shapespace.cli.main import main

page = open(sys.argv[1], encoding="utf-8").read()
for language, text in re.findall(r"^```(\\w+)\\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
    if language == "python":
        exec(text, {})
        continue
    for line in text.splitlines():
        command, *words = shlex.split(line)
        if command != "shapespace" or main(words) != 0:
            sys.exit(f"failed: {line}")
"""
"""Runs every block of a page, as its reader would; in a process of its own, since the checks of
shapes that the other tests run under would take most of the time."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Run the page in an empty folder, with a data home of its own."""
    here = tmp_path_factory.mktemp("own-study")
    environment = os.environ | {"SHAPESPACE_DATA": str(here / "data-home")}
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, str(PAGE)],
        cwd=here, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return here


def test_the_page_leaves_what_it_promises(folder):
    for name in (
        "spaces/mine/figures/scree.png", "runs/mine/results.json", "mappings/mine/mapping.csv",
        "mappings/mine/figures/sources.svg", "figures/places.png", "report.html",
    ):  # fmt: skip
        assert (folder / name).stat().st_size > 500, name


def test_ratings_and_images_are_those_of_the_space(folder):
    space = pd.read_csv(folder / "spaces/mine/coordinates-2d.csv")
    assert sorted(space["item"]) == sorted(path.stem for path in folder.glob("stimuli/*/*.svg"))
    assert len(space) == 20


def test_the_map_says_what_the_network_saw(folder):
    found = json.loads((folder / "mappings/mine/mapping.json").read_text())
    assert found["runs"][0]["n_held_out"] == 4
    assert not found["stimuli"]["stand_in"]
    held_out = [row for row in found["rows"] if row["stimuli"] == "held out"]
    assert {row["n_stimuli"] for row in held_out} == {4}
    (origin,) = (row for row in found["rows"] if row["regression"] == "zero")
    assert origin["mse"]["value"] == pytest.approx(1)
