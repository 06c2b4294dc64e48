import pytest
import torch
from pydantic import ValidationError

from shapespace.model.autoencoder import Autoencoder
from shapespace.model.ladder import LadderConfig, Residual


@pytest.mark.parametrize(
    ("side", "patch", "channels", "last_side"),
    [
        (32, 2, (4, 6), 8),
        (48, 1, (4, 6, 8), 12),
        (24, 3, (4, 6), 4),
        (40, 5, (4, 6, 8), 2),
        (224, 4, (4, 4, 4, 4), 7),
        (16, 4, (4,), 4),
        (8, 4, (4, 6), 1),
    ],
)
def test_every_side_that_fits_comes_back_whole(side, patch, channels, last_side):
    config = LadderConfig(side=side, patch=patch, channels=channels, code_size=5, blocks=1)
    assert config.last_side == last_side
    network = Autoencoder(config).eval()
    images = torch.rand(2, 1, side, side, generator=torch.Generator().manual_seed(0))
    assert network.encode(images).shape == (2, 5)
    assert network(images).shape == images.shape


def test_a_side_that_does_not_fit_is_refused_with_the_reason():
    with pytest.raises(ValidationError, match="multiple of 16, got 60"):
        LadderConfig(side=60, patch=2, channels=(4, 4, 4, 4))


def test_a_ladder_needs_at_least_one_size_of_maps():
    with pytest.raises(ValidationError, match="at least 1"):
        LadderConfig(channels=())


def test_a_fresh_residual_block_is_a_plain_relu():
    maps = torch.randn(2, 4, 5, 5, generator=torch.Generator().manual_seed(1))
    assert torch.equal(Residual(4)(maps), maps.clamp(min=0))


def test_patches_are_put_together_in_their_places():
    # A patch of 2 x 2 pixels comes from four channels: top left, top right, then below.
    network = Autoencoder(LadderConfig(side=8, patch=2, channels=(4,), code_size=2))
    join = network.decoder.join
    maps = torch.arange(4.0).reshape(1, 4, 1, 1)
    assert join(maps)[0, 0].tolist() == [[0.0, 1.0], [2.0, 3.0]]


def test_the_layout_in_memory_does_not_change_the_values():
    config = LadderConfig(side=32, patch=2, channels=(4, 8), code_size=6)
    images = torch.rand(3, 1, 32, 32, generator=torch.Generator().manual_seed(2))
    plain = Autoencoder(config, seed=1).eval()
    other = Autoencoder(config, seed=1).eval().to(memory_format=torch.channels_last)
    torch.testing.assert_close(other(images), plain(images))
