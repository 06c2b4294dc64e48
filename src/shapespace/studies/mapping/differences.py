"""Which of two mappings is nearer: squared errors of the same stimuli, one minus the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from shapespace.data.randomness import numpy_stream
from shapespace.evaluation.bootstrap import Estimate, cluster_bootstrap, estimate
from shapespace.studies.mapping.cells import BASELINE, TRAINED, is_main
from shapespace.studies.mapping.rows import Scoring

DEFINITION = (
    "Squared error of the network minus that of the other, mean over the stimuli that both placed: "
    "below 0 the network is nearer. Intervals are over stimuli, each drawn with both of its errors."
)

Row = Mapping[str, Any]


def paired_differences(
    rows: Sequence[Row], network: str, scoring: Scoring
) -> list[dict[str, Any]]:
    """Compare the network with each other source, and units trained for it with all regressions.

    Regressions are trained on noisy copies and tested on clean ones, strengths chosen inside the
    folds. Stimuli that the network never saw count alone where there are any.

    Args:
        rows: Of `rows.condition_rows` and `rows.trained_rows`, errors by stimulus.
        network: Source of the rows of the network.
        scoring: How.

    Returns:
        One row a space and pair.
    """
    main = [row for row in rows if is_main(row) and row["source"] != BASELINE]
    own = [row for row in main if row["source"] == network]
    if any(row["stimuli"] == "held out" for row in own):
        own = [row for row in own if row["stimuli"] == "held out"]
    others = [row for row in main if row["source"] != network]
    return [
        {
            "n_dims": one["n_dims"],
            "source": one["source"],
            "regression": one["regression"],
            "stimuli": one["stimuli"],
            "share_seen": one["share_seen"],
            "other": other["source"],
            "other_regression": other["regression"],
            "difference": asdict(_difference(one, other, scoring)),
        }
        for one, other in _pairs(own, others)
    ]


def _pairs(own: Sequence[Row], others: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    for one in own:
        alike = [row for row in [*own, *others] if row["n_dims"] == one["n_dims"]]
        for other in alike:
            if one["regression"] == TRAINED:
                if other is not one:
                    yield one, other
            elif other["source"] != one["source"] and other["regression"] == one["regression"]:
                yield one, other


def _difference(one: Row, other: Row, scoring: Scoring) -> Estimate:
    both = [name for name in one["errors"] if name in other["errors"]]
    apart = np.array([one["errors"][name] - other["errors"][name] for name in both])
    means = cluster_bootstrap(
        apart[:, None],
        np.arange(len(both)),
        generator=numpy_stream(scoring.seed, "mapping differences"),
        n_draws=scoring.n_draws,
    )
    return estimate(float(means.observed[0]), means.draws[:, 0], len(both))
