"""Images placed in a space: the places, their intervals, and what is said of bad images."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy.spatial.distance import cdist
from scipy.stats import t as student

from shapespace.cli.main import main
from shapespace.data.config import DRAWINGS, DataConfig
from shapespace.data.ratings import items, published_dissimilarities
from shapespace.errors import BadInput
from shapespace.spaces.published import published_coordinates
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.mapping.placing import place_images
from shapespace.training.config import TasksConfig
from toy_run import toy_config, train_toy_run

ITEMS = published_dissimilarities().items
PLACES = published_coordinates(4, ITEMS)


def _data():
    """Drawings alone, which are quickly made."""
    noise = toy_config().data.noise
    return DataConfig(side=32, mixture={DRAWINGS: 16}, noise=noise)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return [
        train_toy_run(folder / f"fold{fold}", fold=fold, seed=fold, data=_data())
        for fold in range(2)
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    picture = Image.new("L", (60, 40), 255)
    ImageDraw.Draw(picture).ellipse((5, 5, 50, 30), outline=0, width=2)
    picture.save(folder / "ring.png")
    (folder / "text.png").write_text("not a picture")
    return folder


@pytest.fixture(scope="module")
def found(runs, files):
    images = ["owl", str(files / "ring.png"), str(files / "text.png"), "nobody.png"]
    return place_images(images, runs)


def test_bad_images_have_one_sentence_each_and_harm_no_other(found):
    assert [image["image"].split("/")[-1] for image in found["images"]] == ["owl", "ring.png"]
    reasons = [failure["reason"] for failure in found["failed"]]
    assert "text.png cannot be used: it is text" in reasons[0]
    assert reasons[1] == "There is neither a file nor a stimulus called 'nobody.png'."


def test_an_interval_is_the_held_out_error_times_the_quantile(found):
    error = found["error"]
    # Two runs, each with 12 drawings that neither network nor map saw; their folds overlap.
    assert 12 < error["n_stimuli"] < 24
    assert not error["seen_by_network"]
    half = student.ppf(0.975, error["n_stimuli"]) * np.array(error["spread"])
    assert sum(np.square(error["spread"])) == pytest.approx(error["mse"]["value"])
    for image in found["images"]:
        np.testing.assert_allclose(np.subtract(image["high"], image["coordinates"]), half)
        np.testing.assert_allclose(np.subtract(image["coordinates"], image["low"]), half)


def test_neighbours_and_categories_are_those_of_the_space(found):
    (ring,) = (image for image in found["images"] if image["image"] != "owl")
    distances = cdist([ring["coordinates"]], PLACES)[0]
    order = distances.argsort()[:5]
    assert [near["stimulus"] for near in ring["nearest"]] == [ITEMS[row] for row in order]
    assert [near["distance"] for near in ring["nearest"]] == pytest.approx(distances[order])
    categories = items().loc[list(ITEMS), "category"].to_numpy()
    means = {c: PLACES[categories == c].mean(axis=0) for c in categories}
    expected = min(means, key=lambda c: np.linalg.norm(means[c] - ring["coordinates"]))
    assert ring["prototype"]["category"] == expected
    assert sum(ring["shares"].values()) == pytest.approx(1)


def test_a_stimulus_of_the_map_is_called_seen(found):
    owl, ring = found["images"]
    assert owl["seen"]
    assert "which the map was fitted to (seen)" in owl["warnings"][-1]
    assert not ring["seen"]
    assert "stand-in" in found["notes"][0]


def test_pictures_that_a_run_cannot_redraw_are_told(runs, files):
    # A run that draws grey throughout redraws best what is grey, worst what is pure black and white.
    grey, hard = files / "grey.png", files / "hard.png"
    stripes = np.full((32, 32), 128, np.uint8)
    stripes[:, ::2] = 160
    Image.fromarray(stripes).save(grey)
    Image.fromarray(np.where(stripes > 128, 255, 0).astype(np.uint8)).save(hard)
    found = place_images([str(grey), str(hard)], runs[:1])["images"]
    assert [image["redrawn_worse"] for image in found] == [0, 1]
    assert not any("redraws it worse" in said for said in found[0]["warnings"])
    assert any("redraws it worse" in said for said in found[1]["warnings"])


def test_several_runs_are_averaged_and_their_difference_is_told(runs, files, found):
    ring = str(files / "ring.png")
    singly = np.array([place_images([ring], [run])["images"][0]["coordinates"] for run in runs])
    together = found["images"][1]
    np.testing.assert_allclose(together["coordinates"], singly.mean(axis=0))
    np.testing.assert_allclose(together["between_runs"], np.abs(singly[0] - singly[1]) / 2**0.5)


def test_one_run_says_that_its_intervals_rest_on_few_stimuli(runs, files):
    alone = place_images([str(files / "ring.png")], runs[:1])
    assert alone["images"][0]["between_runs"] is None
    assert alone["error"]["n_stimuli"] == 12
    assert "rest on 12 stimuli" in alone["notes"][-1]


def test_a_run_that_was_trained_to_map_is_taken_at_its_word_if_asked(tmp_path, files, runs):
    training = replace(toy_config().training, tasks=TasksConfig(mapping=1.0, dims=4))
    run = train_toy_run(tmp_path / "joint", data=_data(), training=training)
    found = place_images([str(files / "ring.png")], [run], regression="trained")
    assert found["method"] == ["trained"]
    (fitted,) = place_images([str(files / "ring.png")], [run])["method"]
    assert fitted.startswith("knn, strength ")
    for path, n_dims in ((runs[0], 4), (run, 2)):
        with pytest.raises(BadInput, match=f"not trained to map into the {n_dims}-D space"):
            place_images([str(files / "ring.png")], [path], n_dims=n_dims, regression="trained")
    loaded = LoadedRun(run)
    code = loaded.encode(loaded.images(files / "ring.png"))[0]
    np.testing.assert_allclose(found["images"][0]["coordinates"], code[:4])


def test_nothing_is_placed_without_an_image(runs, files):
    with pytest.raises(BadInput, match="it is text"):
        place_images([str(files / "text.png")], runs)
    with pytest.raises(BadInput, match="Name at least one image"):
        place_images([], runs)


def test_the_command_prints_a_table_and_draws(capsys, runs, files, tmp_path):
    out = tmp_path / "where"
    words = ["map", str(files / "ring.png"), str(files / "text.png"), "--run", str(runs[0])]
    assert main([*words, "--out", str(out), "--regression", "linear"]) == 0
    said = capsys.readouterr()
    assert "text.png cannot be used" in said.err
    lines = said.out.splitlines()
    assert lines[0].split()[:5] == ["image", "d0", "d1", "d2", "d3"]
    assert lines[1].startswith("ring.png")
    assert lines[1].count("±") == 4
    assert "12 held-out stimuli: MSE" in lines[2]
    assert {path.name for path in tmp_path.iterdir()} == {"where.png", "where.svg"}


def test_the_command_prints_json(capsys, runs, files):
    assert (
        main(["map", str(files / "ring.png"), "--run", str(runs[0]), "--dims", "1", "--json"])
        == 0
    )
    printed = json.loads(capsys.readouterr().out)
    assert len(printed["images"][0]["coordinates"]) == printed["n_dims"] == 1


def test_a_file_that_cannot_be_used_ends_the_command_if_it_is_alone(capsys, runs, files):
    assert main(["map", str(files / "text.png"), "--run", str(runs[0])]) == 1
    assert capsys.readouterr().err.count("\n") == 1
