"""Recipes: functions that return a whole config."""

from collections.abc import Callable
from dataclasses import replace

from shapespace.data.augmentation import Turns
from shapespace.data.config import DRAWINGS, SCRIBBLES, DataConfig, NoiseConfig
from shapespace.errors import BadInput
from shapespace.model.ladder import LadderConfig
from shapespace.model.published import PublishedConfig
from shapespace.studies.config import RunConfig
from shapespace.training.config import TrainingConfig


def published_default() -> RunConfig:
    """The study's default setting: encoder decay 0.0005, encoder dropout on, 10 % noise.

    Reference:
        Bechberger, "Learning To Map Images Into Shape Space, Part 8": 0.13030 nats a pixel.
    """
    return RunConfig(
        recipe="published-default",
        protocol="published",
        data=DataConfig(
            side=224,
            mixture={DRAWINGS: 21, "additional": 24, "tuberlin": 41, "sketchy": 42},
            fold_rule="index",
            turns=Turns(flip=0.5, rotation=15.0, shear=15.0),
            noise=NoiseConfig(levels=(0.1,), scope="batch"),
        ),
        model=PublishedConfig(code_size=512, encoder_dropout=True, decoder_dropout=False),
        training=TrainingConfig(
            n_images=200 * 800_128,
            images_per_epoch=800_128,
            n_validation_images=8_192,
            optimizer="adam",
            learning_rate=1e-4,
            l2_encoder=0.0005,
            selection="loss",
        ),
    )


def published_best() -> RunConfig:
    """The study's best setting: the default without encoder decay and without dropout.

    Reference:
        Bechberger, "Learning To Map Images Into Shape Space, Part 8": 0.08277 nats a pixel.
    """
    default = published_default()
    return replace(
        default,
        recipe="published-best",
        model=replace(default.model, encoder_dropout=False),
        training=replace(default.training, l2_encoder=0.0),
    )


def quick() -> RunConfig:
    """The demo's recipe: 64 pixels, a few minutes on two cores, built-in images only."""
    return RunConfig(
        recipe="quick",
        data=DataConfig(
            side=64,
            mixture={DRAWINGS: 16, SCRIBBLES: 16},
            noise=NoiseConfig(levels=(0.0, 0.1, 0.25)),
        ),
        model=LadderConfig(side=64, code_size=512, patch=2, channels=(32, 64, 128), blocks=0),
        training=TrainingConfig(
            n_images=40_000,
            images_per_epoch=4_000,
            n_validation_images=512,
            optimizer="adamw",
            learning_rate=2e-3,
            weight_decay=0.01,
            schedule="warmup-cosine",
            average=0.995,
            clip=1.0,
            coarse_weight=0.5,
        ),
    )


def sound() -> RunConfig:
    """Our best at the study's 224 pixels: the quick recipe's manner on real sketches."""
    small = quick()
    return replace(
        small,
        recipe="sound",
        data=replace(small.data, side=224, mixture={DRAWINGS: 8, SCRIBBLES: 9, "tuberlin": 15}),
        model=LadderConfig(
            side=224, code_size=512, patch=4, channels=(24, 48, 96, 192), blocks=0
        ),
        training=replace(
            small.training,
            n_images=150_016,
            images_per_epoch=15_000,
            n_validation_images=640,
            average=0.998,
        ),
    )


RECIPES: dict[str, Callable[[], RunConfig]] = {
    "quick": quick,
    "sound": sound,
    "published-default": published_default,
    "published-best": published_best,
}


def recipe(name: str) -> RunConfig:
    """Return the config of the recipe called `name`.

    Raises:
        BadInput: If there is none.
    """
    if name not in RECIPES:
        raise BadInput(f"There is no recipe {name!r}; choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]()
