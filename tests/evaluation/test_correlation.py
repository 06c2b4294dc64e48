import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, linregress, pearsonr, spearmanr
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import r2_score

from shapespace.data.ratings import published_dissimilarities
from shapespace.evaluation.people.correlation import (
    DEFINITIONS,
    MEASURES,
    Correlation,
    correlate,
    kendall_tau_b,
)

RATED = published_dissimilarities().flat
NOISY = RATED + np.random.default_rng(0).normal(size=len(RATED))

whole = st.lists(st.integers(0, 4), min_size=3, max_size=12)


def rsatoolbox_comparison(one, other, method):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from rsatoolbox.rdm import RDMs, compare
    return compare(RDMs(one[None]), RDMs(other[None]), method=method).item()


def test_kendall_matches_a_hand_count_of_pairs():
    # Six pairs, no ties: swapping two neighbours makes 1 of 15 comparisons discordant.
    found = correlate(np.array([1.0, 2, 3, 4, 6, 5]), np.array([1.0, 2, 3, 4, 5, 6]))
    assert found.kendall_tau_b == pytest.approx((14 - 1) / 15)
    assert found.kendall_tau_a == pytest.approx((14 - 1) / 15)


def test_ties_lower_tau_a_but_not_tau_b():
    # Of 6 comparisons one is tied in both, the other five agree.
    values = np.array([1.0, 1, 2, 3])
    found = correlate(values, values)
    assert found.kendall_tau_b == pytest.approx(1)
    assert found.kendall_tau_a == pytest.approx(5 / 6)


@settings(max_examples=60, deadline=None)
@given(whole, st.integers(0, 2**32 - 1))
def test_tau_equals_a_slow_count(x, seed):
    x = np.array(x, float)
    y = np.random.default_rng(seed).integers(0, 4, len(x)).astype(float)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return
    signs = [
        (np.sign(x[i] - x[j]), np.sign(y[i] - y[j])) for i in range(len(x)) for j in range(i)
    ]
    excess = sum(a * b for a, b in signs)
    untied = [sum(a != 0 for a, _ in signs), sum(b != 0 for _, b in signs)]
    found = correlate(x, y)
    assert found.kendall_tau_a == pytest.approx(excess / len(signs))
    assert found.kendall_tau_b == pytest.approx(excess / np.sqrt(untied[0] * untied[1]))


def test_measures_equal_those_of_scipy_and_scikit_learn():
    found = correlate(NOISY, RATED)
    assert found.kendall_tau_b == pytest.approx(kendalltau(NOISY, RATED).statistic)
    assert found.spearman == pytest.approx(spearmanr(NOISY, RATED).statistic)
    assert found.pearson == pytest.approx(pearsonr(NOISY, RATED).statistic)
    line = linregress(NOISY, RATED)
    on_line = line.slope * NOISY + line.intercept
    assert found.r2_linear == pytest.approx(r2_score(RATED, on_line))
    steps = IsotonicRegression().fit_transform(NOISY, RATED)
    assert found.r2_isotonic == pytest.approx(r2_score(RATED, steps))
    assert found.n_pairs == 1770


@pytest.mark.parametrize(
    ("measure", "method"),
    [
        ("kendall_tau_b", "kendall"),
        ("kendall_tau_a", "tau-a"),
        ("spearman", "spearman"),
        ("pearson", "corr"),
    ],
)
def test_measures_equal_those_of_rsatoolbox(measure, method):
    expected = rsatoolbox_comparison(NOISY, RATED, method)
    assert getattr(correlate(NOISY, RATED), measure) == pytest.approx(expected)


def test_isotonic_fit_of_tied_distances_equals_that_of_scikit_learn():
    coarse = np.round(NOISY)
    steps = IsotonicRegression().fit(coarse, RATED).predict(coarse)
    assert correlate(coarse, RATED).r2_isotonic == pytest.approx(r2_score(RATED, steps))


def test_distances_that_are_the_ratings_agree_fully():
    found = correlate(RATED, RATED)
    for measure in set(MEASURES) - {"kendall_tau_a"}:
        assert getattr(found, measure) == pytest.approx(1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_orders_ignore_a_rising_change_of_scale(seed):
    x, y = np.random.default_rng(seed).normal(size=(2, 30))
    plain, bent = correlate(x, y), correlate(np.exp(x), y)
    for measure in ("kendall_tau_b", "kendall_tau_a", "spearman", "r2_isotonic"):
        assert getattr(bent, measure) == pytest.approx(getattr(plain, measure))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_turned_distances_agree_as_badly_as_they_agreed_well(seed):
    x, y = np.random.default_rng(seed).normal(size=(2, 30))
    plain, turned = correlate(x, y), correlate(-x, y)
    for measure in ("kendall_tau_b", "spearman", "pearson"):
        assert getattr(turned, measure) == pytest.approx(-getattr(plain, measure))
    assert turned.r2_linear == pytest.approx(plain.r2_linear)


def test_unrated_pairs_are_left_out():
    gaps = RATED.copy()
    gaps[::3] = np.nan
    rated = ~np.isnan(gaps)
    assert correlate(NOISY, gaps) == correlate(NOISY[rated], RATED[rated])
    assert correlate(NOISY, gaps).n_pairs == rated.sum() == 1180


@pytest.mark.parametrize(
    ("distances", "dissimilarities", "words"),
    [
        ([1, 1, 1, 1], [1, 2, 3, 4], "do not depend on the drawing"),
        ([1, 2, 3, 4], [2, 2, 2, 2], "no order to agree with"),
        ([1, 2], [1, 2], "Only 2 pairs"),
        ([], [], "Only 0 pairs"),
        ([1, 2, 3, 4], [1, np.nan, 2, np.nan], "Only 2 pairs"),
    ],
)
def test_where_there_is_no_order_the_measures_are_nan_with_a_note(
    distances, dissimilarities, words
):
    found = correlate(np.array(distances, float), np.array(dissimilarities, float))
    assert np.isnan(list(found.measures().values())).all()
    assert words in found.note


@pytest.mark.parametrize("rounded", [False, True], ids=["no ties", "few levels"])
def test_millions_of_pairs_need_little_more_than_twice_their_own_memory(rounded):
    x = np.random.default_rng(0).random(1_000_000)
    y = x + np.random.default_rng(1).random(1_000_000)
    y = (10 * y).round() if rounded else y
    tracemalloc.start()
    found = correlate(x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.n_pairs == 1_000_000
    assert peak < 2.7 * x.nbytes


def test_tau_b_alone_is_that_of_all_measures():
    assert kendall_tau_b(NOISY, RATED) == correlate(NOISY, RATED).kendall_tau_b
    assert np.isnan(kendall_tau_b(np.ones(5), np.arange(5.0)))


def test_every_measure_is_defined_in_a_sentence():
    assert set(DEFINITIONS) == set(correlate(NOISY, RATED).measures())
    assert set(DEFINITIONS) <= set(Correlation.__dataclass_fields__)
    assert all(text.endswith(".") for text in DEFINITIONS.values())
