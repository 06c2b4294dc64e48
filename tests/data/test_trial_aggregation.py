import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau

from shapespace.data.trials import aggregation
from shapespace.data.trials.aggregation import (
    aggregate,
    attribute_means,
    rated_attributes,
    rated_pairs,
    to_ratings,
)
from shapespace.data.trials.design import design
from shapespace.data.trials.simulation import simulate_ratings
from shapespace.data.trials.table import trials
from shapespace.errors import BadInput

# s1 rates two pairs, one of them twice; s2 rates another; a scale from 1 to 5.
SPARSE = {
    "paradigm": "similarity",
    "rater": ["s1", "s1", "s1", "s2", "s2"],
    "trial": ["1", "2", "3", "1", "2"],
    "stimulus1": ["ant", "bee", "ant", "cat", "ant"],
    "stimulus2": ["bee", "ant", "cat", "ant", "dog"],
    "response": [4.0, 2.0, 5.0, 2.0, 1.0],
    "scale_low": 1.0,
    "scale_high": 5.0,
}


def test_similarities_are_subtracted_from_the_highest_answer():
    rated = rated_pairs(trials(SPARSE))
    assert rated.items == ("ant", "bee", "cat", "dog")
    nan = np.nan  # pairs: ant-bee, ant-cat, ant-dog, bee-cat, bee-dog, cat-dog
    expected = [[2, 0, nan, nan, nan, nan], [nan, 3, 4, nan, nan, nan]]
    assert np.array_equal(rated.values, expected, equal_nan=True)
    assert rated.counts.tolist() == [[2, 1, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]]


def test_means_and_medians_come_with_the_number_of_ratings():
    ratings = to_ratings(rated_pairs(trials(SPARSE)))
    assert ratings.matrix[0].tolist()[:2] == [0, 2]
    assert ratings.matrix[0, 2] == 1.5
    assert np.isnan(ratings.matrix[1, 2])
    assert ratings.n_ratings[0].tolist() == [0, 2, 2, 1]
    assert ratings.subset(["cat", "ant"]).n_ratings.tolist() == [[0, 2], [2, 0]]
    three = trials(SPARSE | {"stimulus1": "ant", "stimulus2": "bee", "rater": list("abcde")})
    assert aggregate(rated_pairs(three), "median")[0].tolist() == [3]  # of 1, 3, 0, 3, 4


def test_items_come_in_the_asked_order_and_may_be_more():
    rated = rated_pairs(trials(SPARSE), ["owl", "dog", "cat", "bee", "ant"])
    assert rated.items[0] == "owl"
    assert np.isnan(rated.values[:, :4]).all()  # nobody rated the owl
    assert rated.values[0, -1] == 2  # bee-ant
    with pytest.raises(
        BadInput, match="2 rated stimuli are not among those asked for, such as 'cat'"
    ):
        rated_pairs(trials(SPARSE), ["ant", "bee"])


def test_unnamed_ratings_fill_rows_pair_by_pair():
    rated = rated_pairs(trials(SPARSE | {"rater": ""}))
    assert not rated.named
    assert rated.raters == ("1", "2")
    assert rated.counts.sum(axis=0).tolist() == [2, 2, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scale_high": np.nan}, "the scale must be known, such as --scale 1 5"),
        ({"scale_high": [5.0, 5, 5, 5, 9]}, "different scales"),
        ({"rater": ["s1", "s1", "s1", "", ""]}, "2 trials name no rater and 3 do"),
        ({"paradigm": ["similarity"] * 4 + ["dissimilarity"]}, "one kind of trial at a time"),
    ],
)
def test_what_cannot_be_joined_is_refused(changes, words):
    with pytest.raises(BadInput, match=words):
        rated_pairs(trials(SPARSE | changes))


def test_more_than_memory_holds_is_refused(monkeypatch):
    monkeypatch.setattr(aggregation, "MAX_CELLS", 5)
    with pytest.raises(BadInput, match="2 raters and 4 stimuli would need"):
        rated_pairs(trials(SPARSE))


def test_attributes_are_averaged_by_stimulus():
    found = trials(
        {
            "paradigm": "attribute",
            "rater": ["r", "s", "r"],
            "stimulus1": ["owl", "owl", "ant"],
            "attribute": ["FORM", "FORM", "LINES"],
            "response": [1.0, 0.0, -1.0],
        }
    )
    table = attribute_means(found)
    assert table.loc["owl", "FORM"] == 0.5
    assert table.loc["ant", "LINES"] == -1
    assert np.isnan(table.loc["ant", "FORM"])
    form = rated_attributes(found)["FORM"]
    assert form.owners.tolist() == [[0], [1]]
    assert design(form).n_rated_twice == 1


def test_the_design_is_counted():
    found = design(rated_pairs(trials(SPARSE)))
    assert (found.n_stimuli, found.n_raters, found.n_things, found.n_rated) == (4, 2, 6, 3)
    assert found.n_rated_twice == 1
    assert found.to_dict()["ratings_a_thing"] == {"low": 1, "median": 2, "high": 2}
    assert found.n_parts == 1
    apart = {
        "stimulus1": ["ant", "ant", "ant", "cat", "cat"],
        "stimulus2": ["bee"] * 3 + ["dog"] * 2,
    }
    assert design(rated_pairs(trials(SPARSE | apart))).n_parts == 2


def test_means_of_simulated_raters_find_the_true_order():
    simulated = simulate_ratings(generator=np.random.default_rng(0), share=0.5, n_items=30)
    ratings = to_ratings(rated_pairs(simulated.trials, simulated.items))
    rated = ~np.isnan(ratings.flat)
    truth = pdist(simulated.coordinates)
    assert kendalltau(ratings.flat[rated], truth[rated]).statistic > 0.8
    assert (simulated.coordinates**2).sum(axis=1).mean() == pytest.approx(1)
    assert simulated.coordinates.mean(axis=0) == pytest.approx(0, abs=1e-12)


def test_without_noise_simulated_raters_agree_and_use_the_whole_scale():
    simulated = simulate_ratings(
        generator=np.random.default_rng(0),
        n_items=20,
        n_raters=3,
        noise=0.0,
        bias=0.0,
        n_steps=7,
    )
    values = rated_pairs(simulated.trials).values
    assert (values == values[0]).all()
    assert set(values[0]) == set(range(7))


def test_each_simulated_rater_sees_the_stated_share():
    simulated = simulate_ratings(generator=np.random.default_rng(0), n_items=10, share=0.2)
    assert simulated.trials.table["rater"].value_counts().eq(9).all()  # of 45 pairs


@pytest.mark.parametrize(
    "wrong", [{"n_items": 2}, {"share": 0.0}, {"noise": -1.0}, {"n_steps": 1}]
)
def test_impossible_simulations_are_refused(wrong):
    with pytest.raises(BadInput):
        simulate_ratings(generator=np.random.default_rng(0), **wrong)
