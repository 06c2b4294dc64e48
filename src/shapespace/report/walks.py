"""Walks on paper: film strips, what the model reads back, and what the pictures show."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from shapespace.errors import BadInput
from shapespace.report.animation import Animation, save_animation
from shapespace.report.figures import GREY, PALE, SERIES, key, look
from shapespace.report.panels import Panel, draw_panels
from shapespace.report.paths import MARKS, Strip, animated, off_marks, seen_by, written
from shapespace.report.save import save
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.walking.judging import (
    N_RANDOM,
    JudgedWalk,
    by_policy,
    described_space,
    judged_walks,
)
from shapespace.walks.inverse import STEPS, StepKind
from shapespace.walks.looks import LOOKS
from shapespace.walks.looks import looks as looks_of
from shapespace.walks.points import POLICIES

N_SHOWN = 6
"""Starts that have a strip in the figure; all of them are measured."""


def draw_walks(
    path: Path,
    features: Sequence[str],
    starts: Sequence[str] = (),
    *,
    out: Path,
    n_steps: int = 7,
    reach: float = 1.5,
    hold: bool = False,
    step: StepKind = "typical",
    n_random: int = N_RANDOM,
    animation: Animation | None = None,
    **space: Any,
) -> Strip:
    """Walk along features, and draw strips and measures of each.

    Args:
        path: The run directory.
        features: Directions to walk along; all of the space if none are given.
        starts: Stimuli or files; the held-out drawings if none are given.
        out: Path of the files without an ending; the feature is added to it.
        n_steps: Pictures of each start.
        reach: How far either way, in standard deviations of the stimuli along the direction.
        hold: Whether the other features are held.
        step: How codes change; see `LoadedRun.walk`.
        n_random: Random directions of the control.
        animation: Also write the walks of the starts shown as an animation, side by side.
        space: `space`, `dims` and `stimuli` of `shapespace.load`.

    Raises:
        BadInput: If the run, a feature or a start cannot be used.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    run = LoadedRun(path, **space)
    features = list(features) or list(run.space.directions)
    if not features:
        raise BadInput(
            f"No direction is known in {run.space.name}: its items have no published features."
        )
    judged = judged_walks(
        run, features, starts, n_steps=n_steps, reach=reach, hold=hold, step=step, n_random=n_random,
    )  # fmt: skip
    files: list[Path] = []
    for one in judged:
        stem = out.with_name(f"{out.name}-{one.walk.feature.lower()}")
        files += save(draw_strips(run, one), stem)
        files += save(draw_measures(one), stem.with_name(f"{stem.name}-measures"))
        if animation:
            shown = np.concatenate(list(one.walk.pictures[:N_SHOWN]), axis=2)
            files.append(save_animation(shown, animated(stem), animation))
    caption = " ".join(sentence(one) for one in judged)
    numbers = {"space": described_space(run), "walks": [one.to_dict() for one in judged]}
    return written(out, files, f"{caption} {space_note(run)}", numbers)


def draw_strips(run: LoadedRun, one: JudgedWalk) -> Figure:
    """Draw the pictures of a walk, a row for each of the first starts."""
    walk, shown = one.walk, range(min(N_SHOWN, len(one.starts)))
    panel = Panel(
        images=[[run.images(one.starts[row])[0], *walk.pictures[row]] for row in shown],
        row_titles=[f"{Path(one.starts[row]).stem} ({one.seen[row]})" for row in shown],
        column_titles=["drawing", *(f"{amount:+.2f}" for amount in walk.amounts)],
        heading=f"{walk.feature} from {len(one.starts)} drawings",
        marks=[["", *off_marks(one.off_data[row])] for row in shown],
    )
    held = "The other features are held." if one.held else "The other features may move."
    note = (
        f"Columns: units of the {run.space.name} along {walk.feature} from the drawing's own "
        f"place. {held} Codes begin at the drawing's; {STEPS[one.step]}. {MARKS} {sentence(one)} "
        f"{space_note(run)} {seen_by({run.name: run}, [one.starts[row] for row in shown])}"
    )
    return draw_panels([panel], note=note)


