import json
from dataclasses import asdict

from PIL import Image

from shapespace.cli.main import main
from shapespace.studies.runs.recipes import recipe


def described(capsys, *words: str) -> str:
    assert main(["describe", *words]) == 0
    return capsys.readouterr().out


def test_the_table_has_a_line_for_every_layer_and_the_totals(capsys):
    text = described(capsys, "--recipe", "published-best")
    table = text.splitlines()
    assert table[0].split()[:5] == ["layer", "kind", "kernel", "stride", "padding"]
    (conv1,) = [line for line in table if line.startswith("encoder.conv1")]
    assert conv1.split() == [
        "encoder.conv1", "convolution", "15", "3", "0", "64×70×70", "ReLU", "14,464"
    ]  # fmt: skip
    (up6,) = [line for line in table if line.startswith("decoder.up6")]
    assert up6.split()[-3:] == ["1×224×224", "sigmoid", "201"]
    assert "encoder   6,676,480 parameters" in text
    assert "decoder   1,535,681 parameters" in text
    assert "all       8,212,161 parameters" in text


def test_json_holds_the_layers_the_totals_and_the_whole_config(capsys):
    found = json.loads(described(capsys, "--recipe", "published-default", "--json"))
    assert found["n_parameters"] == {
        "encoder": 6_676_480, "decoder": 1_535_681, "all": 8_212_161
    }  # fmt: skip
    (hidden, _) = [layer for layer in found["layers"] if layer["name"] == "hidden"]
    assert hidden["dropout"] == 0.5
    assert hidden["output_shape"] == [512]
    assert found["config"] == json.loads(json.dumps(asdict(recipe("published-default"))))


def test_a_changed_value_changes_the_network(capsys):
    found = json.loads(described(capsys, "--set", "model.code_size=7", "--json"))
    (code,) = [layer for layer in found["layers"] if layer["name"] == "bottleneck"]
    assert code["output_shape"] == [7]
    assert found["config"]["model"]["code_size"] == 7


def test_the_network_is_drawn_on_request(capsys, tmp_path):
    words = ("--set", "model.channels=[4,8]", "--set", "model.code_size=9")
    described(capsys, *words, "--out", str(tmp_path / "figures" / "network"))
    svg = (tmp_path / "figures" / "network.svg").read_text()
    for text in ("patches", "bottleneck", "9 units", "join"):
        assert text in svg
    with Image.open(tmp_path / "figures" / "network.png") as image:
        assert image.width > image.height > 300
