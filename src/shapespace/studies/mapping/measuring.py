"""How well codes can be mapped into a similarity space: every source, regression and condition."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from shapespace.arrays import CodeRows
from shapespace.data.config import DRAWINGS
from shapespace.data.progress import progress, progress_bar
from shapespace.data.randomness import numpy_stream
from shapespace.data.writing import write_text
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import N_DRAWS
from shapespace.model.autoencoder import Autoencoder
from shapespace.spaces.mapping import baselines, regressions, scores, silhouettes
from shapespace.spaces.mapping.regressions import REGRESSIONS, Regression
from shapespace.spaces.mapping.transfer import CodedImages
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.mapping import differences
from shapespace.studies.mapping.cells import GIVEN, TRAINED_MEANING
from shapespace.studies.mapping.codes import (
    MappedStimuli,
    Standing,
    coded_copies,
    joined,
    open_stimuli,
    same_setting,
    standing,
)
from shapespace.studies.mapping.rows import (
    Judged,
    Scoring,
    blind_rows,
    condition_rows,
    trained_rows,
)
from shapespace.studies.runs import provenance
from shapespace.studies.runs.evaluating import without_nan
from shapespace.training.device import pick_device

Source = Literal["network", "untrained", "pixels"]
NETWORK, UNTRAINED, PIXELS = SOURCES = get_args(Source)
"""Where codes come from, beside files of features."""

TRAININGS = {"noisy": ("clean", "noisy"), "clean": ("clean",)}
"""What a regression is trained on, and what it is then tested on."""


@dataclass(frozen=True, kw_only=True)
class MappingSettings:
    """How mappings are made and judged. Equal settings, runs and spaces give equal numbers."""

    n_copies: int = 20
    """Augmented copies of every stimulus."""
    noise: float = 0.1
    """Share of pixels that is hit in the noisy ones."""
    regressions: tuple[Regression, ...] = REGRESSIONS
    sources: tuple[Source, ...] = SOURCES
    seed: int = 42
    n_draws: int = N_DRAWS
    """Bootstrap draws behind the intervals."""

    def __post_init__(self) -> None:
        if self.n_copies < 2:
            raise BadInput(f"At least 2 copies of a stimulus are needed, got {self.n_copies}.")
        if not self.regressions:
            raise BadInput(f"Name at least one regression of {', '.join(REGRESSIONS)}.")


def judge_mapping(
    paths: Sequence[Path],
    *,
    space: Path | None = None,
    dims: Sequence[int] = (4,),
    stimuli: str = DRAWINGS,
    features: Mapping[str, tuple[Sequence[str], CodeRows]] | None = None,
    settings: MappingSettings | None = None,
) -> dict[str, Any]:
    """Map the codes of runs, of an untrained network, of pixels and of files into spaces.

    Every stimulus is placed by regressions that saw no image of it. Folds are those of the runs,
    so that the test fold of a run is new to both network and regression.

    Args:
        paths: Run directories that differ in fold and seed only; their scores are averaged. With
            the runs of all folds, rows of stimuli "held out" are about all of them, each placed
            by the networks that never saw it.
        space: Directory of a space; None for the published ones.
        dims: Dimensions of the spaces. In the first of them all strengths are tried; in the
            others lasso and SVR try those chosen there and their neighbours.
        stimuli: Packed set whose ids are items of the space.
        features: Ids and features of further sources, by name.
        settings: How.

    Returns:
        What stands in `mapping.json`: `rows` with the scores, `silhouettes`, and what they
        mean and rest on.

    Raises:
        BadInput: If runs do not fit together, or stimuli and space do not.
    """
    settings = settings or MappingSettings()
    runs = [LoadedRun(path, stimuli=stimuli) for path in paths]
    same_setting(runs)
    mapped = open_stimuli(stimuli, runs[0].side, space, dims)
    standings = [standing(run.path, run.config, mapped) for run in runs]
    coded = _coded(runs, mapped, standings, settings)
    sources = {name: judged for name, judged in coded.items() if name in settings.sources}
    sources |= {
        name: [_given(name, ids, codes, mapped, standings[0].folds)]
        for name, (ids, codes) in (features or {}).items()
    }
    spaces, tasks = mapped.points(), runs[0].config.training.tasks
    trained_for = [n for n in spaces if tasks.maps_into(str(space or "published"), n)]
    scoring = Scoring(ids=mapped.ids, seed=settings.seed, n_draws=settings.n_draws)
    rows = _rows(sources, spaces, trained_for, settings.regressions, scoring)
    rows += blind_rows(coded[NETWORK], spaces, scoring)
    return without_nan(
        {
            "space": mapped.spaces[0].source,
            "dims": list(spaces),
            "stimuli": _described(mapped),
            "runs": [_run(run, one) for run, one in zip(runs, standings, strict=True)],
            "settings": asdict(settings),
            "rows": rows,
            "differences": differences.paired_differences(rows, NETWORK, scoring),
            "silhouettes": _silhouettes(sources, runs, settings),
            "definitions": {
                **scores.DEFINITIONS,
                "difference": differences.DEFINITION,
                "silhouette": silhouettes.DEFINITION,
                "regressions": {**regressions.MEANINGS, **TRAINED_MEANING},
                "baselines": baselines.MEANINGS,
            },
            "notes": list(mapped.notes),
            "made": provenance.now(),
            "versions": provenance.versions(),
        }
    )


def _rows(
    sources: Mapping[str, Sequence[Judged]],
    spaces: Mapping[int, CodeRows],
    trained_for: Sequence[int],
    kinds: Sequence[Regression],
    scoring: Scoring,
) -> list[dict[str, Any]]:
    """Return the rows of all that looks at images: trained units first, then the regressions."""
    rows = [
        row
        for n_dims in trained_for
        if NETWORK in sources
        for row in trained_rows(NETWORK, sources[NETWORK], (n_dims, spaces[n_dims]), scoring)
    ]
    n_trainings = sum(len(_trainings(judged)) for judged in sources.values())
    with progress_bar("mapping", n_trainings * len(kinds), unit="regressions") as bar:
        for name, judged in sources.items():
            for kind in kinds:
                for train, tests in _trainings(judged).items():
                    rows += condition_rows(name, kind, train, tests, judged, spaces, scoring)
                    bar.advance()
    return rows


def write_mapping(found: dict[str, Any], directory: Path) -> None:
    """Write `mapping.json`, the rows as `mapping.csv`, and errors by stimulus as `errors.csv`.

    In `errors.csv` stand the errors of strengths that were not picked on the test stimuli.

    Raises:
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    text = json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(directory / "mapping.json", text + "\n")
    plain = [{name: one[name] for name in one if name != "errors"} for one in found["rows"]]
    table = pd.json_normalize(plain, sep="_")
    write_text(directory / "mapping.csv", table.to_csv(index=False))
    names = ("source", "regression", "train", "test", "n_dims", "stimuli")
    errors = [
        {**{name: row[name] for name in names}, "stimulus": id_, "squared_error": error}
        for row in found["rows"]
        for id_, error in row.get("errors", {}).items()
    ]
    write_text(directory / "errors.csv", pd.DataFrame(errors).to_csv(index=False))


