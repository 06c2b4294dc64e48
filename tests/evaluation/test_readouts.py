import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kendalltau

from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import distances
from shapespace.evaluation.people import metric as metric_module
from shapespace.evaluation.people.metric import MetricFit
from shapespace.evaluation.people.readouts import READ_OUTS, fitted_distances, read_out
from shapespace.evaluation.people.weights import folds_over_stimuli, pairs_among

N = 24
FOLDS = np.arange(N) % 4
POINTS = np.random.default_rng(0).normal(size=(N, 2))
MIXED = POINTS @ np.random.default_rng(1).normal(size=(2, 6))
CODES = np.hstack([4 * np.random.default_rng(2).normal(size=(N, 4)), MIXED])
SAID = pdist(POINTS)
EVERY = np.ones(N, bool)


def seeded():
    return np.random.default_rng(5)


@pytest.fixture(scope="module")
def found():
    return read_out(CODES, SAID, FOLDS, generator=seeded())


def score(blocks, said=SAID):
    return np.mean([kendalltau(b.distances, said[b.pairs]).statistic for b in blocks])


def test_the_metric_is_the_ridge_solution_over_all_matrices():
    codes, ridge = POINTS @ np.diag([1.0, 3.0]) - 1, 0.3
    fit = MetricFit(codes, EVERY, np.ones(len(SAID), bool), generator=seeded())
    # The same problem written out, with a column for each entry of the matrix.
    scaled = (codes - codes.mean(axis=0)) * np.sqrt(N)
    scaled /= np.linalg.norm(scaled / np.sqrt(N), 2)
    first, second = np.triu_indices(N, 1)
    steps = scaled[first] - scaled[second]
    entries = np.einsum("pi,pj->pij", steps, steps).reshape(len(steps), -1)
    columns, target = entries - entries.mean(axis=0), SAID**2 - (SAID**2).mean()
    plain = columns @ [1, 0, 0, 1]
    scale = plain @ target / (plain @ plain)
    penalty = ridge * (columns**2).sum() / len(columns)
    weights = np.linalg.solve(
        columns.T @ columns + penalty * np.eye(4), columns.T @ (target - scale * plain)
    )
    expected = entries @ (weights + scale * np.array([1, 0, 0, 1]))
    assert expected.min() > 0  # no eigenvalue is cut
    np.testing.assert_allclose(pdist(fit.fit(SAID, ridge).coordinates(codes)) ** 2, expected)


def test_a_large_ridge_leaves_the_distances_of_the_codes():
    fit = MetricFit(CODES, EVERY, np.ones(len(SAID), bool), generator=seeded())
    held = fit.fit(pdist(CODES), 1e6).coordinates(CODES)
    np.testing.assert_allclose(pdist(held), pdist(CODES), rtol=1e-4)


def test_a_map_of_few_axes_has_that_many():
    fit = MetricFit(CODES, EVERY, np.ones(len(SAID), bool), generator=seeded())
    metric = fit.fit(SAID, 1e-3)
    assert metric.coordinates(CODES, 2).shape == (N, 2)
    assert kendalltau(pdist(metric.coordinates(CODES, 2)), SAID).statistic > 0.95


def test_read_outs_find_what_lies_in_some_directions_of_the_codes(found):
    assert score(found["fixed"].held_out) < 0.4
    assert score(found["full"].held_out) > 0.7
    assert score(found["low_rank"].held_out) > 0.7
    for kind in READ_OUTS:
        assert len(found[kind].training) == len(found[kind].held_out) == 4
    assert [set(c) for c in found["low_rank"].choices] == [{"ridge", "rank"}] * 4
    assert [set(c) for c in found["full"].choices] == [{"ridge"}] * 4


def test_flexible_read_outs_fit_noise_but_only_where_they_were_fitted():
    noise = np.random.default_rng(4).normal(size=(N, 40))
    reading = read_out(noise, SAID, FOLDS, ["full"], generator=seeded())["full"]
    assert score(reading.training) > 0.4
    assert abs(score(reading.held_out)) < 0.25


@pytest.mark.parametrize("kind", READ_OUTS)
def test_no_test_stimulus_is_in_a_training_pair(found, kind):
    # Ratings of every pair with a test stimulus are changed: what was fitted must not change.
    test = FOLDS == 2
    first, second = np.triu_indices(N, 1)
    spoilt = np.where(test[first] | test[second], 9 - SAID, SAID)
    again = read_out(CODES, spoilt, FOLDS, generator=seeded())[kind].held_out
    block = found[kind].held_out[2]
    assert set(block.pairs) == set(pairs_among(test))
    np.testing.assert_allclose(again[2].distances, block.distances)


def test_weights_are_those_of_the_study_of_units(found):
    expected = folds_over_stimuli(CODES, SAID, "euclidean", FOLDS)
    for ours, theirs in zip(found["weighted"].held_out, expected, strict=True):
        np.testing.assert_allclose(ours.distances, theirs.distances)


def test_missing_pairs_are_left_out():
    sparse = SAID.copy()
    sparse[::3] = np.nan
    found = read_out(CODES, sparse, FOLDS, generator=seeded())
    assert all(np.isfinite(b.distances).all() for r in found.values() for b in r.held_out)


def test_codes_that_never_change_give_no_order():
    found = read_out(np.ones((N, 3)), SAID, FOLDS, generator=seeded())
    assert found["weighted"].held_out == []
    assert all(np.ptp(b.distances) == 0 for b in found["full"].held_out)
    flat = fitted_distances(np.ones((N, 3)), SAID, "weighted", generator=seeded())
    assert not flat.any()


def test_a_read_out_of_all_stimuli_follows_their_ratings():
    flat = fitted_distances(CODES, SAID, "full", generator=seeded())
    assert kendalltau(flat, SAID).statistic > 0.9
    plain = fitted_distances(CODES, SAID, "fixed", generator=seeded(), distance="cosine")
    np.testing.assert_array_equal(plain, distances(CODES, "cosine"))


def test_of_too_many_pairs_some_are_drawn(monkeypatch):
    monkeypatch.setattr(metric_module, "MOST_PAIRS", 50)
    fit = MetricFit(CODES, EVERY, np.ones(len(SAID), bool), generator=seeded())
    assert len(fit.pairs) == len(set(fit.pairs)) == 50


def test_too_little_to_fit_is_an_error():
    with pytest.raises(BadInput, match="at least two folds"):
        read_out(CODES, SAID, np.zeros(N, int), generator=seeded())
    with pytest.raises(BadInput, match="need as many folds"):
        read_out(CODES, SAID, FOLDS[1:], generator=seeded())
    with pytest.raises(BadInput, match="Only 0 pairs"):
        read_out(CODES, np.full(len(SAID), np.nan), FOLDS, ["full"], generator=seeded())


def test_parts_without_enough_pairs_do_not_choose():
    few = squareform(np.full(len(SAID), np.nan), checks=False)
    for a, b in ((0, 1), (1, 2), (2, 4), (4, 5)):
        few[a, b] = few[b, a] = 1.0 + a
    flat = squareform(few, checks=False)
    assert np.isfinite(fitted_distances(CODES, flat, "full", generator=seeded())).all()
