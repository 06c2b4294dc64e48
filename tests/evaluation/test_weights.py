import numpy as np
import pytest
from scipy.optimize import lsq_linear, nnls
from scipy.stats import kendalltau
from sklearn.model_selection import KFold

from shapespace.data.ratings import published_dissimilarities
from shapespace.errors import BadInput
from shapespace.evaluation.pairs.distances import KINDS, contributions, distances
from shapespace.evaluation.people import weights as module
from shapespace.evaluation.people.weights import (
    apart,
    fit_weights,
    folds_over_pairs,
    folds_over_stimuli,
    pairs_among,
)

RATED = published_dissimilarities().flat
FOLDS = np.arange(20) % 5
TRUE = np.array([2.0, 0, 0.5, 1, 0, 3])


def codes(n=20, units=6, seed=0):
    return np.random.default_rng(seed).normal(size=(n, units))


@pytest.mark.parametrize("kind", ["euclidean", "manhattan"])
def test_known_weights_are_found_again(kind):
    rated = distances(codes(), kind, TRUE)
    assert fit_weights(contributions(codes(), kind), rated, kind) == pytest.approx(TRUE)


@pytest.mark.parametrize("kind", ["cosine", "inner_product"])
def test_known_weights_of_products_are_found_beside_a_constant(kind):
    rated = 9 + distances(codes(), kind, TRUE)
    found = fit_weights(contributions(codes(), kind), rated, kind, constant=True)
    assert found == pytest.approx(TRUE)


@pytest.mark.parametrize("kind", KINDS)
def test_no_weights_fit_better(kind):
    per_unit = contributions(codes(60, 30), kind)
    found = fit_weights(per_unit, RATED, kind)
    target = RATED**2 if kind == "euclidean" else RATED
    bounded = lsq_linear(per_unit, target, (0, np.inf))
    assert (found >= 0).all()
    error = ((per_unit @ found - target) ** 2).sum() / 2
    assert error == pytest.approx(bounded.cost, rel=1e-4)


def test_where_no_unit_helps_the_lasso_of_the_study_has_its_try():
    # All products are positive, their negatives below every rating: plain least squares is
    # lost, and the constant of the lasso lets the units order the pairs all the same.
    positive = np.abs(codes(60, 5))
    per_unit = contributions(positive, "inner_product")
    rated = 4 + distances(positive, "inner_product") / 10
    found = fit_weights(per_unit, rated.clip(min=0.1), "inner_product")
    assert (found >= 0).all()
    assert found.any()


def test_least_squares_that_give_up_fall_back_to_the_lasso(monkeypatch):
    def give_up(*_, **__):
        raise RuntimeError("Maximum number of iterations reached.")

    monkeypatch.setattr(module, "nonnegative_least_squares", give_up)
    rated = distances(codes(), "manhattan", TRUE)
    found = fit_weights(contributions(codes(), "manhattan"), rated, "manhattan")
    assert found == pytest.approx(TRUE, abs=0.05)


def test_published_folds_are_those_of_the_study():
    # The slow, obvious version: five folds of pairs, seed 42, squared ratings, mean tau.
    z = codes(60, 12)
    taus = []
    for train, test in KFold(5, shuffle=True, random_state=42).split(RATED):
        per_unit = contributions(z, "euclidean")
        fitted = nnls(per_unit[train], RATED[train] ** 2)[0]
        taus.append(kendalltau(np.sqrt(per_unit[test] @ fitted), RATED[test]).statistic)
    blocks = folds_over_pairs(z, RATED, "euclidean")
    found = [kendalltau(b.distances, RATED[b.pairs]).statistic for b in blocks]
    assert found == pytest.approx(taus)
    assert sorted(np.concatenate([b.pairs for b in blocks])) == list(range(1770))


