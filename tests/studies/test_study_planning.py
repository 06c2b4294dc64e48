import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapespace.data.home import set_directory
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import BadInput, Collision
from shapespace.studies.sweeps.cells import read_cells, read_study, run_path, study_file
from shapespace.studies.sweeps.declaration import (
    base_config,
    declaration_text,
    parse_declaration,
)
from shapespace.studies.sweeps.planning import (
    check_study,
    config_of,
    in_short,
    make_plan,
    run_id,
    settings_of,
    write_plan,
)
from toy_declaration import TOY, toy_toml

# The published study's settings by hand: what differs from the default, in its own words.
PUBLISHED = {
    "default",
    *(f"encoder decay={w}" for w in ("0", "0.0002", "0.001", "0.002")),
    *(f"decoder decay={v}" for v in ("0.0002", "0.0005", "0.001", "0.002")),
    "encoder dropout=off",
    "decoder dropout=on",
    *(f"noise={n}" for n in ("0", "0.25", "0.55")),
    *(f"code size={b}" for b in (16, 32, 64, 128, 256, 2048)),
    "encoder decay=0, encoder dropout=off",
    "encoder decay=0, encoder dropout=off, code size=256",
    "encoder dropout=off, code size=256",
}


def pack_birds(shade: int) -> None:
    """Pack six drawings of one box each, `shade` pixels thick, under the name "finches"."""

    def items():
        for number in range(6):
            scan = np.full((16, 16), 255, np.uint8)
            scan[2 : 2 + shade, 2 : 8 + number] = 0
            yield Item(id=f"finch {number}", label="bird", source="", scan=scan)

    info = SetInfo(name="finches", side=16, n_images=0, bits=True, turnable=True, licence="CC0")
    pack(items(), info, set_directory("finches"))


@pytest.fixture
def study(tmp_path):
    write_plan(make_plan(parse_declaration(TOY)), tmp_path / "study", TOY)
    return tmp_path / "study"


def test_the_published_study_has_its_115_runs():
    plan = make_plan(parse_declaration(*declaration_text("part8")))
    assert len(PUBLISHED) == 23
    assert {cell.setting for cell in plan.cells} == PUBLISHED
    assert len(plan.cells) == len({cell.run_id for cell in plan.cells}) == 115
    for fold in range(5):
        assert {c.setting for c in plan.cells if c.fold == fold} == PUBLISHED
    assert {cell.seed for cell in plan.cells} == {42}
    assert plan.base.training.n_images == 200 * 6251 * 128


def test_a_cell_of_the_grid_that_is_varied_anyway_is_run_once():
    declared = parse_declaration(*declaration_text("part8"))
    settings = settings_of(declared, base_config(declared))
    off = [s for s in settings if s[1]["model.encoder_dropout"] is False]
    assert sorted(label for label, _, _ in off) == [
        "encoder decay=0, encoder dropout=off",
        "encoder decay=0, encoder dropout=off, code size=256",
        "encoder dropout=off",
        "encoder dropout=off, code size=256",
    ]
    factors = {label: factor for label, _, factor in settings}
    assert factors["default"] is None
    assert factors["encoder dropout=off"] == "model.encoder_dropout"
    assert factors["encoder dropout=off, code size=256"] is None


def test_a_cell_is_the_config_that_its_values_say():
    plan = make_plan(parse_declaration(TOY))
    for cell in plan.cells:
        config = config_of(json.loads(study_json(plan)), cell)
        assert config.model.code_size == cell.values["model.code_size"]
        assert config.training.l2_encoder == cell.values["training.l2_encoder"]
        assert (config.fold, config.seed) == (cell.fold, cell.seed)
        expected = replace(
            plan.base, fold=cell.fold, model=config.model, training=config.training
        )
        assert config == expected


def study_json(plan) -> str:
    from dataclasses import asdict

    return json.dumps(asdict(plan.base))


@given(st.lists(st.integers(1, 40), unique=True, max_size=4), st.booleans())
def test_settings_are_counted_once_however_often_they_are_asked_for(sizes, with_grid):
    text = toy_toml(folds=[0]).replace(
        "model.code_size = [5, 3]", f"model.code_size = {[5, *sizes]}"
    )
    if 5 in sizes:
        return
    if with_grid:
        text += f"[grid]\nmodel.code_size = {[5, *sizes]}\ntraining.l2_encoder = [0, 0.001]\n"
    cells = make_plan(parse_declaration(text)).cells
    # By hand: every size with either decay in the grid; else one change at a time.
    n = 2 * (1 + len(sizes)) if with_grid else 1 + len(sizes) + 1
    assert len(cells) == len({cell.run_id for cell in cells}) == n