def _coded(
    runs: Sequence[LoadedRun],
    mapped: MappedStimuli,
    standings: Sequence[Standing],
    settings: MappingSettings,
) -> dict[str, list[Judged]]:
    """Encode the copies with every run, an untrained network like it, and as pixels."""
    first = runs[0].config
    untrained = Autoencoder(first.model, seed=first.seed).to(pick_device()).eval()
    encoders: dict[str, Any] = {str(row): run for row, run in enumerate(runs)}
    others = {UNTRAINED: untrained, PIXELS: None}
    encoders |= {name: others[name] for name in others if name in settings.sources}
    rounds = list(
        progress(
            coded_copies(
                mapped, encoders, first,
                n_copies=settings.n_copies, noise=settings.noise, seed=settings.seed,
            ),
            settings.n_copies,
            "encoding copies",
        )
    )  # fmt: skip
    coded = {name: joined([one[name] for one in rounds]) for name in encoders}
    new = Standing(folds=standings[0].folds, seen=np.zeros(len(mapped.ids), bool))
    networks = [Judged(coded.pop(str(k)), one) for k, one in enumerate(standings)]
    return {NETWORK: networks} | {name: [Judged(found, new)] for name, found in coded.items()}


def _given(
    name: str, ids: Sequence[str], codes: CodeRows, mapped: MappedStimuli, folds: np.ndarray
) -> Judged:
    """Join features from a file to the stimuli by id.

    Raises:
        BadInput: If a stimulus has none, or two, or features are no numbers.
    """
    missing = [id_ for id_ in mapped.ids if id_ not in ids]
    if missing:
        raise BadInput(
            f"{name} has no features of {missing[0]!r} ({len(missing)} of {len(mapped.ids)} "
            "stimuli lack them). Rows are joined to stimuli by id."
        )
    twice = [id_ for id_ in mapped.ids if list(ids).count(id_) > 1]
    if twice:
        raise BadInput(f"{name} has more than one row for {twice[0]!r}.")
    rows = codes[[list(ids).index(id_) for id_ in mapped.ids]]
    if not np.isfinite(rows).all():
        raise BadInput(f"{name} holds values that are no finite numbers.")
    images = CodedImages(rows, np.arange(len(rows)))
    return Judged({GIVEN: images}, Standing(folds=folds, seen=np.zeros(len(rows), bool)))


