"""Whether copies of the same drawing stay together in the code: silhouettes."""

from typing import Literal, get_args

import numpy as np
from sklearn.metrics import silhouette_samples

from shapespace.arrays import Mask
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import N_DRAWS, Estimate, cluster_bootstrap, estimate
from shapespace.spaces.mapping.transfer import CodedImages

Metric = Literal["euclidean", "manhattan", "cosine"]
METRICS: tuple[Metric, ...] = get_args(Metric)

DEFINITION = (
    "Mean over copies of (b - a) / max(a, b), a the mean distance to the other copies of the same "
    "drawing, b to the copies of the nearest other drawing: -1 to 1; 1 where copies of a drawing "
    "stay together, 0 where they mix."
)


def silhouettes(
    images: CodedImages,
    *,
    generator: np.random.Generator,
    scored: Mask | None = None,
    n_draws: int = N_DRAWS,
) -> dict[str, Estimate]:
    """Return the silhouette of the copies of each stimulus under three distances.

    The interval is over stimuli, with the distances as they are.

    Args:
        images: Two copies or more of two stimuli or more.
        generator: Source of the bootstrap.
        scored: Whether each stimulus counts in the mean, by its number; all of them if not
            given. The others are still there to be confused with.
        n_draws: Bootstrap draws behind the intervals.

    Raises:
        BadInput: If there are fewer stimuli, or as many stimuli as images.

    Reference:
        Rousseeuw (1987), J. Comput. Appl. Math. 20.
    """
    n_stimuli = len(np.unique(images.stimuli))
    if not 2 <= n_stimuli < len(images.stimuli):
        raise BadInput(
            "Silhouettes need copies of two stimuli or more, and more copies than stimuli; got "
            f"{len(images.stimuli)} images of {n_stimuli}."
        )
    values = np.stack(
        [silhouette_samples(images.codes, images.stimuli, metric=kind) for kind in METRICS],
        axis=1,
    )
    counted = np.ones(len(values), bool) if scored is None else scored[images.stimuli]
    means = cluster_bootstrap(
        values[counted], images.stimuli[counted], generator=generator, n_draws=n_draws
    )
    return {
        kind: estimate(float(means.observed[k]), means.draws[:, k], int(means.n_stimuli[k]))
        for k, kind in enumerate(METRICS)
    }
