import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapespace.errors import BadInput
from shapespace.studies.runs.config import (
    parse_config,
    read_config,
    to_json,
    with_settings,
)
from shapespace.studies.runs.recipes import RECIPES, quick, recipe


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_config_survives_its_file(name, tmp_path):
    config = recipe(name)
    (tmp_path / "config.json").write_text(to_json(config))
    assert read_config(tmp_path / "config.json") == config
    assert config.recipe == name


@given(
    rate=st.floats(1e-8, 10),
    size=st.integers(1, 4096),
    levels=st.lists(st.floats(0, 1), min_size=1),
)
def test_settings_mean_what_they_say(rate, size, levels):
    config = with_settings(
        quick(),
        (
            f"training.learning_rate={rate!r}",
            f"model.code_size={size}",
            f"data.noise.levels={json.dumps(levels)}",
        ),
    )
    assert config.training.learning_rate == rate
    assert config.model.code_size == size
    assert config.data.noise.levels == tuple(levels)
    expected = asdict(quick())
    expected["training"]["learning_rate"] = rate
    expected["model"]["code_size"] = size
    expected["data"]["noise"]["levels"] = tuple(levels)
    assert asdict(config) == expected  # and nothing else has changed


def test_a_text_needs_no_quotes_and_a_mixture_may_name_new_sets():
    settings = ("training.selection=loss", "data.mixture.birds=8", "data.mixture.scribbles=0")
    config = with_settings(quick(), settings)
    assert config.training.selection == "loss"
    assert config.data.mixture["birds"] == 8
    assert config.data.mixture["scribbles"] == 0


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("model.code_size", "not of the form KEY=VALUE"),
        ("model.kode_size=3", "no key 'model.kode_size'"),
        ("models.code_size=3", "no key 'models.code_size'"),
        ("seed.deep=3", "no key 'seed.deep'"),
        ("model.code_size=many", "model.code_size: .*got 'many'"),
        ("model.code_size=0", "model.code_size: .*greater than or equal to 1"),
        ("training.optimizer=sgd", "training.optimizer: .*'adam'"),
        ("data.noise.levels=[2]", "data.noise.levels.0: .*less than or equal to 1"),
        ("data.noise.levels=[]", "at least one noise level"),
        ("data.mixture={}", "mixture is empty"),
        ("data.side=32", "images are 32 pixels wide, but the model takes 64"),
        ("model.side=60", "multiple of"),
        ("fold=5", "no fold 5: with 5 folds they are numbered 0 to 4"),
        ("data.n_folds=2", "data.n_folds"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_plain_words(setting, sentence):
    with pytest.raises(BadInput, match=sentence) as caught:
        with_settings(quick(), (setting,))
    assert "\n" not in str(caught.value)
    assert "validation error" not in str(caught.value)


def test_an_unknown_key_in_a_file_is_named():
    values = asdict(quick())
    values["training"]["epochs"] = 3
    with pytest.raises(BadInput, match=r"training\.epochs: there is no such key"):
        parse_config(values)


@pytest.mark.parametrize("text", ["{", "[]", "null", '"quick"'])
def test_a_file_that_is_no_config_is_refused(text, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(BadInput):
        read_config(path)


def test_a_missing_config_means_that_there_is_no_run(tmp_path):
    with pytest.raises(BadInput, match="no run in"):
        read_config(tmp_path / "config.json")
