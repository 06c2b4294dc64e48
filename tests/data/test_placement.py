"""Sizes and places of objects: every combination is equally likely."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from shapespace.data.placement import longest_side_chances, place


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def combinations(aspect: float, side: int, smallest: int) -> Counter[int]:
    """Count the places of every longest side one by one, as the study's rule counts them."""
    return Counter(
        longest
        for longest in range(smallest, side + 1)
        for _ in range(side - longest + 1)  # offsets along the long side
        for offset in range(side + 1)
        if offset <= side - longest * aspect  # offsets along the short side
    )


def test_a_square_object_has_63365_combinations_at_the_size_of_the_study():
    ways = combinations(1.0, 224, 168)
    assert sum(ways.values()) == 63_365
    assert sum(ways.values()) == 57 * 58 * 115 // 6  # 1 + 4 + 9 + ... + 57 squared
    chances = longest_side_chances(np.array([1.0]), 224, 168)[0]
    assert chances * 63_365 == pytest.approx([ways[i] for i in range(168, 225)])


@pytest.mark.parametrize("aspect", [0.13, 0.5, 0.8, 1.0])
def test_sizes_are_as_likely_as_they_have_places(aspect):
    ways = combinations(aspect, 40, 30)
    expected = np.array([ways[i] for i in range(30, 41)], float)
    np.testing.assert_allclose(
        longest_side_chances(np.array([aspect]), 40, 30)[0], expected / expected.sum()
    )
    n = 20_000
    spot = place(
        np.full(n, 1.0), np.full(n, aspect), side=40, smallest_share=0.75, generator=seeded()
    )
    drawn = np.bincount(spot.width, minlength=41)[30:]
    assert drawn.sum() == n
    assert chisquare(drawn, expected / expected.sum() * n).pvalue > 0.001


def test_all_places_of_a_square_are_equally_likely():
    n, side, smallest = 40_000, 12, 9
    spot = place(np.ones(n), np.ones(n), side=side, smallest_share=0.75, generator=seeded(1))
    drawn = Counter(
        zip(spot.width.tolist(), spot.left.tolist(), spot.top.tolist(), strict=True)
    )
    possible = [
        (size, left, top)
        for size in range(smallest, side + 1)
        for left in range(side - size + 1)
        for top in range(side - size + 1)
    ]
    assert len(possible) == 1 + 4 + 9 + 16
    assert set(drawn) == set(possible)
    assert chisquare([drawn[spot] for spot in possible]).pvalue > 0.001


@given(
    st.floats(0.5, 500),
    st.floats(0.5, 500),
    st.integers(16, 224),
    st.floats(0.1, 1),
    st.integers(0, 2**32),
)
def test_objects_lie_on_the_canvas_and_keep_their_shape(width, height, side, share, seed):
    spot = place(
        np.array([width]),
        np.array([height]),
        side=side,
        smallest_share=share,
        generator=seeded(seed),
    )
    (left, top, w, h) = (int(v[0]) for v in (spot.left, spot.top, spot.width, spot.height))
    assert left >= 0
    assert top >= 0
    assert left + w <= side
    assert top + h <= side
    assert max(1, round(side * share)) <= max(w, h) <= side
    assert (w >= h) == (width >= height) or w == h
    exact = max(w, h) * min(width, height) / max(width, height)
    assert min(w, h) == max(1, int(exact + 1e-9)) or min(w, h) == max(1, int(exact - 1e-9))


def test_the_largest_size_alone_fills_the_canvas():
    spot = place(np.ones(9), np.ones(9), side=30, smallest_share=1.0, generator=seeded())
    assert set(spot.width) == set(spot.height) == {30}
    assert set(spot.left) == set(spot.top) == {0}
