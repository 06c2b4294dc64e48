"""The rows of the table of mappings: one a source, condition, regression, strength and space.

Rows of "all" stimuli average what every network makes of all of them, whatever it saw. In rows of
stimuli "held out" each is placed only by networks that never saw it, and by regressions without
it: with the runs of all folds these are all stimuli again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from shapespace.arrays import CodeRows
from shapespace.data.randomness import numpy_stream
from shapespace.spaces.mapping.baselines import BASELINES, place_blindly
from shapespace.spaces.mapping.regressions import Regression, strengths_for
from shapespace.spaces.mapping.scores import (
    Placed,
    errors_by_stimulus,
    mean_squared_error,
    scores,
    together,
)
from shapespace.spaces.mapping.transfer import CodedImages, Transfer, transfer
from shapespace.studies.mapping.cells import BASELINE, FIXED, INSIDE, ONLY, SHUFFLED, TRAINED
from shapespace.studies.mapping.codes import Standing

COSTLY: tuple[Regression, ...] = ("lasso", "svr")
"""Regressions whose work grows with the dimensions of all spaces together."""


@dataclass(frozen=True, eq=False)
class Judged:
    """Coded images of one network (or file), by condition, and what the stimuli are to it."""

    images: Mapping[str, CodedImages]
    standing: Standing


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """How images are scored, for all rows alike."""

    ids: Sequence[str]
    """Name of every stimulus."""
    seed: int
    """Source of the bootstrap and of the baselines."""
    n_draws: int
    """Bootstrap draws behind each interval."""


@dataclass(frozen=True, kw_only=True)
class _Scorer:
    """Scores images, for rows that share most of their cells."""

    cells: dict[str, Any]
    scoring: Scoring

    def row(self, placed: Sequence[Placed], seen: Sequence[np.ndarray], **cells: Any) -> dict:
        """Return one row.

        Args:
            placed: Images of each network.
            seen: Whether each stimulus was seen by each network.
            cells: Further cells.
        """
        how, joined = self.scoring, together(placed)
        found = scores(joined, generator=numpy_stream(how.seed, "mapping"), n_draws=how.n_draws)
        shown = [np.unique(one.stimuli) for one in placed]
        n_seen = [int(mask[rows].sum()) for mask, rows in zip(seen, shown, strict=True)]
        row = {
            **self.cells,
            **cells,
            "n_networks": len(placed),
            "n_stimuli": len(np.unique(np.concatenate(shown))),
            "share_seen": sum(n_seen) / sum(map(len, shown)),
            **{name: asdict(value) for name, value in found.items()},
        }
        if row["choice"] != FIXED:  # nobody asks for errors of single strengths
            errors = errors_by_stimulus(joined, len(how.ids))
            named = zip(how.ids, errors.tolist(), strict=True)
            row["errors"] = {name: error for name, error in named if not np.isnan(error)}
        return row


def condition_rows(
    source: str,
    kind: Regression,
    train: str,
    tests: Sequence[str],
    judged: Sequence[Judged],
    spaces: Mapping[int, CodeRows],
    scoring: Scoring,
) -> list[dict[str, Any]]:
    """Return the rows of one source, regression and training condition.

    Args:
        source: Where the codes come from.
        kind: Which regression.
        train: Condition of the training images.
        tests: Conditions of the test images.
        judged: The networks that are averaged.
        spaces: Coordinates of every stimulus by dimensions; the first is searched in full.
        scoring: How.
    """
    found = _all_spaces(kind, train, tests, judged, spaces)
    seen = [one.standing.seen for one in judged]
    rows = []
    for test, n_dims in found[0]:
        scorer = _Scorer(
            cells={
                "source": source, "regression": kind, "train": train, "test": test,
                "n_dims": n_dims,
            },
            scoring=scoring,
        )  # fmt: skip
        transfers = [one[test, n_dims] for one in found]
        rows += _rows(scorer, transfers, seen, whole_grid=n_dims == next(iter(spaces)))
    return rows


def _all_spaces(
    kind: Regression,
    train: str,
    tests: Sequence[str],
    judged: Sequence[Judged],
    spaces: Mapping[int, CodeRows],
) -> list[dict[tuple[str, int], Transfer]]:
    """Return the transfers of each network; costly regressions search the first space in full."""

    def of_each(strengths: Sequence[float | int], wanted: Mapping[int, CodeRows]):
        return [
            transfer(
                kind, strengths, one.images[train], {test: one.images[test] for test in tests},
                wanted, one.standing.folds,
            )
            for one in judged
        ]  # fmt: skip

    # Of three folds, a choice inside leaves hardly more than a third of the images to learn from.
    strengths = strengths_for(kind, min(len(one.images[train].codes) for one in judged) // 4)
    if kind not in COSTLY or len(spaces) == 1:
        return of_each(strengths, spaces)
    first, *others = spaces
    found = of_each(strengths, {first: spaces[first]})
    chosen = {k for one in found for each in one.values() for k in (each.chosen or {}).values()}
    near = strengths[max(0, min(chosen) - 1) : max(chosen) + 2]
    further = of_each(near, {n: spaces[n] for n in others})
    return [one | more for one, more in zip(found, further, strict=True)]


def _rows(
    scorer: _Scorer,
    transfers: Sequence[Transfer],
    seen: Sequence[np.ndarray],
    *,
    whole_grid: bool,
) -> list[dict[str, Any]]:
    strengths = transfers[0].strengths
    single = len(strengths) == 1
    errors = [
        np.mean([mean_squared_error(one.at(k)) for one in transfers])
        for k in range(len(strengths))
    ]
    best = int(np.argmin(errors))
    inside = sorted({strengths[k] for one in transfers for k in (one.chosen or {}).values()})
    chosen = {"choice": ONLY if single else INSIDE, "strength": None, "strengths": inside}
    rows = list(_all_and_held_out(scorer, [one.nested for one in transfers], seen, **chosen))
    if single:
        return rows
    for k, strength in enumerate(strengths):
        if whole_grid or k == best:
            cells = {"choice": FIXED, "strength": strength, "strengths": [strength]}
            placed = [one.at(k) for one in transfers]
            rows.append(scorer.row(placed, seen, **cells, best=k == best, stimuli="all"))
    return rows


def _all_and_held_out(
    scorer: _Scorer, placed: Sequence[Placed], seen: Sequence[np.ndarray], **cells: Any
) -> Iterator[dict[str, Any]]:
    """Give the row of all stimuli, and that of each stimulus by the networks that never saw it."""
    yield scorer.row(placed, seen, **cells, best=False, stimuli="all")
    new = [row for row, mask in enumerate(seen) if not mask.all()]
    if new and any(mask.any() for mask in seen):
        held_out = [placed[row].of(~seen[row]) for row in new]
        masks = [seen[row] for row in new]
        yield scorer.row(held_out, masks, **cells, best=False, stimuli="held out")


def trained_rows(
    source: str,
    judged: Sequence[Judged],
    space: tuple[int, CodeRows],
    scoring: Scoring,
) -> list[dict[str, Any]]:
    """Return the rows of networks whose first units were trained to be coordinates.

    Args:
        source: What they are called.
        judged: The networks that are averaged.
        space: Dimensions and coordinates of the space they were trained for.
        scoring: How.
    """
    n_dims, targets = space
    rows = []
    for test in ("clean", "noisy"):
        placed = [
            Placed(
                coordinates=one.images[test].codes[:, :n_dims],
                targets=targets[one.images[test].stimuli],
                stimuli=one.images[test].stimuli,
            )
            for one in judged
        ]
        cells = {
            "source": source, "regression": TRAINED, "train": "noisy", "test": test,
            "n_dims": n_dims,
        }  # fmt: skip
        scorer = _Scorer(cells=cells, scoring=scoring)
        seen = [one.standing.seen for one in judged]
        rows += _all_and_held_out(
            scorer, placed, seen, choice=ONLY, strength=None, strengths=[]
        )
    return rows


def blind_rows(
    judged: Sequence[Judged],
    spaces: Mapping[int, CodeRows],
    scoring: Scoring,
) -> list[dict[str, Any]]:
    """Return the rows of all that looks at no image, and of stimuli with each other's places.

    Args:
        judged: The networks; baselines take the folds and images of the first.
        spaces: Coordinates of every stimulus by dimensions.
        scoring: How.
    """
    first = judged[0]
    stimuli, folds = first.images["clean"].stimuli, first.standing.folds
    nothing = np.zeros(len(folds), bool)
    rows = []
    for n_dims, targets in spaces.items():
        cells = {"source": BASELINE, "train": "noisy", "test": "clean", "n_dims": n_dims}
        scorer = _Scorer(cells=cells, scoring=scoring)
        plain = {
            "choice": ONLY,
            "strength": None,
            "strengths": [],
            "best": False,
            "stimuli": "all",
        }
        for kind in BASELINES:
            generator = numpy_stream(scoring.seed, f"baseline {kind}", n_dims)
            placed = place_blindly(kind, targets, stimuli, folds, generator=generator)
            rows.append(scorer.row([placed], [nothing], **plain, regression=kind))
        swapped = targets[
            numpy_stream(scoring.seed, "shuffled places").permutation(len(targets))
        ]
        found = [
            transfer(
                "ridge", strengths_for("ridge", 1), one.images["noisy"],
                {"clean": one.images["clean"]}, {n_dims: swapped}, one.standing.folds,
            )["clean", n_dims].nested
            for one in judged
        ]  # fmt: skip
        seen = [one.standing.seen for one in judged]
        rows.append(scorer.row(found, seen, **plain, regression=SHUFFLED))
    return rows
