"""Toy drawings through every room, as a user would walk: one command after the other."""

import json
from pathlib import Path

import pytest

from shapespace.cli.main import main

SETTINGS = (
    "data.side=32", "model.side=32", "model.channels=[8,16]", "model.code_size=16",
    'data.mixture={"drawings":8,"scribbles":8}', "training.n_images=320",
    "training.images_per_epoch=160", "training.n_validation_images=16",
)  # fmt: skip


def succeed(*words: str) -> None:
    assert main(words) == 0


@pytest.fixture(scope="module")
def trained(tmp_path_factory, data_home, one_thread) -> Path:
    out = tmp_path_factory.mktemp("pipeline") / "toy"
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    succeed("train", "--out", str(out), "--threads", "1", *settings)
    return out


@pytest.fixture(scope="module")
def evaluated(trained) -> Path:
    words = ("--n-images", "16", "--threads", "1", "--people", "short")
    succeed("evaluate", str(trained), *words)
    return trained


def test_training_leaves_a_run_directory_that_describes_itself(trained):
    config = json.loads((trained / "config.json").read_text())
    assert config["recipe"] == "quick"
    assert config["data"]["side"] == 32
    assert json.loads((trained / "provenance.json").read_text())["finished"]
    for name in ("folds.csv", "history.csv", "model/config.json", "model/model.safetensors"):
        assert (trained / name).is_file(), name


def test_evaluation_says_what_the_run_is_worth(evaluated):
    results = json.loads((evaluated / "results.json").read_text())
    scores = results["reconstruction"]
    assert {"value", "low", "high", "n"} <= scores["bce"].keys()
    assert scores["bce_floor"]["value"] < scores["bce"]["value"]
    assert set(scores["by_source"]) == {"drawings", "scribbles"}
    assert results["human"]["n_stimuli"] == 60
    assert results["human"]["n_pairs"] == 60 * 59 / 2
    assert (evaluated / "codes.npz").is_file()


def test_originals_are_drawn_beside_their_reconstructions(trained, tmp_path):
    stem = tmp_path / "reconstructions"
    succeed("draw", "reconstruct", "owl", "car", "--run", str(trained), "--out", str(stem))
    assert stem.with_suffix(".svg").read_text().lstrip().startswith("<?xml")
    assert stem.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_noise_is_drawn_at_every_level(trained, tmp_path, capsys):
    stem = tmp_path / "noise"
    succeed("draw", "noise", "--run", str(trained), "--out", str(stem), "--json")
    told = json.loads(capsys.readouterr().out)
    assert {Path(file).suffix for file in told["files"]} == {".svg", ".png", ".json"}


def test_the_report_is_one_page_that_asks_for_nothing(evaluated, tmp_path):
    page = tmp_path / "report.html"
    succeed("report", str(evaluated), "--out", str(page))
    text = page.read_text()
    assert text.lstrip().lower().startswith("<!doctype html>")
    for request in (
        'src="http',
        'href="http://',
        "@import",
        "<script src",
        '<link rel="stylesheet',
    ):
        assert request not in text
