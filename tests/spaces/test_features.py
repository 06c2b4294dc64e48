import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.data.ratings import items
from shapespace.errors import BadInput
from shapespace.spaces.directions.features import (
    category_features,
    rated_feature,
    read_features,
    shape_features,
)

ITEMS = tuple(items().index)


def test_classes_are_the_lowest_and_the_highest_quarter():
    found = rated_feature("size", np.array([5.0, 1, 4, 2, 8, 7, 3, 6]))
    assert np.flatnonzero(found.low).tolist() == [1, 3]
    assert np.flatnonzero(found.high).tolist() == [4, 5]


def test_items_that_tie_with_the_last_of_a_class_belong_to_it():
    found = rated_feature("size", np.array([1.0, 2, 2, 2, 3, 4, 5, 6]))
    assert found.low.tolist() == [True] * 4 + [False] * 4
    assert found.high.sum() == 2


def test_a_feature_of_two_values_splits_all_items():
    found = rated_feature("artificial", np.array([-1.0, -1, -1, 1, -1, -1, -1, -1, -1, -1]))
    assert found.high.tolist() == [False] * 3 + [True] + [False] * 6
    assert (found.low == ~found.high).all()
    rare = rated_feature("natural", -found.values)
    assert (rare.low == found.high).all()
    assert (rare.high == found.low).all()


def test_a_value_that_most_items_share_belongs_to_neither_class():
    found = rated_feature("mostly 0", np.array([0.0, 0, 0, 0, 0, 0, -1, 1]))
    assert np.flatnonzero(found.low).tolist() == [6]
    assert np.flatnonzero(found.high).tolist() == [7]


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=4, max_size=20), st.sampled_from([0.25, 1 / 3]))
def test_classes_never_meet_and_follow_the_values_whatever_the_order(values, share):
    numbers = np.array(values, np.float64)
    if np.ptp(numbers) == 0:
        with pytest.raises(BadInput, match="for every item"):
            rated_feature("flat", numbers, share=share)
        return
    found = rated_feature("any", numbers, share=share)
    assert found.low.any()
    assert found.high.any()
    assert numbers[found.low].max() < numbers[found.high].min()
    turned = rated_feature("any", numbers[::-1].copy(), share=share)
    assert (turned.low == found.low[::-1]).all()


def test_items_without_a_rating_are_in_no_class():
    found = rated_feature("size", np.array([np.nan, 1, 2, 3, 4, np.nan]))
    assert not (found.low | found.high)[[0, 5]].any()


@pytest.mark.parametrize(
    ("values", "share", "said"),
    [
        ([1.0, 2, 3], 0.25, "3 values"),
        ([1.0, 2, 3, np.inf], 0.25, "1 are infinite"),
        ([1.0, 2, 3, 4], 0.6, "up to 0.5, got 0.6"),
        ([1.0, 2, 3, 4], 0.0, "got 0.0"),
    ],
)
def test_features_without_classes_are_refused(values, share, said):
    with pytest.raises(BadInput, match=said):
        rated_feature("size", np.array(values), share=share)


def test_the_published_features_have_classes_of_fifteen_items():
    found = shape_features(ITEMS)
    assert [feature.label for feature in found] == [
        "FORM (attentive)", "FORM (pre-attentive)", "LINES (attentive)",
        "LINES (pre-attentive)", "ORIENTATION (attentive)", "ORIENTATION (pre-attentive)",
    ]  # fmt: skip
    assert {(int(f.low.sum()), int(f.high.sum())) for f in found} == {(15, 15)}
    thirds = shape_features(ITEMS, share=1 / 3)
    assert min(f.low.sum() for f in thirds) == 20


def test_published_classes_do_not_depend_on_the_order_of_items():
    for here, there in zip(shape_features(ITEMS), shape_features(ITEMS[::-1]), strict=True):
        assert (here.low == there.low[::-1]).all()
        assert (here.high == there.high[::-1]).all()


def test_some_of_the_items_have_features_too():
    (form, *_) = shape_features(ITEMS[:12])
    assert len(form.values) == 12
    assert form.low.sum() == 3


def test_features_of_categories_are_plus_or_minus_one():
    artificial, differs = category_features(["bowl", "owl"] * 3)
    assert artificial.values.tolist() == [1, -1] * 3
    assert differs.values.tolist() == [1, -1] * 3  # dishes vary, birds look alike


def test_unknown_items_have_no_published_features():
    with pytest.raises(BadInput, match=r"no published features of 'unicorn'.*--features"):
        shape_features(["owl", "unicorn"])
    with pytest.raises(BadInput, match="'unicorn' is none of the 60"):
        category_features(["unicorn"])


def test_own_features_are_joined_by_item_and_averaged(tmp_path):
    path = tmp_path / "features.csv"
    path.write_text(
        "item,rater,weight,age\n"
        "b,x,1,5\na,x,2,6\nc,x,3,7\nd,x,4,8\ne,x,5,\n"
        "a,y,4,6\nunknown,y,9,9\n"
    )  # fmt: skip
    age, weight = read_features(path, ["a", "b", "c", "d", "e"])
    assert (age.name, age.rating_type) == ("age", "")
    np.testing.assert_array_equal(age.values, [6, 5, 7, 8, np.nan])
    np.testing.assert_array_equal(weight.values, [3, 1, 3, 4, 5])


def test_ways_of_rating_are_told_apart(tmp_path):
    path = tmp_path / "features.csv"
    rows = [f"{i},{kind},{n}" for kind in ("slow", "fast") for n, i in enumerate("abcd")]
    path.write_text("item,rating_type,FORM\n" + "\n".join(rows) + "\n")
    found = read_features(path, list("abcd"))
    assert [(f.name, f.rating_type) for f in found] == [("FORM", "fast"), ("FORM", "slow")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("item,size\nx,1\ny,2\n", "No item of features.csv .such as 'x'."),
        ("stimulus1,stimulus2,dissimilarity\na,b,1\n", "no ratings of single items"),
    ],
)
def test_files_that_are_of_no_use_are_refused(tmp_path, text, said):
    path = tmp_path / "features.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        read_features(path, list("abcd"))
