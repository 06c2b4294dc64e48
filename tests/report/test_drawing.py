import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from shapespace.data.builtin import drawings_set
from shapespace.data.config import SCRIBBLES
from shapespace.errors import BadInput
from shapespace.report.pictures import draw_noise, draw_reconstructions
from shapespace.studies.runs.finished import names_of_runs, read_parts
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.walking.redrawing import denoise, reconstruct
from toy_run import toy_config, train_toy_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train_toy_run(tmp_path_factory.mktemp("runs") / "toy")


@pytest.fixture(scope="module")
def larger(tmp_path_factory):
    return train_toy_run(tmp_path_factory.mktemp("runs") / "larger", side=64, seed=7)


@pytest.fixture
def photo(tmp_path):
    """A file that is no built-in drawing: a black square in the middle of white paper."""
    pixels = np.full((32, 32), 255, np.uint8)
    pixels[8:24, 8:24] = 0
    Image.fromarray(pixels).save(tmp_path / "square.png")
    return tmp_path / "square.png"


def test_without_images_the_held_out_drawings_are_drawn(run):
    folds = pd.read_csv(RunDirectory(run).folds_file)
    held_out = folds.loc[folds["fold"] == 0, "id"].tolist()
    redrawn = reconstruct([run])
    assert [one.image for one in redrawn] == held_out
    assert {one.seen for one in redrawn} == {"held out"}


def test_a_run_that_never_saw_the_drawings_draws_one_of_each_category(tmp_path):
    data = toy_config().data.__class__(side=32, mixture={SCRIBBLES: 8})
    stranger = train_toy_run(tmp_path / "stranger", data=data)
    redrawn = reconstruct([stranger])
    table = drawings_set().table.set_index("id")
    assert len(redrawn) == 12
    assert table.loc[[one.image for one in redrawn], "class"].nunique() == 12
    assert {one.seen for one in redrawn} == {"held out"}


def test_what_an_image_was_to_the_run_is_said(run, photo):
    folds = pd.read_csv(RunDirectory(run).folds_file).set_index("id")["fold"]
    test, validation, taught = (folds.index[folds == fold][0] for fold in (0, 4, 2))
    redrawn = reconstruct([run], [test, validation, taught, str(photo)])
    assert [one.seen for one in redrawn] == [
        "held out", "chose the snapshot", "seen in training", "not known",
    ]  # fmt: skip


def test_a_file_is_given_as_it_is(run, photo):
    (one,) = reconstruct([run], [str(photo)])
    assert one.image == "square.png"
    np.testing.assert_allclose(one.given, np.asarray(Image.open(photo)) / 255, atol=1e-6)


def test_what_was_changed_in_reading_is_said(run, tmp_path):
    black = np.zeros((32, 32), np.uint8)
    black[10:20, 10:20] = 255
    Image.fromarray(black).save(tmp_path / "night.png")
    (one,) = reconstruct([run], [str(tmp_path / "night.png")])
    assert "inverted" in one.notes[0]


def test_the_loss_is_that_of_the_drawn_against_the_clean_image(run):
    clean = next(one for one in denoise([run], "owl") if one.noise_level == 0).given.astype(
        float
    )
    for one in denoise([run], "owl"):
        drawn = one.drawn.astype(float)
        loss = -(clean * np.log(drawn) + (1 - clean) * np.log(1 - drawn)).mean()
        assert one.bce == pytest.approx(loss, rel=1e-4)
        assert -1 <= one.ssim <= 1


def test_noise_comes_in_four_seeds_and_four_levels(run):
    kinds = [(one.noise_level, one.noise_seed) for one in denoise([run], "parrot")]
    assert kinds == [
        (0.1, 0), (0.1, 42), (0.1, 1337), (0.1, 123456),
        (0.0, 42), (0.1, 42), (0.25, 42), (0.55, 42),
    ]  # fmt: skip


def test_noise_hits_the_stated_share_of_the_pixels(larger):
    redrawn = denoise([larger], "parrot")
    clean = redrawn[4].given
    for one in redrawn:
        # Half of the hits turn white, which cannot be seen on paper: count on ink and paper.
        on_paper = clean > 0.99
        shown = (one.given[on_paper] == 0).mean()
        assert shown == pytest.approx(one.noise_level / 2, abs=0.025)


