"""How cost grows: with the minibatch, the side of the images, the code, and with n."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.candidates import Candidate, Pace
from benchmarks.entry import Entry, per_second, seconds
from benchmarks.limits import threads
from benchmarks.measuring import Settings, measure


def growth(settings: Settings) -> Entry:
    """Measure training steps and their memory over batch, side, code size and threads."""
    entry = Entry(
        title="Cost of a training step as it grows",
        notes=[
            "`fit` on a stored minibatch. The ladder is the network of `quick`; the published "
            "network fits 224 pixels only. These are measured one after the other, not in turn.",
        ],
    )
    batches, sides, codes = (
        ((2,), (64,), (16,))
        if settings.tiny
        else ((8, 32, 128), (64, 128, 192, 224), (16, 512, 2048))
    )
    small = batches[0] if settings.tiny else 32
    published, ladder = ("published", "published-best", 1), ("ladder at 64 pixels", "quick", 4)
    for (series, recipe, units), n_threads in ((published, 1), (published, 2), (ladder, 1)):
        for batch in batches:
            one = _step(f"{series}, {threads(n_threads)}", recipe, batch, n_threads, units)
            _add(entry, settings, "minibatch", batch, one, batch)
    for side in sides:
        changes = [f"data.side={side}", f"model.side={side}"]
        one = _step("ladder, 1 thread", "quick", small, 1, 2, changes)
        _add(entry, settings, "side in pixels", side, one, small)
    for code_size in codes:
        changes = [f"model.code_size={code_size}"]
        one = _step("published, 1 thread", "published-best", small, 1, 1, changes)
        _add(entry, settings, "units of the code", code_size, one, small)
    return entry


def _step(
    name: str,
    recipe: str,
    batch: int,
    n_threads: int,
    units: int,
    changes: list[str] | None = None,
) -> Candidate:
    return Candidate(
        name=name,
        function="training:ours",
        arguments={"recipe": recipe, "batch": batch, "settings": changes or []},
        n_threads=n_threads,
        units=units,
    )


def _add(
    entry: Entry, settings: Settings, what: str, size: int, one: Candidate, batch: int
) -> None:
    """Measure one size and add its row."""
    unit = replace(one, units=1) if settings.tiny else one
    found = measure([unit], _few(settings), title=f"{what} {size}, {one.name}", budget_s=12)
    entry.add(f"{what} {size}", [unit], found, per_second(batch), "images/s", size=size)


def _few(settings: Settings) -> Settings:
    """Return settings with three rounds at most: there are many sizes."""
    return replace(settings, rounds=min(3, settings.rounds))


def volume(settings: Settings) -> Entry:
    """Measure packing and evaluation over the number of images and stimuli."""
    entry = Entry(
        title="Cost of packing and evaluation over n",
        notes=[
            "Packing: drawings of 224 pixels that are already decoded. Evaluation: distances of "
            "512-dimensional codes and all correlations. One thread; three rounds at most.",
        ],
    )
    packings, evaluations = (
        ((10,), (10,))
        if settings.tiny
        else ((100, 1_000, 4_000), (60, 300, 1_000, 3_000, 10_000))
    )
    kinds = {
        "packing": [("growth:packing", {"n": n}, n) for n in packings],
        "evaluation": [("evaluating:ours", {"n": n, "n_units": 512}, n) for n in evaluations],
    }
    for kind, cases in kinds.items():
        for function, arguments, n in cases:
            one = Candidate(name=kind, function=function, arguments=arguments)
            case = f"{kind}, n = {n:,}"
            found = measure([one], _few(settings), title=case, budget_s=20)
            entry.add(case, [one], found, seconds, "s", size=n)
    return entry


def packing(pace: Pace, *, n: int) -> None:
    """Pack decoded images into a set, as `data add` does."""
    from benchmarks.images import SEED
    from shapespace.data.packed import SetInfo
    from shapespace.data.packing import Item, pack
    from shapespace.data.scribbles import scribbles

    scans = scribbles(np.arange(min(n, 500)), 224, seed=SEED, smallest_share=0.9)
    info = SetInfo(name="set", side=224, n_images=0, bits=False, turnable=True)

    def items():
        for number in range(n):
            scan = scans[number % len(scans)].copy()
            scan[0, 0] = number % 251  # else equal pictures would be tied to one group
            yield Item(id=str(number), scan=scan)

    with tempfile.TemporaryDirectory() as folder:
        pace()
        while True:
            pack(items(), info, Path(folder) / "set")
            pace()