def draw_measures(one: JudgedWalk) -> Figure:
    """Draw read-back over what was asked, and the measures of the pictures beside their control."""
    with look():
        figure = Figure(figsize=(13.6, 3.4), layout="constrained")
        axes = figure.subplots(1, 1 + len(LOOKS))
        _draw_read_back(axes[0], one)
        shape = (*one.walk.pictures.shape[:2], len(LOOKS))
        measured = looks_of(one.walk.pictures.reshape(-1, *one.walk.pictures.shape[2:]))
        for index, (axis, name) in enumerate(zip(axes[1:], LOOKS, strict=True)):
            _draw_look(axis, one, name, measured.reshape(shape)[:, :, index])
        figure.legend(
            handles=[
                key("mean over starts", SERIES[0], marker="o", markersize=3),
                key("one start", PALE),
                key("exactly as asked", GREY, linestyle="--"),
                key(f"95 % of {one.n_random} random directions as long", SERIES[5], linewidth=6,
                    alpha=0.3),
            ],
            loc="outside lower center", ncols=4,
        )  # fmt: skip
    return figure


def _draw_read_back(axes: Axes, one: JudgedWalk) -> None:
    walk = one.walk
    # Every start begins where its own code lies, so that exactly as asked is one line for all.
    along = (walk.read_back - walk.asked[:, :1]) @ one.axis + walk.amounts[0]
    axes.plot(walk.amounts, along.T, color=PALE, linewidth=0.6)
    axes.plot(walk.amounts, walk.amounts, color=GREY, linestyle="--", linewidth=1)
    axes.plot(walk.amounts, along.mean(axis=0), color=SERIES[0], marker="o", markersize=3)
    slope = one.read_back.slope
    axes.set_title(f"slope {slope.value:.2f} [{slope.low:.2f}, {slope.high:.2f}]", loc="left")
    axes.set_xlabel(f"{walk.feature} asked, units")
    axes.set_ylabel("read back, units of the space")


def _draw_look(axes: Axes, one: JudgedWalk, name: str, measured: np.ndarray) -> None:
    walk, found = one.walk, one.looks[name]
    defined = ~np.isnan(measured)
    counts = defined.sum(axis=0)
    means = np.where(defined, measured, 0).sum(axis=0) / np.maximum(counts, 1)
    means = np.where(counts > 0, means, np.nan)
    axes.plot(walk.amounts, measured.T, color=PALE, linewidth=0.6)
    centre = float(np.nanmean(means)) if counts.any() else 0.0
    low, high = (centre + walk.amounts * bound for bound in found.control)
    axes.fill_between(walk.amounts, low, high, color=SERIES[5], alpha=0.3, linewidth=0)
    axes.plot(walk.amounts, means, color=SERIES[0], marker="o", markersize=3)
    slope = found.slope
    axes.set_title(
        f"slope {slope.value:+.2f} [{slope.low:+.2f}, {slope.high:+.2f}], p {found.p:.2f}",
        loc="left", fontsize=8,
    )  # fmt: skip
    axes.set_xlabel(f"{walk.feature} asked, units")
    wanted = one.expected
    asked = (
        f" (should {'rise' if wanted[1] > 0 else 'fall'})"
        if wanted and wanted[0] == name
        else ""
    )
    axes.set_ylabel(f"{name}{asked}")


