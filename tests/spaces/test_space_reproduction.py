import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau

from shapespace.data.ratings import published_dissimilarities
from shapespace.errors import BadInput
from shapespace.spaces.published import (
    published_coordinates,
    published_dims,
    published_spaces,
)
from shapespace.spaces.reproduction.comparison import compared
from shapespace.spaces.reproduction.spaces import reproduce_spaces


@pytest.fixture(scope="module")
def rows():
    told = []
    found = reproduce_spaces(n_starts=12, dims=[2, 7], n_draws=20, tell=told.append)
    assert [text[:3] for text in told] == ["2-D", "2-D", "7-D"]
    return found


def of_ratings(rows, n_dims):
    """Return the figures of stress, tau-b and congruence: what rests on ratings of pairs."""
    names = ("stress", "kendall", "congruence")
    return [r.figure for r in rows if r.n_dims == n_dims and any(n in r.figure for n in names)]


def test_published_coordinates_are_centred_with_mean_squared_norm_one():
    items = published_dissimilarities().items
    for n_dims in published_dims():
        coordinates = published_coordinates(n_dims, items)
        assert coordinates.shape == (60, n_dims)
        np.testing.assert_allclose(coordinates.mean(axis=0), 0, atol=1e-6)
        assert (coordinates**2).sum(axis=1).mean() == pytest.approx(1, abs=1e-5)


def test_published_coordinates_correlate_with_the_ratings_as_published():
    ratings = published_dissimilarities()
    for n_dims in published_dims():
        distances = pdist(published_coordinates(n_dims, ratings.items))
        tau = kendalltau(distances, ratings.flat).statistic
        published = published_spaces()["kendall_euclidean_fixed"].to_numpy()[n_dims - 1]
        assert tau == pytest.approx(published, abs=1e-4)


def test_rows_are_joined_by_item():
    few = published_coordinates(2, ["owl", "bowl"])
    other = published_coordinates(2, ["bowl", "owl"])
    assert np.array_equal(few, other[::-1])


def test_unknown_spaces_and_items_are_refused():
    with pytest.raises(BadInput, match="1, 2, 3, 4, 5, 6, 8, 10 dimensions"):
        published_coordinates(7, ["owl"])
    with pytest.raises(BadInput, match="'unicorn'"):
        published_coordinates(2, ["unicorn"])


def test_every_figure_of_a_space_is_compared(rows):
    assert of_ratings(rows, 2) == [
        "nonmetric_stress_primary",
        "metric_stress",
        "kendall_tau_b",
        "congruence",
        "published coordinates: nonmetric_stress_primary",
        "published coordinates: metric_stress",
        "published coordinates: kendall_tau_b",
    ]
    assert of_ratings(rows, 7) == [  # no coordinates to compare
        "nonmetric_stress_primary", "metric_stress", "kendall_tau_b"
    ]  # fmt: skip


def test_nothing_is_off(rows):
    assert {row.verdict for row in rows} <= {"within", "better stress"}
    for row in rows:
        assert row.difference == pytest.approx(row.ours - row.published)
        assert (row.verdict == "within") == (abs(row.difference) <= row.tolerance)


def test_the_published_metric_stress_is_that_of_the_nonmetric_coordinates(rows):
    (row,) = [r for r in rows if r.figure == "published coordinates: metric_stress"]
    assert row.ours == pytest.approx(row.published, abs=1e-5)


def test_directions_and_regions_are_compared_in_both_kinds_of_spaces(rows):
    for prefix, n_dims in (("published coordinates: ", 2), ("", 2), ("", 7)):
        names = {r.figure for r in rows if r.n_dims == n_dims}
        for figure in ("FORM mean kappa", "LINES mean rho", "cosine FORM LINES (thirds)"):
            assert prefix + figure in names
        assert prefix + "features with accepted directions" in names
    assert {"violations", "published coordinates: violations"} <= {r.figure for r in rows}


def test_means_of_kappa_and_rho_in_rebuilt_spaces_are_near_the_published_ones(rows):
    shapes = ("FORM", "LINES", "ORIENTATION")
    means = [r for r in rows if r.figure.startswith(shapes) and " mean " in r.figure]
    assert len(means) == 12
    assert max(abs(r.difference) for r in means) <= 0.03


def test_nothing_is_rebuilt_where_only_published_coordinates_are_measured():
    rows = reproduce_spaces(dims=[4, 9], rebuild=False, n_draws=25)
    assert {row.n_dims for row in rows} == {4}
    assert {row.verdict for row in rows} == {"within"}
    (violations,) = [r for r in rows if r.figure == "published coordinates: violations"]
    assert (violations.published, violations.tolerance) == (0, 0)
    candidates = [r for r in rows if r.figure.endswith(": kappa")]
    assert len(candidates) == 16
    means = [r for r in rows if " mean " in r.figure]
    assert len(means) == 10
    assert max(abs(r.difference) for r in means) < 1e-5


def test_a_difference_beyond_the_tolerance_is_off_unless_the_space_fits_better():
    assert compared(3, "x", 0.8, 0.83, 0.03).verdict == "within"
    assert compared(3, "x", 0.8, 0.84, 0.03).verdict == "off"
    assert compared(3, "x", 0.8, 0.84, 0.03, better=True).verdict == "better stress"
    assert compared(3, "x", 0.8, 0.7, 0.03).difference == pytest.approx(-0.1)
