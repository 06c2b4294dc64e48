"""Published figures beside ours."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["within", "better stress", "off"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One published figure and ours."""

    n_dims: int
    figure: str
    published: float
    ours: float
    difference: float
    """Ours minus published."""
    tolerance: float
    verdict: Verdict
    """"better stress": outside the tolerance, where our space fits the ratings better than the
    published one; "off": outside it without that excuse."""


def compared(
    n_dims: int,
    figure: str,
    published: float,
    ours: float,
    tolerance: float,
    better: bool = False,
) -> Comparison:
    """Compare two figures.

    Args:
        n_dims: Of the space.
        figure: What is compared.
        published: Its published value.
        ours: Our value.
        tolerance: Up to which difference they agree.
        better: Whether ours is of a space that fits the ratings better than the published one.
    """
    difference = ours - published
    within = abs(difference) <= tolerance + 1e-12  # 0.83 - 0.8 is a little more than 0.03
    return Comparison(
        n_dims=n_dims,
        figure=figure,
        published=published,
        ours=ours,
        difference=difference,
        tolerance=tolerance,
        verdict="within" if within else "better stress" if better else "off",
    )
