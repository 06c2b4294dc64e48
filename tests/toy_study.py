"""A study directory as a finished `study run` leaves it, with scores made up by the test."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from shapespace.studies.sweeps.reproduction import published_part8
from shapespace.studies.sweeps.summary import LOSS, MEASURES, Summary

Scores = dict[str, float | None]
"""What a toy run scored: any of "bce", "tau", "collapsed", "best_epoch", "mapping" (its squared
error), and "accuracy NAME" on a labelled set."""

Score = Callable[[str, int, int], Scores]
"""Makes the scores of a setting on a fold with a seed up."""

DEFAULT = {
    "model.code_size": 512,
    "training.l2_encoder": 0.0005,
    "training.l2_decoder": 0.0,
    "model.encoder_dropout": True,
    "model.decoder_dropout": False,
    "data.noise.levels": [0.1],
}

NAMES = {
    "model.code_size": "code size",
    "training.l2_encoder": "encoder decay",
    "training.l2_decoder": "decoder decay",
    "model.encoder_dropout": "encoder dropout",
    "model.decoder_dropout": "decoder dropout",
    "data.noise.levels": "noise",
}

MEAN_IMAGE, FLOOR = 0.16, 0.03

DISTANCES = ("euclidean", "manhattan", "cosine", "inner_product")

Settings = dict[str, dict[str, Any]]


def one_at_a_time(**levels: Sequence[Any]) -> Settings:
    """The default, and each value of each key alone; keys are the short names of the config."""
    paths = {key.rpartition(".")[2]: key for key in DEFAULT}
    settings: Settings = {"default": {}}
    for name, values in levels.items():
        for value in values:
            settings[f"{name}={value}"] = {paths[name]: value}
    return settings


def part8_settings() -> Settings:
    """The 23 settings of the published study, by their published names."""
    columns = {key.rpartition(".")[2]: key for key in DEFAULT} | {"noise": "data.noise.levels"}
    settings: Settings = {}
    for name, row in published_part8().iterrows():
        changes = {}
        for column, key in columns.items():
            if column == "levels":
                continue
            value = row[column]
            value = [float(value)] if column == "noise" else value
            value = bool(value) if "dropout" in column else value
            value = int(value) if column == "code_size" else value
            if value != DEFAULT[key]:
                changes[key] = value
        settings[str(name)] = changes
    return settings


def as_published(setting: str, fold: int, seed: int) -> Scores:
    """The published cross-entropy of a fold, and the published mean tau with a little noise."""
    row = published_part8().loc[setting]
    draw = np.random.default_rng([fold, seed, crc32(setting.encode())])
    return {
        "bce": float(row[f"bce_fold_{fold}"]),
        "tau": float(row["tau_euclidean_optimised"]) + 0.004 * draw.normal(),
        "collapsed": "decoder decay" in setting,
        "best_epoch": int(row[f"best_epoch_fold_{fold}"]),
    }


def write_study(
    path: Path,
    settings: Settings,
    score: Score,
    *,
    folds: Iterable[int] = range(5),
    seeds: Iterable[int] = (42,),
    unfinished: Iterable[tuple[str, int]] = (),
    failed: Iterable[tuple[str, int]] = (),
    padding: int = 0,
    keys: Sequence[str] = tuple(DEFAULT),
    labelled: Sequence[str] = (),
) -> Path:
    """Write study.json and the run directories of all cells.

    Args:
        path: The study directory.
        settings: What differs from `DEFAULT`, by label.
        score: Makes up what a cell scored.
        folds: Test folds.
        seeds: Seeds of each fold.
        unfinished: Settings and folds that have no results yet.
        failed: Settings and folds whose run failed.
        padding: Numbers beside those of interest in each results.json.
        keys: Keys that the study varies.
        labelled: Sets whose classes the default tells apart.
    """
    cells, unfinished, failed = [], set(unfinished), set(failed)
    for fold in folds:
        for seed in seeds:
            for place, (setting, changes) in enumerate(settings.items()):
                run_id = f"{place:03d}-{fold}-{seed}"
                values = {key: DEFAULT.get(key) for key in keys} | changes
                factor = next(iter(changes)) if len(changes) == 1 else None
                cells.append(
                    {"setting": setting, "values": values, "factor": factor, "fold": fold,
                     "seed": seed, "run_id": run_id}
                )  # fmt: skip
                if (setting, fold) in failed:
                    record = {"error": "The loss is no longer a number."}
                    _put(path / "failed" / f"{run_id}.json", json.dumps(record))
                elif (setting, fold) not in unfinished:
                    scores = score(setting, fold, seed)
                    write_run(path / "runs" / run_id, values, fold, seed, scores, padding)
    study = {
        "name": path.name,
        "protocol": "published",
        "default": {key: DEFAULT.get(key) for key in keys},
        "names": {key: NAMES[key] for key in keys if key in NAMES},
        "base": {"training": {"tasks": {"labelled": list(labelled)} if labelled else None}},
        "cells": cells,
    }
    _put(path / "study.json", json.dumps(study))
    return path


def write_run(
    path: Path, values: dict[str, Any], fold: int, seed: int, scores: Scores, padding: int = 0
) -> None:
    """Write the files of one finished run that a summary reads."""
    config = {
        "recipe": "published-default", "protocol": "published", "seed": seed, "fold": fold,
        "data": {
            "side": 64, "mixture": {"drawings": 8, "scribbles": 8}, "n_folds": 5,
            "fold_rule": "index", "smallest_share": 0.75,
            "turns": {"flip": 0.5, "rotation": 15.0, "shear": 15.0},
            "noise": {"levels": [0.1], "scope": "batch"},
        },
        "model": {"kind": "published", "code_size": 512, "encoder_dropout": True,
                  "decoder_dropout": False},
        "training": {"n_images": 3000, "images_per_epoch": 1000, "optimizer": "adam",
                     "learning_rate": 1e-4, "l2_encoder": 0.0005, "l2_decoder": 0.0,
                     "selection": "loss", "schedule": "constant", "average": 0.0,
                     "coarse_weight": 0.0},
    }  # fmt: skip
    for key, value in values.items():
        place: Any = config
        *parents, last = key.split(".")
        for parent in parents:
            place = place[parent]
        place[last] = value
    best = int(scores.get("best_epoch") or 3)
    provenance = {
        "finished": True, "command": "shapespace study run toy", "notes": [],
        "started": "2026-01-01T10:00:00+00:00", "ended": "2026-01-01T10:01:00+00:00",
        "versions": {"shapespace": "0.1.0"}, "machine": {"system": "Linux"},
        "data": {"drawings": {"images_per_batch": 8, "stand_in": True, "n_images": 60},
                 "scribbles": {"images_per_batch": 8}},
        "summary": {"best_epoch": best, "n_images": 3000, "seconds": 60.0, "best_value": 0.12,
                    "selection": "loss", "directory": path.name, "notes": []},
    }  # fmt: skip
    bce = scores["bce"]
    assert bce is not None
    _put(path / "config.json", json.dumps(config))
    _put(path / "provenance.json", json.dumps(provenance))
    _put(path / "results.json", json.dumps(results(scores, padding), indent=2))
    losses = [MEAN_IMAGE, (MEAN_IMAGE + bce) / 2, bce]
    history = pd.DataFrame(
        {"epoch": [1, 2, 3], "n_images": [1000, 2000, 3000],
         "train_bce": [loss + 0.01 for loss in losses], "validation_bce": losses}
    )  # fmt: skip
    _put(path / "history.csv", history.to_csv(index=False))


def results(scores: Scores, padding: int = 0) -> dict[str, Any]:
    """What `evaluate` writes, as far as a summary looks."""
    bce, tau = scores["bce"], scores.get("tau", 0.2)
    assert bce is not None

    def estimate(value: float | None) -> dict[str, Any]:
        return {"value": value, "low": value, "high": value, "n": 60}

    agreement = {
        distance: {
            weights: {"kendall_tau_b": estimate(None if tau is None else tau + bonus)}
            for weights, bonus in (("fixed", -0.05), ("optimised", 0.0))
        }
        for distance in DISTANCES
    }
    explained = (MEAN_IMAGE - bce) / (MEAN_IMAGE - FLOOR)
    levels = {"bce": estimate(bce), "explained": estimate(explained)}
    levels |= {"bce_mean_image": estimate(MEAN_IMAGE), "bce_floor": estimate(FLOOR)}
    accuracies = {
        name.removeprefix("accuracy "): {"accuracy": estimate(value)}
        for name, value in scores.items()
        if name.startswith("accuracy ")
    }
    tasks = {"classification": {"0": accuracies}} if accuracies else {}
    if "mapping" in scores:
        tasks["mapping"] = {"0": {"mse": estimate(scores["mapping"])}}
    return {
        "tasks": tasks or None,
        "images": {
            "drawings": {"part": "test fold", "n_stimuli": 12, "stand_in": True},
            "scribbles": {"part": "test fold", "n_stimuli": None, "stand_in": False},
        },
        "reconstruction": {
            "noise_level": 0.0, **levels, "collapsed": scores.get("collapsed", False),
            "by_noise_level": {"0": levels, "0.1": {"bce": estimate(bce + 0.01)}},
        },
        "warnings": [],
        "human": {
            **agreement,
            "held_out": {"euclidean": agreement["euclidean"]},
            "baselines": {f"b{i}": estimate(i / 1000) for i in range(padding // 4)},
        },
    }  # fmt: skip


def summary_of(
    scores: dict[str, np.ndarray],
    *,
    measure: str = LOSS,
    values: Settings | None = None,
    n_folds: int = 5,
) -> Summary:
    """A summary straight from scores: for each setting folds, or folds x seeds; nan is missing."""
    rows = [
        {"setting": name, "fold": fold, "seed": seed, measure: float(value),
         "state": "finished", "collapsed": False, "best_epoch": 1.0, "factor": None}
        for name, table in scores.items()
        for fold, own in enumerate(np.atleast_2d(table.T).T)
        for seed, value in enumerate(own)
    ]  # fmt: skip
    settings: Settings = {name: (values or {}).get(name, {}) for name in scores}
    factors: dict[str, list[str]] = {}
    for name, changes in settings.items():
        for key in changes:
            factors.setdefault(key, []).append(name)
    known = [one for one in MEASURES if one.name == measure]
    return Summary(
        name="toy", path=Path("toy"), cells=pd.DataFrame(rows), settings=settings,
        factors=factors, names={}, measures=tuple(known), config={"data": {"n_folds": n_folds}},
        provenance={}, results={}, problems=[],
    )  # fmt: skip


def _put(path: Path, text: str) -> None:
    """Write without waiting for the disk, which hundreds of small files would wait for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
