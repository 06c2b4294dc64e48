import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, pearsonr, spearmanr

from shapespace.data.ratings import published_sample
from shapespace.errors import BadInput
from shapespace.evaluation.people import reliability
from shapespace.evaluation.people.ceiling import split_half
from shapespace.evaluation.people.reliability import (
    MEASURES,
    agreement,
    rater_agreement,
    spearman_brown,
    split_half_reliability,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from rsatoolbox.inference import boot_noise_ceiling
    from rsatoolbox.rdm import RDMs

SCIPY = {"kendall_tau_b": kendalltau, "spearman": spearmanr, "pearson": pearsonr}


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def study(generator, n_raters=16, n_things=200, noise=1.0, share=1.0):
    """Ratings of known reliability: true values of variance 1, and noise."""
    truth = generator.normal(size=(1, n_things))
    values = truth + noise * generator.normal(size=(n_raters, n_things))
    values[generator.random(values.shape) >= share] = np.nan
    return values, truth[0]


few = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=3, max_size=30).map(
    lambda pairs: np.array(pairs, dtype=np.float64).T
)


@settings(max_examples=40, deadline=None)
@given(few)
def test_agreements_equal_those_of_scipy(values):
    x, y = values
    for measure, of_scipy in SCIPY.items():
        found = agreement(x, y, measure)
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            assert np.isnan(found)
        else:
            assert found == pytest.approx(of_scipy(x, y).statistic, abs=1e-12)


def test_lists_with_many_values_are_sorted_instead_of_counted(monkeypatch):
    x, y = seeded().normal(size=(2, 50))
    counted = agreement(x, y, "kendall_tau_b")
    monkeypatch.setattr(reliability, "MAX_TABLE", 10)
    assert agreement(x, y, "kendall_tau_b") == pytest.approx(counted, abs=1e-12)


def test_two_things_have_no_agreement():
    assert np.isnan(agreement(np.array([1.0, 2]), np.array([1.0, 2]), "pearson"))


def test_the_published_block_is_reliable_at_88():
    found = split_half_reliability(published_sample().T, generator=seeded(), n_splits=100)
    assert found.pearson.corrected == pytest.approx(0.88, abs=0.008)
    assert (found.n_things, found.ratings_a_thing, found.n_splits) == (101, 16, 100)
    older = split_half(published_sample(), generator=seeded(), n_splits=30)
    assert found.pearson.halves == pytest.approx(older.pearson, abs=0.015)
    assert found.kendall_tau_b.halves == pytest.approx(older.kendall_tau_b, abs=0.02)


def test_equal_halves_give_the_formula_of_spearman_and_brown():
    for r in (0.1, 0.5, 0.9, 1.0):
        assert spearman_brown(r, 8.0, 8.0, 16.0) == pytest.approx(2 * r / (1 + r))
        assert spearman_brown(r, 1.0, 1.0, 5.0) == pytest.approx(5 * r / (1 + 4 * r))
    assert spearman_brown(-0.1, 8.0, 8.0, 16.0) == -0.1


def test_unequal_halves_give_the_same_reliability():
    # Noise variance 2: means of 3 and of 7 agree as the root of 3/5 x 7/9.
    assert spearman_brown(float(np.sqrt(3 / 5 * 7 / 9)), 3.0, 7.0, 10.0) == pytest.approx(
        10 / 12
    )


@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("by", ["raters", "ratings"])
def test_the_known_reliability_is_found_in_dense_and_sparse_designs(share, by):
    values, truth = study(seeded(), n_raters=20, n_things=3000, noise=1.5, share=share)
    found = split_half_reliability(values, generator=seeded(1), by=by, n_splits=5)
    n = found.ratings_a_thing
    assert found.pearson.corrected == pytest.approx(n / (n + 1.5**2), abs=0.015)
    means = np.nanmean(values, axis=0)
    for measure in MEASURES:
        reached = agreement(means, truth, measure)
        assert getattr(found, measure).attainable == pytest.approx(reached, abs=0.015)


def test_habits_of_raters_do_not_matter_where_each_saw_everything():
    values, _ = study(seeded(), n_things=60)
    shifted = values + seeded(1).normal(size=(16, 1)) * 10
    one, other = (split_half_reliability(v, generator=seeded(2)) for v in (values, shifted))
    assert one.pearson.halves == pytest.approx(other.pearson.halves)


