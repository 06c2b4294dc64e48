import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau

from shapespace.errors import BadInput
from shapespace.evaluation.people.dual_bootstrap import (
    Raters,
    combined_variance,
    contrast,
    shared_scores,
)
from shapespace.evaluation.people.intervals import Block

N = 12
PAIRS = np.arange(N * (N - 1) // 2)
FIRST = np.array([1.0, 0.0])
DIFFERENCE = np.array([1.0, -1.0])


def whole(distances):
    return [Block(np.arange(len(distances)), distances)]


def drawn(seed=0, n=N, n_raters=6, noise=1.0, share=1.0):
    """A true geometry, two models of it, and raters who see some of the pairs with noise."""
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(n, 3))
    models = [pdist(points + generator.normal(size=(n, 3))) for _ in range(2)]
    values = pdist(points) + noise * generator.normal(size=(n_raters, n * (n - 1) // 2))
    counts = (generator.random(values.shape) < share).astype(float)
    raters = Raters(values=np.where(counts > 0, values, np.nan), counts=counts)
    return models, raters, raters.means(np.ones(n_raters))


@settings(deadline=None)  # the first example imports rsatoolbox
@given(
    st.floats(0, 10), st.floats(0, 10), st.floats(0, 10), st.integers(2, 40), st.integers(2, 90)
)
def test_the_variance_is_that_of_rsatoolbox(both, over_raters, over_stimuli, n_raters, n):
    from rsatoolbox.util.inference_util import _dual_bootstrap

    theirs = _dual_bootstrap(np.array([both, over_raters, over_stimuli]), n_raters, n)
    ours = combined_variance(both, over_raters, over_stimuli, n_raters=n_raters, n_stimuli=n)
    assert ours == pytest.approx(float(theirs), abs=1e-9)


def test_every_draw_is_what_repeating_pairs_and_raters_by_hand_gives():
    models, raters, flat = drawn(share=0.7)
    found = shared_scores(
        [whole(m) for m in models], flat,
        generator=np.random.default_rng(3), raters=raters, n_draws=8,
    )  # fmt: skip
    generator = np.random.default_rng(3)
    stimuli = generator.integers(N, size=(8, N))
    times = generator.multinomial(6, np.full(6, 1 / 6), size=8)
    first, second = np.triu_indices(N, 1)
    for draw in range(8):
        copies = np.bincount(stimuli[draw], minlength=N)
        again = np.repeat(PAIRS, copies[first] * copies[second])
        said = np.repeat(raters.values, times[draw], axis=0)
        seen = (~np.isnan(said)).any(axis=0)
        means = np.full(len(flat), np.nan)
        means[seen] = np.nanmean(said[:, seen], axis=0)
        for column, model in enumerate(models):
            for draws, pairs, rated in (
                (found.over_stimuli, again, flat),
                (found.over_raters, PAIRS, means),
                (found.over_both, again, means),
            ):
                kept = pairs[~np.isnan(rated[pairs])]
                expected = kendalltau(model[kept], rated[kept]).statistic
                assert draws[draw, column] == pytest.approx(expected)


def test_a_model_of_several_blocks_has_the_mean_over_them():
    models, _, flat = drawn()
    blocks = [Block(PAIRS[:30], models[0][:30]), Block(PAIRS[30:], models[0][30:])]
    found = shared_scores([blocks], flat, generator=np.random.default_rng(0), n_draws=5)
    parts = [kendalltau(models[0][s], flat[s]).statistic for s in (slice(30), slice(30, None))]
    assert found.observed[0] == pytest.approx(np.mean(parts))
    assert found.n_stimuli == N


def test_a_model_does_not_differ_from_itself():
    models, raters, flat = drawn()
    for who in (None, raters):
        scores = shared_scores(
            [whole(models[0])] * 2,
            flat,
            generator=np.random.default_rng(0),
            raters=who,
            n_draws=20,
        )
        found = contrast(scores, DIFFERENCE)
        assert (found.value, found.low, found.high, found.p_value) == (0, 0, 0, 1)
        assert found.n_raters == (6 if who else 0)


def test_raters_widen_the_interval_and_more_of_them_less():
    errors = {}
    for n_raters in (3, 30):
        models, raters, flat = drawn(n_raters=n_raters, noise=2.0)
        for name, who in (("stimuli", None), ("both", raters)):
            scores = shared_scores(
                [whole(m) for m in models], flat,
                generator=np.random.default_rng(1), raters=who, n_draws=80,
            )  # fmt: skip
            errors[n_raters, name] = contrast(scores, FIRST).standard_error
    assert errors[3, "both"] > 0.8 * errors[3, "stimuli"]
    assert errors[30, "both"] < errors[3, "both"]


def test_equally_good_models_are_seldom_told_apart():
    p_values = []
    for seed in range(60):
        models, _, flat = drawn(seed)
        scores = shared_scores(
            [whole(m) for m in models], flat, generator=np.random.default_rng(seed), n_draws=40
        )
        p_values.append(contrast(scores, DIFFERENCE).p_value)
    assert np.mean(np.array(p_values) < 0.05) < 0.12
    assert np.mean(np.array(p_values) < 0.5) > 0.2  # and the test is no rubber stamp


def test_nothing_is_found_where_there_is_nothing_to_score():
    models, _, flat = drawn()
    constant = [Block(PAIRS, np.ones(len(PAIRS)))]
    scores = shared_scores(
        [constant, [], whole(models[0])], flat, generator=np.random.default_rng(0), n_draws=5
    )
    assert np.isnan(scores.observed).tolist() == [True, True, False]
    undefined = contrast(scores, np.array([1.0, 0.0, -1.0]))
    assert np.isnan([undefined.value, undefined.low, undefined.p_value]).all()
    assert np.isfinite(contrast(scores, np.array([0.0, 0.0, 1.0])).low)
    unrated = shared_scores(
        [whole(models[0])],
        np.full(len(flat), np.nan),
        generator=np.random.default_rng(0),
        n_draws=3,
    )
    assert np.isnan(unrated.observed[0])


def test_without_a_model_there_is_an_error():
    with pytest.raises(BadInput, match="no model"):
        shared_scores([], np.ones(3), generator=np.random.default_rng(0))
