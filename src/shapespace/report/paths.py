"""Interpolations on paper: film strips beside a pixel cross-fade, and grids of four corners."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from shapespace.arrays import Greys
from shapespace.data.writing import write_text
from shapespace.report.animation import Animation, save_animation
from shapespace.report.panels import Panel, draw_panels
from shapespace.report.save import save
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.runs.evaluating import without_nan
from shapespace.studies.runs.finished import names_of_runs
from shapespace.studies.walking.interpolating import known_images, quality
from shapespace.walks.cloud import OFF
from shapespace.walks.paths import PATHS, PathKind
from shapespace.walks.points import POLICIES, Policy

MARKS = (
    "Small numbers: percentage of the training codes that lie as near to their mean or nearer; "
    f"above {OFF:.0f}, in orange, a code is off the data."
)


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Files that were written, and what they show."""

    files: tuple[Path, ...]
    caption: str
    numbers: dict[str, Any]


def draw_interpolation(
    paths: Sequence[Path],
    ends: Sequence[str],
    *,
    out: Path,
    n_steps: int = 9,
    kinds: Sequence[PathKind] = ("linear",),
    policy: Policy | None = None,
    animation: Animation | None = None,
    **space: Any,
) -> Strip:
    """Draw the way between two images for one or more runs, above a pixel cross-fade.

    Args:
        paths: Run directories.
        ends: Two files or stimuli.
        out: Path of the files without an ending.
        n_steps: Pictures of each strip.
        kinds: Paths to draw, one strip each.
        policy: If given, the way leads through the similarity space; see
            `LoadedRun.interpolate`.
        animation: Also write the first strip, with four times the steps, as an animation.
        space: `space`, `dims` and `stimuli` of `shapespace.load`.

    Raises:
        BadInput: If a run or an image cannot be used.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    runs = {n: LoadedRun(p, **space) for n, p in zip(names_of_runs(paths), paths, strict=True)}
    first = next(iter(runs.values()))
    strips, titles, marks, rows = [], [], [], []
    for name, run in runs.items():
        known = known_images(run)
        for kind in kinds if policy is None else ("linear",):
            codes = run.interpolate(ends[0], ends[1], steps=n_steps, path=kind, policy=policy)
            pictures = run.decode(codes)
            off = run.off_data(codes)
            strips.append(list(pictures))
            what = kind if policy is None else f"{policy}, through the space"
            titles.append(what if len(runs) == 1 else f"{name}, {what}")
            marks.append(off_marks(off))
            measured = quality(run, codes, pictures, known).to_dict() if n_steps > 2 else {}
            rows.append({"run": name, "path": what, **measured, "off_data_percentiles": off})
    fade = cross_fade(first.images(*ends), n_steps)
    panel = Panel(
        images=[*strips, list(fade)],
        row_titles=[*titles, "pixel cross-fade"],
        column_titles=[f"{share:.0%}" for share in np.linspace(0, 1, n_steps)],
        heading=f"From {Path(ends[0]).stem} to {Path(ends[1]).stem}",
        marks=[*marks, [""] * n_steps],
    )
    note = " ".join([*_explained(kinds, policy), MARKS, seen_by(runs, ends)])
    files = save(draw_panels([panel], note=note), out)
    if animation:
        long = first.interpolate(
            ends[0], ends[1], steps=4 * n_steps - 3, path=kinds[0], policy=policy
        )
        files = (*files, save_animation(first.decode(long), animated(out), animation))
    return written(out, files, f"{panel.heading}. {note}", {"paths": rows})


def draw_grid(
    path: Path, corners: Sequence[str], *, out: Path, n_steps: int = 5,
    kind: PathKind = "linear", **space: Any,
) -> Strip:  # fmt: skip
    """Draw a grid of pictures between four images.

    Args:
        path: The run directory.
        corners: Four files or stimuli: top left, top right, bottom left, bottom right.
        out: Path of the files without an ending.
        n_steps: Pictures of each edge.
        kind: Of the paths.
        space: As in `draw_interpolation`.

    Raises:
        BadInput: If the run or an image cannot be used.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    run = LoadedRun(path, **space)
    codes = run.grid(corners, steps=n_steps, path=kind)
    pictures, off = run.decode(codes), run.off_data(codes)
    titles = [Path(corner).stem for corner in corners]
    inner = [""] * (n_steps - 2)
    panel = Panel(
        images=_in_rows(list(pictures), n_steps),
        row_titles=[f"{titles[0]} (left)", *inner, f"{titles[2]} (left)"],
        column_titles=[f"{titles[0]} / {titles[2]}", *inner, f"{titles[1]} / {titles[3]}"],
        heading=f"Between {', '.join(titles)}",
        marks=_in_rows(off_marks(off), n_steps),
    )
    note = " ".join([*_explained([kind], None), MARKS, seen_by({run.name: run}, corners)])
    files = save(draw_panels([panel], note=note), out)
    numbers = {"corners": list(corners), "path": kind, "off_data_percentiles": off}
    return written(out, files, f"{panel.heading}. {note}", numbers)


def cross_fade(ends: Float[np.ndarray, "2 height width"], n_steps: int) -> Greys:
    """Return the pixel-wise mixture of two pictures in even steps."""
    shares = np.linspace(0, 1, n_steps)[:, None, None]
    return (1 - shares) * ends[0] + shares * ends[1]


def off_marks(percentiles: np.ndarray) -> list[str]:
    """Return the percentiles as marks of a panel; those off the data stand out."""
    return [f">{OFF:.0f} !" if p > OFF else f"{p:.0f}" for p in percentiles.tolist()]


def seen_by(runs: dict[str, LoadedRun], names: Sequence[str]) -> str:
    """Say what each image was to each run, and that stand-ins are stand-ins."""
    parts = []
    for run_name, run in runs.items():
        said: dict[str, list[str]] = {}
        for name in names:
            said.setdefault(run.seen(name), []).append(Path(name).name)
        told = "; ".join(f"{', '.join(which)}: {what}" for what, which in said.items())
        parts.append(f"To {run_name} {told}.")
    stand_in = next(iter(runs.values())).stand_in
    return " ".join(parts) + (" The drawings are stand-ins." if stand_in else "")


def animated(out: Path) -> Path:
    """Return the path of an animation beside a figure, without an ending."""
    return out.with_name(f"{out.name}-moving")


def written(out: Path, files: Sequence[Path], caption: str, numbers: dict[str, Any]) -> Strip:
    """Write caption and numbers beside figures, and return all of it."""
    plain = without_nan(_plain(numbers))
    described = out.with_name(f"{out.name}.json")
    text = json.dumps({"caption": caption, **plain}, indent=2, ensure_ascii=False)
    write_text(described, text + "\n")
    return Strip(files=(*files, described), caption=caption, numbers=plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _explained(kinds: Sequence[PathKind], policy: Policy | None) -> list[str]:
    if policy is not None:
        return [f"The way is straight in the similarity space; {POLICIES[policy]}."]
    return [f"{kind.capitalize()}: {PATHS[kind]}." for kind in kinds]


def _in_rows(things: list, n: int) -> list[list]:
    return [things[start : start + n] for start in range(0, len(things), n)]