def sentence(one: JudgedWalk) -> str:
    """Say in one or two sentences what a walk came to."""
    back, walk = one.read_back, one.walk
    leaks = ", ".join(
        f"{name} {found.value:+.2f} (geometry alone: {back.expected_leakage[name]:+.2f})"
        for name, found in back.leakage.items()
    )
    text = (
        f"{walk.feature}: read back {_span(back.slope)} for 1 asked, tau-b "
        f"{back.kendall_tau_b.value:.2f} over steps, {back.n_starts} starts"
        f"{'; leakage ' + leaks if leaks else ''}."
    )
    if one.expected is None:
        return text
    name, sign = one.expected
    found = one.looks[name]
    verdict = "more than" if one.does_as_said else "not more than"
    return (
        f"{text} Without the model: {name} {_span(found.slope)} for 1 asked, should "
        f"{'rise' if sign > 0 else 'fall'}; random directions {found.control[0]:+.2f} to "
        f"{found.control[1]:+.2f} (p {found.p:.2f}), so it does so {verdict} by chance. Ink "
        f"{_span(one.looks['ink'].slope)}, random directions {one.looks['ink'].control[0]:+.2f} to "
        f"{one.looks['ink'].control[1]:+.2f}. "
        f"The measure follows the truth of {one.calibration[name].n} scribbles with rho "
        f"{one.calibration[name].clean:.2f}, and of redrawn ones {one.calibration[name].redrawn:.2f}."
    )


def space_note(run: LoadedRun) -> str:
    """Say how good the map into the space is on drawings it was not fitted to."""
    space = described_space(run)
    if space["mean_held_out_r2"] is None:
        return f"The coordinates of the {space['name']} are units of the code."
    return (
        f"The map into the {space['name']} places drawings it was not fitted to with R² "
        f"{space['mean_held_out_r2']:.2f} (mean over dimensions; 0 is no better than the mean)."
    )


def draw_points(
    path: Path, points: Sequence[str], *, out: Path, anchor: str = "", **space: Any
) -> Strip:
    """Draw points of a space by every policy, one row a policy.

    Args:
        path: The run directory.
        points: Two or more: names of items, or coordinates as in "0.2,-0.4,0.1,0".
        out: Path of the files without an ending.
        anchor: Stimulus or file that the policy "anchor" keeps; the first held-out drawing if
            not given.
        space: As in `draw_walks`.

    Raises:
        BadInput: If the run, a point or the anchor cannot be used.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    run = LoadedRun(path, **space)
    places = np.array([place_of(run, point) for point in points])
    anchor = anchor or run.held_out[0]
    drawn, share = by_policy(run, places, anchor=anchor)
    off = {
        policy: run.off_data(run.codes_at(places, policy=policy, anchor=anchor))
        for policy in drawn
    }
    panel = Panel(
        images=[list(pictures) for pictures in drawn.values()],
        row_titles=[f"anchor {Path(anchor).stem}" if p == "anchor" else p for p in drawn],
        column_titles=[point.replace(",", ", ") for point in points],
        heading=f"Points of the {run.space.name} by policy",
        marks=[off_marks(percentiles) for percentiles in off.values()],
    )
    rules = " ".join(f"{name.capitalize()}: {text}." for name, text in POLICIES.items())
    note = (
        f"{rules} Share of the pictures that depends on the policy: {share:.2f} (0: the point "
        f"alone decides; 1: pictures of one point differ as those of any two). {MARKS} "
        f"{space_note(run)} {seen_by({run.name: run}, [anchor])}"
    )
    files = save(draw_panels([panel], note=note), out)
    numbers = {
        "space": described_space(run),
        "points": dict(zip(points, places.tolist(), strict=True)),
        "anchor": anchor,
        "share_of_policy": share,
        "off_data_percentiles": off,
    }
    return written(out, files, f"{panel.heading}. {note}", numbers)


def place_of(run: LoadedRun, point: str) -> list[float]:
    """Return coordinates that were named: an item of the space, or numbers with commas.

    Raises:
        BadInput: If they are neither.
    """
    name = point.strip().lower().replace("_", " ")
    if name in run.space.items:
        return run.space.coordinates[run.space.items.index(name)].tolist()
    try:
        values = [float(part) for part in point.split(",")]
    except ValueError:
        values = []
    if len(values) != run.space.n_dims:
        raise BadInput(
            f"{point!r} is neither an item of the {run.space.name} nor {run.space.n_dims} "
            "numbers with commas between them."
        )
    return values


def _span(found: Any) -> str:
    return f"{found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"
