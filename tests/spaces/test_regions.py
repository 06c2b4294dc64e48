import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial import Delaunay

from shapespace.data.ratings import items
from shapespace.errors import BadInput
from shapespace.spaces.published import published_coordinates, published_regions
from shapespace.spaces.regions.baselines import (
    MEASURES,
    baseline_space,
    measure,
    normalised,
    totals,
)
from shapespace.spaces.regions.hulls import (
    first_axis_sizes,
    hulls_meet,
    inside_hull,
    meetings,
    nearest_own,
    prototypes,
    regions,
    sizes,
    violations,
)

ITEMS = tuple(items().index)
CATEGORIES = items()["category"].tolist()
SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])


def by_linear_programme(point, hull):
    """Ask a solver of linear programmes, as the study did."""
    system = np.vstack([hull.T, np.ones(len(hull))])
    return linprog(np.zeros(len(hull)), A_eq=system, b_eq=np.append(point, 1)).success


@pytest.mark.parametrize("n_dims", range(1, 6))
def test_violations_are_the_published_ones(n_dims):
    found = regions(published_coordinates(n_dims, ITEMS), CATEGORIES)
    published = [143, 12, 1, 0, 0][n_dims - 1]
    assert violations(found).sum() == published
    assert published_regions(n_dims, "violations")["all"]["space"] == published


def test_points_in_hulls_are_those_of_the_linear_programme():
    rng = np.random.default_rng(0)
    for n_dims, n_hull in ((1, 5), (2, 5), (3, 6), (4, 7), (3, 2)):
        hull = rng.normal(size=(n_hull, n_dims))
        mixtures = rng.dirichlet(np.ones(n_hull), size=4) @ hull
        points = np.concatenate([0.5 * rng.normal(size=(15, n_dims)), mixtures])
        expected = [by_linear_programme(point, hull) for point in points]
        assert inside_hull(points, hull).tolist() == expected
        assert expected[-4:] == [True] * 4


def test_points_in_hulls_are_those_of_a_triangulation():
    rng = np.random.default_rng(1)
    hull, points = rng.normal(size=(8, 3)), rng.normal(size=(300, 3))
    inside = Delaunay(hull).find_simplex(points) >= 0
    assert 5 < inside.sum() < 295
    assert inside_hull(points, hull).tolist() == inside.tolist()


def test_the_border_belongs_to_a_hull():
    points = np.array([[0.5, 0], [1, 1], [1.0001, 1], [0.5, 0.5]])
    assert inside_hull(points, SQUARE).tolist() == [True, True, False, True]
    assert inside_hull(SQUARE[:2], SQUARE[:1]).tolist() == [True, False]  # a single point


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 1000), st.floats(-100, 100))
def test_hulls_do_not_change_with_scale_place_and_turn(seed, scale, shift):
    rng = np.random.default_rng(seed)
    hull, points = rng.normal(size=(5, 2)), rng.normal(size=(10, 2))
    turn, _ = np.linalg.qr(rng.normal(size=(2, 2)))
    before = inside_hull(points, hull)
    after = inside_hull(scale * points @ turn + shift, scale * hull @ turn + shift)
    assert before.tolist() == after.tolist()


def test_hulls_meet_where_they_share_a_point():
    assert hulls_meet(SQUARE, SQUARE + 0.5)
    right = np.array([1.0, 0])
    assert hulls_meet(SQUARE, SQUARE + right)  # an edge in common
    assert not hulls_meet(SQUARE, SQUARE + 1.01 * right)
    # A cross: no corner of one lies in the other.
    assert hulls_meet(np.array([[-1.0, 0], [1, 0]]), np.array([[0.0, -1], [0, 1]]))


def test_toy_regions_are_measured_by_hand():
    # Two squares of side 1, the second with a corner inside the first.
    found = regions(np.concatenate([SQUARE, SQUARE + 0.75]), ["a"] * 4 + ["b"] * 4)
    assert violations(found).tolist() == [[0, 1], [1, 0]]
    assert meetings(found).tolist() == [[False, True], [True, False]]
    assert prototypes(found).tolist() == [[0.5, 0.5], [1.25, 1.25]]
    assert sizes(found) == pytest.approx([0.5**0.5] * 2)
    assert first_axis_sizes(found) == pytest.approx([0.5, 0.5])


