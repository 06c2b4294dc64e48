"""Configs of data say no to what cannot be."""

import pytest

from shapespace.data.augmentation import Turns
from shapespace.data.config import DataConfig, NoiseConfig

MIXTURE = {"drawings": 3}


def test_the_defaults_are_those_of_the_study():
    config = DataConfig(
        mixture={"drawings": 21, "additional": 24, "tuberlin": 41, "sketchy": 42}
    )
    assert config.batch_size == 128
    assert (config.side, config.n_folds, config.smallest_share) == (224, 5, 168 / 224)
    assert config.turns == Turns(flip=0.5, rotation=15.0, shear=15.0)
    assert config.noise.levels == (0.1,)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"side": 8}, "greater than or equal to 16"),
        ({"side": 4096}, "less than or equal to 1024"),
        ({"mixture": {"drawings": -1}}, "greater than or equal to 0"),
        ({"mixture": {"drawings": 0}}, "The mixture is empty"),
        ({"mixture": {}}, "The mixture is empty"),
        ({"n_folds": 2}, "greater than or equal to 3"),
        ({"smallest_share": 0.0}, "greater than 0"),
        ({"fold_rule": "random"}, "'index' or 'grouped'"),
        ({"turns": {"flip": 2.0}}, "chance of a flip"),
        ({"colour": True}, "colour"),
    ],
)
def test_impossible_values_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        DataConfig(**{"mixture": MIXTURE} | wrong)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"levels": ()}, "at least one noise level"),
        ({"levels": (10,)}, "less than or equal to 1"),
        ({"levels": (0.1, 0.2), "scope": "batch"}, "shared by the batch has one level"),
        ({"scope": "pixel"}, "'image' or 'batch'"),
    ],
)
def test_impossible_noise_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        NoiseConfig(**wrong)


def test_one_level_may_be_shared_by_a_batch():
    assert NoiseConfig(levels=(0.25,), scope="batch").scope == "batch"
