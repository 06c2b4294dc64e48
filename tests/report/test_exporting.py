"""A run as a folder for others: which files, what the card says, and that its lines of code run."""

import hashlib
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

import shapespace
from shapespace.errors import BadInput, Collision
from shapespace.report import exporting
from shapespace.report.exporting import export_run
from shapespace.training.snapshot import load_model
from toy_run import evaluate_toy_run, train_toy_run


@pytest.fixture(scope="module")
def run(tmp_path_factory, data_home):
    """A run that was trained and evaluated."""
    return evaluate_toy_run(train_toy_run(tmp_path_factory.mktemp("runs") / "toy"))


@pytest.fixture(scope="module")
def whole(run, tmp_path_factory):
    """Everything that can be exported of it."""
    return export_run(run, tmp_path_factory.mktemp("exports") / "whole", licence="cc-by-4.0")


@pytest.fixture(scope="module")
def card(whole):
    return (whole.path / "README.md").read_text()


def test_the_manifest_tells_every_file_and_how_far_the_onnx_files_are_off(whole):
    manifest = json.loads((whole.path / "export.json").read_text())
    assert manifest == whole.manifest
    files = {p.name: p.read_bytes() for p in whole.path.iterdir() if p.name != "export.json"}
    assert {name: one["sha256"] for name, one in manifest["files"].items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    assert set(files) == {
        "README.md", "config.json", "encoder.onnx", "decoder.onnx", "encoder.safetensors",
        "decoder.safetensors",
    }  # fmt: skip
    assert (manifest["run"], manifest["side"], manifest["units"]) == ("toy", 32, 8)
    assert 0 <= manifest["parity"]["greys"] < 1e-5


def test_the_halves_are_the_model(run, whole):
    loaded = shapespace.load(run)
    again = load_model(whole.path)
    for name, tensor in loaded.codec.model.state_dict().items():
        assert tensor.equal(again.state_dict()[name])
    with safe_open(whole.path / "decoder.safetensors", framework="numpy") as file:
        assert file.metadata()["part"] == "decoder"
        assert file.metadata()["units"] == "8"


def test_the_card_begins_with_a_head_that_hubs_read(card):
    head, body = card.removeprefix("---\n").split("\n---\n", 1)
    assert head.splitlines()[:2] == ['license: "cc-by-4.0"', "library_name: shapespace"]
    assert head.endswith('datasets:\n- "drawings"\n- "scribbles"')
    assert body.lstrip().startswith("# toy, a shapespace autoencoder")


def test_the_card_says_what_numbers_are_to_be_held_to(run, card):
    results = json.loads((run / "results.json").read_text())
    human = results["human"]
    for estimate in [
        results["reconstruction"]["by_source"]["drawings"]["explained"],
        human["euclidean"]["fixed"]["kendall_tau_b"],
        human["held_out"]["euclidean"]["fixed"]["kendall_tau_b"],
        human["baselines"]["untrained"]["euclidean"]["fixed"]["kendall_tau_b"],
    ]:
        value, low, high = (
            f"{estimate[key]:.3f}".replace("-", "−") for key in ("value", "low", "high")
        )
        assert f"{value} [{low}, {high}]" in card
    ceiling = human["ceiling"]["attainable"]["kendall_tau_b"]
    assert f"| ceiling: a perfect model, with these means | {ceiling:.3f} |" in card
    assert "not those that people rated" in card
    assert "CC0 1.0" in card
    assert (
        json.loads((run / "provenance.json").read_text())["data"]["drawings"]["sha256"] in card
    )


def test_the_card_lists_each_rated_stimulus_once(card):
    listed = re.findall(r"^- (.+) \((\d+)\): (.+)\.$", card, re.MULTILINE)
    assert [(part, int(n)) for part, n, _ in listed] == [
        ("Seen in training", 36), ("Used to choose the snapshot", 12), ("Held out", 12),
    ]  # fmt: skip
    names = [name for _, _, names in listed for name in names.split(", ")]
    assert len(set(names)) == len(names) == 60


def test_the_card_keeps_the_machine_and_the_command_to_itself(card):
    assert "cores" not in card
    assert "shapespace train" not in card


def test_the_lines_of_code_on_the_card_run(whole, card, tmp_path):
    snippets = re.findall(r"```python\n(.+?)```", card, re.DOTALL)
    assert len(snippets) == 2
    for file in whole.path.iterdir():
        (tmp_path / file.name).symlink_to(file)
    drawing = np.full((90, 90), 255, np.uint8)
    drawing[20:70, 40:44] = 0
    Image.fromarray(drawing).save(tmp_path / "drawing.png")
    code = "\n".join([*snippets, "assert pictures.shape == (1, 1, 32, 32), pictures.shape"])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_only_what_was_asked_for_is_written(run, tmp_path):
    halves = export_run(run, tmp_path / "halves", onnx=False, card=False)
    assert set(halves.manifest["files"]) == {
        "config.json", "encoder.safetensors", "decoder.safetensors",
    }  # fmt: skip
    assert halves.manifest["parity"] is None
    card = export_run(run, tmp_path / "card", onnx=False, safetensors=False)
    assert set(card.manifest["files"]) == {"README.md"}
    assert "```python" not in (card.path / "README.md").read_text()
    with pytest.raises(BadInput, match="Nothing to export"):
        export_run(run, tmp_path / "nothing", onnx=False, safetensors=False, card=False)


def test_an_earlier_export_is_replaced_and_anything_else_is_not(run, tmp_path):
    out = tmp_path / "out"
    export_run(run, out, onnx=False, card=False)
    export_run(run, out, onnx=False, safetensors=False)
    assert {file.name for file in out.iterdir()} == {"README.md", "export.json"}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(Collision, match="holds no export"):
        export_run(run, tmp_path / "mine", onnx=False)
    with pytest.raises(Collision, match="is a file"):
        export_run(run, tmp_path / "mine" / "thesis.txt", onnx=False)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_an_interrupted_export_leaves_what_was_there(run, tmp_path, monkeypatch):
    out = tmp_path / "out"
    before = export_run(run, out, onnx=False, card=False).manifest

    def interrupt(*_, **__):
        assert len(list(tmp_path.glob(".*/encoder.safetensors"))) == 1  # half of it is written
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "write_card", interrupt)
    for place in (out, tmp_path / "new"):
        with pytest.raises(KeyboardInterrupt):
            export_run(run, place, onnx=False)
    assert [file.name for file in tmp_path.iterdir()] == ["out"]
    assert json.loads((out / "export.json").read_text()) == before


def test_a_card_needs_results_and_the_weights_do_not(tmp_path):
    run = train_toy_run(tmp_path / "unmeasured")
    with pytest.raises(BadInput, match="`shapespace evaluate`"):
        export_run(run, tmp_path / "out", onnx=False)
    assert not (tmp_path / "out").exists()
    export_run(run, tmp_path / "out", onnx=False, card=False)


def test_a_card_of_damaged_results_is_refused(run, tmp_path):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in run.iterdir():
        (damaged / file.name).symlink_to(file)
    results = json.loads((run / "results.json").read_text())
    del results["human"]["euclidean"]
    (damaged / "results.json").unlink()
    (damaged / "results.json").write_text(json.dumps(results))
    with pytest.raises(BadInput, match="writes them anew"):
        export_run(damaged, tmp_path / "out", onnx=False)
    assert not (tmp_path / "out").exists()
