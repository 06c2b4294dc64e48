import json
import re

import pytest

from shapespace.cli.main import main
from shapespace.studies.exporting import onnx_files
from toy_run import evaluate_toy_run, train_toy_run


@pytest.fixture(scope="module")
def run(tmp_path_factory, data_home):
    return evaluate_toy_run(train_toy_run(tmp_path_factory.mktemp("runs") / "toy"))


def test_without_a_choice_everything_is_written(run, tmp_path, capsys):
    assert main(["export", str(run), "--out", str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    files = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert len(files) == 7
    assert [line.split(":")[0] for line in lines[:-1]] == [
        str(tmp_path / "out" / name) for name in files if name != "export.json"
    ]
    told = r"against torch, 60 stimuli and 64 random codes: grey values off by at most [\de.-]+"
    assert re.match(told, lines[-1])


def test_json_is_the_manifest(run, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["export", str(run), "--safetensors", "--out", str(out), "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"export": str(out), **json.loads((out / "export.json").read_text())}
    assert "README.md" not in told["files"]


def test_missing_packages_are_one_plain_line(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(onnx_files, "find_spec", lambda _: None)
    assert main(["export", str(run), "--onnx", "--out", str(tmp_path / "out")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("shapespace export: ONNX needs onnx, onnxscript, onnxruntime, which")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert main(["export", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "There is no" in capsys.readouterr().err
