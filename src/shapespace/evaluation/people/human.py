"""Agreement of codes with people: every distance, its baselines, and what people reach."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray

from shapespace.arrays import Matrix
from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import N_DRAWS
from shapespace.evaluation.pairs.distances import KINDS, Kind, distances
from shapespace.evaluation.people.baselines import shuffled_ratings
from shapespace.evaluation.people.correlation import why_undefined
from shapespace.evaluation.people.intervals import Block, agreement_estimates
from shapespace.evaluation.people.reliability import MEASURES as RELIABILITY
from shapespace.evaluation.people.reliability import rater_agreement, split_half_reliability
from shapespace.evaluation.people.weights import (
    apart,
    folds_over_pairs,
    folds_over_stimuli,
    pairs_among,
)

Protocol = Literal["published", "sound"]

N_FOLDS = 5

N_BASELINE_DRAWS = 200
"""Bootstrap draws behind the intervals of baselines, which need less precision."""

STAND_IN = "The codes are those of stand-in drawings, not of the drawings that people rated."


def agreement(
    codes: Matrix,
    ratings: Ratings,
    *,
    items: Sequence[str],
    held_out: Sequence[str],
    protocol: Protocol,
    generator: np.random.Generator,
    folds: Mapping[str, int] | None = None,
    baselines: Mapping[str, Matrix] | None = None,
    stand_in: bool = False,
    n_draws: int = N_DRAWS,
) -> dict[str, Any]:
    """Measure how well distances between codes follow what people said.

    Args:
        codes: One row a stimulus: its clean, unaugmented drawing, all units.
        ratings: What people said; its items are those that are scored.
        items: The name of each row of `codes`; rows are joined to the ratings by it.
        held_out: Items that the network was not trained on; may be empty.
        protocol: How weights of units are cross-validated: "published" over pairs, or "sound"
            over stimuli.
        generator: Source of the randomness.
        folds: The fold of each item, for weights over stimuli; by default the position among
            the rated items mod 5, as in the study.
        baselines: Further codes by name, rows as in `codes`, such as "pixels" and "untrained".
        stand_in: Whether the drawings only stand in for those that people rated; said in
        `notes`.
        n_draws: Bootstrap draws behind each interval.

    Returns:
        What stands under `human` in the results. For each distance (`euclidean`, `manhattan`,
        `cosine`, `inner_product`):

        - `fixed` and `optimised`: each measure as {value, low, high, n}, with the weights of
          the units 1, or fitted without the pairs they are scored on;
        - `fixed_in_folds`, with "sound": weights 1, scored on the same pairs as `optimised`,
          which are fewer, so that the two can be compared.

        Beside them `held_out` with the same for pairs of held-out items alone (optimised
        weights are fitted to the other items), `baselines` with the same for each of them,
        `shuffled` with agreement by chance for each distance, `ceiling`, what `intervals` are
        over, `notes` and counts.

    Raises:
        BadInput: If a rated item has no code, or codes are no numbers.
    """
    rows = _rows(items, ratings.items)
    _rows(ratings.items, held_out)
    unseen = np.isin(ratings.items, list(held_out))
    fold_of = _folds(ratings.items, folds)

    def scores(codes: Matrix, n_draws: int) -> dict[str, Any]:
        return {
            **{
                kind: _on_all(codes, ratings, kind, protocol, fold_of, generator, n_draws)
                for kind in KINDS
            },
            "held_out": {
                kind: _on_held_out(codes, ratings, kind, unseen, generator, n_draws)
                for kind in KINDS
                if unseen.any()
            },
        }

    codes = codes[rows]
    return {
        **scores(codes, n_draws),
        "baselines": {
            name: scores(other[rows], min(n_draws, N_BASELINE_DRAWS))
            for name, other in (baselines or {}).items()
        },
        "shuffled": {
            kind: asdict(
                shuffled_ratings(distances(codes, kind), ratings.matrix, generator=generator)
            )
            for kind in KINDS
        },
        "ceiling": _ceiling(ratings),
        "intervals": "over stimuli alone: ratings are means, and who gave which is not drawn again",
        "protocol": protocol,
        "n_stimuli": len(ratings.items),
        "n_pairs": int((~np.isnan(ratings.flat)).sum()),
        "n_held_out": int(unseen.sum()),
        "n_held_out_pairs": len(pairs_among(unseen)),
        "notes": ([STAND_IN] if stand_in else []) + _notes(codes, ratings),
    }


def _ceiling(ratings: Ratings) -> dict[str, Any]:
    """Return how well people agree with each other, where single ratings are known.

    By measure: two halves of the raters; `attainable`, what a model that knows the true means
    would reach with the means of all; and `single`, the noise ceiling of single raters: each with
    the others (lower) and with all (upper). Intervals are left to `compare`: they take longer
    than all else here.
    """
    if ratings.single is None:
        return {}
    values = ratings.single.T
    found = split_half_reliability(values, generator=np.random.default_rng(0))
    halves = {name: getattr(found, name) for name in RELIABILITY}
    single = {name: rater_agreement(values, name).ceiling for name in RELIABILITY}
    return {
        **{name: one.halves for name, one in halves.items()},
        "pearson_corrected": found.pearson.corrected,
        "attainable": {name: one.attainable for name, one in halves.items()},
        "single": {
            bound: {name: both[place] for name, both in single.items()}
            for place, bound in enumerate(("lower", "upper"))
        },
        "n_pairs": found.n_things,
        "n_people": len(values),
        "note": f"Ceilings come from {len(values)} raters over {found.n_things} pairs: the only "
        "ones whose single ratings are known.",
    }


def _on_all(
    codes: Matrix,
    ratings: Ratings,
    kind: Kind,
    protocol: Protocol,
    folds: Int[ndarray, " item"],
    generator: np.random.Generator,
    n_draws: int,
) -> dict[str, Any]:
    fixed = distances(codes, kind)
    scored = {"fixed": [Block(np.arange(len(fixed)), fixed)]}
    if protocol == "published":
        scored["optimised"] = folds_over_pairs(codes, ratings.flat, kind)
    else:
        scored["optimised"] = folds_over_stimuli(codes, ratings.flat, kind, folds)
        within = [pairs_among(folds == fold) for fold in np.unique(folds)]
        scored["fixed_in_folds"] = [Block(pairs, fixed[pairs]) for pairs in within]
    return _estimates(scored, ratings, generator, n_draws)


def _on_held_out(
    codes: Matrix,
    ratings: Ratings,
    kind: Kind,
    held_out: Bool[ndarray, " item"],
    generator: np.random.Generator,
    n_draws: int,
) -> dict[str, Any]:
    pairs = pairs_among(held_out)
    scored = {
        "fixed": [Block(pairs, distances(codes, kind)[pairs])],
        "optimised": apart(codes, ratings.flat, kind, held_out),
    }
    return _estimates(scored, ratings, generator, n_draws)


def _estimates(
    scored: Mapping[str, list[Block]],
    ratings: Ratings,
    generator: np.random.Generator,
    n_draws: int,
) -> dict[str, Any]:
    result = {}
    for name, blocks in scored.items():
        found = agreement_estimates(blocks, ratings.flat, generator=generator, n_draws=n_draws)
        result[name] = {measure: asdict(value) for measure, value in found.items()}
    return result


def _rows(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    place = {name: row for row, name in enumerate(names)}
    missing = [name for name in wanted if name not in place]
    if missing:
        raise BadInput(
            f"{len(missing)} of {len(wanted)} items are missing, such as {missing[0]!r}. "
            "Codes, ratings and held-out items must be of the same items, by name."
        )
    return [place[name] for name in wanted]


def _folds(items: Sequence[str], folds: Mapping[str, int] | None) -> Int[ndarray, " item"]:
    if folds is None:
        return np.arange(len(items)) % N_FOLDS
    missing = [item for item in items if item not in folds]
    if missing:
        raise BadInput(f"{missing[0]!r} has no fold. Name a fold for each rated item.")
    return np.array([folds[item] for item in items])


def _notes(codes: Matrix, ratings: Ratings) -> list[str]:
    rated = ~np.isnan(ratings.flat)
    found = [
        (kind, why_undefined(distances(codes, kind)[rated], ratings.flat[rated]))
        for kind in KINDS
    ]
    return [f"{kind}: {note}" for kind, note in found if note]
