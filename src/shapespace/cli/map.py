"""`shapespace map` and `shapespace space map`."""

import sys
from pathlib import Path
from typing import Literal

import tyro

from shapespace.cli.show import interval, show_json

Regression = Literal["linear", "ridge", "lasso", "knn", "svr"]
Method = Literal[Regression, "trained"]
Source = Literal["network", "untrained", "pixels"]


def map_images(
    images: tyro.conf.Positional[tuple[str, ...]],
    *,
    run: tuple[Path, ...],
    space: Path | None = None,
    dims: int = 4,
    stimuli: str = "drawings",
    categories: Path | None = None,
    regression: Method = "knn",
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Place images in a similarity space, with intervals, nearest stimuli and a warning off the data.

    Example: shapespace map sketch.png photo.jpg --run runs/sound

    Example: shapespace map new/*.svg --run runs/fold-* --space spaces/mine --dims 2 --stimuli mine

    Args:
        images: PNG, JPEG or SVG files, or names of stimuli.
        run: Directories of trained runs; several of one setting are averaged.
        space: Directory of a space of `space build`; the published one if not given.
        dims: Dimensions of the space.
        stimuli: Packed set whose ids are items of the space; the built-in drawings, stand-ins
            for the 60 that people rated, if not given.
        categories: A table of items and their categories; if not given those of the 60 items,
            or the classes of the set.
        regression: How codes become coordinates; trained takes the units of runs that were trained
            to be coordinates of this space.
        out: Path of a figure without an ending; .svg and .png are written.
        json: Print JSON.
    """
    from shapespace.studies.mapping.placing import place_images

    found = place_images(
        images, run, space=space, n_dims=dims, stimuli=stimuli,
        categories=categories, regression=regression,
    )  # fmt: skip
    for failure in found["failed"]:
        print(failure["reason"], file=sys.stderr)
    for image in found["images"]:
        for said in (*image["notes"], *image["warnings"]):
            print(f"{image['image']}: {said}", file=sys.stderr)
    if out is not None:
        from shapespace.report.mapping import draw_places
        from shapespace.report.save import save
        from shapespace.spaces.opening import open_spaces

        (opened,) = open_spaces(space, [dims])
        save(draw_places(found, opened.items, opened.coordinates), out)
    if json:
        show_json(found)
        return
    print(table_of_places(found))


def table_of_places(found: dict) -> str:
    """Return places, neighbours and errors as a plain text table."""
    import numpy as np

    width = max(5, *(len(Path(image["image"]).name) for image in found["images"]))
    heads = "  ".join(f"{f'd{k}':>13}" for k in range(found["n_dims"]))
    lines = [f"{'image':<{width}}  {heads}  off data  nearest; prototype"]
    for image in found["images"]:
        halves = np.subtract(image["high"], image["coordinates"])
        cells = "  ".join(
            f"{value:>6.2f} ±{half:5.2f}"
            for value, half in zip(image["coordinates"], halves, strict=True)
        )
        near = ", ".join(one["stimulus"] for one in image["nearest"][:3])
        if image["prototype"]:
            category = image["prototype"]["category"]
            near += f"; {category} ({image['shares'].get(category, 0):.0%} of the nearest)"
        name = Path(image["image"]).name
        lines.append(f"{name:<{width}}  {cells}  {image['off_data']:8.1f}  {near}")
    error = found["error"]
    seen = " (seen by the network)" if error["seen_by_network"] else ""
    lines += [
        f"± 95 %, from {error['n_stimuli']} held-out stimuli{seen}: MSE {interval(error['mse'])}, "
        f"R² {interval(error['r2'])}; all at the origin gives MSE 1 where the space is normalised",
        f"{found['space']} space, {found['n_dims']}-D; by {', '.join(found['runs'])}: "
        f"{', '.join(found['method'])}; off data: percentile of the run's training images",
        *found["notes"],
    ]
    return "\n".join(lines)


def map_space(
    runs: tyro.conf.Positional[tuple[Path, ...]],
    *,
    out: Path,
    space: Path | None = None,
    dims: tuple[int, ...] = (4,),
    stimuli: str = "drawings",
    features: tuple[Path, ...] = (),
    regressions: tuple[Regression, ...] = ("linear", "ridge", "lasso", "knn", "svr"),
    sources: tuple[Source, ...] = ("network", "untrained", "pixels"),
    copies: int = 20,
    noise: float = 0.1,
    seed: int = 42,
    json: bool = False,
) -> None:
    """Measure how well the codes of runs can be mapped into a similarity space.

    Beside them stand an untrained network, the means of blocks of pixels, files of features, and
    what comes of looking at no image. Every stimulus is placed by a regression that never saw it.

    Example: shapespace space map runs/sound --out mappings/sound

    Example: shapespace space map runs/fold-* --dims 4 1 2 3 --out mappings/all

    Args:
        runs: Directories of trained runs that differ in fold and seed only; they are averaged.
        out: Directory to write: mapping.json, mapping.csv, errors.csv, figures.
        space: Directory of a space of `space build`; the published ones if not given.
        dims: Dimensions of the spaces; in the first, all strengths of all regressions are tried.
        stimuli: Packed set whose ids are items of the space.
        features: Further features of the stimuli, with ids: a CSV file whose first column is
            the id, or a folder with features.npy and file_names.txt.
        regressions: What is tried.
        sources: What the codes come from, beside --features.
        copies: Augmented copies of every stimulus.
        noise: Share of pixels that is hit in noisy copies.
        seed: Source of copies, noise and intervals.
        json: Print JSON instead of a table.
    """
    from shapespace.data.writing import new_directory
    from shapespace.report.mapping import figures
    from shapespace.report.save import save
    from shapespace.studies.mapping.features import read_features
    from shapespace.studies.mapping.measuring import (
        MappingSettings,
        judge_mapping,
        write_mapping,
    )

    settings = MappingSettings(
        n_copies=copies, noise=noise, regressions=regressions, sources=sources, seed=seed
    )
    found = judge_mapping(
        runs, space=space, dims=dims, stimuli=stimuli, settings=settings,
        features={path.name: read_features(path) for path in features},
    )  # fmt: skip
    with new_directory(out) as scratch:
        write_mapping(found, scratch)
        for name, figure in figures(found).items():
            save(figure, scratch / "figures" / name)
    for note in found["notes"]:
        print(note, file=sys.stderr)
    if json:
        show_json(found)
        return
    print(table_of_mappings(found))
    print(out)


def table_of_mappings(found: dict) -> str:
    """Return the rows that the figure shows as a plain text table, and the silhouettes."""
    from shapespace.report.mapping import REGRESSION_NAMES
    from shapespace.studies.mapping.cells import is_main

    shown = sorted(
        filter(is_main, found["rows"]), key=lambda row: found["dims"].index(row["n_dims"])
    )
    heads = ("MSE", "MED", "R²", "R² pooled")
    measures = "  ".join(f"{head:<22}" for head in heads)
    lines = [f"{'dims':>4}  {'source':<12} {'regression':<36} {'seen':>5}  {measures}".rstrip()]
    for row in shown:
        new = f", held out ({row['n_stimuli']})" if row["stimuli"] == "held out" else ""
        seen = f"{row['share_seen']:.0%}" if row["share_seen"] else "none"
        values = (interval(row[measure]) for measure in ("mse", "med", "r2", "r2_pooled"))
        cells = "  ".join(f"{value:<22}" for value in values)
        lines.append(
            f"{row['n_dims']:>4}  {row['source']:<12} "
            f"{REGRESSION_NAMES[row['regression']] + new:<36} {seen:>5}  {cells}".rstrip()
        )
    n_new = max((row["n_stimuli"] for row in shown if row["stimuli"] == "held out"), default=0)
    if n_new:
        lines.append(
            f"held out: {n_new} of {found['stimuli']['n_stimuli']} stimuli, each placed only by "
            "networks that had never seen it, and by regressions without it"
        )
    if found["differences"]:
        lines.append("squared error, one minus the other on the same stimuli (below 0: nearer)")
    for row in found["differences"]:
        new = f", held out ({row['difference']['n']})" if row["stimuli"] == "held out" else ""
        other = f"{row['other']}, {REGRESSION_NAMES[row['other_regression']]}"
        lines.append(
            f"{row['n_dims']:>4}  {row['source']:<12} "
            f"{REGRESSION_NAMES[row['regression']] + new:<36} minus {other:<24} "
            f"{interval(row['difference'])}"
        )
    for row in found["silhouettes"]:
        kinds = ("euclidean", "manhattan", "cosine")
        values = ", ".join(f"{kind} {interval(row[kind])}" for kind in kinds)
        lines.append(
            f"silhouette of {row['images']} copies, {row['run'] or row['source']}, "
            f"{row['stimuli']} stimuli, {row['n_seen']} seen: {values}"
        )
    if found["stimuli"]["stand_in"]:
        lines.append(
            "The images are stand-ins, not the drawings that people rated; seen: share of the "
            "test stimuli that the network had been trained on or chosen by."
        )
    return "\n".join(lines)
