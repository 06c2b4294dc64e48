"""Folds: nothing alike is parted, and every row has its place."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.data.folds import Split, deal, rows_of
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import BadInput

PARTS = ("train", "validation", "test")


def table_of(groups: list[int], classes: list[int]) -> pd.DataFrame:
    """A table in which every group has one class, as sketches of one photograph do."""
    return pd.DataFrame(
        {
            "id": [f"image {i}" for i in range(len(groups))],
            "class": [f"class {classes[group]}" for group in groups],
            "group": [f"group {group}" for group in groups],
        }
    )


@st.composite
def tables(draw):
    classes = draw(st.lists(st.integers(0, 4), min_size=7, max_size=40))
    extra = draw(st.lists(st.integers(0, len(classes) - 1), max_size=30))
    rows = draw(st.permutations([*range(len(classes)), *extra]))
    return table_of(list(rows), classes)


@settings(deadline=None, max_examples=40)
@given(tables(), st.integers(3, 7), st.integers(0, 1000))
def test_no_group_is_parted_and_the_parts_are_disjoint_and_complete(table, n_folds, seed):
    folds = deal(table, "grouped", n_folds=n_folds, seed=seed)
    assert all(len(set(folds[rows])) == 1 for rows in table.groupby("group").indices.values())
    for fold in range(n_folds):
        parts = {part: rows_of(folds, part, fold) for part in PARTS}
        assert sorted(np.concatenate(list(parts.values()))) == list(range(len(table)))
        groups = [set(table["group"].iloc[rows]) for rows in parts.values()]
        assert all(not a & b for a, b in combinations(groups, 2))
        assert all(len(rows) for rows in parts.values())


@settings(deadline=None, max_examples=40)
@given(tables(), st.integers(3, 7), st.integers(0, 1000))
def test_folds_hold_equally_many_groups_of_every_class(table, n_folds, seed):
    table = table.assign(fold=deal(table, "grouped", n_folds=n_folds, seed=seed))
    groups = table.drop_duplicates("group")
    counts = pd.crosstab(groups["class"], groups["fold"]).reindex(
        columns=range(n_folds), fill_value=0
    )
    assert (counts.max(axis=1) - counts.min(axis=1)).max() <= 1
    assert counts.sum().max() - counts.sum().min() <= 1


@settings(deadline=None, max_examples=20)
@given(tables(), st.integers(0, 1000))
def test_the_seed_alone_decides(table, seed):
    np.testing.assert_array_equal(
        deal(table, "grouped", seed=seed), deal(table, "grouped", seed=seed)
    )


def test_another_seed_deals_otherwise():
    table = table_of(list(range(60)), [i // 5 for i in range(60)])
    dealt = {tuple(deal(table, "grouped", seed=seed)) for seed in range(10)}
    assert len(dealt) == 10


def test_equal_images_share_a_fold_even_if_their_groups_differ(tmp_path):
    rng = np.random.default_rng(0)
    scans = [np.where(rng.random((16, 16)) < 0.2, 0, 255).astype(np.uint8) for _ in range(20)]
    # Image 20 copies image 3, image 21 copies image 7 and is of the group of image 11.
    items = [Item(id=str(i), scan=scan, group=f"g{i}") for i, scan in enumerate(scans)]
    items += [Item(id="20", scan=scans[3]), Item(id="21", scan=scans[7], group="g11")]
    info = SetInfo(name="copies", side=16, n_images=0, bits=False, turnable=True)
    table = pack(items, info, tmp_path / "copies").table
    for seed in range(20):
        fold = dict(zip(table["id"], deal(table, "grouped", seed=seed), strict=True))
        assert fold["20"] == fold["3"]
        assert fold["21"] == fold["7"] == fold["11"]
        assert all(
            len({fold[i] for i in same}) == 1
            for same in table.groupby("checksum")["id"].apply(list)
        )


def test_the_published_rule_is_the_running_index_modulo_five():
    table = table_of([0] * 12, [0])
    assert deal(table, "index").tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]


def test_validation_is_the_fold_before_the_test_fold():
    folds = np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
    assert rows_of(folds, "test", 0).tolist() == [0, 5]
    assert rows_of(folds, "validation", 0).tolist() == [4, 9]
    assert rows_of(folds, "train", 0).tolist() == [1, 2, 3, 6, 7, 8]
    assert rows_of(folds, "test", 3).tolist() == [3, 8]
    assert rows_of(folds, "validation", 3).tolist() == [2, 7]
    assert rows_of(folds, "train", 3).tolist() == [0, 1, 4, 5, 6, 9]


@pytest.mark.parametrize("fold", [-1, 5])
def test_a_fold_that_is_not_there_is_refused(fold):
    with pytest.raises(BadInput, match=rf"no fold {fold}: folds are numbered 0 to 4"):
        rows_of(np.arange(5), "test", fold)


def test_too_few_folds_and_too_few_groups_are_refused():
    with pytest.raises(BadInput, match="2 folds cannot be split"):
        deal(table_of([0, 1, 2], [0, 0, 0]), "grouped", n_folds=2)
    with pytest.raises(BadInput, match="2 independent stimuli cannot be dealt to 5 folds"):
        deal(table_of([0] * 8 + [1], [0, 0]), "grouped")
    with pytest.raises(BadInput, match="4 independent stimuli"):
        deal(table_of([0] * 4, [0]), "index")


def test_folds_csv_names_every_image_with_its_set_group_and_fold():
    split = Split(
        {
            "a": pd.DataFrame({"id": ["x", "y"], "group": ["x", "g"], "fold": [0, 1]}),
            "b": pd.DataFrame({"id": ["x"], "group": ["x"], "fold": [2]}),
        }
    )
    assert split.to_csv() == "set,id,group,fold\na,x,x,0\na,y,g,1\nb,x,x,2\n"
    assert Split({}).to_csv() == "set,id,group,fold\n"
