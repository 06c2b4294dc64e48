"""What the page asks for: a spot in a similarity space and how its code comes about."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shapespace.walks.paths import CodePath
from shapespace.walks.points import Policy

N_REST = 4
"""Principal directions of the rest of the code that have a slider."""

REACH_REST = 3.0
"""How far these sliders go either way, in standard deviations of the training codes."""

Number = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Point = Annotated[list[Number], Field(min_length=1, max_length=64)]
Rest = Annotated[
    list[Annotated[float, Field(ge=-REACH_REST, le=REACH_REST)]], Field(max_length=N_REST)
]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Spot(_Asked):
    """A place in the space, the drawing it starts from, and where the rest of the code is from."""

    start: str = Field(min_length=1, max_length=200)
    """Name of a stimulus, or id of a sketch."""
    point: Point | None = None
    """Coordinates; where the start drawing itself is read if None."""
    policy: Policy = "neighbours"
    rest: Rest = []
    """Steps along the principal directions of the rest, in standard deviations."""
    noise: float = Field(default=0.0, ge=0, le=1)
    """Share of the pixels of the start drawing that are hit before it is encoded."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Of the noise, and of the policy "sample"."""


class Between(_Asked):
    """The way from one spot to another."""

    first: Spot
    last: Spot
    path: CodePath = "linear"
    n_steps: int = Field(default=9, ge=2, le=33)


class Drawn(_Asked):
    """One drawing: at a spot, or a share of the way between two."""

    spot: Spot | None = None
    between: Between | None = None
    share: float = Field(default=0.0, ge=0, le=1)
    again: bool = False
    """Whether the drawing is encoded again to see where it is read back."""


class Walked(_Asked):
    """A walk along a feature, from the code of a spot."""

    spot: Spot
    feature: str = Field(max_length=200)


class Plane(_Asked):
    """A grid of points on a plane through the space, in rows from the top left."""

    spot: Spot
    origin: Point
    right: Point
    """From one column to the next."""
    down: Point
    """From one row to the next."""
    n_columns: int = Field(ge=1, le=64)
    n_rows: int = Field(ge=1, le=64)
