from functools import partial
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from shapespace.errors import BadInput
from shapespace.walks.paths import CodePath, evenly_along, grid_between, path_between

DRAW = np.random.default_rng(0)
CODES = DRAW.normal(size=(50, 4))


@pytest.mark.parametrize("kind", get_args(CodePath))
def test_a_path_begins_and_ends_where_it_should(kind):
    path = path_between(CODES[0], CODES[1], 7, kind=kind, training_codes=CODES[2:])
    assert path.shape == (7, 4)
    assert path[[0, -1]] == pytest.approx(CODES[:2])


@pytest.mark.parametrize("kind", get_args(CodePath))
def test_a_path_to_the_same_place_stays_there(kind):
    path = path_between(CODES[0], CODES[0], 4, kind=kind, training_codes=CODES[2:])
    assert path == pytest.approx(np.tile(CODES[0], (4, 1)))


def test_spherical_keeps_the_radius_and_turns_evenly():
    circle = DRAW.normal(size=(40, 2))
    circle -= circle.mean(axis=0)  # turned about the origin
    path = path_between(
        np.array([2.0, 0.0]), np.array([0.0, 2.0]), 7, kind="spherical", training_codes=circle
    )
    angles = np.degrees(np.arctan2(path[:, 1], path[:, 0]))
    assert angles == pytest.approx(np.arange(0, 91, 15), abs=1e-6)
    assert np.linalg.norm(path, axis=1) == pytest.approx(2)


def test_spherical_without_a_shortest_arc_is_straight():
    centred = np.array([[1.0, 0.0], [-1.0, 0.0]])
    for end in ([-3.0, 0.0], [2.0, 0.0], [0.0, 0.0]):
        path = path_between(
            np.array([1.0, 0.0]), np.array(end), 3, kind="spherical", training_codes=centred
        )
        assert path[1] == pytest.approx((np.array([1.0, 0.0]) + end) / 2)


def test_geodesic_goes_round_where_there_are_no_data():
    # Codes lie on three quarters of a circle; the straight way would lead through its middle.
    angles = np.radians(np.linspace(0, 270, 200))
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    path = path_between(ring[0], ring[-1], 31, kind="geodesic", training_codes=ring[1:-1])
    assert np.linalg.norm(path, axis=1).min() > 0.95
    found = np.degrees(np.arctan2(path[:, 1], path[:, 0])) % 360
    assert found == pytest.approx(np.linspace(0, 270, 31), abs=3)


def test_geodesic_finds_a_way_between_islands():
    islands = np.concatenate([DRAW.normal(size=(30, 2)), DRAW.normal(size=(30, 2)) + 100])
    path = path_between(islands[0], islands[-1], 5, kind="geodesic", training_codes=islands)
    assert path[-1] == pytest.approx(islands[-1])


def test_evenly_along_a_corner():
    corner = np.array([[0.0, 0.0], [0.0, 0.0], [2.0, 0.0], [2.0, 2.0]])
    assert evenly_along(corner, 5) == pytest.approx(
        np.array([[0.0, 0], [1, 0], [2, 0], [2, 1], [2, 2]])
    )
    # Where the first leg counts three times as long, it gets three quarters of the points.
    assert evenly_along(corner[1:], 5, np.array([3.0, 1.0])) == pytest.approx(
        np.array([[0.0, 0], [2 / 3, 0], [4 / 3, 0], [2, 0], [2, 2]])
    )
    steps = np.linalg.norm([b - a for a, b in pairwise(evenly_along(CODES[:3], 30))], axis=1)
    assert np.median(steps) == pytest.approx(steps.max(), rel=1e-6)


def test_a_grid_has_its_corners_and_is_the_plane_between_them():
    corners = CODES[:4]
    way = partial(path_between, training_codes=CODES)
    grid = grid_between(corners, 3, way).reshape(3, 3, 4)
    assert grid[[0, 0, -1, -1], [0, -1, 0, -1]] == pytest.approx(corners)
    assert grid[1, 1] == pytest.approx(corners.mean(axis=0))


def test_a_path_without_steps_is_refused():
    with pytest.raises(BadInput, match="at least 2 steps"):
        path_between(CODES[0], CODES[1], 1, training_codes=CODES)


def test_geodesic_finds_its_way_out_of_a_heap_of_equal_codes():
    heap = np.concatenate([np.repeat(CODES[:1], 15, axis=0), CODES[1:20]])
    path = path_between(CODES[0], CODES[19], 5, kind="geodesic", training_codes=heap)
    assert path[[0, -1]] == pytest.approx(CODES[[0, 19]])


def test_a_path_that_there_is_not_is_refused():
    # Past the type check of the tests, as a user without one would call it.
    with pytest.raises(BadInput, match="no path 'zigzag'; choose one of linear, spherical"):
        path_between.__wrapped__(CODES[0], CODES[1], 3, kind="zigzag", training_codes=CODES)
