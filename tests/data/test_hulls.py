"""The threshold and the outermost ink, against slow and obvious versions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from shapespace.data.hulls import N_DIRECTIONS, hull_points, ink_points, otsu_threshold

SCANS = arrays(np.uint8, (9, 11), elements=st.integers(0, 255))


def slow_otsu(scan: np.ndarray) -> float:
    """The largest variance between two classes, tried for every threshold."""
    best = 0.0
    for threshold in range(255):
        ink, paper = scan[scan <= threshold], scan[scan > threshold]
        if len(ink) and len(paper):
            spread = len(ink) * len(paper) * (ink.mean() - paper.mean()) ** 2
            best = max(best, spread)
    return best


@settings(deadline=None, max_examples=30)
@given(SCANS)
def test_the_threshold_parts_ink_and_paper_as_well_as_any(scan):
    threshold = otsu_threshold(scan)
    ink, paper = scan[scan <= threshold], scan[scan > threshold]
    if scan.min() < scan.max():
        spread = len(ink) * len(paper) * (ink.mean() - paper.mean()) ** 2
        assert np.isclose(spread, slow_otsu(scan))


@settings(deadline=None)
@given(SCANS)
def test_the_box_of_the_points_is_the_box_of_the_ink(scan):
    points = ink_points(scan)
    if scan.min() == scan.max():
        assert len(points) == 0
        return
    rows, columns = np.nonzero(scan <= otsu_threshold(scan))
    assert points.min(axis=0).tolist() == [columns.min(), rows.min()]
    assert points.max(axis=0).tolist() == [columns.max() + 1, rows.max() + 1]


@settings(deadline=None)
@given(SCANS.filter(lambda s: s.min() < s.max()), st.floats(0, 360), st.floats(-0.3, 0.3))
def test_the_box_of_turned_points_is_nearly_that_of_all_turned_ink(scan, degrees, shear):
    points = ink_points(scan)
    hull = hull_points(points)
    assert hull.shape == (N_DIRECTIONS, 2)
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turn = turn @ np.array([[1, np.tan(shear)], [0, 1]])
    all_turned, few_turned = points @ turn.T, hull @ turn.T
    radius = np.abs(points - points.mean(axis=0)).max() * 2
    assert np.allclose(all_turned.max(axis=0), few_turned.max(axis=0), atol=0.01 * radius)
    assert np.allclose(all_turned.min(axis=0), few_turned.min(axis=0), atol=0.01 * radius)
