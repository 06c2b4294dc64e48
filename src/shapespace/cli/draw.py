"""`shapespace draw`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import tyro

from shapespace.cli.show import show_json

if TYPE_CHECKING:
    from shapespace.report.pictures import Picture


def reconstruct(
    images: tyro.conf.Positional[tuple[str, ...]] = (),
    *,
    run: tuple[Path, ...],
    out: Path,
    json: bool = False,
) -> None:
    """Draw originals beside what one or more runs make of them.

    Example: shapespace draw reconstruct --run runs/best --out figures/reconstructions

    Example: shapespace draw reconstruct owl my.png --run runs/quick runs/best --out figures/two

    Args:
        images: PNG, JPEG or SVG files, and names of built-in drawings such as "parrot"; without
            any, the drawings that the first run never saw.
        run: Directories of trained runs.
        out: Path of the figures without an ending; .svg, .png and .json are written.
        json: Print JSON: the files, and cross-entropy and SSIM of every reconstruction.
    """
    from shapespace.report.pictures import draw_reconstructions

    _tell(draw_reconstructions(run, images=images, out=out), as_json=json)


def noise(
    *, run: tuple[Path, ...], out: Path, image: str = "parrot", json: bool = False
) -> None:
    """Draw noisy copies of one image, and what one or more runs make of them.

    Four seeds (0, 42, 1337, 123456) at 10 %, and four levels (0, 10, 25, 55 %) with seed 42.

    Example: shapespace draw noise --run runs/best --image owl --out figures/noise

    Args:
        run: Directories of trained runs.
        out: Path of the figures without an ending; .svg, .png and .json are written.
        image: A PNG, JPEG or SVG file, or the name of a built-in drawing.
        json: Print JSON: the files, and cross-entropy and SSIM of every reconstruction.
    """
    from shapespace.report.pictures import draw_noise

    _tell(draw_noise(run, image=image, out=out), as_json=json)


def _tell(picture: "Picture", *, as_json: bool) -> None:
    changed = {p["image"]: p["notes"] for p in picture.panels if p["notes"]}
    for image, notes in changed.items():
        print(f"{image}: {'; '.join(notes)}", file=sys.stderr)
    if as_json:
        files = [str(path) for path in picture.files]
        show_json({"files": files, "caption": picture.caption, "panels": picture.panels})
        return
    for path in picture.files:
        print(path)
    print(picture.caption)
