import json

import pytest
import torch

from shapespace.errors import BadInput
from shapespace.model.autoencoder import Autoencoder
from shapespace.model.ladder import LadderConfig
from shapespace.training.snapshot import load_model, save_halves, save_model

CONFIG = LadderConfig(side=16, patch=2, channels=(4, 6), code_size=5)


@pytest.fixture
def saved(tmp_path):
    directory = tmp_path / "model"
    save_model(Autoencoder(CONFIG, seed=9), directory)
    return directory


def refusal(directory) -> str:
    with pytest.raises(BadInput) as caught:
        load_model(directory)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert str(directory) in sentence
    return sentence


def test_a_model_comes_back_as_it_was(saved):
    model = load_model(saved)
    assert model.config == CONFIG
    assert not model.training
    original = Autoencoder(CONFIG, seed=9)
    for name, value in original.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name


def test_only_two_files_are_needed(saved):
    assert sorted(file.name for file in saved.iterdir()) == ["config.json", "model.safetensors"]


def test_halves_come_back_as_one_model_without_its_head(tmp_path):
    model = Autoencoder(CONFIG, seed=9, n_labels=3)
    save_halves(model, tmp_path, {"run": "best"})
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "config.json", "decoder.safetensors", "encoder.safetensors",
    ]  # fmt: skip
    weights = load_model(tmp_path).state_dict()
    expected = {n: t for n, t in model.state_dict().items() if not n.startswith("head.")}
    assert set(weights) == set(expected)
    for name, value in expected.items():
        assert torch.equal(weights[name], value), name
    (tmp_path / "decoder.safetensors").unlink()
    assert "decoder.safetensors is missing" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(saved, name):
    (saved / name).unlink()
    assert name in refusal(saved)


def test_a_folder_without_a_model_is_refused(tmp_path):
    assert "no trained model" in refusal(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:200],
        lambda content: b"",
        lambda content: b"\xff" * 8 + content[8:],
    ],
    ids=["truncated", "empty", "header"],
)
def test_damaged_weights_are_refused(saved, damage):
    file = saved / "model.safetensors"
    file.write_bytes(damage(file.read_bytes()))
    assert "cannot be read" in refusal(saved)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"kind": "ladder", "wings": 2}', '{"kind": "tower"}', "\udcff"]
)
def test_a_damaged_config_is_refused(saved, text):
    (saved / "config.json").write_bytes(text.encode(errors="surrogateescape"))
    assert "config.json is damaged" in refusal(saved)


def test_weights_of_another_network_are_refused(saved):
    values = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(values | {"code_size": 6}))
    assert "do not fit" in refusal(saved)
