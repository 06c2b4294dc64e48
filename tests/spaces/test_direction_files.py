import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from shapespace.data.ratings import items
from shapespace.data.writing import write_text
from shapespace.errors import BadInput
from shapespace.spaces.directions.examining import ExaminingSettings, examine
from shapespace.spaces.directions.features import shape_features
from shapespace.spaces.directions.files import read_directions, write_directions
from shapespace.spaces.directory import write_build
from shapespace.spaces.opening import item_categories, open_spaces
from shapespace.spaces.published import published_coordinates
from shapespace.spaces.regions.baselines import measure
from shapespace.spaces.regions.files import write_regions
from shapespace.spaces.scaling.building import BuildSettings, build
from shapespace.spaces.scaling.pairs import PairRatings, published_pairs

QUICK = ExaminingSettings(n_draws=20, n_shuffles=2, seed=3)


@pytest.fixture(scope="module")
def examined():
    """20 items of the published spaces of 2 and 3 dimensions, with whole categories held out."""
    spaces = [
        replace(space, items=space.items[:20], coordinates=space.coordinates[:20])
        for space in open_spaces(None, [3, 2])
    ]
    names = spaces[0].items
    categories = item_categories(names)
    return [
        examine(space, shape_features(names)[:4], categories=categories, settings=QUICK)
        for space in spaces
    ]


def test_the_published_spaces_open_with_the_fourth_suggested():
    spaces = open_spaces(None)
    assert [space.n_dims for space in spaces] == [1, 2, 3, 4, 5, 6, 8, 10]
    assert [space.n_dims for space in spaces if space.suggested] == [4]
    np.testing.assert_array_equal(
        spaces[1].coordinates, published_coordinates(2, spaces[1].items)
    )
    assert spaces[0].source == "published"


def test_the_last_space_is_suggested_where_the_best_was_not_asked_for():
    assert [s.suggested for s in open_spaces(None, [3, 2])] == [False, True]


def test_a_directory_of_spaces_opens_with_its_suggestion(tmp_path):
    whole = published_pairs()
    few = replace(whole.ratings.subset(whole.ratings.items[::5]), single=None)
    pairs = PairRatings("published", whole.sha256, few, np.ones(66), None)
    found = build(pairs, BuildSettings(max_dims=2, n_starts=1, n_folds=0))
    write_build(found, tmp_path)
    spaces = open_spaces(tmp_path)
    assert [(s.n_dims, s.suggested) for s in spaces] == [(1, False), (2, True)]
    assert spaces[0].source == tmp_path.name
    np.testing.assert_allclose(spaces[1].coordinates, found.spaces[1].coordinates, atol=1e-8)


def test_spaces_that_are_not_there_are_named(tmp_path):
    with pytest.raises(
        BadInput, match="no space of 7 dimensions in the published ones, only of"
    ):
        open_spaces(None, [4, 7])
    with pytest.raises(BadInput, match="no space directory"):
        open_spaces(tmp_path)


def test_categories_come_from_the_study_or_from_a_table(tmp_path):
    assert item_categories(["owl", "bowl"]) == ["birds", "dishes"]
    assert item_categories(["owl", "unicorn"]) is None
    path = tmp_path / "categories.csv"
    path.write_text("stimulus;class\nunicorn;myth\nowl;bird\ngoat;\n")
    assert item_categories(["owl", "unicorn"], path) == ["bird", "myth"]
    with pytest.raises(BadInput, match=r"no category of 'goat' \(1 of 2"):
        item_categories(["owl", "goat"], path)
    path.write_text("name;class\nunicorn;myth\n")
    with pytest.raises(BadInput, match="needs the columns 'item' and 'category'"):
        item_categories(["unicorn"], path)


