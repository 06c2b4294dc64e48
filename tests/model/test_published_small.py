import pytest
import torch

from shapespace.model.autoencoder import Autoencoder
from shapespace.model.describe import count_parameters, layer_rows, stages
from shapespace.model.published_small import SmallPublishedConfig


@pytest.mark.parametrize("code_size", [16, 512, 2048])
def test_a_picture_becomes_a_code_and_a_picture_again(code_size):
    model = Autoencoder(SmallPublishedConfig(code_size=code_size))
    images = torch.rand(2, 1, 64, 64)
    assert model.encode(images).shape == (2, code_size)
    assert model(images).shape == images.shape


def test_the_parameters_are_those_of_a_hand_count():
    # Kernels and biases of each layer in turn, bottleneck of 512.
    encoder = (
        7 * 7 * 16 + 16 + 5 * 5 * 16 * 32 + 32 + 9 * 32 * 64 + 64 + 2 * (9 * 64 * 64 + 64)
        + 9 * 64 * 512 + 512 + 512 * 512 + 512
    )  # fmt: skip
    decoder = (
        512 * 512 + 512 + 512 * 1024 + 1024 + 25 * 64 * 32 + 32 + 25 * 32 * 16 + 16
        + 25 * 16 * 8 + 8 + 25 * 8 + 1
    )  # fmt: skip
    model = Autoencoder(SmallPublishedConfig())
    assert sum(p.numel() for p in model.encoder.parameters()) == encoder
    assert sum(p.numel() for p in model.decoder.parameters()) == decoder
    assert count_parameters(layer_rows(model)) == {
        "encoder": encoder, "decoder": decoder, "all": encoder + decoder
    }  # fmt: skip


def test_layers_that_are_described_give_what_the_network_gives():
    model = Autoencoder(SmallPublishedConfig()).eval()
    values = images = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        for stage in stages(model):
            values = stage(values)
        torch.testing.assert_close(values, model(images))


@pytest.mark.parametrize("half", ["encoder", "decoder"])
def test_dropout_is_where_it_was_asked_for(half):
    on = SmallPublishedConfig(**{"encoder_dropout": False, f"{half}_dropout": True})
    model = Autoencoder(on).train()
    codes, images = torch.rand(1, 512), torch.rand(1, 1, 64, 64)
    first, second = (
        (model.encoder(images), model.encoder(images))
        if half == "encoder"
        else (model.decoder(codes), model.decoder(codes))
    )
    assert not torch.equal(first, second)
    off = Autoencoder(SmallPublishedConfig(encoder_dropout=False)).train()
    assert torch.equal(off(images), off(images))
