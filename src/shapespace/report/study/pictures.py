"""The pictures of a study: its network, and a parrot redrawn by the default and the best setting.

Figures 1 and 2a to 2c of the published study. Drawing them needs the networks, and so torch.
"""

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from shapespace.errors import BadInput
from shapespace.model.autoencoder import Autoencoder
from shapespace.model.describe import layer_rows
from shapespace.report.network import draw_network
from shapespace.report.pictures import draw_noise, draw_reconstructions
from shapespace.report.save import save
from shapespace.studies.runs.config import read_config
from shapespace.studies.runs.finished import read_parts
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.sweeps.cells import run_path
from shapespace.studies.sweeps.comparison import best_settings
from shapespace.studies.sweeps.summary import DEFAULT, LOSS, Summary

IMAGE = "parrot"
"""What the published study shows."""


def draw_study_pictures(summary: Summary, folder: Path) -> None:
    """Write `network`, `reconstructions` and `noise` into a folder, as SVG and PNG.

    The runs drawn are those of the fold that holds the parrot out, so that neither has seen it.
    Of a study in which nothing learns to draw only the network is drawn.

    Raises:
        BadInput: If no run is finished, or a model cannot be read.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    done = summary.cells[summary.cells["state"] == "finished"]
    if not len(done):
        raise BadInput(f"No run of {summary.name} is finished, so there is nothing to draw.")
    runs = picture_runs(summary)
    names, paths = list(runs), list(runs.values())
    first = run_path(summary.path, done["run_id"].iloc[0])
    _draw_network(paths[0] if paths else first, folder / "network")
    if runs:
        draw_reconstructions(paths, images=[IMAGE], out=folder / "reconstructions", names=names)
        draw_noise(paths, image=IMAGE, out=folder / "noise", names=names)


def picture_runs(summary: Summary) -> dict[str, Path]:
    """Return the run of the default and of the best mean loss, by setting, where they draw.

    Of several folds it is the one that holds the image out, of several seeds the first. Empty
    if no finished run has learned to draw.
    """
    if LOSS not in {one.name for one in summary.measures}:
        return {}
    done = summary.cells[summary.cells[LOSS].notna()]
    best = best_settings(summary, LOSS)
    wanted = [DEFAULT] if DEFAULT in set(done["setting"]) else []
    assert best is not None  # some run has the measure
    if best.setting != DEFAULT:
        wanted.append(best.setting)
    folds = [fold for fold in done["fold"].unique().tolist() if _has_all(done, fold, wanted)]
    folds = folds or done["fold"].unique().tolist()
    held_out = [fold for fold in folds if _holds_out(summary, done, fold)]
    there = done[done["fold"] == (held_out or folds)[0]]
    found = {}
    for setting in wanted:
        own = there[there["setting"] == setting].sort_values("seed")
        if len(own):
            found[setting] = run_path(summary.path, own["run_id"].iloc[0])
    return found


def _has_all(done: pd.DataFrame, fold: int, settings: list[str]) -> bool:
    return set(settings) <= set(done["setting"][done["fold"] == fold])


def _holds_out(summary: Summary, done: pd.DataFrame, fold: int) -> bool:
    """Tell whether the image is in the test fold; the runs of one fold are dealt alike."""
    run = RunDirectory(run_path(summary.path, done["run_id"][done["fold"] == fold].iloc[0]))
    try:
        parts = read_parts(run)
    except BadInput:
        return False
    own = parts[parts["id"] == IMAGE]
    return bool(len(own)) and bool(own["part"].eq("test").all())


def _draw_network(run: Path, out: Path) -> None:
    config = read_config(RunDirectory(run).config_file)
    rows = layer_rows(Autoencoder(config.model, seed=config.seed))
    save(draw_network([asdict(row) for row in rows]), out)
