"""`shapespace compare`."""

import sys
from pathlib import Path
from typing import Any, Literal

import tyro

from shapespace.cli.show import show_json

ReadOut = Literal["fixed", "weighted", "low_rank", "full"]


def compare(
    representations: tyro.conf.Positional[tuple[Path, ...]],
    *,
    ratings: Path | None = None,
    out: Path | None = None,
    ids: Path | None = None,
    shared: bool = False,
    kind: Literal["similarity", "dissimilarity"] | None = None,
    scale: tuple[float, float] | None = None,
    space: Path | None = None,
    dims: int = 0,
    distance: Literal["euclidean", "manhattan", "cosine", "inner_product"] = "euclidean",
    measure: Literal["kendall_tau_b", "spearman", "pearson"] = "kendall_tau_b",
    read_outs: tuple[ReadOut, ...] = ("fixed", "weighted", "low_rank", "full"),
    folds: int | None = None,
    draws: int = 1000,
    recovery: tuple[ReadOut, ...] = ("fixed",),
    studies: int = 100,
    seed: int = 0,
    json: bool = False,
) -> None:
    """Compare representations from anywhere with what people said, and with each other.

    A representation is a run that was evaluated, or vectors of the rated stimuli: a table with
    their ids (.csv, .tsv, .parquet), a matrix (.npy) with the ids of its rows in NAME.ids.txt
    beside it, or a folder of features as thingsvision writes it. Stimuli are joined by id.

    Example: shapespace compare runs/best features.csv --out comparisons/best

    Example: shapespace compare vgg.npy clip.npy --ratings mine.csv --scale 1 5 --kind similarity

    Args:
        representations: Two or more for differences, one for its scores alone.
        ratings: Ratings of pairs in any layout that docs/ratings.md names; the published ratings
            of the 60 Shapes items if not given.
        out: Directory to write: comparison.json, tables as CSV, figures.
        ids: Names of the rows of .npy files: one a line, or a CSV file with the column id.
        shared: Compare on the stimuli that all have, instead of refusing missing ones.
        kind: What a high rating of a pair means, where the file does not say.
        scale: Lowest and highest answer, where the file does not say.
        space: Directory of a built similarity space, for CKA and Procrustes; the published one
            of the 60 Shapes items if not given.
        dims: Which space; the suggested one if 0.
        distance: Of the vectors. Linear read-outs are always Euclidean.
        measure: Which agreement.
        read_outs: From rigid (fixed) to flexible (full).
        folds: Parts of the stimuli, each held out once of the fitted read-outs; if not given,
            the folds of the runs where all dealt the stimuli alike, so that test folds are new to
            network and read-out, else 5.
        draws: Bootstrap draws behind intervals and tests.
        recovery: Read-outs for which studies are simulated to see whether they name the right
            model.
        studies: Simulated studies for each model; 0 leaves them out.
        seed: Of draws, folds' inner parts and simulated studies.
        json: Print JSON instead of tables.
    """
    from shapespace.data.randomness import numpy_stream
    from shapespace.report.comparing import refuse_foreign, text_tables, write_comparison
    from shapespace.studies.people.comparing import N_FOLDS, CompareSettings, compare_models
    from shapespace.studies.people.rated import published_people, read_people
    from shapespace.studies.people.representing import open_models, space_of

    settings = CompareSettings(
        distance=distance, measure=measure, read_outs=read_outs, n_draws=draws,
        n_folds=N_FOLDS if folds is None else folds, recovery=recovery, n_studies=studies,
        seed=seed,
    )  # fmt: skip
    if out is not None:
        refuse_foreign(out)
    stream = numpy_stream(seed, "ceiling")
    if ratings is None:
        people = published_people(generator=stream)
    else:
        people = read_people(ratings, kind=kind, scale=scale, generator=stream)
    opened = open_models(representations, people, ids=ids, shared=shared)
    found = compare_models(
        opened.models, opened.people, settings, space=space_of(opened.people, space, dims),
        folds=opened.folds if folds is None else None,
    )  # fmt: skip
    found["notes"] = opened.notes + found["notes"]
    plain: dict[str, Any] = _without_nan(found)
    if out is not None:
        write_comparison(plain, out)
    if json:
        show_json(plain)
        return
    print(text_tables(plain))
    for note in plain["notes"]:
        print(note, file=sys.stderr)
    if out is not None:
        print(f"{out}: comparison.json, tables and figures")


def _without_nan(values: Any) -> Any:
    """Return nested values with None for what is not defined: JSON knows no nan."""
    if isinstance(values, dict):
        return {key: _without_nan(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_without_nan(value) for value in values]
    return None if isinstance(values, float) and values != values else values
