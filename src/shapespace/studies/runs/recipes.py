"""Recipes: functions that return a whole config."""

from collections.abc import Callable
from dataclasses import replace

from shapespace.data.augmentation import Turns
from shapespace.data.config import DRAWINGS, SCRIBBLES, DataConfig, NoiseConfig
from shapespace.errors import BadInput
from shapespace.model.ladder import LadderConfig
from shapespace.model.published import PublishedConfig
from shapespace.studies.runs.config import RunConfig
from shapespace.training.config import TasksConfig, TrainingConfig


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


def published_classifier() -> RunConfig:
    """The study's sketch classifier in its default setting (experiment 2), no decoder trained.

    Reference:
        Bechberger, "Learning To Map Images Into Shape Space, Part 4": accuracy .632 on TU Berlin,
        .793 on Sketchy.
    """
    default = published_default()
    return replace(
        default,
        recipe="published-classifier",
        data=replace(default.data, mixture={"tuberlin": 63, "sketchy": 65}),
        training=replace(
            default.training,
            tasks=TasksConfig(
                reconstruction=0.0, classification=1.0, labelled=("tuberlin", "sketchy")
            ),
        ),
    )


def published_classifier_mapping() -> RunConfig:
    """Classification and mapping together (experiment 4), with the best published weight.

    Reference:
        Bechberger, "Learning To Map Images Into Shape Space, Part 6": squared error .4041 in 4-D.
    """
    classifier = published_classifier()
    return replace(
        classifier,
        recipe="published-classifier-mapping",
        data=replace(classifier.data, mixture={DRAWINGS: 25, "tuberlin": 51, "sketchy": 52}),
        training=replace(
            classifier.training,
            tasks=replace(classifier.training.tasks, mapping=0.0625),
            selection="mapping",
        ),
    )


def published_autoencoder_mapping() -> RunConfig:
    """Reconstruction and mapping together (experiment 8), best setting and best published weight.

    Reference:
        Bechberger, "Learning To Map Images Into Shape Space, Part 9": squared error .5494 in 4-D.
    """
    best = published_best()
    return replace(
        best,
        recipe="published-autoencoder-mapping",
        training=replace(best.training, tasks=TasksConfig(mapping=0.5), selection="mapping"),
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


def quick_joint() -> RunConfig:
    """The quick recipe trained for all three tasks at once, which the study never tried.

    The snapshot is the one with the best balance of the tasks.
    """
    small = quick()
    return replace(
        small,
        recipe="quick-joint",
        data=replace(small.data, mixture={DRAWINGS: 10, SCRIBBLES: 6, "tuberlin": 16}),
        training=replace(
            small.training,
            tasks=TasksConfig(classification=0.02, mapping=0.05, labelled=("tuberlin",)),
            selection="balance",
        ),
    )


RECIPES: dict[str, Callable[[], RunConfig]] = {
    "quick": quick,
    "quick-joint": quick_joint,
    "sound": sound,
    "published-default": published_default,
    "published-best": published_best,
    "published-classifier": published_classifier,
    "published-classifier-mapping": published_classifier_mapping,
    "published-autoencoder-mapping": published_autoencoder_mapping,
}


def recipe(name: str) -> RunConfig:
    """Return the config of the recipe called `name`.

    Raises:
        BadInput: If there is none.
    """
    if name not in RECIPES:
        raise BadInput(f"There is no recipe {name!r}; choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]()
