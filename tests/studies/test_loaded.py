import json
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

import shapespace
from shapespace.data.ratings import published_features
from shapespace.errors import BadInput
from shapespace.spaces.published import published_coordinates
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.walking.training_codes import kept_file
from shapespace.walks.paths import PATHS
from shapespace.walks.pullback import energy
from toy_run import toy_config, train_toy_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return shapespace.load(train_toy_run(tmp_path_factory.mktemp("runs") / "toy"))


def test_importing_the_package_does_not_import_torch():
    code = "import shapespace, sys; assert shapespace.load; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_codes_and_pictures_are_those_of_the_model(run):
    images = torch.from_numpy(run.drawings[:3])[:, None]
    with torch.no_grad():
        codes = run.codec.model.encode(images)
        pictures = run.codec.model.decode(codes)
    assert run.encode(run.drawings[:3]) == pytest.approx(codes.numpy(), abs=1e-6)
    assert run.decode(codes.numpy()) == pytest.approx(pictures[:, 0].numpy(), abs=1e-6)


def test_stimuli_are_named_in_any_spelling_and_files_are_read(run, tmp_path):
    assert np.array_equal(run.images("bell pepper"), run.images(" Bell_Pepper "))
    scan = (run.drawings[0] * 255).round().astype(np.uint8)
    Image.fromarray(scan).save(tmp_path / "first.png")
    both = run.images(tmp_path / "first.png", run.stimuli[0])
    assert both[0] == pytest.approx(both[1], abs=1 / 255)


def test_what_an_image_was_to_the_run_is_known_of_stimuli(run, tmp_path):
    folds = pd.read_csv(RunDirectory(run.path).folds_file).set_index("id")["fold"]
    assert set(run.held_out) == set(folds.index[folds == 0])
    assert run.seen(folds.index[folds == 2][0]) == "seen in training"
    assert run.seen(folds.index[folds == 4][0]) == "chose the snapshot"
    (tmp_path / "a.png").touch()
    assert run.seen(tmp_path / "a.png") == "not known"


def test_a_run_that_saw_no_drawing_begins_from_one_in_five(tmp_path):
    data = toy_config().data.__class__(side=32, mixture={"scribbles": 8})
    stranger = shapespace.load(train_toy_run(tmp_path / "stranger", data=data))
    assert len(stranger.held_out) == 12
    assert stranger.seen("owl") == "held out"


@pytest.mark.parametrize("policy", ["anchor", "conditional", "neighbours", "sample"])
def test_points_are_drawn_where_they_were_asked_to_be(run, policy):
    points = run.space.coordinates[:3] * 0.5
    codes = run.codes_at(points, policy=policy, anchor="owl")
    assert run.space.map.coordinates(codes) == pytest.approx(points, abs=1e-9)
    drawn = run.from_space(points, policy=policy, anchor="owl")
    assert drawn == pytest.approx(run.decode(codes))
    assert run.from_space(points[0]).shape == (1, 32, 32)


