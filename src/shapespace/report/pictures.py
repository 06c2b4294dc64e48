"""Pictures of what runs draw, with the words and numbers that belong to them, on disk."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapespace.data.writing import write_text
from shapespace.report.panels import Grey, Panel, draw_panels, originals_beside_runs
from shapespace.report.save import save
from shapespace.report.tables import percent
from shapespace.studies.walking.redrawing import (
    CHOSE,
    HELD_OUT,
    LEVELS_SEED,
    NOISE_LEVELS,
    NOISE_SEEDS,
    SEEDS_LEVEL,
    TAUGHT,
    UNKNOWN,
    Redrawn,
    denoise,
    reconstruct,
)

_FEW = 4  # images that have a row each; more are set in columns, to stay on a page
_COLUMNS = 6

_SEEN = {
    HELD_OUT: "Held out from {runs}: {images}.",
    TAUGHT: "Seen in training by {runs}: {images}.",
    CHOSE: "Used to choose the snapshot of {runs}: {images}.",
    UNKNOWN: "From files, so it is not known whether {runs} saw them: {images}.",
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A figure that was written, and what it shows."""

    files: tuple[Path, ...]
    """SVG, PNG, and a JSON file with caption and numbers, which reports take up."""
    caption: str
    panels: list[dict[str, Any]]
    """For each reconstruction its run, image, noise, cross-entropy and SSIM."""


def draw_reconstructions(
    runs: Sequence[Path],
    *,
    images: Sequence[str] = (),
    out: Path,
    names: Sequence[str] = (),
) -> Picture:
    """Draw originals and what each run makes of them: the study's Figure 2a.

    Args:
        runs: Run directories.
        images: Files, and names of built-in drawings; those that the first run never saw where
            none are named.
        out: Path of the files without an ending.
        names: What to call the runs; as their folders where none are given.

    Raises:
        BadInput: If a run or an image cannot be used.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    redrawn = reconstruct(runs, images, names=names)
    names = list(dict.fromkeys(one.run for one in redrawn))
    by_run = {name: [one for one in redrawn if one.run == name] for name in names}
    # Runs of different sides are given the same image at different sizes: the largest is shown.
    finest = max(by_run.values(), key=lambda ones: ones[0].given.shape)
    heading = "Reconstructions of clean images"
    if all(one.seen == HELD_OUT for one in redrawn):
        heading = "Reconstructions of held-out drawings"
    if len(finest) <= _FEW:
        originals = {one.image: one.given for one in finest}
        drawn = {name: [one.drawn for one in ones] for name, ones in by_run.items()}
        panels = [originals_beside_runs(originals, drawn, heading=heading)]
    else:
        panels = [
            _block(finest, by_run, start, heading if start == 0 else "")
            for start in range(0, len(finest), _COLUMNS)
        ]
    return _write(panels, redrawn, f"{heading} by {_listed(names)}.", out)


def draw_noise(
    runs: Sequence[Path], *, image: str = "parrot", out: Path, names: Sequence[str] = ()
) -> Picture:
    """Draw noisy copies of one image and what each run makes of them: Figures 2b and 2c.

    Args:
        runs: Run directories.
        image: A file, or the name of a built-in drawing.
        out: Path of the files without an ending.
        names: What to call the runs; as their folders where none are given.

    Raises:
        BadInput: If a run or the image cannot be used.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    redrawn = denoise(runs, image, names=names)
    n_each = len(NOISE_SEEDS) + len(NOISE_LEVELS)
    by_run = [redrawn[start : start + n_each] for start in range(0, len(redrawn), n_each)]
    name = redrawn[0].image
    panels = [
        _noise_panel(
            [ones[: len(NOISE_SEEDS)] for ones in by_run],
            [f"seed {seed}" for seed in NOISE_SEEDS],
            f"{name}: noise on {percent(SEEDS_LEVEL)} of the pixels, four seeds",
        ),
        _noise_panel(
            [ones[len(NOISE_SEEDS) :] for ones in by_run],
            [percent(level) for level in NOISE_LEVELS],
            f"{name}: four levels of noise, seed {LEVELS_SEED}",
        ),
    ]
    names = list(dict.fromkeys(one.run for one in redrawn))
    return _write(panels, redrawn, f"Noisy copies of {name} redrawn by {_listed(names)}.", out)


def _block(
    finest: list[Redrawn], by_run: dict[str, list[Redrawn]], start: int, heading: str
) -> Panel:
    """Arrange up to `_COLUMNS` images in columns: the original, under it what runs draw."""
    end = start + _COLUMNS
    missing = max(0, end - len(finest))

    def row(images: list[Grey]) -> list[Grey | None]:
        return [*images, *[None] * missing]

    originals = row([one.given for one in finest[start:end]])
    drawn = [row([one.drawn for one in ones[start:end]]) for ones in by_run.values()]
    return Panel(
        images=[originals, *drawn],
        row_titles=["original", *by_run],
        column_titles=[*(one.image for one in finest[start:end]), *[""] * missing],
        heading=heading,
    )


def _noise_panel(by_run: list[list[Redrawn]], titles: list[str], heading: str) -> Panel:
    """Put each input above what runs make of it; runs of another side have other inputs."""
    sides = list(dict.fromkeys(len(ones[0].given) for ones in by_run))
    images, row_titles = [], []
    for side in sides:
        alike = [ones for ones in by_run if len(ones[0].given) == side]
        images.append([one.given for one in alike[0]])
        row_titles.append("input" if len(sides) == 1 else f"input, {side} px")
        for ones in alike:
            images.append([one.drawn for one in ones])
            row_titles.append(ones[0].run)
    return Panel(images=images, row_titles=row_titles, column_titles=titles, heading=heading)


def _write(panels: list[Panel], redrawn: list[Redrawn], title: str, out: Path) -> Picture:
    note = _what_was_seen(redrawn)
    figures = save(draw_panels(panels, note=note), out)
    described = out.with_name(f"{out.name}.json")
    caption = f"{title} {note}"
    numbers = [one.to_dict() for one in redrawn]
    text = json.dumps({"caption": caption, "panels": numbers}, indent=2, ensure_ascii=False)
    write_text(described, text + "\n")
    return Picture(files=(*figures, described), caption=caption, panels=numbers)


def _what_was_seen(redrawn: list[Redrawn]) -> str:
    """Say what each image was to each run; once for runs to which all were the same."""
    by_run: dict[str, dict[str, list[str]]] = {}
    for one in redrawn:
        images = by_run.setdefault(one.run, {}).setdefault(one.seen, [])
        if one.image not in images:
            images.append(one.image)
    alike: dict[str, list[str]] = {}
    for run, seen in by_run.items():
        alike.setdefault(json.dumps(seen), []).append(run)
    return " ".join(
        _SEEN[kind].format(runs=_listed(runs), images=_listed(images))
        for seen, runs in alike.items()
        for kind, images in json.loads(seen).items()
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
