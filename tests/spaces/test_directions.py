import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from shapespace.data.ratings import items
from shapespace.errors import BadInput
from shapespace.spaces.directions.candidates import (
    Candidate,
    best_directions,
    best_of,
    best_threshold,
    by_name,
    candidates,
    fitted_vector,
    measured,
    spearman,
)
from shapespace.spaces.directions.features import (
    category_features,
    rated_feature,
    shape_features,
)
from shapespace.spaces.published import published_candidates, published_coordinates

ITEMS = tuple(items().index)
SHAPES = shape_features(ITEMS)
FEATURES = [*SHAPES, *category_features(ITEMS)]


def slow_kappa(projections, high):
    """Try every threshold with scikit-learn's kappa, as the study did."""
    ordered = np.sort(projections)
    tried = [0.0]
    for threshold in (ordered[:-1] + ordered[1:]) / 2:
        predicted = projections > threshold
        if 0 < predicted.sum() < len(high):
            tried.append(cohen_kappa_score(predicted, high))
    return max(tried)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=14))
def test_kappa_is_that_of_the_best_of_all_thresholds(pairs):
    projections = np.array([p for p, _ in pairs], np.float64)
    high = np.array([h for _, h in pairs])
    if high.all() or not high.any():
        return
    kappa, threshold = best_threshold(projections, high)
    assert kappa == pytest.approx(slow_kappa(projections, high))
    if kappa > 0:
        assert kappa == pytest.approx(cohen_kappa_score(projections > threshold, high))


def test_classes_apart_have_kappa_one_and_a_threshold_between_them():
    kappa, threshold = best_threshold(np.array([3.0, 0, 4, 1]), np.array([True, False] * 2))
    assert (kappa, threshold) == (1, 2)


def test_equal_projections_tell_nothing():
    assert best_threshold(np.ones(4), np.array([True, False] * 2)) == (0, 1)
    assert np.isnan(spearman(np.ones(4), np.arange(4.0)))


@pytest.mark.parametrize("n_dims", range(1, 6))
def test_all_published_candidates_are_found_and_have_their_kappa_and_rho(n_dims):
    coordinates = published_coordinates(n_dims, ITEMS)
    of = {(f.name, f.rating_type): f for f in FEATURES}
    ours = {(c.feature, c.rating_type, c.model): c for c in candidates(coordinates, FEATURES)}
    published = published_candidates(n_dims)
    assert len(published) == len(ours) == 16
    for theirs in published:
        found = ours[theirs.feature, theirs.rating_type, theirs.model]
        assert found.vector @ theirs.vector == pytest.approx(1, abs=1e-4)
        read_off = measured(coordinates @ theirs.vector, of[theirs.feature, theirs.rating_type])
        for kappa, rho in ((found.kappa, found.rho), read_off):
            assert kappa == pytest.approx(theirs.kappa, abs=1e-5)
            assert rho == pytest.approx(theirs.rho, abs=1e-4)


def test_the_best_directions_in_four_dimensions_are_the_published_ones():
    found = best_directions(published_coordinates(4, ITEMS), SHAPES)
    by_kappa = {d.feature: d for d in found if d.criterion == "kappa"}
    published = {
        "FORM": [-0.638, -0.083, -0.715, 0.271],
        "LINES": [-0.415, 0.706, -0.479, -0.314],
        "ORIENTATION": [0.774, -0.118, -0.581, -0.224],
    }
    for feature, vector in published.items():
        assert by_kappa[feature].vector == pytest.approx(vector, abs=6e-4)
        assert len(by_kappa[feature].made_from) == 4
    by_rho = {d.feature: d for d in found if d.criterion == "rho"}
    assert {d.made_from for d in by_rho.values()} == {("attentive LinReg",)}
    assert by_rho["FORM"].best == pytest.approx(0.8384, abs=1e-4)


def test_three_dimensions_carry_all_features_and_two_do_not():
    def accepted(n_dims):
        found = best_directions(published_coordinates(n_dims, ITEMS), SHAPES)
        return {(d.feature, d.criterion) for d in found if d.accepted}

    assert accepted(1) == set()
    assert accepted(2) == {
        ("FORM", "kappa"), ("FORM", "rho"), ("LINES", "kappa"),
        ("ORIENTATION", "kappa"), ("ORIENTATION", "rho"),
    }  # fmt: skip
    assert len(accepted(3)) == 6


def test_a_known_direction_is_found_whatever_its_unit_and_zero():
    rng = np.random.default_rng(0)
    truth = np.array([2.0, -1, 2]) / 3
    coordinates = rng.normal(size=(400, 3))
    values = 70 + 12 * coordinates @ truth
    for model in ("LinReg", "SVC"):
        vector = fitted_vector(coordinates, rated_feature("x", values), model)
        assert vector @ truth == pytest.approx(1, abs=1e-6 if model == "LinReg" else 0.01)
    (by_kappa, by_rho) = best_directions(coordinates, [rated_feature("x", values)])
    assert by_rho.rho == pytest.approx(1)
    assert by_kappa.accepted
    assert by_rho.accepted


def test_items_without_a_rating_do_not_count():
    rng = np.random.default_rng(1)
    coordinates = rng.normal(size=(30, 2))
    values = coordinates[:, 0] + rng.normal(size=30)
    missing = values.copy()
    missing[20:] = np.nan
    some = candidates(coordinates, [rated_feature("x", missing)])
    few = candidates(coordinates[:20], [rated_feature("x", values[:20])])
    for one, other in zip(some, few, strict=True):
        assert one.vector == pytest.approx(other.vector)
        assert (one.kappa, one.rho) == (other.kappa, other.rho)


def test_candidates_that_are_equally_good_are_averaged():
    def candidate(vector, kappa):
        return Candidate(
            feature="x", rating_type="", model="SVC", vector=np.array(vector), kappa=kappa,
            rho=0.5,
        )  # fmt: skip

    found = [candidate([1.0, 0], 0.9), candidate([0, 1.0], 0.9), candidate([-1.0, 0], 0.8)]
    chosen, vector = best_of(found, "kappa")
    assert chosen == found[:2]
    assert vector == pytest.approx([0.5**0.5, 0.5**0.5])
    _, only = best_of([candidate([1.0, 0], 0.9), candidate([-1.0, 0], 0.9)], "kappa")
    assert only.tolist() == [1, 0]


def test_ways_of_rating_stay_together():
    names = by_name(SHAPES)
    assert list(names) == ["FORM", "LINES", "ORIENTATION"]
    assert [way.rating_type for way in names["LINES"]] == ["attentive", "pre-attentive"]


def test_what_has_no_direction_is_refused():
    size = rated_feature("size", np.array([1.0, 2, 3, 4]))
    with pytest.raises(BadInput, match="'size' has 4 values, but the space has 5 items"):
        candidates(np.ones((5, 2)), [size])
    with pytest.raises(BadInput, match="does not change linearly"):
        candidates(np.ones((4, 2)), [size])
