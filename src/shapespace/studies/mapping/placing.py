"""Placing new images in a similarity space, with what is known of the error."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.special import rel_entr
from scipy.stats import t as student

from shapespace.arrays import CodeRows
from shapespace.data.config import DRAWINGS
from shapespace.data.images import read_image
from shapespace.data.progress import progress
from shapespace.data.randomness import numpy_stream
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import LEVEL
from shapespace.spaces.mapping import neighbours
from shapespace.spaces.mapping.regressions import Regression, strengths_for
from shapespace.spaces.mapping.scores import DEFINITIONS, Placed, scores, together
from shapespace.spaces.mapping.space_map import SpaceMap
from shapespace.spaces.mapping.transfer import CodedImages, transfer
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.mapping.cells import TRAINED
from shapespace.studies.mapping.codes import (
    MappedStimuli,
    coded_copies,
    joined,
    open_stimuli,
    same_setting,
    standing,
)
from shapespace.studies.runs.evaluating import without_nan
from shapespace.walks.cloud import OFF
from shapespace.walks.readout import first_units

Method = Literal[Regression, "trained"]
"""How codes become coordinates; "trained" takes the first units of runs that were trained for it."""

Picture = Float[ndarray, "height width"]
"""Grey values in [0, 1]: 0 is ink, 1 is paper."""

N_COPIES = 20
NOISE = 0.1

SAME = 0.02
"""Grey values of two pictures may differ by so much, by rounding, and still be the same picture."""


@dataclass(frozen=True, eq=False, kw_only=True)
class RunMap:
    """The map of one run, and where it placed stimuli that it was not fitted to."""

    run: LoadedRun
    predict: Any
    """From codes to coordinates."""
    method: str
    """Such as "ridge, strength 10", or "trained"."""
    held_out: Placed
    """Stimuli, whole and clean, that the map was not fitted to."""
    new_to_network: bool
    """Whether the network had never seen them either."""


def place_images(
    images: Sequence[str],
    paths: Sequence[Path],
    *,
    space: Path | None = None,
    n_dims: int = 4,
    stimuli: str = DRAWINGS,
    categories: Path | None = None,
    regression: Method = "knn",
    seed: int = 42,
) -> dict[str, Any]:
    """Place images in a space by one run or, averaged, by several of one setting.

    A regression from the codes of noisy copies of the stimuli is fitted, its strength chosen over
    folds of the stimuli; also for runs that were trained to map, since it places new stimuli
    nearer than their own units do (docs/results/mapping.md). The interval of a coordinate is the
    error on held-out stimuli, whole and clean as the images are, times the quantile of Student's t.

    Args:
        images: Files (PNG, JPEG, SVG), or names of stimuli. Those that cannot be read are
            named under `failed` and do the others no harm.
        paths: Run directories that differ in fold and seed only.
        space: Directory of the space; None for the published ones.
        n_dims: Which of its spaces.
        stimuli: Packed set whose ids are items of the space.
        categories: A table of items and categories; see `open_stimuli`.
        regression: How codes become coordinates.
        seed: Source of copies and noise.

    Returns:
        What `shapespace map --json` prints.

    Raises:
        BadInput: If no image can be placed, runs, stimuli and space do not fit together, or runs
            are to be taken at their word that were not trained for this space.
    """
    runs = [LoadedRun(path, space=space or "published", dims=n_dims, stimuli=stimuli)
            for path in paths]  # fmt: skip
    same_setting(runs)
    mapped = open_stimuli(stimuli, runs[0].side, space, [n_dims], categories)
    pictures, failed = _readable(images, runs[0])
    if not pictures:
        raise BadInput(" ".join(reason for _, reason in failed) or "Name at least one image.")
    maps = [_run_map(run, mapped, space, regression, seed) for run in runs]
    held_out = together([one.held_out for one in maps])
    errors = held_out.coordinates - held_out.targets
    spread = np.sqrt((errors**2).mean(axis=0))
    n_errors = len(np.unique(held_out.stimuli))
    half = spread * student.ppf((1 + LEVEL) / 2, n_errors)
    shown = np.stack([picture for _, picture, _ in pictures])
    codes = [one.run.encode(shown) for one in maps]
    places = np.stack([one.predict(c) for one, c in zip(maps, codes, strict=True)])
    off = np.stack([one.run.off_data(c) for one, c in zip(maps, codes, strict=True)])
    worse = np.stack(
        [_redrawn_worse(one.run, shown, c) for one, c in zip(maps, codes, strict=True)]
    )
    rows = [
        _described(
            name,
            notes,
            places[:, row],
            half,
            (off[:, row].mean(), worse[:, row].mean()),
            mapped,
            picture,
            runs,
        )
        for row, (name, picture, notes) in enumerate(pictures)
    ]
    quality = scores(held_out, generator=numpy_stream(seed, "placing"))
    return without_nan(
        {
            "space": mapped.spaces[0].source,
            "n_dims": n_dims,
            "runs": [run.name for run in runs],
            "method": sorted({one.method for one in maps}),
            "images": rows,
            "failed": [{"image": name, "reason": reason} for name, reason in failed],
            "error": {
                "of": "held-out stimuli, whole and clean",
                "seen_by_network": not all(one.new_to_network for one in maps),
                "n_stimuli": n_errors,
                "spread": spread.tolist(),
                **{name: asdict(value) for name, value in quality.items()},
            },
            "stimuli": {"set": stimuli, "n_stimuli": len(mapped.ids),
                        "stand_in": mapped.packed.info.stand_in},
            "definitions": {**DEFINITIONS, "surroundings": neighbours.DEFINITION},
            "notes": [*mapped.notes, *_notes(maps, mapped, n_errors)],
        }
    )  # fmt: skip


def _readable(
    images: Sequence[str], run: LoadedRun
) -> tuple[list[tuple[str, Picture, tuple[str, ...]]], list[tuple[str, str]]]:
    """Return name, picture and notes of every image that can be read, and why others cannot."""
    pictures, failed = [], []
    for image in images:
        try:
            if Path(image).exists():
                decoded = read_image(Path(image), run.side)
                picture, notes = decoded.scan / np.float32(255), decoded.notes
            else:
                picture, notes = run.images(image)[0], ()
        except BadInput as error:
            failed.append((image, _one_sentence(image, error)))
            continue
        pictures.append((image, picture.astype(np.float32), notes))
    return pictures, failed


def _one_sentence(image: str, error: BadInput) -> str:
    if Path(image).exists():
        return str(error)
    return f"There is neither a file nor a stimulus called {image!r}."


def _run_map(
    run: LoadedRun, mapped: MappedStimuli, space: Path | None, regression: Method, seed: int
) -> RunMap:
    """Fit the map of a run, or take its own units; judge it on held-out stimuli."""
    targets = mapped.spaces[0].coordinates
    one = standing(run.path, run.config, mapped)
    row_of = {name: row for row, name in enumerate(run.stimuli)}
    whole = CodedImages(
        run.encode(run.drawings[[row_of[id_] for id_ in mapped.ids]]),
        np.arange(len(mapped.ids)),
    )
    new = ~one.seen
    if regression == TRAINED:
        tasks = run.config.training.tasks
        if not tasks.maps_into(str(space or "published"), targets.shape[1]):
            raise BadInput(
                f"{run.name} was not trained to map into the {targets.shape[1]}-D space of "
                f"{space or 'the published ratings'}; take another --regression, such as knn."
            )
        predict, method = first_units(targets.shape[1], run.code_size).coordinates, TRAINED
        placed = Placed(
            coordinates=predict(whole.codes), targets=targets, stimuli=whole.stimuli
        )
    else:
        rounds = coded_copies(
            mapped, {"run": run}, run.config, n_copies=N_COPIES, noise=NOISE, seed=seed
        )
        copies = joined(
            [found["run"] for found in progress(rounds, N_COPIES, f"fitting {run.name}")]
        )["noisy"]
        strengths = strengths_for(regression, len(copies.codes) // 4)
        n_dims = targets.shape[1]
        judged = transfer(
            regression, strengths, copies, {"whole": whole}, {n_dims: targets}, one.folds
        )["whole", n_dims]
        placed, strength = judged.nested, strengths[judged.best]
        fitted = SpaceMap(regression, strength).fit(copies.codes, targets[copies.stimuli])
        predict, method = fitted.predict, f"{regression}, strength {strength:g}"
    enough = int(new.sum()) >= 2
    return RunMap(
        run=run, predict=predict, method=method,
        held_out=placed.of(new) if enough else placed, new_to_network=enough,
    )  # fmt: skip


def _described(
    name: str,
    notes: tuple[str, ...],
    places: Float[ndarray, "run dim"],
    half: Float[ndarray, " dim"],
    strange: tuple[float, float],
    mapped: MappedStimuli,
    picture: Picture,
    runs: Sequence[LoadedRun],
) -> dict[str, Any]:
    """Return what is said of one image."""
    point = places.mean(axis=0)
    near = neighbours.surroundings(
        point, mapped.ids, mapped.spaces[0].coordinates, mapped.categories
    )
    itself = _itself(picture, runs[0], mapped)
    warnings = []
    off, worse = map(float, strange)
    if off > OFF:
        warnings.append(
            "its code is farther off than nearly all that the run was trained with, so do not "
            "rely on its place"
        )
    if worse == 1:
        warnings.append(
            "the run redraws it worse than every stimulus, so its code may say little of it"
        )
    if itself is not None:
        warnings.append(f"it is the stimulus {itself!r}, which the map was fitted to (seen)")
    return {
        "image": name,
        "coordinates": point.tolist(),
        "low": (point - half).tolist(),
        "high": (point + half).tolist(),
        "between_runs": places.std(axis=0, ddof=1).tolist() if len(places) > 1 else None,
        "nearest": [{"stimulus": name, "distance": far} for name, far in near.nearest],
        "prototype": near.prototype
        and {"category": near.prototype[0], "distance": near.prototype[1]},
        "shares": near.shares,
        "off_data": off,
        "redrawn_worse": worse,
        "seen": itself is not None,
        "warnings": warnings,
        "notes": list(notes),
    }


def _redrawn_worse(
    run: LoadedRun, pictures: Float[ndarray, "image height width"], codes: CodeRows
) -> Float[ndarray, " image"]:
    """Return for each picture the share of the stimuli that the run redraws better.

    By cross-entropy above the lowest that the greys of a picture allow.
    """

    def excess(shown: ndarray, drawn: ndarray) -> Float[ndarray, " image"]:
        guess = drawn.astype(np.float64).clip(1e-6, 1 - 1e-6)
        found = rel_entr(shown, guess) + rel_entr(1 - shown, 1 - guess)
        return found.mean(axis=(1, 2))

    usual = np.sort(excess(run.drawings.astype(np.float64), run.decode(run.codes)))
    own = excess(pictures.astype(np.float64), run.decode(codes))
    return np.searchsorted(usual, own, side="left") / len(usual)


def _itself(picture: Picture, run: LoadedRun, mapped: MappedStimuli) -> str | None:
    """Return the stimulus that a picture shows pixel by pixel, if it is one of the map's."""
    for name, drawing in zip(run.stimuli, run.drawings, strict=True):
        if name in mapped.ids and np.abs(drawing - picture).max() < SAME:
            return name
    return None


def _notes(maps: Sequence[RunMap], mapped: MappedStimuli, n_errors: int) -> list[str]:
    notes = []
    if mapped.packed.info.stand_in:
        notes.append(
            "The map was fitted to stand-in drawings at the places of the things that people "
            "rated, not to the drawings they rated."
        )
    if not all(one.new_to_network for one in maps):
        notes.append(
            "The network has seen the stimuli behind the intervals (seen), which may be too "
            "narrow for that."
        )
    elif n_errors < 20:
        notes.append(
            f"The intervals rest on {n_errors} stimuli that network and map had not seen; give "
            "the runs of the other folds, too, for firmer ones."
        )
    return notes
