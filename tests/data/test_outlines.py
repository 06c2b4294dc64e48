"""Outlines: the lines scribbles are put together from."""

import numpy as np
import pytest
from scipy.interpolate import CubicHermiteSpline

from shapespace.data.outlines import MAX_CORNERS, N_POINTS, draw_outlines, smooth

N = 400


def drawn(*, straight: bool, closed: bool) -> list[np.ndarray]:
    outlines = draw_outlines(np.full(N, straight), np.full(N, closed), np.random.default_rng(5))
    return [points[:n] for points, n in zip(outlines.points, outlines.n_points, strict=True)]


@pytest.mark.parametrize("straight", [True, False])
def test_closed_lines_end_where_they_began_and_open_ones_do_not(straight):
    assert all(np.allclose(line[0], line[-1]) for line in drawn(straight=straight, closed=True))
    assert not any(
        np.allclose(line[0], line[-1]) for line in drawn(straight=straight, closed=False)
    )


@pytest.mark.parametrize("closed", [True, False])
def test_straight_lines_have_few_corners_and_curves_many_points(closed):
    straight = {len(line) for line in drawn(straight=True, closed=closed)}
    assert straight == (set(range(4, MAX_CORNERS + 1)) if closed else {2, 3, 4, 5})
    assert {len(line) for line in drawn(straight=False, closed=closed)} == {N_POINTS}


def test_some_polygons_are_boxes_and_some_are_regular():
    boxes = regular = 0
    for line in drawn(straight=True, closed=True):
        sides = np.diff(line, axis=0)
        boxes += len(line) == 5 and np.abs(sides).min(axis=1).max() < 1e-12
        lengths = np.linalg.norm(sides, axis=1)
        regular += np.ptp(lengths) < 1e-9
    # 40 % boxes; 40 % of the others regular; three standard deviations are 7 %
    assert boxes / N == pytest.approx(0.4, abs=0.07)
    assert regular / N == pytest.approx(0.24, abs=0.07)


def test_what_is_left_over_repeats_the_last_point():
    kinds = np.random.default_rng(0).random((2, 200)) < 0.5
    outlines = draw_outlines(*kinds, np.random.default_rng(1))
    for points, n in zip(outlines.points, outlines.n_points, strict=True):
        np.testing.assert_array_equal(points[n:], np.tile(points[n - 1], (N_POINTS - n, 1)))


@pytest.mark.parametrize("n_corners", [3, 4, 5, 6])
def test_smooth_curves_agree_with_scipy(n_corners):
    corners = np.random.default_rng(n_corners).uniform(-1, 1, (2, 6, 2))
    ours = smooth(corners, np.full(2, n_corners))
    for curve, points in zip(ours, corners[:, :n_corners], strict=True):
        slopes = np.gradient(points, axis=0)  # half the way between neighbours; ends one-sided
        oracle = CubicHermiteSpline(np.arange(n_corners), points, slopes)
        np.testing.assert_allclose(curve, oracle(np.linspace(0, n_corners - 1, N_POINTS)))
