"""Runs as ONNX files: the numbers of the model, at any batch size, from any network."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

import shapespace
from shapespace.errors import BadInput, ShapespaceError
from shapespace.model.ladder import LadderConfig
from shapespace.model.published import PublishedConfig
from shapespace.model.published_small import SmallPublishedConfig
from shapespace.studies.exporting import onnx_files
from shapespace.studies.exporting.onnx_files import Exported, export_onnx
from shapespace.studies.exporting.parity import N_RANDOM, compare
from shapespace.studies.loaded import LoadedRun
from shapespace.training.config import TasksConfig
from shapespace.training.snapshot import load_model, save_model
from toy_run import toy_config, train_toy_run

NETWORKS = {
    "ladder": LadderConfig(side=24, code_size=5, patch=3, channels=(4, 6, 8)),
    "published-small": SmallPublishedConfig(code_size=7),
    "published": PublishedConfig(code_size=9, decoder_dropout=True),
}


def as_if_trained(path) -> None:
    """Give batch normalisation something to do, and the pictures some contrast."""
    torch.manual_seed(1)
    model = load_model(path / "model")
    for layer in model.decoder.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            layer.weight.data *= 2.5
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.running_mean)
            nn.init.uniform_(layer.running_var, 0.5, 2)
            nn.init.uniform_(layer.weight, 0.5, 2)
            nn.init.normal_(layer.bias)
    save_model(model, path / "model")


@pytest.fixture(scope="module")
def exports(tmp_path_factory, data_home):
    """Exports a run of a kind of network, once, since it takes seconds."""
    return cache(lambda kind: export_toy(kind, tmp_path_factory.mktemp(kind)))


@pytest.fixture(params=NETWORKS)
def exported(request, exports):
    """A run of each kind of network, and its files."""
    return exports(request.param)


@pytest.fixture
def ladder(exports):
    """The run and the files of the smallest network."""
    return exports("ladder")


def export_toy(kind: str, folder: Path) -> tuple[LoadedRun, Exported]:
    """Export an untrained run; the ladder's has coordinates in its first units."""
    network, training = NETWORKS[kind], toy_config().training
    if kind == "ladder":
        training = replace(training, tasks=TasksConfig(mapping=0.5, dims=3))
    path = train_toy_run(folder / "toy", side=network.side, model=network, training=training)
    as_if_trained(path)
    run = shapespace.load(path)
    return run, export_onnx(run, folder / "files")


def run_file(path, values: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (result,) = session.run(None, {session.get_inputs()[0].name: values})
    return result


@pytest.mark.parametrize("n", [1, 3, 7])
def test_both_files_give_the_numbers_of_the_model_at_any_batch_size(exported, n):
    run, files = exported
    draw = torch.Generator().manual_seed(n)
    images = torch.rand(n, 1, run.side, run.side, generator=draw).numpy()
    codes = torch.randn(n, run.code_size, generator=draw).numpy()
    found = run_file(files.encoder, images)
    assert found == pytest.approx(run.encode(images[:, 0]), abs=1e-5, rel=1e-4)
    drawn = run_file(files.decoder, codes)
    assert drawn.shape == (n, 1, run.side, run.side)
    assert drawn[:, 0] == pytest.approx(run.decode(codes), abs=1e-5)
    assert drawn.std() > 0.01


def test_how_far_the_files_are_from_the_model_is_told(exported):
    run, files = exported
    parity = files.parity
    assert (parity.n_stimuli, parity.n_random_codes) == (60, N_RANDOM)
    found = run_file(files.encoder, run.drawings[:, None])
    assert parity.codes == pytest.approx(np.abs(found - run.codes).max(), rel=0.5, abs=1e-7)
    spread = np.sqrt(run.codes.var(axis=0).mean())
    assert parity.codes_of_spread == pytest.approx(parity.codes / spread)
    assert parity.greys < 1e-5


@pytest.mark.parametrize("part", ["encoder", "decoder"])
def test_a_file_says_what_it_is_and_where_it_was_made_stays_out(exported, part):
    run, files = exported
    graph = onnx.load(getattr(files, part))
    told = {one.key: one.value for one in graph.metadata_props}
    expected = {
        "part": part, "run": "toy", "shapespace": shapespace.__version__, "fold": "0",
        "network": run.config.model.kind, "side": str(run.side), "units": str(run.code_size),
        "grey_values": "0 is ink, 1 is paper",
    }  # fmt: skip
    assert told == told | expected
    assert told.get("coordinates_in_first_units") == ("3" if run.side == 24 else None)
    del graph.graph.initializer[:]
    text = str(graph)
    assert "stack_trace" not in text
    assert ".py" not in text


def test_the_batch_is_free_and_every_operation_is_an_ordinary_one(exported):
    run, files = exported
    for part in (files.encoder, files.decoder):
        graph = onnx.load(part)
        onnx.checker.check_model(graph, full_check=True)
        assert [(one.domain, one.version) for one in graph.opset_import] == [("", 18)]
        assert {one.op_type for one in graph.graph.node} <= {
            "Conv", "ConvTranspose", "Gemm", "Relu", "MaxPool", "Reshape", "Add", "Sigmoid",
            "BatchNormalization", "DepthToSpace",
        }  # fmt: skip
        shapes = {
            one.name: [
                size.dim_param or size.dim_value for size in one.type.tensor_type.shape.dim
            ]
            for one in (*graph.graph.input, *graph.graph.output)
        }
        assert shapes == {
            "images": ["batch", 1, run.side, run.side],
            "codes": ["batch", run.code_size],
        }


@pytest.mark.parametrize("wrong", ["encoder", "decoder"])
def test_files_of_another_model_are_refused(ladder, wrong):
    run, files = ladder
    parts = {part: getattr(files, part).read_bytes() for part in ("encoder", "decoder")}
    graph = onnx.load_model_from_string(parts[wrong])
    for tensor in graph.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype == np.float32:
            tensor.CopyFrom(onnx.numpy_helper.from_array(values * 1.01, tensor.name))
    parts[wrong] = graph.SerializeToString()
    with pytest.raises(ShapespaceError, match=r"than the model: .* Nothing was written"):
        compare(run.codec, parts["encoder"], parts["decoder"], run.drawings)


def test_missing_packages_are_named(ladder, monkeypatch, tmp_path):
    monkeypatch.setattr(onnx_files, "find_spec", lambda name: None if "x" in name else name)
    with pytest.raises(BadInput, match=r"onnx, onnxscript, onnxruntime, .* '\.\[export\]'"):
        export_onnx(ladder[0], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_model_larger_than_a_file_can_be_is_refused_before_it_is_made(
    ladder, monkeypatch, tmp_path
):
    monkeypatch.setattr(onnx_files, "MOST_BYTES", 100)
    with pytest.raises(
        BadInput, match=r"ONNX file holds at most 2\. Export with --safetensors"
    ):
        export_onnx(ladder[0], tmp_path)
    assert list(tmp_path.iterdir()) == []
