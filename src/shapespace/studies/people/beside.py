"""A run beside the same network untrained and beside pixels, compared as all representations are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shapespace.arrays import Matrix
from shapespace.data.randomness import numpy_stream
from shapespace.errors import BadInput
from shapespace.studies.people.comparing import CompareSettings, Model, compare_models
from shapespace.studies.people.rated import published_people
from shapespace.studies.people.representing import space_of

RUN = "run"
"""Name of the model that was trained."""


def compare_with_baselines(
    codes: Mapping[str, Matrix],
    ids: Sequence[str],
    *,
    sources: Mapping[str, str],
    unseen: Sequence[str],
    folds: Mapping[str, int] | None,
    stand_in: bool,
    settings: CompareSettings,
) -> dict[str, Any]:
    """Compare a run with baselines on the published ratings, and with the published space.

    Args:
        codes: By name of the model; that of the run is `RUN`. The others saw no stimulus.
        ids: The stimulus of each row of all codes.
        sources: Where the codes of each model come from, in words.
        unseen: Stimuli that neither trained the run nor chose its snapshot.
        folds: Fold of each stimulus, so that the test fold is new to run and read-out; by
            position if the run was not trained on them.
        stand_in: Whether the images were stand-ins for those that were rated.
        settings: How; its seed is that of the ceiling, too.

    Returns:
        See `compare_models`.

    Raises:
        BadInput: If a rated stimulus has no code.
    """
    people = published_people(generator=numpy_stream(settings.seed, "ceiling"))
    items, row = people.ratings.items, {id_: row for row, id_ in enumerate(ids)}
    missing = [item for item in items if item not in row]
    if missing:
        raise BadInput(f"{missing[0]!r} was rated, but there is no code of it.")
    models = [
        Model(
            name=name,
            codes=one[[row[item] for item in items]],
            source=sources[name],
            unseen=tuple(unseen) if name == RUN else tuple(items),
            stand_in=stand_in,
        )
        for name, one in codes.items()
    ]
    dealt = None if folds is None else np.array([folds[item] for item in items])
    return compare_models(models, people, settings, space=space_of(people, None), folds=dealt)
