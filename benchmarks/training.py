"""The training step: ours as `train` runs it, plain PyTorch, and Keras on TensorFlow."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.candidates import Candidate, Pace
from benchmarks.entry import Entry, per_second
from benchmarks.limits import threads
from benchmarks.measuring import Settings, measure

ENDLESS = 10**9
"""Images of a training that is broken off when enough was measured."""


def training(settings: Settings) -> Entry:
    """Measure a step of `published-best` at 224 pixels, three ways."""
    entry = Entry(
        title="A training step of `published-best`",
        notes=[
            "224 pixels, float32, Adam. Ours is `shapespace.training.loop.fit`, the function "
            "behind `train`, on one stored minibatch. The plain PyTorch step has NCHW maps, "
            "sigmoid and cross-entropy apart, Adam as it comes, noise by `rand`, and the same "
            "allocator settings as ours. Keras gets minibatches with the noise already in them.",
        ],
    )
    sizes = ((2, 1),) if settings.tiny else ((32, 1), (32, 2), (128, 2))
    for batch, n_threads in sizes:
        arguments = {"batch": batch}
        candidates = [
            Candidate(
                name="ours",
                function="training:ours",
                arguments=arguments | {"recipe": "published-best"},
                n_threads=n_threads,
            ),
            Candidate(
                name="PyTorch, plain",
                function="plain:training",
                arguments=arguments,
                n_threads=n_threads,
            ),
            Candidate(
                name="Keras 3, TensorFlow",
                function="keras_net:training",
                arguments=arguments,
                n_threads=n_threads,
                keep_memory=False,  # TensorFlow has a pool of its own
            ),
        ]
        case = f"batch {batch}, {threads(n_threads)}"
        found = measure(candidates, settings, title=case, budget_s=150)
        entry.add(case, candidates, found, per_second(batch), "images/s", against="ours")
    return entry


def threading(settings: Settings) -> Entry:
    """Measure what a second core brings, for the demo's recipe and the published one."""
    entry = Entry(
        title="Threads: one, two, and two processes side by side",
        notes=[
            "`fit` on minibatches of 32 that are made anew in every step: built-in drawings and "
            "scribbles, half of each, augmented.",
        ],
    )
    batch = 2 if settings.tiny else 32
    mixture = f'data.mixture={{"drawings": {batch // 2}, "scribbles": {batch // 2}}}'
    for recipe, units in (("quick", 10), ("published-best", 2)):
        arguments = {"recipe": recipe, "batch": 0, "settings": [mixture]}
        one = Candidate(
            name="1 thread",
            function="training:ours",
            arguments=arguments,
            units=1 if settings.tiny else units,
        )
        candidates = [
            one,
            replace(one, name="2 threads", n_threads=2),
            replace(one, name="2 processes of 1 thread", copies=2),
        ]
        found = measure(candidates, settings, title=recipe, budget_s=90)
        entry.add(recipe, candidates, found, per_second(batch), "images/s")
        for several in candidates[1:]:
            entry.compare(recipe, several, one, found)
    return entry


def memory(settings: Settings) -> Entry:
    """Measure what keeping freed memory between steps is worth."""
    entry = Entry(
        title="Memory kept between steps",
        notes=["One thread, batch 32. `train` keeps freed memory by itself (glibc only)."],
    )
    batch = 2 if settings.tiny else 32
    ways = {
        "quick": ("training:ours", {"recipe": "quick"}, 10),
        "published-best": ("training:ours", {"recipe": "published-best"}, 1),
        "plain PyTorch": ("plain:training", {}, 1),
    }
    for case, (function, arguments, units) in ways.items():
        kept = Candidate(
            name="kept",
            function=function,
            arguments=arguments | {"batch": batch},
            units=1 if settings.tiny else units,
        )
        candidates = [kept, replace(kept, name="system defaults", keep_memory=False)]
        found = measure(candidates, settings, title=case, budget_s=40)
        entry.add(case, candidates, found, per_second(batch), "images/s", against="kept")
    return entry


def ours(
    pace: Pace,
    *,
    recipe: str,
    batch: int = 0,
    settings: tuple[str, ...] = (),
) -> None:
    """Train as `train` does, through `fit`.

    Args:
        pace: Called after every step of the optimiser.
        recipe: Where the config comes from.
        batch: Images of one stored minibatch that every step gets; 0 is the recipe's own
            mixture, made anew in every step.
        settings: Changes of the config, as KEY=VALUE.
    """
    import torch

    from shapespace.data.batches import Batches, make_batches, split_sets
    from shapespace.model.autoencoder import Autoencoder
    from shapespace.studies.runs.config import with_settings
    from shapespace.studies.runs.recipes import recipe as find
    from shapespace.studies.runs.sets import open_sets
    from shapespace.training.loop import fit

    config = with_settings(find(recipe), tuple(settings))
    config = replace(
        config,
        training=replace(
            config.training,
            n_images=ENDLESS,
            images_per_epoch=ENDLESS,
            checkpoint_minutes=1e6,
        ),
    )
    device = torch.device("cpu")
    if batch:
        images = Batches({"stored": Stored(batch, config.data.side)}, {"stored": batch})
    else:
        sets = open_sets(config.data)
        split = split_sets(sets, config.data, seed=0)
        images = make_batches(sets, split, config.data, "train", fold=0, seed=0, device=device)
    with tempfile.TemporaryDirectory() as folder, paced_by_the_optimizer(pace):
        fit(
            Autoencoder(config.model, seed=0),
            images,
            images,
            config=config.training,
            noise=config.data.noise,
            seed=0,
            directory=Path(folder),
            device=device,
        )


class Stored:
    """A source (see `shapespace.data.sampling`) that gives the same minibatch every time."""

    def __init__(self, n: int, side: int) -> None:
        import torch

        from benchmarks.images import stored_images

        self._images = torch.from_numpy(stored_images(n, side))

    def images(self, positions, part: slice = slice(None)):
        """Return the stored images, whatever the positions."""
        assert len(positions) == len(self._images)
        return self._images[part]

    def ids(self, positions) -> list[str]:
        """Name the images by their positions."""
        return [str(position) for position in positions]


@contextmanager
def paced_by_the_optimizer(pace: Pace) -> Iterator[None]:
    """Call `pace` after every step of any optimiser: `fit` is measured as it is, untouched.

    The first step sets up what is set up once, such as the moments of Adam, and is not counted.
    """
    from torch.optim.optimizer import register_optimizer_step_post_hook

    handle = register_optimizer_step_post_hook(lambda *_: pace())
    try:
        yield
    finally:
        handle.remove()