def test_the_name_of_a_run_is_its_content():
    plan = make_plan(parse_declaration(TOY))
    data = {"birds": {"images_per_batch": 4, "sha256": "a" * 64, "licence": "CC0"}}
    name = run_id(plan.base, data, {"n_images": 16})
    assert name == run_id(replace(plan.base), json.loads(json.dumps(data)), {"n_images": 16})
    other_images = {"birds": data["birds"] | {"sha256": "b" * 64}}
    other_licence = {"birds": data["birds"] | {"licence": "CC BY"}}
    assert run_id(plan.base, data, {"n_images": 32}) != name
    assert run_id(plan.base, other_images, {"n_images": 16}) != name
    assert run_id(replace(plan.base, seed=1), data, {"n_images": 16}) != name
    assert run_id(plan.base, other_licence, {"n_images": 16}) == name


def test_the_order_of_keys_and_the_spelling_of_numbers_change_no_name():
    shuffled = TOY.replace(
        "training.l2_encoder = [0, 0.001]\nmodel.code_size = [5, 3]",
        "model.code_size = [3, 5]\ntraining.l2_encoder = [1e-3, 0.0]",
    )
    assert shuffled != TOY
    names = [
        {c.run_id: c.setting for c in make_plan(parse_declaration(t)).cells}
        for t in (TOY, shuffled)
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "on"), (False, "off"), (0.0, "0"), (5e-4, "0.0005"), ([0.25], "0.25"),
     ([0, 0.1], "0 0.1"), ("adam", "adam"), (16, "16")],
)  # fmt: skip
def test_values_are_shown_as_people_write_them(value, text):
    assert in_short(value) == text


def test_of_a_table_only_what_differs_is_shown():
    default = {"drawing": 1.0, "telling": 0.0, "sets": ["a"]}
    assert (
        in_short(default | {"telling": 0.5, "drawing": 0}, default) == "drawing 0 telling 0.5"
    )


def test_what_is_written_is_read_again(study):
    plan = make_plan(parse_declaration(TOY))
    assert read_cells(study) == plan.cells
    assert run_path(study, "abc") == study / "runs" / "abc"
    found = read_study(study)
    assert found["default"] == {"training.l2_encoder": 0.0, "model.code_size": 5}
    assert found["vary"]["training.l2_encoder"] == [0.0, 0.001]
    assert found["names"] == {"model.code_size": "units"}
    assert (study / "study.toml").read_text() == TOY


def test_writing_the_same_study_again_changes_nothing(study):
    before = {file: file.stat().st_mtime_ns for file in study.rglob("*")}
    write_plan(make_plan(parse_declaration(TOY)), study, TOY)
    check_study(study)
    assert {file: file.stat().st_mtime_ns for file in study.rglob("*")} == before


def test_a_directory_with_another_study_or_something_else_is_refused(study, tmp_path):
    other = toy_toml(n_images=48)
    with pytest.raises(Collision, match="holds another study"):
        write_plan(make_plan(parse_declaration(other)), study, other)
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(Collision, match="not empty and not a study"):
        write_plan(make_plan(parse_declaration(TOY)), tmp_path, TOY)


def test_a_study_that_was_begun_with_other_code_is_refused_unless_told(study):
    content = json.loads(study_file(study).read_text())
    content["code"]["code"] = "0" * 64
    study_file(study).write_text(json.dumps(content))
    with pytest.raises(
        BadInput, match=r"other code \(code 000000000000 is now .*--any-version"
    ):
        check_study(study)
    check_study(study, any_version=True)


def test_a_study_that_was_begun_with_other_data_is_refused(tmp_path):
    pack_birds(shade=2)
    text = TOY.replace("{ scribbles = 4 }", "{ finches = 2, scribbles = 2 }")
    write_plan(make_plan(parse_declaration(text)), tmp_path / "study", text)
    pack_birds(shade=3)
    for any_version in (False, True):
        with pytest.raises(BadInput, match="finches changed"):
            check_study(tmp_path / "study", any_version=any_version)
    pack_birds(shade=2)
    check_study(tmp_path / "study")


def test_sets_that_are_not_at_hand_are_noted():
    text = TOY.replace("{ scribbles = 4 }", "{ nowhere = 2, scribbles = 2 }")
    plan = make_plan(parse_declaration(text))
    assert plan.notes == (
        "Not at hand and left out: nowhere. A minibatch of 4 is now scribbles 4.",
    )


def test_what_is_no_study_is_answered_with_what_to_do(tmp_path, study):
    with pytest.raises(BadInput, match=r"There is no study in .*shapespace study run"):
        check_study(tmp_path / "nowhere")
    (study / "study.toml").unlink()
    with pytest.raises(BadInput, match=r"study\.toml cannot be read"):
        check_study(study)
    study_file(study).write_text("{")
    with pytest.raises(BadInput, match=r"study\.json cannot be read"):
        read_cells(study)
    study_file(study).write_text('{"cells": [{"fold": 0}]}')
    with pytest.raises(BadInput, match="damaged or of another version"):
        read_cells(study)