def test_over_stimuli_no_rating_of_a_test_stimulus_is_ever_seen():
    # Whatever is said of a fold's own stimuli, the distances it is scored with stay.
    z, rated = codes(), distances(codes(seed=1), "manhattan")
    first, second = np.triu_indices(20, 1)
    plain = folds_over_stimuli(z, rated, "manhattan", FOLDS)
    for fold, block in enumerate(plain):
        touched = (FOLDS[first] == fold) | (FOLDS[second] == fold)
        assert (FOLDS[first[block.pairs]] == fold).all()
        assert (FOLDS[second[block.pairs]] == fold).all()
        spoiled = np.where(touched, 99.0, rated)
        again = folds_over_stimuli(z, spoiled, "manhattan", FOLDS)[fold]
        assert np.array_equal(again.distances, block.distances)


@pytest.mark.parametrize("kind", KINDS)
def test_what_other_folds_found_changes_no_weight(kind):
    z, rated = codes(30, 12), distances(codes(30, seed=1), "manhattan")
    per_unit, constant = contributions(z, kind), kind in ("cosine", "inner_product")
    alone = fit_weights(per_unit, rated, kind, constant=constant)
    for likely in ([0, 1, 2], [11], range(12)):
        told = fit_weights(
            per_unit, rated, kind, constant=constant, likely=np.array(list(likely))
        )
        assert np.array_equal(told, alone)


def test_over_pairs_that_is_not_so():
    z, rated = codes(), distances(codes(seed=1), "manhattan")
    first, second = np.triu_indices(20, 1)
    plain = folds_over_pairs(z, rated, "manhattan")[0]
    others = np.setdiff1d(np.arange(190), plain.pairs)
    shared = others[(first[others] == 0) | (second[others] == 0)]
    rated[shared] += 50
    assert not np.array_equal(
        folds_over_pairs(z, rated, "manhattan")[0].distances, plain.distances
    )


def test_sixty_stimuli_in_five_folds_are_scored_on_66_pairs_each():
    blocks = folds_over_stimuli(codes(60, 4), RATED, "euclidean", np.arange(60) % 5)
    assert [len(block.pairs) for block in blocks] == [66] * 5


@pytest.mark.parametrize("kind", KINDS)
def test_fitted_weights_carry_over_to_new_stimuli(kind):
    # Ratings that follow two of six units: fitted weights order them better than equal ones.
    z = codes(40)
    rated = distances(z, kind, np.array([3.0, 3, 0, 0, 0, 0]))
    rated = rated - rated.min()
    held_out = np.arange(40) % 4 == 0
    (block,) = apart(z, rated, kind, held_out)
    fitted = kendalltau(block.distances, rated[block.pairs]).statistic
    plain = kendalltau(distances(z, kind)[block.pairs], rated[block.pairs]).statistic
    assert fitted > max(plain, 0.9)


def test_unrated_pairs_are_neither_fitted_nor_split():
    z, rated = codes(), distances(codes(), "manhattan", TRUE)
    rated[::3] = np.nan
    assert np.isfinite(
        np.concatenate([b.distances for b in folds_over_pairs(z, rated, "manhattan")])
    ).all()
    for block in folds_over_stimuli(z, rated, "manhattan", FOLDS):
        assert block.distances == pytest.approx(distances(z, "manhattan", TRUE)[block.pairs])


def test_codes_that_never_change_have_no_weights_to_fit():
    still = np.ones((20, 3))
    rated = distances(codes(), "euclidean")
    assert folds_over_pairs(still, rated, "euclidean") == []
    assert folds_over_stimuli(still, rated, "euclidean", FOLDS) == []


def test_a_single_held_out_stimulus_has_no_pair_to_score():
    held_out = np.arange(20) == 3
    assert apart(codes(), distances(codes(), "euclidean"), "euclidean", held_out) == []


def test_pairs_among_some_stimuli():
    # Of stimuli 0 to 3 the pairs are 01 02 03 12 13 23; those among 0, 2 and 3 are 02, 03, 23.
    assert pairs_among(np.array([True, False, True, True])).tolist() == [1, 2, 5]


def test_folds_that_do_not_fit_are_refused():
    rated = distances(codes(), "euclidean")
    with pytest.raises(BadInput, match="as many folds, got 3"):
        folds_over_stimuli(codes(), rated, "euclidean", np.arange(3))
    with pytest.raises(BadInput, match="at least two folds"):
        folds_over_stimuli(codes(), rated, "euclidean", np.zeros(20, int))