def test_everything_about_directions_is_found_and_repeats(examined):
    two, _ = examined
    assert [d.feature for d in two.of("kappa")] == ["FORM", "LINES"]
    assert len(two.candidates) == 8
    assert [h.over for h in two.held_out] == ["items"] * 4 + ["categories"] * 4
    assert len(two.leaks) == 4
    assert len(two.conditional) == 4
    assert {c.n_draws for c in two.chance} == {2}
    again = examine(two.space, two.features, settings=QUICK)
    assert again.held_out == two.held_out[:4]
    assert again.chance == two.chance
    assert examine(
        two.space, two.features[:1], settings=ExaminingSettings(n_draws=1, n_shuffles=0)
    ).chance == []  # fmt: skip


def test_directions_are_read_as_they_were_written(examined, tmp_path):
    write_directions(examined, QUICK, tmp_path)
    for found in examined:
        read = read_directions(tmp_path, found.space.n_dims)
        assert len(read) == 4
        for one, other in zip(read, found.directions, strict=True):
            np.testing.assert_array_equal(one.vector, other.vector)
            assert (one.feature, one.criterion, one.made_from, one.accepted) == (
                other.feature, other.criterion, other.made_from, other.accepted
            )  # fmt: skip
            assert (one.kappa, one.rho, one.best) == (other.kappa, other.rho, other.best)
    content = json.loads((tmp_path / "directions.json").read_text())
    assert content["accepted_from"] == {"kappa": 0.8, "rho": 0.7}
    assert content["features"][0]["n_rated"] == 20
    assert len(content["features"][0]["low"]) == 5
    assert content["spaces"][0]["cosines"]["features"] == ["FORM", "LINES"]


def test_the_table_of_directions_has_a_row_each_and_its_axes_last(examined, tmp_path):
    write_directions(examined, QUICK, tmp_path)
    table = pd.read_csv(tmp_path / "directions.csv")
    assert len(table) == 8
    assert list(table.columns[-3:]) == ["d0", "d1", "d2"]
    assert table["d2"].isna().sum() == 4  # of the space of two dimensions
    vectors = table[["d0", "d1", "d2"]].fillna(0).to_numpy()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(8))
    held = examined[0].held_out[0]
    assert table["kappa_held_out_items"][0] == pytest.approx(held.kappa.value)
    assert table["rho_held_out_categories_low"].notna().all()


def test_directions_that_are_not_there_are_named(examined, tmp_path):
    with pytest.raises(BadInput, match="space directions"):
        read_directions(tmp_path, 2)
    write_directions(examined, QUICK, tmp_path)
    with pytest.raises(BadInput, match="2, 3 dimensions, not of 4"):
        read_directions(tmp_path, 4)
    write_text(tmp_path / "directions.json", '{"format": 0}')
    with pytest.raises(BadInput, match="another version"):
        read_directions(tmp_path, 2)


def test_draws_and_seeds_are_checked():
    with pytest.raises(BadInput, match="got 0, 5 and 1"):
        ExaminingSettings(n_draws=0, n_shuffles=5, seed=1)


def test_regions_are_written_category_by_category(tmp_path):
    names = tuple(items().index)
    categories = items()["category"].tolist()
    found = measure(
        names, published_coordinates(2, names), categories,
        generator=np.random.default_rng(0), n_draws=2,
    )  # fmt: skip
    write_regions([found], "published", 7, tmp_path)
    content = json.loads((tmp_path / "regions.json").read_text())
    assert (content["seed"], content["n_items"]) == (7, 60)
    (space,) = content["spaces"]
    of = {row["category"]: row for row in space["categories"]}
    assert len(of) == 12
    assert sum(n for row in of.values() for n in row["holds_items_of"].values()) == 12
    assert sum(len(row["meets"]) for row in of.values()) == 2 * space["values"]["meeting_pairs"]
    assert of["birds"]["items"] == ["eagle", "owl", "parrot", "pigeon", "stork"]
    shares = [row["nearest_own"] for row in of.values()]
    assert np.mean(shares) == pytest.approx(space["values"]["nearest_own"])
    assert np.mean([row["size"] for row in of.values()]) == pytest.approx(
        space["values"]["size"]
    )
    assert space["beside"][0]["n_draws"] == 2