def test_samples_follow_their_seed(run):
    point = run.space.coordinates[0]
    first, again, other = (run.codes_at(point, policy="sample", seed=s) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_the_space_is_the_published_one_with_its_directions(run):
    space = run.space
    assert space.name == "published space, 4-D"
    assert space.coordinates == pytest.approx(published_coordinates(4, space.items))
    for name, way in space.directions.items():
        assert np.linalg.norm(way) == pytest.approx(1)
        values = published_features("attentive").loc[list(space.items), name]
        assert np.corrcoef(space.coordinates @ way, values)[0, 1] > 0.6
    # The study's 4-D direction of FORM by kappa (Part 4 of its data).
    assert space.directions["FORM"] == pytest.approx([-0.638, -0.083, -0.715, 0.271], abs=0.01)
    assert run.to_space(run.drawings[:2]).shape == (2, 4)


def test_other_dimensions_and_the_code_itself_are_spaces_too(run):
    assert shapespace.load(run.path, dims=2).space.coordinates.shape == (60, 2)
    code = shapespace.load(run.path, space="code").space
    assert code.directions["LINES"].tolist() == [0, 1, 0]
    assert code.held_out_r2 is not None


def test_a_run_that_was_trained_to_map_has_its_coordinates_in_its_first_units(run, tmp_path):
    from dataclasses import replace

    base = toy_config().training
    training = replace(base, tasks=replace(base.tasks, mapping=0.1, dims=3))
    mapped = shapespace.load(train_toy_run(tmp_path / "mapped", training=training), dims=3)
    assert mapped.space.kind == "trained"
    assert mapped.space.held_out_r2 is None
    assert mapped.to_space(mapped.drawings) == pytest.approx(mapped.codes[:, :3])
    # Into another space a map is fitted as for any run.
    assert shapespace.load(mapped.path, dims=2).space.kind == "fitted"


def test_off_data_tells_training_codes_from_noise(run):
    assert np.median(run.off_data(run.training_codes)) == pytest.approx(50, abs=10)
    assert run.off_data(run.training_codes.mean(axis=0)[None] + 100) == [100]


def test_training_codes_are_kept_until_the_weights_change(run):
    fresh = shapespace.load(run.path)
    first = fresh.training_codes
    assert kept_file(RunDirectory(run.path)).is_file()
    assert np.array_equal(shapespace.load(run.path).training_codes, first)

    from shapespace.model.autoencoder import Autoencoder
    from shapespace.training.snapshot import save_model

    weights = RunDirectory(run.path).model
    save_model(Autoencoder(fresh.config.model, seed=123), weights)
    assert not np.allclose(shapespace.load(run.path).training_codes, first)
    save_model(fresh.codec.model, weights)


def test_paths_grids_and_walks_go_where_they_should(run):
    owl, axe = run.code_of("owl"), run.code_of(run.images("axe")[0])
    for path in PATHS:
        codes = run.interpolate("owl", "axe", steps=4, path=path)
        assert codes[[0, -1]] == pytest.approx(np.stack([owl, axe]), abs=1e-6)
    grid = run.grid(["owl", "axe", owl, axe], steps=3)
    assert grid[[0, 2, 6, 8]] == pytest.approx(np.stack([owl, axe, owl, axe]), abs=1e-6)

    through = run.space.map.coordinates(
        run.interpolate("owl", "axe", steps=3, policy="conditional")
    )
    assert through[1] == pytest.approx((through[0] + through[2]) / 2)

    for step in ("typical", "shortest"):
        walk = run.walk("FORM", ["owl", "axe"], steps=3, reach=1.0, step=step, hold=True)
        way = walk.asked[0, 2] - walk.asked[0, 1]
        spread = (run.space.coordinates @ run.space.directions["FORM"]).std()
        assert way @ run.space.directions["FORM"] == pytest.approx(spread)
        assert way @ run.space.directions["LINES"] == pytest.approx(0, abs=1e-9)
        asked = run.space.map.coordinates(walk.codes.reshape(6, -1)).reshape(2, 3, 4)
        assert asked == pytest.approx(walk.asked)
    assert len(run.walk("LINES", steps=3).codes) == 12


def test_forces_on_pictures_are_pulled_back_as_differences_say(run):
    codes = run.codes[:2]
    pictures, pull = run.codec.decode_and_pull(codes)
    assert pictures == pytest.approx(run.decode(codes), abs=1e-6)
    forces = np.random.default_rng(0).normal(size=pictures.shape)
    pulled, size = pull(forces), 1e-6
    exact = deepcopy(run.codec.model).double()
    for unit in range(run.code_size):
        step = size * np.eye(run.code_size)[unit]
        ahead, behind = (
            exact.decode(torch.from_numpy(codes + way * step))[:, 0].numpy() for way in (1, -1)
        )
        slow = (forces * (ahead - behind)).sum(axis=(1, 2)) / (2 * size)
        assert pulled[:, unit] == pytest.approx(slow, abs=1e-4 * np.abs(pulled).max())
    assert pull(2 * forces) == pytest.approx(2 * pulled, rel=1e-4, abs=1e-6)
    with pytest.raises(BadInput, match="n x 8, got 2 x 9"):
        run.codec.decode_and_pull(np.zeros((2, 9)))


def test_pictures_change_less_on_the_pulled_back_way_than_on_the_straight_one(run):
    ways = [
        run.interpolate("owl", "axe", steps=17, path=path) for path in ("linear", "pullback")
    ]
    straight, bent = (energy(run.decode(way)) for way in ways)
    assert bent < straight


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda run: run.images(), "at least one stimulus"),
        (lambda run: run.images("unicorn"), "'unicorn'.*The stimuli are"),
        (lambda run: run.encode(np.zeros((1, 5, 5))), "n x 32 x 32, got 1 x 5 x 5"),
        (lambda run: run.encode(np.full((1, 32, 32), 255.0)), "Divide bytes by 255"),
        (lambda run: run.decode(np.zeros((2, 9))), "n x 8, got 2 x 9"),
        (lambda run: run.decode(np.full((1, 8), np.nan)), "finite"),
        (lambda run: run.grid(["owl"]), "4 corners, got 1"),
        (lambda run: run.walk("SIZE"), "no direction 'SIZE'; it has FORM, LINES"),
        (lambda run: shapespace.load(run.path, space="none").space, "no space directory"),
        (lambda run: shapespace.load("nowhere"), "There is no run in nowhere"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(run, asked, words):
    with pytest.raises(BadInput, match=words):
        asked(run)


def test_a_built_space_brings_its_own_directions_or_those_of_the_features(run, tmp_path):
    published = run.space
    content = {"format": 1, "spaces": [{"n_dims": 4, "stability": None}]}
    (tmp_path / "space.json").write_text(json.dumps(content))
    table = pd.DataFrame(published.coordinates, columns=["d0", "d1", "d2", "d3"])
    table.insert(0, "item", published.items)
    table.to_csv(tmp_path / "coordinates-4d.csv", index=False)
    built = shapespace.load(run.path, space=tmp_path).space
    assert built.name == f"{tmp_path.name}, 4-D"
    assert built.map.weights == pytest.approx(published.map.weights)
    assert built.directions["FORM"] == pytest.approx(published.directions["FORM"], abs=1e-5)

    own = {"criterion": "kappa", "kappa": 1.0, "rho": 1.0, "best": 1.0, "made_from": ["me"]}
    own |= {"feature": "SIZE", "vector": [0, 0, 1, 0]}
    directions = {"format": 1, "spaces": [{"n_dims": 4, "directions": [own]}]}
    (tmp_path / "directions.json").write_text(json.dumps(directions))
    found = shapespace.load(run.path, space=tmp_path).space.directions
    assert {name: way.tolist() for name, way in found.items()} == {"SIZE": [0, 0, 1, 0]}


def test_a_space_of_other_items_cannot_be_joined(run, tmp_path):
    from shapespace.data.ratings import Ratings
    from shapespace.spaces.directory import write_build
    from shapespace.spaces.scaling.building import BuildSettings, build
    from shapespace.spaces.scaling.pairs import PairRatings

    places = np.random.default_rng(0).normal(size=(6, 2))
    matrix = np.linalg.norm(places[:, None] - places, axis=2)
    ratings = Ratings(tuple("uvwxyz"), matrix)
    pairs = PairRatings(ratings=ratings, weights=np.ones(15), single=None, source="", sha256="")
    settings = BuildSettings(max_dims=2, n_starts=1, n_folds=0)
    write_build(build(pairs, settings), tmp_path)
    stranger = shapespace.load(run.path, space=tmp_path, dims=2)
    with pytest.raises(BadInput, match="no item in common"):
        stranger.to_space(run.drawings)
