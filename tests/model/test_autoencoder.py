import pytest
import torch

from shapespace.model.autoencoder import Autoencoder
from shapespace.model.ladder import LadderConfig
from shapespace.model.published import PublishedConfig

SMALL = LadderConfig(side=16, patch=2, channels=(4, 6), code_size=3)


@pytest.mark.parametrize(
    "config", [SMALL, PublishedConfig(code_size=8)], ids=["ladder", "published"]
)
def test_equal_seeds_give_equal_weights_and_others_do_not(config):
    one, same = Autoencoder(config, seed=7), Autoencoder(config, seed=7)
    for name, weight in one.state_dict().items():
        assert torch.equal(weight, same.state_dict()[name]), name
    other = Autoencoder(config, seed=8)
    assert not torch.equal(next(one.parameters()), next(other.parameters()))


def test_building_a_network_leaves_the_global_random_state_alone():
    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    Autoencoder(SMALL, seed=5)
    assert torch.equal(torch.rand(3), expected)


def test_grey_values_lie_between_ink_and_paper():
    network = Autoencoder(SMALL).eval()
    grey = network.decode(100 * torch.randn(4, 3, generator=torch.Generator().manual_seed(0)))
    assert grey.shape == (4, 1, 16, 16)
    assert grey.min() >= 0
    assert grey.max() <= 1
    assert not grey.requires_grad