def test_copies_of_raters_seem_no_more_and_no_less_reliable():
    values, _ = study(seeded(), n_things=2000, noise=2.0)
    whole = split_half_reliability(values, generator=seeded(1), n_splits=20)
    repeats = np.array([3, 0, 1, 2, 0, 1, 1, 0, 2, 1, 0, 3, 1, 0, 1, 0])
    drawn = split_half_reliability(values, generator=seeded(1), n_splits=20, repeats=repeats)
    assert drawn.pearson.halves < whole.pearson.halves - 0.05
    assert drawn.pearson.corrected == pytest.approx(whole.pearson.corrected, abs=0.02)


def test_what_nobody_rated_twice_has_no_reliability():
    found = split_half_reliability(
        np.array([[1.0, 2, np.nan], [np.nan, np.nan, 3]]), generator=seeded()
    )
    assert np.isnan(found.kendall_tau_b.corrected)
    assert (found.n_things, found.n_splits) == (0, 0)


@pytest.mark.parametrize(
    ("measure", "theirs"),
    [("pearson", "corr"), ("spearman", "spearman"), ("kendall_tau_b", "tau-b")],
)
@pytest.mark.parametrize("rounded", [True, False])
def test_the_noise_ceiling_is_that_of_rsatoolbox_on_dense_data(measure, theirs, rounded):
    values, _ = study(seeded(), n_raters=7, n_things=45)
    values = np.clip(np.round(values), -2, 2) if rounded else values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = boot_noise_ceiling(RDMs(values - values.min()), method=theirs)
    assert rater_agreement(values, measure).ceiling == pytest.approx(expected, abs=1e-9)


def slow_ceiling(values, measure):
    """Mean of the others as they rated, one rater and pair at a time."""
    bounds = []
    for rater, row in enumerate(values):
        rest, whole, own = [], [], []
        for thing, value in enumerate(row):
            others = [v for r, v in enumerate(values[:, thing]) if r != rater and v == v]
            if value == value and others:
                own.append(value)
                rest.append(np.mean(others))
                whole.append(np.mean([*others, value]))
        bounds.append([SCIPY[measure](own, mean).statistic for mean in (rest, whole)])
    return np.mean(bounds, axis=0)


@pytest.mark.parametrize("measure", MEASURES)
def test_sparse_ceilings_equal_a_slow_count(measure):
    values, _ = study(seeded(), n_raters=6, n_things=40, share=0.5)
    values = np.round(values)
    found = rater_agreement(values, measure, pool="as_rated")
    assert found.ceiling == pytest.approx(slow_ceiling(values, measure), abs=1e-9)
    assert found.n_things.tolist() == [
        int((~np.isnan(row) & (np.isnan(values).sum(axis=0) < 5)).sum()) for row in values
    ]


def test_a_rater_without_order_has_no_value_and_spoils_nothing():
    values, _ = study(seeded(), n_raters=4, n_things=30)
    values[1] = 3.0
    values[2, 2:] = np.nan
    found = rater_agreement(values, "kendall_tau_b")
    assert np.isnan(found.lower).tolist() == [False, True, True, False]
    assert found.ceiling[0] == pytest.approx(found.lower[[0, 3]].mean())
    assert np.isnan(rater_agreement(np.ones((2, 5)), "pearson").ceiling[0])


def test_one_rater_alone_is_refused():
    with pytest.raises(BadInput, match="at least two raters"):
        rater_agreement(np.ones((1, 5)), "pearson")


def test_the_true_mean_lies_between_the_ceilings():
    values, truth = study(seeded(), n_raters=8, n_things=400)
    reached = np.mean([agreement(row, truth, "pearson") for row in values])
    lower, upper = rater_agreement(values, "pearson").ceiling
    assert lower < reached < upper


def test_halves_of_sparse_ratings_have_a_ceiling_too():
    values, _ = study(seeded(), n_raters=12, n_things=400, share=0.5)
    found = split_half(values.T, generator=seeded(), n_splits=20)
    ours = split_half_reliability(values, generator=seeded(), n_splits=20)
    assert found.pearson == pytest.approx(ours.pearson.halves, abs=0.01)
    assert found.n_pairs == ours.n_things
    nothing = split_half(np.full((4, 2), np.nan), generator=seeded(), n_splits=2)
    assert np.isnan(nothing.kendall_tau_b)
