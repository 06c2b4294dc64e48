from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression
from sklearn.metrics import cohen_kappa_score

from shapespace.errors import BadInput
from shapespace.spaces.directions.candidates import best_directions
from shapespace.spaces.directions.features import rated_feature
from shapespace.spaces.directions.quality import chance, held_out


def toy(n=24, dims=2, noise=0.4, seed=0):
    rng = np.random.default_rng(seed)
    coordinates = rng.normal(size=(n, dims))
    values = coordinates[:, 0] + noise * rng.normal(size=n)
    return coordinates, rated_feature("x", values)


def draw(**settings):
    return {"generator": np.random.default_rng(5), "n_draws": 200} | settings


def test_held_out_rho_is_that_of_a_plain_loop_over_items():
    coordinates, feature = toy(noise=1.5)
    projections = []
    for i in range(len(coordinates)):
        rest = np.arange(len(coordinates)) != i
        by_rho = best_directions(
            coordinates[rest],
            [type(feature)(name="x", rating_type="", values=feature.values[rest],
                           low=feature.low[rest], high=feature.high[rest])],
        )[1]  # fmt: skip
        z = coordinates @ by_rho.vector
        projections.append((z[i] - z[rest].mean()) / z[rest].std())
    found = next(h for h in held_out(coordinates, [feature], **draw()) if h.criterion == "rho")
    expected = spearmanr(projections, feature.values).statistic
    assert found.rho.value == pytest.approx(expected)
    assert found.rho.low <= found.rho.value <= found.rho.high
    assert (found.over, found.rho.n) == ("items", 24)


def test_held_out_classes_are_told_by_the_threshold_of_the_others():
    # One dimension: the direction is +1 whoever is left out, only the threshold moves.
    line = np.array([[0.0], [1], [2], [3], [10], [11], [12], [13]])
    values = np.array([0.0, 1, 2, 8, 3, 11, 12, 13])
    feature = rated_feature("x", values, share=0.5)
    predicted = []
    for i in range(8):
        rest = [j for j in range(8) if j != i]
        best, threshold = -1.0, 0.0
        for a, b in pairwise(rest):
            middle = (line[a, 0] + line[b, 0]) / 2
            kappa = cohen_kappa_score(line[rest, 0] > middle, feature.high[rest])
            if kappa > best + 1e-12:
                best, threshold = kappa, middle
        predicted.append(line[i, 0] > threshold)
    expected = cohen_kappa_score(predicted, feature.high)
    for found in held_out(line, [feature], **draw()):
        assert found.kappa.value == pytest.approx(expected)


def test_a_true_direction_holds_for_held_out_items_and_noise_does_not():
    coordinates, feature = toy(noise=0.01)
    assert min(h.rho.value for h in held_out(coordinates, [feature], **draw())) > 0.95
    values = []
    for seed in range(8):
        coordinates, _ = toy(n=16, dims=4, seed=seed)
        noise = rated_feature("x", np.random.default_rng([seed, 1]).normal(size=16))
        seen = best_directions(coordinates, [noise])[1].rho
        (_, found) = held_out(coordinates, [noise], **draw(n_draws=10))
        values.append((seen, found.rho.value))
    seen, held = np.mean(values, axis=0)
    assert seen > 0.3
    assert abs(held) < 0.25


def test_whole_categories_are_held_out():
    # Items of a category lie together and share a rating that the space does not explain:
    # siblings tell it of an item, but other categories do not.
    rng = np.random.default_rng(3)
    centres, ratings = rng.normal(size=(6, 3)), rng.normal(size=6)
    names = np.repeat(list("abcdef"), 4)
    coordinates = np.repeat(centres, 4, axis=0) + 0.05 * rng.normal(size=(24, 3))
    feature = rated_feature("x", np.repeat(ratings, 4) + 0.05 * rng.normal(size=24))
    (_, items) = held_out(coordinates, [feature], **draw())
    (_, whole) = held_out(coordinates, [feature], categories=names.tolist(), **draw())
    assert whole.over == "categories"
    assert whole.rho.n == 6
    assert whole.rho.value < items.rho.value - 0.2
    assert whole.rho.high - whole.rho.low > items.rho.high - items.rho.low


def test_parts_that_hold_a_whole_class_are_left_out():
    coordinates, feature = toy()
    categories = np.where(feature.low, "low", np.where(np.arange(24) % 2, "odd", "even"))
    found = held_out(coordinates, [feature], categories=categories.tolist(), **draw())
    assert all(np.isfinite(h.rho.value) for h in found)  # of the other two categories
    assert all(np.isnan(h.kappa.low) or h.kappa.value == 0 for h in found)


def test_one_category_cannot_be_held_out():
    coordinates, feature = toy()
    with pytest.raises(BadInput, match="two of them or more"):
        held_out(coordinates, [feature], categories=["a"] * 24, **draw())


def test_chance_grows_with_dimensions_and_is_what_shuffled_features_give():
    rng = np.random.default_rng(0)
    levels = []
    for dims in (1, 12):
        coordinates, feature = toy(dims=dims)
        levels.append({c.criterion: c for c in chance(
            coordinates, [feature], generator=np.random.default_rng(1), n_draws=40)})  # fmt: skip
    assert levels[1]["rho"].mean > levels[0]["rho"].mean + 0.2
    assert levels[1]["kappa"].high >= levels[1]["kappa"].mean
    slow = []
    coordinates, feature = toy(dims=12)
    for _ in range(40):
        shuffled = rng.permutation(feature.values)
        fit = LinearRegression().fit(coordinates, shuffled).predict(coordinates)
        slow.append(spearmanr(fit, shuffled).statistic)
    # The better of two candidates is at least as good as the regression alone.
    assert np.mean(slow) - 0.05 < levels[1]["rho"].mean < np.mean(slow) + 0.12


def test_equal_generators_give_equal_intervals():
    coordinates, feature = toy()
    first = held_out(coordinates, [feature], **draw())
    assert first == held_out(coordinates, [feature], **draw())
