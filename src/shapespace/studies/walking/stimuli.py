"""Sets of pictures for the next experiment: one feature varies evenly, the others are held."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shapespace.errors import BadInput
from shapespace.spaces.directory import read_coordinates, read_description
from shapespace.studies.loaded import LoadedRun
from shapespace.walks.inverse import StepKind
from shapespace.walks.levels import Even, Levels, place_levels
from shapespace.walks.next_pairs import pairs_to_rate
from shapespace.walks.walking import held

STEP: StepKind = "typical"
"""How the codes of a set change from level to level; see `walks.inverse.STEPS`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class StimulusSet:
    """Pictures of one drawing at even levels of one feature."""

    feature: str
    start: str
    seen: str
    levels: Levels

    @property
    def ids(self) -> list[str]:
        """A name for each picture, which is also that of its file."""
        stem = self.start.replace(" ", "-")
        return [
            f"{stem}-{self.feature.lower()}-{n + 1}" for n in range(len(self.levels.amounts))
        ]


def make_stimuli(
    run: LoadedRun,
    feature: str,
    starts: Sequence[str],
    *,
    n_levels: int = 5,
    reach: float = 1.0,
    even: Even = "read-back",
    vary_freely: Sequence[str] = (),
) -> tuple[list[StimulusSet], list[str]]:
    """Draw each start at even levels of a feature, all other features held.

    Args:
        run: The run, with its space.
        feature: The one that varies.
        starts: Stimuli or files to vary, at least one.
        n_levels: Pictures of each.
        reach: How far either way, in standard deviations of the items along the feature.
        even: What is evenly spaced; see `place_levels`.
        vary_freely: Features that need not be held.

    Returns:
        A set for each start that can be varied, and a sentence for each that cannot.

    Raises:
        BadInput: If the feature is not known, no start is left, or one of them is no image.
    """
    directions = run.space.directions
    unknown = [name for name in (feature, *vary_freely) if name not in directions]
    if unknown:
        raise BadInput(
            f"{run.space.name} has no direction {unknown[0]!r}; it has "
            f"{', '.join(directions) or 'none'}."
        )
    if not starts:
        raise BadInput("Name at least one drawing to vary.")
    others = [name for name in directions if name != feature and name not in vary_freely]
    step, axis = held(directions, feature, others), directions[feature]
    units = reach * float((run.space.coordinates @ axis).std())
    made, refused = [], []
    for start, code in zip(starts, run.encode(run.images(*starts)), strict=True):
        try:
            levels = place_levels(
                run, run.space.map, code, step, axis,
                n_levels=n_levels, reach=units, inverse=run.inverse(STEP), cloud=run.cloud, even=even,
            )  # fmt: skip
        except BadInput as error:
            refused.append(f"{start}: {error}")
            continue
        made.append(
            StimulusSet(feature=feature, start=start, seen=run.seen(start), levels=levels)
        )
    if not made:
        raise BadInput("No start can be varied as asked. " + " ".join(refused))
    return made, refused


def manifest(run: LoadedRun, sets: Sequence[StimulusSet]) -> pd.DataFrame:
    """Return one row a picture: its file, where it was asked to lie, and where it reads back.

    Columns: `id`, `file`, `start`, `seen`, `feature`, `level`, `amount`, `policy`, `step`,
    `off_data_percentile`, `asked_*` and `read_back_*` for every feature, then `d0`, `d1`, ...
    (coordinates asked for) and `read_back_d0`, ... (coordinates of the picture's code).
    """
    rows = []
    for one in sets:
        levels = one.levels
        for n, name in enumerate(one.ids):
            row = {
                "id": name,
                "file": f"{name}.png",
                "start": one.start,
                "seen": one.seen,
                "feature": one.feature,
                "level": n + 1,
                "amount": levels.amounts[n],
                "policy": "anchor",
                "step": STEP,
                "off_data_percentile": levels.off_data[n],
            }
            for which, point in (
                ("asked", levels.asked[n]),
                ("read_back", levels.read_back[n]),
            ):
                for feature, way in run.space.directions.items():
                    row[f"{which}_{feature}"] = float(point @ way)
            row |= {f"d{i}": x for i, x in enumerate(levels.asked[n])}
            row |= {f"read_back_d{i}": x for i, x in enumerate(levels.read_back[n])}
            rows.append(row)
    return pd.DataFrame(rows)


def evenness(run: LoadedRun, one: StimulusSet) -> float:
    """Return the largest gap read back between neighbouring levels over the mean gap; 1 is even,
    and nan where the pictures do not move along the feature as a whole."""
    along = one.levels.read_back @ run.space.directions[one.feature]
    mean = (along[-1] - along[0]) / (len(along) - 1)
    return float(np.diff(along).max() / mean) if mean > 0 else float("nan")


def uncertain_pairs(space: str, n_dims: int, n_pairs: int) -> pd.DataFrame:
    """Return the pairs of items whose distance is least certain; see `pairs_to_rate`.

    Args:
        space: Directory of a space that was built with resampled ratings.
        n_dims: Which of its spaces.
        n_pairs: Pairs to return at most.

    Raises:
        BadInput: If the space is none, or nothing is known of its certainty.
    """
    if space in ("published", "code"):
        raise BadInput(
            "How certain the published positions are is not known. Build the space anew, as in "
            "`shapespace space build --draws 200 --out spaces/shapes`, and name it by --space."
        )
    directory = Path(space)
    items, coordinates = read_coordinates(directory, n_dims)
    described = {one["n_dims"]: one for one in read_description(directory)["spaces"]}
    stability = described[n_dims]["stability"]
    if stability is None:
        raise BadInput(
            f"{space} was built without resampled ratings; build it again with --draws 200."
        )
    covariances = np.array([stability["covariances"][item] for item in items])
    return pairs_to_rate(items, coordinates, covariances, n_pairs)
