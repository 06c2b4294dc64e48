import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.signal import correlate
from torch import nn

from shapespace.model.autoencoder import Autoencoder
from shapespace.model.published import PublishedConfig, conv_in_blocks

BEST = PublishedConfig(code_size=512, encoder_dropout=False, decoder_dropout=False)


@pytest.fixture(scope="module")
def network() -> Autoencoder:
    return Autoencoder(BEST, seed=3).eval()


def n_parameters(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def test_the_numbers_of_parameters_are_the_published_ones(network):
    assert n_parameters(network.encoder) == 6_676_480
    assert n_parameters(network.decoder) == 1_535_681


@pytest.mark.parametrize("code_size", [16, 32, 64, 128, 256, 2048])
def test_only_the_layers_beside_the_code_change_with_its_size(code_size):
    with torch.device("meta"):
        encoder, decoder = PublishedConfig(code_size=code_size).build()
    assert n_parameters(encoder) == 6_676_480 - 513 * (512 - code_size)
    assert n_parameters(decoder) == 1_535_681 - 512 * (512 - code_size)


def test_an_image_becomes_a_code_and_logits_of_an_image(network):
    images = torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(0))
    codes = network.encode(images)
    assert codes.shape == (2, 512)
    with torch.no_grad():
        logits = network.decoder(codes)
        torch.testing.assert_close(network(images), logits)
    assert logits.shape == images.shape
    assert logits.min() < 0  # no grey value is below 0: these are logits
    torch.testing.assert_close(network.decode(codes), 1 / (1 + torch.exp(-logits)))


def test_a_padded_convolution_is_what_scipy_computes(network):
    layer = network.encoder.conv3  # 3 x 3, "same"
    maps = torch.randn(1, 128, 5, 6, generator=torch.Generator().manual_seed(1))
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    for channel in (0, 100):
        expected = bias[channel] + sum(
            correlate(maps[0, k].numpy(), weight[channel, k], mode="same") for k in range(128)
        )
        found = layer(maps)[0, channel].detach().numpy()
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_an_up_convolution_stamps_its_kernel_for_every_pixel(network):
    # Keras' "same" with stride 2: pixel (i, j) stamps 5 x 5 values whose centre lies at
    # (2 i, 2 j), or one place before, cut to twice the side.
    layer = network.decoder.up5  # 16 -> 8 channels
    maps = torch.randn(1, 16, 4, 3, generator=torch.Generator().manual_seed(2))
    values, weight = maps[0].numpy(), layer.weight.detach().numpy()
    canvas = np.zeros((8, 2 * 4 + 3, 2 * 3 + 3))
    for i in range(4):
        for j in range(3):
            for channel in range(16):
                canvas[:, 2 * i : 2 * i + 5, 2 * j : 2 * j + 5] += (
                    values[channel, i, j] * weight[channel]
                )
    expected = canvas[:, 2 : 2 + 8, 2 : 2 + 6]
    np.testing.assert_allclose(layer(maps)[0].detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("kernel", "stride", "height", "width"), [(15, 3, 38, 41), (4, 2, 9, 8)]
)
def test_a_convolution_in_blocks_has_the_same_values_and_gradients(
    kernel, stride, height, width
):
    generator = torch.Generator().manual_seed(4)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()

    images, weight, bias = random(2, 1, height, width), random(5, 1, kernel, kernel), random(5)
    plain = F.conv2d(images, weight, bias, stride)
    blocks = conv_in_blocks(images, weight, bias, stride)
    torch.testing.assert_close(blocks, plain)
    cotangent = torch.randn(plain.shape, generator=generator, dtype=torch.float64)
    expected = torch.autograd.grad(plain, (images, weight, bias), cotangent)
    found = torch.autograd.grad(blocks, (images, weight, bias), cotangent)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other)


def test_pooling_before_the_relu_changes_nothing(network):
    maps = torch.randn(2, 3, 13, 13, generator=torch.Generator().manual_seed(5))
    assert torch.equal(network.encoder.pool(maps).relu(), network.encoder.pool(maps.relu()))


@pytest.mark.parametrize(
    ("part", "name", "fan_in", "fan_out"),
    [
        ("encoder", "conv1", 15 * 15 * 1, 15 * 15 * 64),
        ("encoder", "conv3", 3 * 3 * 128, 3 * 3 * 256),
        ("encoder", "bottleneck", 512, 512),
        ("decoder", "grow", 512, 1152),
        ("decoder", "up2", 5 * 5 * 128, 5 * 5 * 64),
    ],
)
def test_weights_begin_as_in_keras(network, part, name, fan_in, fan_out):
    layer = getattr(getattr(network, part), name)
    bound = math.sqrt(6 / (fan_in + fan_out))  # Glorot uniform
    assert layer.weight.abs().max() <= bound
    assert layer.weight.abs().max() > 0.99 * bound
    # A uniform variable in ±bound has the variance bound²/3.
    assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.02)
    assert torch.count_nonzero(layer.bias) == 0


def halves_differ(module: nn.Module, values: torch.Tensor) -> bool:
    """Tell whether two passes in training mode give different outputs."""
    module.train()
    with torch.no_grad():
        return not torch.equal(module(values), module(values))


@pytest.mark.parametrize(("encoder", "decoder"), [(True, False), (False, True), (False, False)])
def test_dropout_acts_in_training_and_only_where_it_is_configured(encoder, decoder):
    config = PublishedConfig(code_size=16, encoder_dropout=encoder, decoder_dropout=decoder)
    network = Autoencoder(config)
    images = torch.rand(1, 1, 224, 224, generator=torch.Generator().manual_seed(6))
    codes = torch.randn(1, 16, generator=torch.Generator().manual_seed(7))
    assert halves_differ(network.encoder, images) == encoder
    assert halves_differ(network.decoder, codes) == decoder
    network.eval()
    with torch.no_grad():
        assert torch.equal(network.encoder(images), network.encoder(images))
        assert torch.equal(network.decoder(codes), network.decoder(codes))


def test_the_layout_in_memory_does_not_change_the_values(network):
    images = torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(8))
    other = Autoencoder(BEST, seed=3).eval().to(memory_format=torch.channels_last)
    with torch.no_grad():
        torch.testing.assert_close(other(images), network(images), atol=1e-5, rtol=1e-4)
