"""Walks along a direction: decode, re-encode, read back where the pictures have come to lie."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from numpy import ndarray
from scipy.stats import kendalltau

from shapespace.errors import BadInput
from shapespace.evaluation.bootstrap import Estimate, cluster_bootstrap, estimate
from shapespace.spaces.mapping.linear_map import LinearMap
from shapespace.walks.codec import Codec
from shapespace.walks.inverse import Inverse

Vector = Float[ndarray, " dim"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    """Pictures on the way along one direction, from several drawings, and where they read back."""

    feature: str
    amounts: Float[ndarray, " step"]
    """How far each step lies from the start, in units of the space."""
    codes: Float[ndarray, "start step unit"]
    """What was decoded."""
    pictures: Float[ndarray, "start step height width"]
    asked: Float[ndarray, "start step dim"]
    """Coordinates of the codes."""
    read_back: Float[ndarray, "start step dim"]
    """Coordinates of the codes of the pictures."""
    direction: Vector
    """What one unit of the amounts is in the space: the unit vector of the feature, or the step
    that holds other features."""


def walk(
    codec: Codec,
    to_space: LinearMap,
    starts: Float[ndarray, "start unit"],
    direction: Vector,
    amounts: Float[ndarray, " step"],
    *,
    inverse: Inverse,
    feature: str = "",
) -> Walk:
    """Walk from every start along a direction of the space, the rest of its code kept.

    Args:
        codec: The model.
        to_space: Its map into the space.
        starts: Codes of the drawings to begin from.
        direction: Unit vector in the space, or the step of `held`.
        amounts: How far to go, in units of the space; 0 is the start itself.
        inverse: How codes change when coordinates do; see `inverse.STEPS`.
        feature: Name of the direction.
    """
    return _walked(
        codec, to_space, starts, amounts, inverse @ direction, direction, feature=feature
    )


def random_walks(
    codec: Codec,
    to_space: LinearMap,
    starts: Float[ndarray, "start unit"],
    amounts: Float[ndarray, " step"],
    *,
    length: float,
    training_codes: Float[ndarray, "training unit"],
    n_walks: int,
    generator: np.random.Generator,
) -> list[Walk]:
    """Walk as far, but in directions that mean nothing: the control of a walk.

    Each direction leads from one training code to another, drawn at random, so that it changes
    pictures as training images differ.

    Args:
        codec: The model.
        to_space: Its map into the space, whose scale measures the steps.
        starts: As in `walk`.
        amounts: As in `walk`.
        length: Length of one unit of the walk, in normalised units of the code; see `step_length`.
        training_codes: Codes of training images.
        n_walks: Directions to draw.
        generator: Source of the randomness.
    """
    walks = []
    for _ in range(n_walks):
        first, second = generator.choice(len(training_codes), 2, replace=False)
        step = (training_codes[second] - training_codes[first]) / to_space.scale
        step *= length / max(float(np.linalg.norm(step)), 1e-12)
        walks.append(
            _walked(
                codec, to_space, starts, amounts, step * to_space.scale,
                to_space.weights @ step, feature="random",
            )
        )  # fmt: skip
    return walks


def step_length(to_space: LinearMap, inverse: Inverse, direction: Vector) -> float:
    """Return the length, in normalised units of the code, of one unit along a direction."""
    return float(np.linalg.norm(inverse @ direction / to_space.scale))


@dataclass(frozen=True, kw_only=True)
class ReadBack:
    """What the model says of its own walk; each number with an interval over the starts."""

    slope: Estimate
    """Units read back along the direction for each unit asked: 1 is perfect, 0 no move."""
    kendall_tau_b: Estimate
    """Of read-back and asked amounts within a start: 1 where every step goes further."""
    end_gain: Estimate
    """Way read back between the first and the last step over the way asked."""
    overshoots: Estimate
    """Share of starts that are read back beyond either end of what was asked."""
    leakage: dict[str, Estimate]
    """Units read back along the direction of each other feature, for each unit asked."""
    expected_leakage: dict[str, float]
    """The same where pictures do exactly as asked: 0 if the feature is held, else the cosine of
    the two directions."""
    n_starts: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def read_back(
    done: Walk, directions: Mapping[str, Vector], *, generator: np.random.Generator
) -> ReadBack:
    """Judge a walk by projecting the codes of its pictures into the space again.

    Args:
        done: The walk, of three steps or more, from two starts or more.
        directions: Unit vectors of all features, that of the walk among them.
        generator: Source of the bootstrap over starts.

    Raises:
        BadInput: If there are too few steps or starts.
    """
    if len(done.amounts) < 3 or len(done.codes) < 2:
        raise BadInput(
            "To judge a walk takes at least 3 steps and 2 starts, got "
            f"{len(done.amounts)} and {len(done.codes)}."
        )
    along = done.read_back @ directions[done.feature]
    # From where the start itself is read back, the walk goes as far as asked or farther.
    moved = along - intercepts(along, done.amounts)[:, None]
    asked = np.ptp(done.amounts)
    beyond = (moved[:, -1] > done.amounts[-1]) | (moved[:, 0] < done.amounts[0])
    others = {name: way for name, way in directions.items() if name != done.feature}
    columns = {
        "slope": slopes(along, done.amounts),
        "kendall_tau_b": np.array([_kendall(done.amounts, row) for row in along]),
        "end_gain": (along[:, -1] - along[:, 0]) / asked,
        "overshoots": beyond.astype(np.float64),
        **{name: slopes(done.read_back @ way, done.amounts) for name, way in others.items()},
    }
    found = over_starts(columns, generator=generator)
    return ReadBack(
        slope=found["slope"],
        kendall_tau_b=found["kendall_tau_b"],
        end_gain=found["end_gain"],
        overshoots=found["overshoots"],
        leakage={name: found[name] for name in others},
        expected_leakage={name: float(way @ done.direction) for name, way in others.items()},
        n_starts=len(along),
    )


def over_starts(
    columns: Mapping[str, Float[ndarray, " start"]], *, generator: np.random.Generator
) -> dict[str, Estimate]:
    """Return the mean of each column over the starts, with its bootstrap interval."""
    values = np.stack(list(columns.values()), axis=1)
    means = cluster_bootstrap(values, np.arange(len(values)), generator=generator)
    return {
        name: estimate(means.observed[i], means.draws[:, i], int(means.n_stimuli[i]))
        for i, name in enumerate(columns)
    }


def slopes(
    values: Float[ndarray, "start step"], amounts: Float[ndarray, " step"]
) -> Float[ndarray, " start"]:
    """Return the least-squares slope of each row; steps that are nan are left out.

    A row with fewer than three defined steps has none: nan.
    """
    defined = ~np.isnan(values)
    n = defined.sum(axis=1)
    x = np.where(defined, amounts, 0.0)
    y = np.where(defined, values, 0.0)
    few = np.maximum(n, 1)
    off = np.where(defined, amounts - (x.sum(axis=1) / few)[:, None], 0.0)
    squares = (off**2).sum(axis=1)
    good = (n > 2) & (squares > 0)
    return np.where(good, (off * y).sum(axis=1) / np.where(good, squares, 1.0), np.nan)


def intercepts(
    values: Float[ndarray, "start step"], amounts: Float[ndarray, " step"]
) -> Float[ndarray, " start"]:
    """Return for each row the value at amount 0, between the steps next to it."""
    return np.array([np.interp(0.0, amounts, row) for row in values])


def reaches(
    coordinates: Float[ndarray, "item dim"], direction: Vector, n_steps: int, reach: float
) -> Float[ndarray, " step"]:
    """Return even amounts from -reach to +reach standard deviations of the items' projections.

    Raises:
        BadInput: If there are fewer than 3 steps, or the reach is not above 0.
    """
    if n_steps < 3 or not reach > 0:
        raise BadInput(
            f"A walk has 3 steps or more and a reach above 0, got {n_steps} and {reach:g}."
        )
    return np.linspace(-reach, reach, n_steps) * float((coordinates @ direction).std())


def held(
    directions: Mapping[str, Vector], feature: str, others: Sequence[str] | None = None
) -> Vector:
    """Return the shortest step that raises one feature by a unit and holds the others.

    Args:
        directions: Unit vectors of the features.
        feature: The one that is raised.
        others: Those that are held; all others by default.

    Raises:
        BadInput: If the direction lies within those to be held.
    """
    names = [name for name in directions if name != feature] if others is None else others
    rows = np.stack([directions[feature], *(directions[name] for name in names)])
    wanted = np.zeros(len(rows))
    wanted[0] = 1.0
    step = np.linalg.pinv(rows) @ wanted
    if not np.allclose(rows @ step, wanted, atol=1e-6):
        raise BadInput(
            f"{feature} cannot change while {', '.join(names)} are held: in this space its "
            "direction lies within theirs. Choose a space of more dimensions."
        )
    return step


def _kendall(amounts: Float[ndarray, " step"], values: Float[ndarray, " step"]) -> float:
    return float(kendalltau(amounts, values).statistic)


def _walked(
    codec: Codec,
    to_space: LinearMap,
    starts: Float[ndarray, "start unit"],
    amounts: Float[ndarray, " step"],
    step: Float[ndarray, " unit"],
    direction: Vector,
    *,
    feature: str,
) -> Walk:
    codes = starts[:, None] + amounts[:, None] * step
    pictures = codec.decode(codes.reshape(-1, codes.shape[2]))
    again = to_space.coordinates(codec.encode(pictures))
    origin = to_space.coordinates(starts)
    return Walk(
        feature=feature,
        amounts=amounts,
        codes=codes,
        pictures=pictures.reshape(*codes.shape[:2], *pictures.shape[1:]),
        asked=origin[:, None] + amounts[:, None] * direction,
        read_back=again.reshape(*codes.shape[:2], -1),
        direction=direction,
    )
