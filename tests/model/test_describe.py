import dataclasses

import pytest
import torch

from shapespace.model.autoencoder import Autoencoder
from shapespace.model.describe import count_parameters, layer_rows, stages
from shapespace.model.ladder import LadderConfig
from shapespace.model.published import PublishedConfig

# The tables of the study: kernel, stride, padding, output, activation, parameters.
ENCODER = {
    "conv1": (15, 3, 0, (64, 70, 70), "ReLU", 14_464),
    "pool1": (3, 2, 0, (64, 34, 34), None, 0),
    "conv2": (5, 1, 0, (128, 30, 30), "ReLU", 204_928),
    "pool2": (3, 2, 0, (128, 14, 14), None, 0),
    "conv3": (3, 1, 1, (256, 14, 14), "ReLU", 295_168),
    "conv4": (3, 1, 1, (256, 14, 14), "ReLU", 590_080),
    "conv5": (3, 1, 1, (256, 14, 14), "ReLU", 590_080),
    "pool5": (3, 2, 0, (256, 6, 6), None, 0),
    "hidden": (None, None, None, (512,), "ReLU", 4_719_104),
    "bottleneck": (None, None, None, (512,), None, 262_656),
}
DECODER = {
    "hidden": (None, None, None, (512,), "ReLU", 262_656),
    "grow": (None, None, None, (1152,), None, 590_976),
    "reshape": (None, None, None, (128, 3, 3), None, 0),
    "up1": (5, 1, 0, (128, 7, 7), "ReLU", 409_728),
    "up2": (5, 2, 2, (64, 14, 14), "ReLU", 204_864),
    "up3": (5, 2, 2, (32, 28, 28), "ReLU", 51_232),
    "up4": (5, 2, 2, (16, 56, 56), "ReLU", 12_816),
    "up5": (5, 2, 2, (8, 112, 112), "ReLU", 3_208),
    "up6": (5, 2, 2, (1, 224, 224), "sigmoid", 201),
}
LADDER = LadderConfig(side=32, patch=2, channels=(4, 6, 8), code_size=5, blocks=2)


def facts(row) -> tuple:
    return (
        row.kernel, row.stride, row.padding, row.output_shape, row.activation, row.n_parameters
    )  # fmt: skip


def test_the_published_network_has_the_layers_of_the_study():
    first, *rows = layer_rows(Autoencoder(PublishedConfig()))
    assert (first.part, first.output_shape) == ("input", (1, 224, 224))
    assert {r.name: facts(r) for r in rows if r.part == "encoder"} == ENCODER
    assert {r.name: facts(r) for r in rows if r.part == "decoder"} == DECODER
    assert [r.name for r in rows] == [*ENCODER, *DECODER]  # in the order of the computation
    extra = {r.name: r.output_padding for r in rows if r.output_padding is not None}
    assert extra == {"up1": 0, "up2": 1, "up3": 1, "up4": 1, "up5": 1, "up6": 1}
    assert count_parameters([first, *rows]) == {
        "encoder": 6_676_480, "decoder": 1_535_681, "all": 8_212_161
    }  # fmt: skip


@pytest.mark.parametrize(("encoder", "decoder"), [(True, False), (False, True)])
def test_dropout_stands_where_it_is_configured(encoder, decoder):
    config = PublishedConfig(code_size=16, encoder_dropout=encoder, decoder_dropout=decoder)
    found = {(r.part, r.name): r.dropout for r in layer_rows(Autoencoder(config)) if r.dropout}
    place = "encoder" if encoder else "decoder"
    assert found == {(place, "hidden"): 0.5}


@pytest.mark.parametrize(
    "config",
    [PublishedConfig(code_size=16), LADDER, dataclasses.replace(LADDER, blocks=0)],
    ids=["published", "blocks", "no blocks"],
)
def test_the_listed_layers_one_after_the_other_are_the_network(config):
    network = Autoencoder(config, seed=4).eval()
    side = config.side
    images = torch.rand(2, 1, side, side, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        values = images
        for stage in stages(network):
            values = stage(values)
        torch.testing.assert_close(values, network(images), atol=1e-5, rtol=1e-4)
    n_weights = sum(weight.numel() for weight in network.parameters())
    assert count_parameters(layer_rows(network))["all"] == n_weights


def test_a_ladder_is_listed_with_its_sizes():
    rows = {row.name: row for row in layer_rows(Autoencoder(LADDER))}
    assert list(rows) == [
        "input", "patches", "down1", "down2", "bottleneck", "grow", "reshape",
        "up1", "block1", "block2", "up2", "block3", "block4", "paint", "join",
    ]  # fmt: skip
    # 4 x 4 kernels on one channel without biases, then a scale and a shift a channel
    assert rows["patches"].n_parameters == 4 * 4 * 4 + 2 * 4
    assert facts(rows["down1"])[:5] == (4, 2, 1, (6, 8, 8), "ReLU")
    assert rows["down1"].kind == "convolution, batch norm"
    assert rows["bottleneck"].n_parameters == 8 * 4 * 4 * 5 + 5
    assert rows["block1"].n_parameters == 2 * (6 * 6 * 3 * 3 + 2 * 6)
    assert rows["paint"].output_shape == (4, 16, 16)
    assert (rows["join"].output_shape, rows["join"].activation) == ((1, 32, 32), "sigmoid")


def test_describing_leaves_the_network_as_it_is():
    network = Autoencoder(LADDER).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    layer_rows(network)
    assert network.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name
