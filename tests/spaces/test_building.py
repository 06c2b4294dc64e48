import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist, squareform

from shapespace.data.ratings import Ratings, published_dissimilarities
from shapespace.data.trials.layouts import write_trials
from shapespace.data.trials.simulation import simulate_ratings
from shapespace.errors import BadInput, Collision
from shapespace.spaces.directory import (
    read_coordinates,
    read_description,
    refuse_foreign,
    write_build,
)
from shapespace.spaces.scaling.building import Build, BuildSettings, build
from shapespace.spaces.scaling.pairs import PairRatings, published_pairs, read_pairs

SETTINGS = BuildSettings(max_dims=2, n_starts=3, n_folds=3, n_draws=6)


@pytest.fixture(scope="module")
def ratings_file(tmp_path_factory):
    simulated = simulate_ratings(
        generator=np.random.default_rng(0), n_items=12, n_dims=2, n_raters=5, share=0.8
    )
    path = tmp_path_factory.mktemp("ratings") / "mine.csv"
    write_trials(path, simulated.trials)
    return path


@pytest.fixture(scope="module")
def built(ratings_file) -> Build:
    return build(read_pairs(ratings_file), SETTINGS)


def test_pairs_count_by_their_ratings_and_raters_are_kept(ratings_file):
    pairs = read_pairs(ratings_file)
    assert pairs.single is not None
    assert pairs.single.shape == (66, 5)
    assert pairs.weights.tolist() == (~np.isnan(pairs.single)).sum(axis=1).tolist()
    assert np.nanmax(np.abs(pairs.ratings.flat - np.nanmean(pairs.single, axis=1))) < 1e-12
    assert pairs.source == "mine.csv"


def test_the_published_ratings_are_at_hand():
    pairs = published_pairs()
    assert pairs.ratings is published_dissimilarities()
    assert (pairs.weights == 1).all()
    assert len(pairs.sha256) == 64


def test_ratings_of_single_stimuli_make_no_space(tmp_path):
    path = tmp_path / "features.csv"
    path.write_text(
        "paradigm,stimulus1,attribute,response\nattribute,a,FORM,1\nattribute,b,FORM,2\n"
    )
    with pytest.raises(BadInput, match="needs pairs"):
        read_pairs(path)


def test_all_that_helps_to_choose_is_built(built):
    assert [space.n_dims for space in built.spaces] == [1, 2]
    assert [(h.over, h.n_dims) for h in built.held_out] == [
        ("pairs", 1), ("pairs", 2), ("raters", 1), ("raters", 2)
    ]  # fmt: skip
    assert built.fewest_good in (1, 2)
    assert {s.over for s in built.stability.values()} == {"raters"}
    assert built.ceiling is not None
    assert built.ceiling["n_people"] == 5


def test_classical_scaling_leaves_out_what_needs_missing_pairs():
    ratings = Ratings(published_dissimilarities().items, published_dissimilarities().matrix)
    pairs = PairRatings("published", "", ratings, np.ones(1770), None)
    found = build(pairs, BuildSettings(max_dims=1, method="classical"))
    assert found.ceiling is None
    assert found.held_out == []
    assert found.stability == {}
    assert found.fewest_good is None
    assert found.spaces[0].items == ratings.items


def test_what_is_written_is_read_again_by_id(built, tmp_path):
    write_build(built, tmp_path, with_distances=True)
    items, coordinates = read_coordinates(tmp_path, 2)
    assert items == built.spaces[1].items
    np.testing.assert_allclose(coordinates, built.spaces[1].coordinates, atol=1e-9)
    distances = pd.read_csv(tmp_path / "distances-2d.csv", index_col="item")
    assert list(distances.columns) == list(items)
    np.testing.assert_allclose(distances, squareform(pdist(coordinates)), atol=1e-8)


def test_the_description_holds_everything(built, tmp_path):
    write_build(built, tmp_path)
    found = read_description(tmp_path)
    assert json.loads((tmp_path / "space.json").read_text()) == found
    assert found["settings"]["seed"] == 42
    assert found["ratings"]["n_raters"] == 5
    assert found["ratings"]["sha256"] == built.pairs.sha256
    assert set(found["spaces"][0]["stress"]) == set(found["formulas"])
    assert set(found["spaces"][1]["stability"]["spread"]) == set(built.spaces[1].items)
    assert {"shapespace", "numpy", "scipy"} <= set(found["versions"])


def test_equal_settings_give_equal_spaces(built, ratings_file):
    whole = read_pairs(ratings_file)
    alone = Ratings(whole.ratings.items, whole.ratings.matrix)
    pairs = replace(whole, single=None, ratings=alone)
    first, second = (build(pairs, SETTINGS) for _ in "ab")
    assert np.array_equal(first.spaces[1].coordinates, second.spaces[1].coordinates)
    assert np.array_equal(first.spaces[1].coordinates, built.spaces[1].coordinates)
    assert first.held_out == second.held_out
    assert np.array_equal(first.stability[2].covariances, second.stability[2].covariances)


def test_a_measure_that_is_not_defined_is_null(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("stimulus1,stimulus2,dissimilarity\na,b,2\n")
    found = build(read_pairs(path), BuildSettings(max_dims=1, n_folds=0, n_starts=1))
    write_build(found, tmp_path)
    assert read_description(tmp_path)["spaces"][0]["kendall_tau_b"] is None


def test_unknown_dimensions_folders_and_formats_are_refused(built, tmp_path):
    with pytest.raises(BadInput, match="no space directory"):
        read_description(tmp_path)
    write_build(built, tmp_path)
    with pytest.raises(BadInput, match="only of 1, 2"):
        read_coordinates(tmp_path, 3)
    (tmp_path / "space.json").write_text('{"format": 99}')
    with pytest.raises(BadInput, match="another version"):
        read_description(tmp_path)


def test_a_space_replaces_nothing_but_a_space(built, tmp_path):
    refuse_foreign(tmp_path / "new")
    refuse_foreign(tmp_path)  # empty
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(Collision, match="is no space"):
        refuse_foreign(tmp_path)
    write_build(built, tmp_path)
    refuse_foreign(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_dims": 0}, "got 0"),
        ({"n_folds": 1}, "0 folds, or 2"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, message):
    with pytest.raises(BadInput, match=message):
        BuildSettings(**change)


def test_more_dimensions_than_items_allow_are_refused():
    with pytest.raises(BadInput, match="at most 59"):
        build(published_pairs(), BuildSettings(max_dims=60))
