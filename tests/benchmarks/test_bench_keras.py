"""The Keras network is the published one; needs the libraries of the extra `bench`."""

# pyright: reportMissingImports=false, reportMissingModuleSource=false

import numpy as np
import pytest
import torch

from benchmarks.candidates import Candidate
from benchmarks.keras_net import autoencoder
from benchmarks.measuring import Settings, measure
from shapespace.model.autoencoder import Autoencoder
from shapespace.studies.runs.recipes import published_best

pytestmark = [
    pytest.mark.bench,
    # TensorFlow and the exporter warn of their own parts.
    pytest.mark.filterwarnings("ignore"),
]


def mirrored(kernels: np.ndarray) -> np.ndarray:
    return kernels[:, :, ::-1, ::-1]


def for_keras(model: Autoencoder) -> list[np.ndarray]:
    """Return weights in the order and layout of Keras, with the decoder mirrored.

    Keras pads "same" on the other side than PyTorch's `output_padding`: with kernels and first
    maps mirrored, it draws the mirror image, exactly.
    """
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    weights = []
    for name, value in state.items():
        if (
            name == "encoder.hidden.weight"
        ):  # maps are flat in the order of height, width, channel
            value = value.reshape(512, 256, 6, 6).transpose(0, 2, 3, 1).reshape(512, -1).T
        elif name in ("decoder.grow.weight", "decoder.grow.bias"):
            maps = value.reshape(128, 3, 3, -1)[:, ::-1, ::-1].transpose(1, 2, 0, 3)
            value = maps.reshape(1152, -1).T if value.ndim == 2 else maps.reshape(-1)
        elif value.ndim == 4:
            if name.startswith("decoder"):
                value = mirrored(value)
            value = value.transpose(2, 3, 1, 0)
        elif value.ndim == 2:
            value = value.T
        weights.append(value)
    return weights


def test_keras_has_the_same_parameters_and_draws_the_same():
    pytest.importorskip("keras", reason="Keras is not installed (extra `bench`)")
    ours = Autoencoder(published_best().model, seed=1).eval()
    theirs = autoencoder()
    assert theirs.count_params() == sum(w.numel() for w in ours.parameters())
    theirs.set_weights(for_keras(ours))
    images = torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = ours.decode(ours.encode(images)).numpy()[:, 0]
    drawn = np.asarray(theirs(images.permute(0, 2, 3, 1).numpy()))[..., 0]
    np.testing.assert_allclose(drawn[:, ::-1, ::-1], expected, atol=1e-5)


@pytest.mark.parametrize("half", ["encode", "decode"])
def test_onnx_runtime_gives_the_same_and_8_bits_nearly_the_same(half):
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra `bench`)")
    for eight_bit, least in ((False, 0.999999), (True, 0.99)):
        one = Candidate(
            name="onnx",
            function="latency:onnx_runtimes",
            arguments={"half": half, "eight_bit": eight_bit},
        )
        found = measure([one], Settings(rounds=1, in_process=True), title="test")
        assert found["onnx"].rounds[0].facts["cosine"] > least
