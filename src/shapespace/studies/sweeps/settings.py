"""What every setting of a study came to: means over folds, spread over folds and seeds."""

import math
from dataclasses import dataclass

import numpy as np

from shapespace.studies.sweeps.comparison import Mean, corrected_mean, scores
from shapespace.studies.sweeps.summary import Summary


@dataclass(frozen=True, kw_only=True)
class SettingScore:
    """One measure of one setting."""

    setting: str
    measure: str
    mean: Mean
    """Over folds, seeds averaged first; its interval is corrected for shared training images."""
    sd_folds: float
    """Standard deviation of the means of folds; nan for fewer than two."""
    sd_seeds: float
    """Standard deviation of seeds within a fold, pooled; nan where each fold has one."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a setting is, and what its runs looked like."""

    setting: str
    n_cells: int
    n_finished: int
    n_failed: int
    n_collapsed: int
    best_epochs: tuple[int, ...]
    """The epoch whose weights were kept, of each finished cell."""


def setting_scores(summary: Summary, measure: str) -> list[SettingScore]:
    """Return one measure of every setting, in the order of the declaration."""
    by_fold = scores(summary, measure).groupby(level="fold")
    means = by_fold.mean().to_numpy(dtype=float)
    degrees = (by_fold.count() - 1).clip(lower=0).to_numpy(dtype=float)
    squares = np.nan_to_num(by_fold.var(ddof=1).to_numpy(dtype=float)) * degrees
    n_free = degrees.sum(axis=0)
    pooled = np.divide(
        squares.sum(axis=0), n_free, out=np.full(len(n_free), math.nan), where=n_free > 0
    )
    found = []
    for place, setting in enumerate(summary.settings):
        folds = means[np.isfinite(means[:, place]), place]
        found.append(
            SettingScore(
                setting=setting,
                measure=measure,
                mean=corrected_mean(folds, test_share=summary.test_share),
                sd_folds=float(folds.std(ddof=1)) if len(folds) > 1 else math.nan,
                sd_seeds=math.sqrt(pooled[place]),
            )
        )
    return found


def progress(summary: Summary) -> list[Progress]:
    """Return how far each setting is, in the order of the declaration."""
    cells: dict[str, list[tuple]] = {setting: [] for setting in summary.settings}
    columns = (summary.cells[name] for name in ("setting", "state", "collapsed", "best_epoch"))
    for setting, state, collapsed, epoch in zip(*columns, strict=True):
        cells[setting].append((state, collapsed, epoch))
    return [
        Progress(
            setting=setting,
            n_cells=len(own),
            n_finished=sum(state == "finished" for state, _, _ in own),
            n_failed=sum(state in ("failed", "unreadable") for state, _, _ in own),
            n_collapsed=sum(collapsed is True for _, collapsed, _ in own),
            best_epochs=tuple(int(epoch) for _, _, epoch in own if math.isfinite(epoch)),
        )
        for setting, own in cells.items()
    ]
