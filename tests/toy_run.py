"""A run directory as train and evaluate leave it: tiny, untrained, scored on toy tables."""

import io
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from shapespace.data.batches import split_sets
from shapespace.data.builtin import drawings_set
from shapespace.data.config import DRAWINGS
from shapespace.data.ratings import published_dissimilarities
from shapespace.evaluation.people.human import agreement
from shapespace.evaluation.pictures.scores import MEASURES, summarise
from shapespace.model.autoencoder import Autoencoder
from shapespace.model.ladder import LadderConfig
from shapespace.studies.runs import provenance
from shapespace.studies.runs.config import RunConfig, to_json
from shapespace.studies.runs.recipes import quick
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.training.snapshot import save_model

N_RATED = 30
"""Stimuli whose agreement with people is scored: half of them, which takes a quarter of the time."""

LEVELS = (0.0, 0.1, 0.25, 0.55)


def toy_config(side: int = 32) -> RunConfig:
    """The quick recipe, small enough for a test."""
    base = quick()
    model = LadderConfig(side=side, code_size=8, patch=2, channels=(4, 8), blocks=0)
    return replace(base, data=replace(base.data, side=side), model=model)


def train_toy_run(path: Path, *, side: int = 32, **changes: Any) -> Path:
    """Write what training leaves: config, folds, provenance, history, an untrained model."""
    config = replace(toy_config(side), **changes)
    run = RunDirectory(path)
    path.mkdir(parents=True)
    run.config_file.write_text(to_json(config))
    sets = {DRAWINGS: drawings_set(side)} if DRAWINGS in config.data.mixture else {}
    split = split_sets(sets, config.data, seed=config.seed)
    run.folds_file.write_text(split.to_csv())
    save_model(Autoencoder(config.model, seed=config.seed), run.model)
    record = {
        "finished": True,
        "started": "2026-01-01T10:00:00+00:00",
        "ended": "2026-01-01T10:01:05+00:00",
        "command": f"shapespace train --out {path.name}",
        "versions": provenance.versions(),
        "machine": provenance.machine(torch.device("cpu")),
        "data": provenance.data_sets(sets, config.data.mixture),
        "notes": [],
        "summary": {
            "directory": path.name,
            "n_images": 3000,
            "best_epoch": 3,
            "best_value": 0.12,
            "selection": "bce",
            "seconds": 65.0,
            "notes": [],
        },
    }
    run.provenance_file.write_text(json.dumps(record))
    losses = np.array([0.16, 0.14, 0.12])
    history = {
        "epoch": [1, 2, 3],
        "n_images": [1000, 2000, 3000],
        "train_bce": losses + 0.01,
        "validation_bce": losses,
    }
    pd.DataFrame(history).to_csv(run.history_file, index=False)
    return path


def evaluate_toy_run(
    path: Path, *, bce: float = 0.12, sources: tuple[str, ...] = ("drawings", "scribbles")
) -> Path:
    """Write what evaluation leaves, from random codes and scores about a cross-entropy."""
    run = RunDirectory(path)
    config, draw = run.config(), np.random.default_rng(0)
    human, ids, codes = json.loads(_toy_agreement())
    results = {
        "run": path.name,
        "recipe": config["recipe"],
        "protocol": config["protocol"],
        "fold": config["fold"],
        "seed": config["seed"],
        "evaluated": "2026-01-01T10:02:00+00:00",
        "versions": {},
        "images": {
            name: {"part": "test fold 0", "n_stimuli": 12, "stand_in": name == "drawings"}
            for name in sources
        },
        "reconstruction": summarise(_scores(sources, bce, draw), draw, n_draws=20),
        "human": human,
        "warnings": ["The set 'drawings' holds stand-ins, not the drawings that people rated."],
    }
    stream = io.BytesIO()
    np.savez(stream, ids=np.array(ids), codes=np.array(codes))
    run.codes_file.write_bytes(stream.getvalue())
    run.results_file().write_text(json.dumps(results))
    return path


@cache
def _toy_agreement() -> str:
    """Score random codes against people; once, since it takes seconds."""
    items, draw = published_dissimilarities().items, np.random.default_rng(0)
    ratings = published_dissimilarities().subset(items[:N_RATED])
    codes = draw.normal(size=(len(items), 8))
    human = agreement(
        codes,
        ratings,
        items=items,
        held_out=ratings.items[::5],
        protocol="sound",
        generator=draw,
        baselines={"untrained": draw.normal(size=(60, 8)), "pixels": draw.random((60, 4))},
        stand_in=True,
        n_draws=20,
    )
    human["baselines"]["pixels"]["choice"] = {
        "block": 24,
        "reduction": "min",
        "distance": "manhattan",
        "note": "chosen for its agreement with the same ratings",
    }
    return json.dumps([human, items, codes.tolist()])


def _scores(sources: tuple[str, ...], bce: float, draw: np.random.Generator) -> pd.DataFrame:
    rows = []
    for level in LEVELS:
        for source in sources:
            for image in range(12):
                values = dict(zip(MEASURES, draw.uniform(0.3, 0.7, len(MEASURES)), strict=True))
                values |= {"bce": bce + level / 10 + draw.normal() / 1000, "bce_floor": 0.05}
                values |= {"bce_mean_image": 0.2 + draw.normal() / 1000}
                rows.append(
                    {"stimulus": f"s{image % 6}", "source": source, "noise_level": level}
                    | values
                )
    return pd.DataFrame(rows)
