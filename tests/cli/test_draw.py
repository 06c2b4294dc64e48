"""The `draw` commands as a user meets them."""

import json

import pytest

from shapespace.cli.main import main
from toy_run import train_toy_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train_toy_run(tmp_path_factory.mktemp("runs") / "toy")


def said(capsys, *words: object, code: int = 0) -> tuple[str, str]:
    assert main([str(word) for word in words]) == code
    spoken = capsys.readouterr()
    return spoken.out, spoken.err


def test_reconstruct_writes_figures_and_says_what_they_show(run, tmp_path, capsys):
    out, _ = said(
        capsys, "draw", "reconstruct", "owl", "axe", "--run", run, "--out", tmp_path / "few"
    )
    assert out.splitlines()[:3] == [
        str(tmp_path / f"few.{kind}") for kind in ("svg", "png", "json")
    ]
    assert all((tmp_path / f"few.{kind}").is_file() for kind in ("svg", "png", "json"))
    assert "owl" in out.splitlines()[3]


def test_reconstruct_as_json_has_loss_and_likeness_of_every_panel(run, tmp_path, capsys):
    out, _ = said(
        capsys, "draw", "reconstruct", "owl", "--run", run, "--out", tmp_path / "x", "--json"
    )
    values = json.loads(out)
    assert values["files"] == [str(tmp_path / f"x.{kind}") for kind in ("svg", "png", "json")]
    (panel,) = values["panels"]
    assert panel["run"] == "toy"
    assert panel["image"] == "owl"
    assert panel["bce"] > 0
    assert -1 <= panel["ssim"] <= 1


def test_noise_draws_any_image(run, tmp_path, capsys):
    out, _ = said(
        capsys,
        "draw", "noise", "--run", run, "--image", "axe", "--out", tmp_path / "n", "--json",
    )  # fmt: skip
    panels = json.loads(out)["panels"]
    assert [panel["noise_seed"] for panel in panels] == [0, 42, 1337, 123456, 42, 42, 42, 42]
    assert {panel["image"] for panel in panels} == {"axe"}


def test_what_was_changed_in_a_file_is_said(run, tmp_path, capsys):
    import numpy as np
    from PIL import Image

    night = np.zeros((40, 40), np.uint8)
    night[10:30, 18:22] = 255
    Image.fromarray(night).save(tmp_path / "night.png")
    _, err = said(
        capsys,
        "draw",
        "reconstruct",
        tmp_path / "night.png",
        "--run",
        run,
        "--out",
        tmp_path / "x",
    )
    assert "night.png: inverted" in err


@pytest.mark.parametrize("kind", ["reconstruct", "noise"])
def test_a_run_that_is_none_is_one_plain_line(kind, tmp_path, capsys):
    _, err = said(
        capsys, "draw", kind, "--run", tmp_path / "none", "--out", tmp_path / "x", code=1
    )
    assert err.startswith(f"shapespace draw {kind}: There is no ")
    assert err.count("\n") == 1


def test_an_unknown_drawing_is_one_plain_line(run, tmp_path, capsys):
    _, err = said(
        capsys,
        "draw",
        "noise",
        "--image",
        "unicorn",
        "--run",
        run,
        "--out",
        tmp_path / "x",
        code=1,
    )
    assert "'unicorn'" in err
    assert err.count("\n") == 1
