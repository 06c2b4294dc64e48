"""How well a run interpolates: measured between its held-out drawings, written into its results."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from shapespace.arrays import CodeRows, Greys
from shapespace.data.progress import progress
from shapespace.data.randomness import numpy_stream
from shapespace.data.writing import write_text
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import N_DRAWS, Estimate, estimate
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.runs.evaluating import without_nan
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.walking.training_codes import training_images
from shapespace.walks.interpolation import MEASURES, PathQuality, measure_path
from shapespace.walks.paths import PathKind

N_TRAINING_IMAGES = 256
"""Training images among which the nearest is looked for."""


def quality(
    run: LoadedRun,
    codes: CodeRows,
    pictures: Greys,
    known: Float[ndarray, "training height width"],
) -> PathQuality:
    """Measure one path of a run; `known` are images of its training."""
    return measure_path(codes, pictures, run, cloud=run.cloud, training_images=known)


def known_images(run: LoadedRun) -> Greys:
    """Return the training images among which the nearest is looked for: augmented copies, and
    the drawings that were trained on as they are."""
    taught = [
        row for row, name in enumerate(run.stimuli) if run.seen(name) == "seen in training"
    ]
    augmented, _ = training_images(run.config, N_TRAINING_IMAGES)
    return np.concatenate([augmented, run.drawings[taught]])


def measure_interpolation(
    run: LoadedRun, *, kind: PathKind = "linear", n_steps: int = 9, drawings: Sequence[str] = ()
) -> dict[str, Any]:
    """Measure the paths between all pairs of held-out drawings.

    Args:
        run: The run.
        kind: Of the paths.
        n_steps: Codes on each path, with its ends; 3 or more.
        drawings: Other stimuli to interpolate between, three or more.

    Returns:
        Each measure of `MEASURES` as {value, low, high, n}: the mean over pairs with a 95 %
        interval over drawings, all pairs of a drawing coming and going together; and
        `n_pairs`, `n_steps`, `drawings`, `seen`.

    Raises:
        BadInput: If there are too few drawings or steps.
    """
    names = list(dict.fromkeys(drawings or run.held_out))
    if len(names) < 3 or n_steps < 3:
        raise BadInput(
            "To measure interpolation takes at least 3 drawings and 3 steps, got "
            f"{len(names)} and {n_steps}."
        )
    known, codes = known_images(run), run.encode(run.images(*names))
    pairs = list(combinations(range(len(names)), 2))
    rows = []
    for first, second in progress(pairs, len(pairs), "interpolating"):
        way = run.interpolate(codes[first], codes[second], steps=n_steps, path=kind)
        rows.append(list(quality(run, way, run.decode(way), known).to_dict().values()))
    found = over_drawings(
        np.array(rows), np.array(pairs), len(names), numpy_stream(run.config.seed, "paths", 0)
    )
    seen = {name: run.seen(name) for name in names}
    return {
        **{name: asdict(value) for name, value in zip(MEASURES, found, strict=True)},
        "n_pairs": len(pairs),
        "n_steps": n_steps,
        "drawings": names,
        "seen": seen,
        "stand_in": run.stand_in,
    }


def add_to_results(run: LoadedRun, found: dict[str, Any], kind: PathKind) -> None:
    """Write measures under `interpolation` into the results of a run, where studies find them.

    Raises:
        BadInput: If the run has not been evaluated.
    """
    directory = RunDirectory(run.path)
    results = directory.results()
    results["interpolation"] = {**results.get("interpolation", {}), kind: without_nan(found)}
    text = json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(directory.results_file(), text + "\n")


def over_drawings(
    values: Float[ndarray, "pair measure"],
    pairs: ndarray,
    n_drawings: int,
    generator: np.random.Generator,
    n_draws: int = N_DRAWS,
) -> list[Estimate]:
    """Return the mean of each measure over pairs, with an interval over the drawings.

    Drawings are drawn with replacement; a pair counts as often as both of its drawings do.
    """
    defined = ~np.isnan(values)
    filled = np.where(defined, values, 0.0)
    times = generator.multinomial(n_drawings, np.full(n_drawings, 1 / n_drawings), size=n_draws)
    weights = (times[:, pairs[:, 0]] * times[:, pairs[:, 1]]).astype(np.float64)
    counts = weights @ defined
    draws = np.full(counts.shape, np.nan)
    np.divide(weights @ filled, counts, out=draws, where=counts > 0)
    observed = np.full(values.shape[1], np.nan)
    np.divide(filled.sum(axis=0), defined.sum(axis=0), out=observed, where=defined.any(axis=0))
    return [
        estimate(observed[column], draws[:, column], n_drawings)
        for column in range(values.shape[1])
    ]
