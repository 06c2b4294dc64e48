import pytest

from shapespace.errors import BadInput
from shapespace.studies.runs.recipes import recipe


def test_the_published_default_is_that_of_the_study():
    config = recipe("published-default")
    assert config.protocol == "published"
    assert config.data.side == 224
    assert config.data.mixture == {
        "drawings": 21, "additional": 24, "tuberlin": 41, "sketchy": 42
    }  # fmt: skip
    assert config.data.batch_size == 128
    assert config.data.fold_rule == "index"
    assert (config.data.turns.flip, config.data.turns.rotation, config.data.turns.shear) == (
        0.5, 15, 15
    )  # fmt: skip
    assert (config.data.noise.levels, config.data.noise.scope) == ((0.1,), "batch")
    assert config.model.code_size == 512
    assert config.model.encoder_dropout
    assert not config.model.decoder_dropout
    training = config.training
    assert (training.optimizer, training.learning_rate, training.schedule) == (
        "adam", 1e-4, "constant"
    )  # fmt: skip
    assert (training.l2_encoder, training.l2_decoder) == (0.0005, 0)
    assert training.selection == "loss"
    assert training.n_images == 200 * training.images_per_epoch
    assert training.images_per_epoch == 6251 * 128


def test_the_published_best_differs_by_decay_and_dropout_alone():
    default, best = recipe("published-default"), recipe("published-best")
    assert best.data == default.data
    assert not best.model.encoder_dropout
    assert best.training.l2_encoder == 0
    assert best.training.n_images == default.training.n_images
    assert best.seed == default.seed == 42


def test_the_demo_needs_nothing_but_the_package():
    config = recipe("quick")
    assert set(config.data.mixture) == {"drawings", "scribbles"}
    assert config.data.side >= 64
    assert config.protocol == "sound"


def test_an_unknown_recipe_is_answered_with_the_known_ones():
    with pytest.raises(BadInput, match=r"no recipe 'best'.*quick, quick-joint, sound"):
        recipe("best")
