"""`shapespace draw interpolate|walk|points|stimuli`."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

from shapespace.cli.show import interval, show_json

if TYPE_CHECKING:
    from shapespace.report.paths import Strip


def interpolate(
    images: tyro.conf.Positional[tuple[str, ...]] = (),
    *,
    run: tuple[Path, ...],
    out: Path | None = None,
    steps: int = 9,
    path: tuple[Literal["linear", "spherical", "geodesic", "pullback"], ...] = ("linear",),
    policy: Literal["anchor", "conditional", "neighbours", "sample"] | None = None,
    animate: Literal["gif", "apng", "mp4"] | None = None,
    measure: bool = False,
    space: str = "published",
    dims: int = 4,
    json: bool = False,
) -> None:
    """Draw the way from one image to another, or a grid between four; or measure all such ways.

    Example: shapespace draw interpolate owl parrot --run runs/best --out figures/owl-parrot

    Example: shapespace draw interpolate owl axe --path linear geodesic --run runs/best --out figures/p

    Example: shapespace draw interpolate owl axe bus rose --run runs/best --out figures/grid

    Example: shapespace draw interpolate --measure --run runs/best runs/quick

    Args:
        images: Two or four PNG, JPEG or SVG files, or names of built-in drawings.
        run: Directories of trained runs; a grid takes one.
        out: Path of the figures without an ending.
        steps: Pictures on a way, or on each edge of a grid.
        path: Straight between codes; turning about the mean of the training codes; from one
            training code to the next; or so that pictures change least in all (takes seconds).
        policy: Go straight through the similarity space instead, with the rest of the code by
            this policy.
        animate: Also write an animation; mp4 needs ffmpeg.
        measure: Measure the ways between all held-out drawings, and add them to the results of
            each run under `interpolation`; no images are named then.
        space: The similarity space of --policy: "published" or a directory of `space build`.
        dims: Its dimensions.
        json: Print JSON: files and measures.
    """
    from shapespace.errors import BadInput

    if measure:
        if images or out is not None or policy or animate:
            raise BadInput(
                "--measure takes all held-out drawings and draws nothing: leave images, --out, "
                "--policy and --animate out."
            )
        _measure(run, kinds=path, steps=steps, as_json=json)
        return
    if out is None or len(images) not in (2, 4):
        raise BadInput(
            f"Name two images, or the four corners of a grid, and --out; got {len(images)} "
            f"image(s){'' if out else ' and no --out'}."
        )
    from shapespace.report.paths import draw_grid, draw_interpolation

    if len(images) == 2:
        strip = draw_interpolation(
            run, images, out=out, n_steps=steps, kinds=path, policy=policy, animation=animate,
            space=space, dims=dims,
        )  # fmt: skip
    else:
        if len(run) != 1 or len(path) != 1 or policy or animate:
            raise BadInput(
                "A grid is drawn of one run and one --path, without --policy and --animate."
            )
        strip = draw_grid(run[0], images, out=out, n_steps=steps, kind=path[0])
    _tell(strip, as_json=json)


def walk(
    starts: tyro.conf.Positional[tuple[str, ...]] = (),
    *,
    run: Path,
    out: Path,
    feature: tuple[str, ...] = (),
    steps: int = 7,
    reach: float = 1.5,
    hold: bool = False,
    step: Literal["typical", "shortest"] = "typical",
    controls: int = 30,
    animate: Literal["gif", "apng", "mp4"] | None = None,
    space: str = "published",
    dims: int = 4,
    json: bool = False,
) -> None:
    """Move drawings along FORM, LINES or ORIENTATION, and measure whether the pictures follow.

    The pictures are encoded again and placed in the space; and their elongation, curvature and
    orientation are measured without the model, beside walks in random directions.

    Example: shapespace draw walk --feature FORM --run runs/best --out figures/walk

    Example: shapespace draw walk owl --hold --run runs/best --space spaces/mine --out figures/walk

    Args:
        starts: Drawings or files to begin from; the drawings that the run never saw if none.
        run: Directory of a trained run.
        out: Path of the figures without an ending; the feature is added.
        feature: Directions to walk along; all that the space has if none are named.
        steps: Pictures of each drawing.
        reach: How far either way, in standard deviations of the items along the direction.
        hold: Hold the other features, rather than letting them move with the direction.
        step: Codes change as training codes do on average, or as little as possible.
        controls: Random directions to compare with.
        animate: Also write an animation; mp4 needs ffmpeg.
        space: "published", a directory of `space build`, or "code" for features read directly
            from the code.
        dims: Dimensions of the space.
        json: Print JSON: files and every measure.
    """
    from shapespace.report.walks import draw_walks

    strip = draw_walks(
        run, feature, starts, out=out, n_steps=steps, reach=reach, hold=hold, step=step,
        n_random=controls, animation=animate, space=space, dims=dims,
    )  # fmt: skip
    _tell(strip, as_json=json)


def points(
    points: tyro.conf.Positional[tuple[str, ...]],
    *,
    run: Path,
    out: Path,
    anchor: str = "",
    space: str = "published",
    dims: int = 4,
    json: bool = False,
) -> None:
    """Draw points of a similarity space, the rest of the code being filled in four ways.

    Example: shapespace draw points owl axe 0,0,0,0 --run runs/best --out figures/points

    Args:
        points: Two or more items of the space, or coordinates with commas between them.
        run: Directory of a trained run.
        out: Path of the figures without an ending.
        anchor: Drawing or file whose rest is kept by the policy "anchor"; the first drawing that
            the run never saw if not given.
        space: "published", a directory of `space build`, or "code".
        dims: Dimensions of the space.
        json: Print JSON: files, and how much the pictures depend on the policy.
    """
    from shapespace.report.walks import draw_points

    _tell(
        draw_points(run, points, out=out, anchor=anchor, space=space, dims=dims), as_json=json
    )


def stimuli(
    starts: tyro.conf.Positional[tuple[str, ...]] = (),
    *,
    run: Path,
    feature: str,
    out: Path,
    levels: int = 5,
    reach: float = 1.0,
    even: Literal["read-back", "asked"] = "read-back",
    free: tuple[str, ...] = (),
    pairs: int = 0,
    space: str = "published",
    dims: int = 4,
    json: bool = False,
) -> None:
    """Make stimuli for an experiment: one feature varies in even steps, the others are held.

    Example: shapespace draw stimuli owl axe --feature FORM --run runs/best --out stimuli/form

    Args:
        starts: Drawings or files to vary; the drawings that the run never saw if none.
        run: Directory of a trained run.
        feature: The feature that varies, such as FORM.
        out: Directory to write: PNG files, manifest.csv, stimuli.json, a contact sheet.
        levels: Pictures of each drawing.
        reach: How far either way, in standard deviations of the items along the feature.
        even: What is evenly spaced: places read back from the pictures, or places asked for.
        free: Features that need not be held.
        pairs: Also suggest so many pairs of items to rate next, those whose distance is least
            certain; needs a --space built with --draws.
        space: "published", a directory of `space build`, or "code".
        dims: Dimensions of the space.
        json: Print JSON: files and numbers.
    """
    from shapespace.report.stimuli import write_stimuli

    strip = write_stimuli(
        run, feature, starts, out=out, n_levels=levels, reach=reach, even=even,
        vary_freely=free, n_pairs=pairs, space=space, dims=dims,
    )  # fmt: skip
    _tell(strip, as_json=json)


def _measure(runs: tuple[Path, ...], *, kinds: tuple, steps: int, as_json: bool) -> None:
    from shapespace.studies.loaded import LoadedRun
    from shapespace.studies.runs.evaluating import without_nan
    from shapespace.studies.runs.finished import names_of_runs
    from shapespace.studies.runs.run_directory import RunDirectory
    from shapespace.studies.walking.interpolating import add_to_results, measure_interpolation
    from shapespace.walks.interpolation import MEASURES

    found = {}
    for path in runs:  # before anything is measured that could not be written
        RunDirectory(path).results()
    for name, path in zip(names_of_runs(runs), runs, strict=True):
        run = LoadedRun(path)
        run_results = {}
        for kind in kinds:
            measured = measure_interpolation(run, kind=kind, n_steps=steps)
            add_to_results(run, measured, kind)
            run_results[kind] = without_nan(measured)
        found[name] = run_results
    if as_json:
        show_json(found)
        return
    for name, by_kind in found.items():
        for kind, measured in by_kind.items():
            print(
                f"{name}, {kind}: {measured['n_pairs']} pairs of {len(measured['drawings'])} "
                f"drawings{' (stand-ins)' if measured['stand_in'] else ''}, "
                f"{measured['n_steps']} steps"
            )
            for measure, meaning in MEASURES.items():
                print(f"  {measure:<22} {interval(measured[measure]):<24} {meaning}")


def _tell(strip: "Strip", *, as_json: bool) -> None:
    if as_json:
        files = [str(path) for path in strip.files]
        show_json({"files": files, "caption": strip.caption, **strip.numbers})
        return
    for path in strip.files:
        print(path)
    print(strip.caption)
