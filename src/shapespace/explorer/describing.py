"""What the page is told once: the space, the stimuli, the directions, and people's ratings."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.spatial.distance import squareform
from scipy.stats import kendalltau
from sklearn.decomposition import PCA

from shapespace.arrays import Greys
from shapespace.data.ratings import items, published_dissimilarities
from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import distances
from shapespace.explorer.opened import OpenRun
from shapespace.explorer.spots import REACH_REST, Spot
from shapespace.studies.walking.redrawing import HELD_OUT
from shapespace.walks.walking import held

ENDS = {
    "FORM": ("elongated", "blob-like"),
    "LINES": ("straight", "curved"),
    "ORIENTATION": ("horizontal", "vertical"),
}
"""What the published features mean at either end."""

N_STEPS = 7
REACH_WALK = 1.5


def description(runs: Sequence[OpenRun]) -> dict[str, Any]:
    """Return everything about runs and space that does not change while the page is open."""
    first = runs[0]
    for other in runs[1:]:
        if other.names != first.names:
            raise BadInput(
                f"{first.run.name} and {other.run.name} know different stimuli of this space, so "
                "they cannot stand side by side."
            )
    places, space = first.places, first.run.space
    found = PCA(min(2, places.shape[1])).fit(places)
    return {
        "space": {
            "name": space.name,
            "n_dims": space.n_dims,
            "middle": places.mean(axis=0).tolist(),
            "axes": [
                {
                    "name": f"principal {row + 1}",
                    "vector": vector.tolist(),
                    "share": float(found.explained_variance_ratio_[row]),
                }
                for row, vector in enumerate(np.asarray(found.components_))
            ]
            + [
                {"name": f"dimension {dim + 1}", "vector": row.tolist()}
                for dim, row in enumerate(np.eye(space.n_dims))
            ]
            + [
                {"name": name, "vector": vector.tolist(), "ends": ENDS.get(name)}
                for name, vector in space.directions.items()
            ],
            "features": [_feature(first, name) for name in space.directions],
        },
        "stimuli": [
            {"name": name, "category": category, "place": place}
            for name, category, place in zip(
                first.names, _categories(first.names), places.tolist(), strict=True
            )
        ],
        "runs": [_run(one) for one in runs],
        "reach_rest": REACH_REST,
    }


def _run(one: OpenRun) -> dict[str, Any]:
    space, run = one.run.space, one.run
    r2 = None if space.held_out_r2 is None else float(space.held_out_r2.mean())
    return {
        "name": run.name,
        "side": run.side,
        "code_size": run.code_size,
        "recipe": run.config.recipe,
        "map": space.kind,
        "map_r2": r2,
        "stand_in": run.stand_in,
        "seen": [run.seen(name) for name in one.names],
        "places": run.space.map.coordinates(one.codes).tolist(),
        "rest": one.rest_shares,
        "start": next((n for n in one.names if run.seen(n) == HELD_OUT), one.names[0]),
    }


def _feature(one: OpenRun, name: str) -> dict[str, Any]:
    directions = one.run.space.directions
    vector = directions[name]
    try:
        step, holds = held(directions, name), True
    except BadInput:  # its direction lies within those of the others
        step, holds = vector, False
    along = one.places @ vector
    return {
        "name": name,
        "ends": ENDS.get(name),
        "vector": vector.tolist(),
        "step": step.tolist(),
        "holds": holds,
        "low": float(along.min()),
        "high": float(along.max()),
    }


def _categories(names: Sequence[str]) -> list[str]:
    table = items()["category"]
    return [str(table.get(name, "")) for name in names]


def pairs(one: OpenRun) -> dict[str, Any]:
    """Return for each pair of rated stimuli what people said beside the distance of its codes.

    Raises:
        BadInput: If people's ratings of these stimuli are not known.
    """
    published = published_dissimilarities()
    shared = [row for row, name in enumerate(one.names) if name in published.items]
    if len(shared) < 3:
        raise BadInput("There are no published ratings of these stimuli to show.")
    names = [one.names[row] for row in shared]
    far = distances(one.codes[shared], "euclidean")
    human = published.subset(names).flat
    first, second = np.triu_indices(len(names), 1)
    held_out = np.array([one.run.seen(name) == HELD_OUT for name in names])
    both = held_out[first] & held_out[second]
    return {
        "first": [shared[row] for row in first],
        "second": [shared[row] for row in second],
        "human": np.round(human, 4).tolist(),
        "distance": np.round(far, 6).tolist(),
        "held_out": both.tolist(),
        "tau": _tau(far, human),
        "tau_held_out": _tau(far[both], human[both]),
        "n_held_out": int(both.sum()),
        "stand_in": one.run.stand_in,
    }


def _tau(far: np.ndarray, human: np.ndarray) -> float | None:
    if len(far) < 3:
        return None
    found = float(kendalltau(far, human).statistic)
    return found if np.isfinite(found) else None


def nearest_by_code(one: OpenRun, spot: Spot) -> list[dict[str, Any]]:
    """Return the stimuli whose codes are nearest to that of the start drawing."""
    codes = np.vstack([one.start_code(spot), one.codes])
    far = squareform(distances(codes, "euclidean"))[0, 1:]
    order = [row for row in np.argsort(far, kind="stable") if one.names[row] != spot.start]
    return [{"name": one.names[row], "distance": float(far[row])} for row in order[:5]]


def start_facts(one: OpenRun, spot: Spot) -> tuple[Greys, dict[str, Any]]:
    """Return the start drawing, what the encoder is given, what the run makes of it, and facts."""
    clean, given = one.start_picture(spot), one.given(spot)
    code = one.run.encode(given)
    point = one.run.space.map.coordinates(code)
    facts = {
        "seen": one.run.seen(spot.start) if spot.start in one.names else "a sketch, never seen",
        "point": point[0].tolist(),
        "nearest": one.nearest(point),
        "nearest_codes": nearest_by_code(one, spot),
        **one.off(code),
    }
    return np.concatenate([clean, given, one.run.decode(code)]), facts


def walk_facts(one: OpenRun, spot: Spot, feature: str) -> tuple[Greys, dict[str, Any]]:
    """Return the pictures of a walk along a feature from a spot, and where they are read back.

    Raises:
        BadInput: If there is no such feature.
    """
    done = one.run.walk(feature, [one.code(spot)[0]], steps=N_STEPS, reach=REACH_WALK)
    ways = one.run.space.directions
    start = done.asked[0, N_STEPS // 2]
    return done.pictures[0], {
        "feature": feature,
        "amounts": done.amounts.tolist(),
        "read_back": {
            name: ((done.read_back[0] - start) @ vector).tolist()
            for name, vector in ways.items()
        },
        "asked": {
            name: ((done.asked[0] - start) @ vector).tolist() for name, vector in ways.items()
        },
        "points": done.asked[0].tolist(),
        "off": [max(one.off(code[None]).values()) for code in done.codes[0]],
    }