def _trainings(judged: Sequence[Judged]) -> dict[str, tuple[str, ...]]:
    return {GIVEN: (GIVEN,)} if GIVEN in judged[0].images else TRAININGS


def _silhouettes(
    sources: Mapping[str, Sequence[Judged]],
    runs: Sequence[LoadedRun],
    settings: MappingSettings,
) -> list[dict[str, Any]]:
    """Return one row a source, run, condition and group of stimuli."""
    rows = []
    for name, judged in sources.items():
        for number, one in enumerate(judged):
            if GIVEN in one.images:  # one row a stimulus: nothing can stay together
                continue
            groups = {"all": np.ones(len(one.standing.seen), bool)}
            if name == NETWORK and one.standing.seen.any() and not one.standing.seen.all():
                groups["held out"] = ~one.standing.seen
            rows += [
                {
                    "source": name,
                    "run": runs[number].name if name == NETWORK else None,
                    "images": condition,
                    "stimuli": group,
                    "n_seen": int((one.standing.seen & counted).sum()),
                    **_silhouette(images, counted, settings),
                }
                for condition, images in one.images.items()
                for group, counted in groups.items()
            ]
    return rows


def _silhouette(
    images: CodedImages, counted: np.ndarray, settings: MappingSettings
) -> dict[str, Any]:
    found = silhouettes.silhouettes(
        images, scored=counted, generator=numpy_stream(settings.seed, "silhouettes"),
        n_draws=settings.n_draws,
    )  # fmt: skip
    return {kind: asdict(value) for kind, value in found.items()}


def _described(mapped: MappedStimuli) -> dict[str, Any]:
    return {
        "set": mapped.packed.info.name,
        "n_stimuli": len(mapped.ids),
        "stand_in": mapped.packed.info.stand_in,
        "sha256": mapped.packed.info.sha256,
    }


def _run(run: LoadedRun, one: Standing) -> dict[str, Any]:
    return {
        "name": run.name,
        "recipe": run.config.recipe,
        "fold": run.config.fold,
        "seed": run.config.seed,
        "side": run.side,
        "code_size": run.code_size,
        "n_seen": int(one.seen.sum()),
        "n_held_out": int((~one.seen).sum()),
    }