def test_an_items_own_prototype_is_made_without_it():
    rng = np.random.default_rng(2)
    coordinates, names = rng.normal(size=(12, 3)), list("aaaabbbbccdd")
    found = regions(coordinates, names)
    expected = []
    for i in range(12):
        centres = {
            c: coordinates[[j for j in range(12) if names[j] == c and j != i]].mean(axis=0)
            for c in "abcd"
        }
        nearest = min(centres, key=lambda c: np.linalg.norm(coordinates[i] - centres[c]))
        expected.append(nearest == names[i])
    assert nearest_own(found).tolist() == expected
    assert not nearest_own(regions(coordinates[:3], ["a", "a", "b"]))[2]  # alone


def test_the_published_sizes_lie_along_the_first_axis_alone():
    types = items()["visual_type"].to_numpy()
    for n_dims in (1, 4, 8):
        found = regions(published_coordinates(n_dims, ITEMS), CATEGORIES)
        ours = first_axis_sizes(found)
        kinds = np.array([types[found.members == c][0] for c in range(12)])
        published = published_regions(n_dims, "size_first_axis")
        assert ours.mean() == pytest.approx(published["all"]["space"], abs=1e-5)
        for kind in ("VC", "VV"):
            assert ours[kinds == kind].mean() == pytest.approx(
                published[kind]["space"], abs=1e-5
            )
    assert sizes(found).mean() > 3 * ours.mean()


def test_random_points_on_a_line_lie_in_two_of_three_hulls():
    # Of six points in random order the sixth is neither first nor last in 4 of 6 cases.
    rng = np.random.default_rng(0)
    line = published_coordinates(1, ITEMS)
    for baseline in ("uniform", "normal", "shuffled"):
        counts = [
            violations(regions(baseline_space(baseline, line, rng), CATEGORIES)).sum()
            for _ in range(30)
        ]
        error = np.std(counts) / 30**0.5
        assert np.mean(counts) == pytest.approx(660 * 2 / 3, abs=4 * error)


def test_baselines_are_normalised_and_shuffling_keeps_the_places():
    rng = np.random.default_rng(0)
    space = published_coordinates(3, ITEMS)
    for baseline in ("uniform", "normal"):
        drawn = baseline_space(baseline, space, rng)
        assert drawn.shape == space.shape
        assert drawn.mean(axis=0) == pytest.approx(np.zeros(3))
        assert (drawn**2).sum(axis=1).mean() == pytest.approx(1)
    shuffled = baseline_space("shuffled", space, rng)
    assert sorted(map(tuple, shuffled)) == sorted(map(tuple, space))
    assert not np.array_equal(shuffled, space)
    assert normalised(5 * space + 2) == pytest.approx(normalised(space))


def test_a_space_stands_beside_its_baselines():
    told = []
    space = published_coordinates(2, ITEMS)
    found = measure(
        ITEMS, space, CATEGORIES, generator=np.random.default_rng(0), n_draws=9,
        tell=lambda: told.append(1),
    )  # fmt: skip
    assert found.values == totals(found.regions)
    assert found.values["violations"] == 12
    assert len(told) == 27
    assert {(b.baseline, b.measure) for b in found.beside} == {
        (b, m) for b in ("uniform", "normal", "shuffled") for m in MEASURES
    }
    for beside in found.beside:
        assert beside.low <= beside.mean <= beside.high
        assert beside.share_as_good == pytest.approx(0.1)  # none of 9 is as good
    again = measure(ITEMS, space, CATEGORIES, generator=np.random.default_rng(0), n_draws=9)
    assert again.beside == found.beside


def test_random_categories_are_no_better_than_their_baselines():
    rng = np.random.default_rng(3)
    coordinates = normalised(rng.normal(size=(40, 2)))
    found = measure(
        [str(i) for i in range(40)],
        coordinates,
        list("abcdefgh") * 5,
        generator=rng,
        n_draws=19,
    )
    shares = [b.share_as_good for b in found.beside if b.measure == "violations"]
    assert min(shares) > 0.05


def test_regions_need_categories():
    with pytest.raises(BadInput, match="3 categories for the 4 items"):
        regions(SQUARE, list("abc"))
    with pytest.raises(BadInput, match=r"got \['a'\]"):
        regions(SQUARE, ["a"] * 4)
    with pytest.raises(BadInput, match="got 0"):
        measure("abcd", SQUARE, list("aabb"), generator=np.random.default_rng(), n_draws=0)
