"""Interpolation, walks and stimuli of a run, from numbers to files."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import shapespace
from shapespace.cli.main import main
from shapespace.data.scribbles import scribbles, scribbles_at
from shapespace.errors import BadInput
from shapespace.studies.walking.interpolating import (
    known_images,
    measure_interpolation,
    over_drawings,
    quality,
)
from shapespace.studies.walking.judging import by_policy, judged_walks
from shapespace.studies.walking.stimuli import make_stimuli, uncertain_pairs
from shapespace.walks import looks
from shapespace.walks.interpolation import MEASURES
from toy_run import train_toy_run


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    run = train_toy_run(tmp_path_factory.mktemp("runs") / "toy")
    (run / "results.json").write_text('{"human": {}}')
    return run


@pytest.fixture(scope="module")
def run(path):
    return shapespace.load(path)


@pytest.fixture(scope="module")
def judged(run):
    return walked(run)


def walked(run):
    names = ["owl", "axe", "bus"]
    return judged_walks(run, ["FORM"], names, n_steps=3, n_random=1, n_scribbles=3)[0]


def said(capsys, *words, code=0):
    assert main([str(word) for word in words]) == code
    spoken = capsys.readouterr()
    return spoken.out, spoken.err


def test_measures_of_all_pairs_are_the_mean_of_each(run):
    names = ["owl", "axe", "bus"]
    found = measure_interpolation(run, drawings=names, n_steps=3)
    assert found["n_pairs"] == 3
    assert found["seen"]["owl"] == run.seen("owl")
    known, each = known_images(run), []
    for first, second in (("owl", "axe"), ("owl", "bus"), ("axe", "bus")):
        codes = run.interpolate(first, second, steps=3)
        each.append(quality(run, codes, run.decode(codes), known).linearity)
    assert found["linearity"]["value"] == pytest.approx(np.mean(each))
    assert (
        found["linearity"]["low"] <= found["linearity"]["value"] <= found["linearity"]["high"]
    )
    with pytest.raises(BadInput, match="at least 3 drawings and 3 steps"):
        measure_interpolation(run, drawings=["owl", "axe"])


def test_an_interval_over_drawings_counts_a_pair_by_both():
    draw = np.random.default_rng(0)
    pairs = np.array([(i, j) for i in range(8) for j in range(i)])
    of_drawing = draw.normal(size=8)
    values = (of_drawing[pairs[:, 0]] + of_drawing[pairs[:, 1]])[:, None]
    (found,) = over_drawings(values, pairs, 8, np.random.default_rng(1), n_draws=2000)
    assert found.value == pytest.approx(values.mean())
    # Pairs share drawings: the interval is that of a mean of 8 drawings, not of 28 pairs.
    spread = 2 * of_drawing.std(ddof=1) / np.sqrt(8)
    assert found.high - found.low == pytest.approx(3.9 * spread, rel=0.25)
    holed = np.where(np.arange(len(pairs))[:, None] == 3, np.nan, values)
    (without,) = over_drawings(holed, pairs, 8, np.random.default_rng(1))
    assert without.value == pytest.approx(np.nanmean(holed))


def test_measure_writes_where_studies_look(path, capsys):
    from shapespace.studies.sweeps.rows import lookup

    out, _ = said(capsys, "draw", "interpolate", "--measure", "--steps", 3, "--run", path)
    assert all(name in out for name in MEASURES)
    results = json.loads((path / "results.json").read_text())
    found = lookup(results, "interpolation.linear.linearity")
    assert set(found) == {"value", "low", "high", "n"}
    assert "human" in results  # what was there stays


def test_walks_are_judged_by_the_model_and_without_it(judged, run):
    assert judged.expected == ("elongation", -1)
    assert judged.does_as_said in (True, False)
    assert judged.off_data.shape == (3, 3)
    values = json.loads(json.dumps(judged.to_dict(), allow_nan=False))
    assert values["seen"] == [run.seen(name) for name in ("owl", "axe", "bus")]
    assert values["read_back"]["n_starts"] == 3
    assert set(values["looks"]) == {"elongation", "curvature", "orientation", "ink"}


def test_the_same_walk_is_judged_the_same(judged, run):
    assert walked(run).to_dict() == judged.to_dict()


def test_too_little_for_a_judgement_is_refused(run):
    with pytest.raises(BadInput, match="at least 2 drawings"):
        judged_walks(run, ["FORM"], ["owl"])
    with pytest.raises(BadInput, match="at least 1 random direction"):
        judged_walks(run, ["FORM"], n_random=0)


def test_policies_draw_the_same_points_and_their_share_is_told(run):
    drawn, share = by_policy(run, run.space.coordinates[:3], anchor="owl")
    assert list(drawn) == ["anchor", "conditional", "neighbours", "sample"]
    assert all(pictures.shape == (3, 32, 32) for pictures in drawn.values())
    assert share > 0
    with pytest.raises(BadInput, match="at least 2 points"):
        by_policy(run, run.space.coordinates[:1], anchor="owl")


def test_interpolate_draws_strips_and_a_grid_and_an_animation(path, tmp_path, capsys):
    out, _ = said(
        capsys, "draw", "interpolate", "owl", "axe", "--run", path, "--steps", 3,
        "--path", "linear", "geodesic", "pullback", "--animate", "gif", "--json",
        "--out", tmp_path / "two",
    )  # fmt: skip
    found = json.loads(out)
    assert [one["path"] for one in found["paths"]] == ["linear", "geodesic", "pullback"]
    assert "stand-ins" in found["caption"]
    assert set(MEASURES) < set(found["paths"][0])
    with Image.open(tmp_path / "two-moving.gif") as film:
        assert film.n_frames > 2
    out, _ = said(
        capsys, "draw", "interpolate", "owl", "axe", "bus", "rose", "--run", path,
        "--steps", 3, "--out", tmp_path / "grid",
    )  # fmt: skip
    assert str(tmp_path / "grid.png") in out
    out, _ = said(
        capsys, "draw", "interpolate", "owl", "axe", "--run", path, "--steps", 2,
        "--policy", "conditional", "--out", tmp_path / "through",
    )  # fmt: skip
    assert "straight in the similarity space" in out


def test_walk_draws_a_feature_of_the_space(path, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(looks, "scribbles_at", lambda at, seed: scribbles_at(at[:3], seed=seed))
    monkeypatch.setattr(
        looks, "scribbles", lambda at, side, seed: scribbles(at[:3], side, seed=seed)
    )
    out, _ = said(
        capsys, "draw", "walk", "owl", "axe", "--run", path, "--steps", 3, "--controls", 1,
        "--space", "code", "--animate", "apng", "--feature", "LINES", "--out", tmp_path / "walk",
        "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert found["space"]["name"] == "features read from the code"
    assert [one["feature"] for one in found["walks"]] == ["LINES"]
    assert "LINES: read back" in found["caption"]
    for name in ("walk-lines.png", "walk-lines-measures.svg", "walk-lines-moving.png"):
        assert (tmp_path / name).is_file()
    assert json.loads((tmp_path / "walk.json").read_text())["walks"] == found["walks"]


def test_points_are_items_or_numbers(path, tmp_path, capsys):
    out, _ = said(
        capsys, "draw", "points", "owl", "0,0,0.1,-0.2", "--run", path,
        "--out", tmp_path / "points", "--json",
    )  # fmt: skip
    found = json.loads(out)
    assert found["points"]["0,0,0.1,-0.2"] == [0, 0, 0.1, -0.2]
    assert found["share_of_policy"] > 0
    for wrong in ("0,0", "a,b,c,d"):
        _, err = said(
            capsys, "draw", "points", "owl", wrong, "--run", path, "--out", tmp_path / "x",
            code=1,
        )  # fmt: skip
        assert "neither an item of the published space, 4-D nor 4 numbers" in err


def test_stimuli_come_with_a_manifest_that_holds_what_they_are(run, tmp_path, capsys):
    # Whole drawings are off the data of a network that learned nothing; codes of images are not.
    image = run.decode(run.training_codes[:1])[0]
    Image.fromarray((image * 255).round().astype(np.uint8)).save(tmp_path / "made.png")
    out, _ = said(
        capsys, "draw", "stimuli", tmp_path / "made.png", "--run", run.path, "--feature", "FORM",
        "--levels", 3, "--reach", 0.001, "--even", "asked", "--out", tmp_path / "set", "--json",
    )  # fmt: skip
    found = json.loads(out)
    table = pd.read_csv(tmp_path / "set" / "manifest.csv")
    assert table["level"].tolist() == [1, 2, 3]
    steps = np.diff(table["asked_FORM"])
    spread = (run.space.coordinates @ run.space.directions["FORM"]).std()
    assert steps == pytest.approx([0.001 * spread] * 2, rel=0.05)
    assert np.ptp(table["asked_LINES"]) < 1e-5
    assert table["policy"].tolist() == ["anchor"] * 3
    assert (table["off_data_percentile"] <= 99).all()
    for file in table["file"]:
        with Image.open(tmp_path / "set" / file) as picture:
            assert picture.size == (32, 32)
    assert found["refused"] == []
    assert (tmp_path / "set" / "contact-sheet.png").is_file()


def test_stimuli_off_the_data_are_refused(run, tmp_path, capsys):
    _, err = said(
        capsys, "draw", "stimuli", "owl", "--run", run.path, "--feature", "FORM",
        "--reach", 99, "--even", "asked", "--out", tmp_path / "set", code=1,
    )  # fmt: skip
    assert "No start can be varied as asked" in err
    assert "off the data" in err
    assert not (tmp_path / "set").exists()


def test_stimuli_do_not_replace_what_is_not_theirs(run, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("dear")
    _, err = said(
        capsys, "draw", "stimuli", "owl", "--run", run.path, "--feature", "FORM",
        "--out", tmp_path, code=1,
    )  # fmt: skip
    assert "holds no stimuli" in err


@pytest.mark.parametrize(
    ("feature", "starts", "words"),
    [("SIZE", ["owl"], "no direction 'SIZE'"), ("FORM", [], "at least one drawing")],
)
def test_stimuli_need_a_feature_and_a_start(run, feature, starts, words):
    with pytest.raises(BadInput, match=words):
        make_stimuli(run, feature, starts)


def test_pairs_to_rate_need_a_space_whose_certainty_is_known(tmp_path):
    with pytest.raises(BadInput, match="space build --draws 200"):
        uncertain_pairs("published", 4, 10)
    description = {
        "format": 1,
        "spaces": [
            {"n_dims": 1, "stability": None},
            {"n_dims": 2, "stability": {"covariances": {"a": np.eye(2).tolist()} | {
                x: np.zeros((2, 2)).tolist() for x in "bc"}}},
        ],
    }  # fmt: skip
    (tmp_path / "space.json").write_text(json.dumps(description))
    (tmp_path / "coordinates-1d.csv").write_text("item,d0\na,0\nb,1\nc,2\n")
    (tmp_path / "coordinates-2d.csv").write_text("item,d0,d1\na,0,0\nb,1,0\nc,0,5\n")
    with pytest.raises(BadInput, match="without resampled ratings"):
        uncertain_pairs(str(tmp_path), 1, 10)
    pairs = uncertain_pairs(str(tmp_path), 2, 10)
    assert pairs["item1"].tolist() == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("words", "said_in_it"),
    [
        (("owl", "--out", "x"), "Name two images"),
        (("owl", "axe"), "no --out"),
        (("owl", "--measure"), "--measure takes all held-out drawings"),
        (
            ("owl", "axe", "bus", "rose", "--policy", "sample", "--out", "x"),
            "A grid is drawn of one",
        ),
    ],
)
def test_interpolate_says_what_does_not_go_together(path, capsys, words, said_in_it):
    _, err = said(capsys, "draw", "interpolate", *words, "--run", path, code=1)
    assert said_in_it in err
    assert err.count("\n") == 1
