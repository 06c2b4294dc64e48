from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import squareform
from scipy.stats import pearsonr

from shapespace.data.ratings import (
    FEATURES,
    Ratings,
    items,
    published_dissimilarities,
    published_features,
    published_sample,
)
from shapespace.errors import BadInput

RATINGS = published_dissimilarities()

THREE = Ratings(("a", "b", "c"), np.array([[0.0, 1, 2], [1, 0, 3], [2, 3, 0]]))


def test_sixty_items_in_twelve_categories_of_five():
    table = items()
    assert len(table) == 60
    assert table["category"].value_counts().eq(5).all()
    assert table.groupby("category")["visual_type"].nunique().eq(1).all()
    assert tuple(table.index) == RATINGS.items


def test_the_matrix_is_symmetric_with_a_zero_diagonal():
    assert np.array_equal(RATINGS.matrix, RATINGS.matrix.T)
    assert not np.diagonal(RATINGS.matrix).any()


def test_distinct_values_and_ties_equal_the_published_log():
    _, counts = np.unique(RATINGS.flat, return_counts=True)
    assert len(counts) == 58
    assert (counts * (counts - 1) // 2).sum() == 65_747


def test_every_value_is_the_double_nearest_to_a_fifteenth():
    for value in RATINGS.flat:
        assert value == float(Fraction(round(value * 15), 15))


def test_a_pair_known_from_the_study():
    # Bowl and plate: 15 ratings sum to 63, so the mean similarity is 4.2.
    bowl, plate = RATINGS.items.index("bowl"), RATINGS.items.index("plate")
    assert RATINGS.matrix[bowl, plate] == 0.8


def test_flat_is_in_the_order_of_squareform():
    assert THREE.flat.tolist() == [1, 2, 3]
    assert np.array_equal(squareform(RATINGS.flat), RATINGS.matrix)


def test_a_subset_is_taken_by_name_and_keeps_the_asked_order():
    chosen = THREE.subset(["c", "a"])
    assert chosen.items == ("c", "a")
    assert chosen.flat.tolist() == [2]
    names = RATINGS.items[::-7]
    subset = RATINGS.subset(names)
    for (i, first), (j, second) in combinations(enumerate(names), 2):
        row, column = RATINGS.items.index(first), RATINGS.items.index(second)
        assert subset.matrix[i, j] == RATINGS.matrix[row, column]


def test_an_unrated_item_is_refused_by_name():
    with pytest.raises(BadInput, match="no ratings of 'dog'"):
        RATINGS.subset(["bowl", "dog"])


@pytest.mark.parametrize(
    ("names", "matrix", "words"),
    [
        (("a", "b"), np.zeros((3, 3)), "2 x 2 dissimilarities, got 3 x 3"),
        (("a", "a"), np.zeros((2, 2)), "'a' occurs twice"),
        (("a", "b"), np.array([[0.0, 1], [2, 0]]), "not symmetric"),
        (("a", "b"), np.array([[5.0, 1], [1, 5]]), "must be 0"),
    ],
)
def test_a_matrix_that_is_none_of_dissimilarities_is_refused(names, matrix, words):
    with pytest.raises(BadInput, match=words):
        Ratings(names, matrix)


def codes_of_texts(feature):
    """Rank every value of a feature by its text, "-0.1" before "-0.2" before "0.1"."""
    shares = {"attentive": 4500, "pre-attentive": 18}
    texts = [
        str(round(value * share) / share)
        for kind, share in shares.items()
        for value in published_features(kind)[feature]
    ]
    return np.unique(texts, return_inverse=True)[1].reshape(2, 60)  # attentive, pre-attentive


def test_features_give_the_published_correlations_of_their_texts():
    # The study's log gives Pearson correlations of the features. They are those of the ranks of
    # the numbers' texts in the alphabet: a column had been read as text. That slip makes them a
    # sharp check of all 360 values. Where a text was rounded in another way, ranks move by one.
    form, lines, orientation = (codes_of_texts(feature) for feature in FEATURES)

    for kind, published in [(1, (0.2244, 0.0591, -0.0138)), (0, (0.2324, -0.1879, -0.0815))]:
        measured = [
            pearsonr(form[kind], lines[kind]).statistic,
            pearsonr(form[kind], orientation[kind]).statistic,
            pearsonr(lines[kind], orientation[kind]).statistic,
        ]
        assert measured == pytest.approx(published, abs=1.1e-3)

    between = [pearsonr(*codes).statistic for codes in (form, lines, orientation)]
    assert between == pytest.approx([0.7670, 0.7409, 0.8072], abs=1.1e-3)


def test_both_kinds_of_feature_agree_item_by_item():
    slow, fast = published_features("attentive"), published_features("pre-attentive")
    assert tuple(slow.index) == tuple(fast.index) == RATINGS.items
    measured = [pearsonr(slow[feature], fast[feature]).statistic for feature in FEATURES]
    assert measured == pytest.approx([0.868, 0.900, 0.929], abs=5e-4)


def test_upright_and_lying_items_are_those_of_the_study():
    # The fifteen highest and lowest of ORIENTATION, as its log lists them (attentive).
    upright = """windmill,tulip,bell pepper,dandelion,shirt,broccoli,coat,uniform,rose,jacket,
        lighthouse,palm tree,glass,sunflower,salt shaker"""
    lying = """car,microwave,cow,plate,goat,horse,ant,donkey,stag,tractor,bicycle,fly,church,
        bowl,bus"""
    ordered = published_features("attentive")["ORIENTATION"].sort_values().index
    assert set(ordered[-15:]) == {name.strip() for name in upright.split(",")}
    assert set(ordered[:15]) == {name.strip() for name in lying.split(",")}


def test_features_lie_between_minus_and_plus_one():
    for kind in ("attentive", "pre-attentive"):
        assert published_features(kind).abs().to_numpy().max() <= 1


def test_the_sample_of_single_ratings_reaches_the_published_reliability():
    sample = published_sample()
    assert sample.shape == (101, 16)
    assert set(np.unique(sample)) <= {1, 2, 3, 4, 5}
    generator = np.random.default_rng(0)
    halves = []
    for _ in range(200):
        people = generator.permutation(16)
        left, right = sample[:, people[:8]].mean(axis=1), sample[:, people[8:]].mean(axis=1)
        halves.append(pearsonr(left, right).statistic)
    half = np.mean(halves)
    assert 2 * half / (1 + half) == pytest.approx(0.88, abs=0.005)