def test_runs_of_one_side_are_given_the_same_pixels(run, tmp_path):
    twin = train_toy_run(tmp_path / "twin", seed=1)
    redrawn = denoise([run, twin], "parrot")
    for one, other in zip(redrawn[:8], redrawn[8:], strict=True):
        np.testing.assert_array_equal(one.given, other.given)
        assert not np.array_equal(one.drawn, other.drawn)


def test_one_seed_is_one_mask_whatever_the_level(run):
    redrawn = denoise([run], "parrot")
    np.testing.assert_array_equal(redrawn[1].given, redrawn[5].given)


def test_names_of_drawings_may_have_underscores_and_capitals(run):
    assert [one.image for one in reconstruct([run], ["Bell_Pepper"])] == ["bell pepper"]


def test_an_image_named_twice_is_drawn_once(run):
    assert len(reconstruct([run], ["owl", "OWL"])) == 1


def test_an_unknown_image_is_refused_with_the_names_there_are(run):
    with pytest.raises(
        BadInput, match=r"neither a file nor a built-in drawing called 'unicorn'.*parrot"
    ):
        reconstruct([run], ["unicorn"])


def test_a_run_without_a_model_is_refused(tmp_path):
    bare = train_toy_run(tmp_path / "bare")
    (bare / "model" / "model.safetensors").unlink()
    with pytest.raises(BadInput, match="no trained model"):
        reconstruct([bare], ["owl"])


def test_reconstructions_are_drawn_and_described(run, tmp_path):
    picture = draw_reconstructions([run], out=tmp_path / "figures" / "held")
    assert [path.name for path in picture.files] == ["held.svg", "held.png", "held.json"]
    assert all(path.stat().st_size > 0 for path in picture.files)
    assert picture.caption.startswith(
        "Reconstructions of held-out drawings by toy. Held out from toy: "
    )
    stored = json.loads(picture.files[2].read_text())
    assert stored == {"caption": picture.caption, "panels": picture.panels}
    assert len(stored["panels"]) == 12
    # Six originals above six reconstructions, twice.
    assert picture.files[0].read_text().count("<image") == 24


def test_a_few_images_have_a_row_each_with_a_column_for_every_run(run, larger, tmp_path):
    picture = draw_reconstructions([run, larger], images=["owl", "axe"], out=tmp_path / "two")
    assert picture.files[0].read_text().count("<image") == 2 * 3
    assert {panel["run"] for panel in picture.panels} == {"toy", "larger"}


def test_noise_of_runs_of_two_sides_has_an_input_row_for_each(run, larger, tmp_path):
    picture = draw_noise([run, larger], out=tmp_path / "noise")
    svg = picture.files[0].read_text()
    assert svg.count("<image") == 2 * 4 * 4  # two panels of four columns, two inputs, two runs
    assert "input, 32 px" in svg
    assert "input, 64 px" in svg
    assert "parrot" in picture.caption


def test_a_run_is_called_after_its_folder_or_its_path_where_two_share_one(tmp_path):
    one, two = tmp_path / "a" / "run", tmp_path / "b" / "run"
    assert names_of_runs([one, tmp_path / "best"]) == ["run", "best"]
    assert names_of_runs([one, two]) == [str(one), str(two)]


def test_no_run_and_a_run_twice_are_refused(tmp_path):
    with pytest.raises(BadInput, match="at least one run"):
        names_of_runs([])
    with pytest.raises(BadInput, match="named twice"):
        names_of_runs([tmp_path / "a", tmp_path / "b" / ".." / "a"])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda run: run.folds_file.unlink(), "no folds.csv"),
        (lambda run: run.folds_file.write_text("set,id\n"), "damaged or of another version"),
        (lambda run: run.config_file.write_text("{}"), "damaged or of another version"),
    ],
)
def test_damaged_folds_are_refused_in_words(tmp_path, damage, message):
    run = RunDirectory(train_toy_run(tmp_path / "toy"))
    damage(run)
    with pytest.raises(BadInput, match=message):
        read_parts(run)


def test_parts_are_those_that_training_used(run):
    # The rule stands in data.folds too, which needs torch.
    from shapespace.data.folds import rows_of

    table = read_parts(RunDirectory(run))
    for part in ("train", "validation", "test"):
        expected = rows_of(table["fold"].to_numpy(), part, 0)
        np.testing.assert_array_equal(np.flatnonzero(table["part"] == part), expected)
