import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapespace.errors import BadInput
from shapespace.studies.sweeps.declaration import (
    base_config,
    changed,
    declaration_text,
    parse_declaration,
    shipped,
)
from shapespace.studies.sweeps.toml_lines import lines_of_keys
from toy_declaration import TOY, toy_toml


def mistake(text: str) -> str:
    with pytest.raises(BadInput) as caught:
        parse_declaration(text)
    message = str(caught.value)
    assert "\n" not in message
    return message


def line_of(text: str, part: str) -> int:
    (number,) = [n for n, line in enumerate(text.splitlines(), start=1) if part in line]
    return number


def test_a_declaration_gives_the_base_config():
    config = base_config(parse_declaration(TOY))
    assert config.recipe == "quick"
    assert config.protocol == "published"
    assert config.data.mixture == {"scribbles": 4}  # replaced as a whole, not added to
    assert config.model.code_size == 5
    assert config.training.n_images == 32


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("n_images = 32", "n_image = 32", "budget.n_image: there is no such key"),
        ("n_images = 32", "n_images = 0", "greater than or equal to 1 (got 0)"),
        ("model.code_size = [5, 3]", "model.kode_size = [5, 3]", "there are blocks, channels"),
        ("model.code_size = [5, 3]", "model.code_size = [5, -3]", "greater than or equal to 1"),
        ("model.code_size = [5, 3]", "model.code_size = []", "at least one value"),
        ("model.code_size = [5, 3]", "model.code_size = [5, 5]", "stands there twice"),
        ("model.code_size = [5, 3]", "model.code_size = 3", "valid list"),
        ("folds = [0, 1]", "folds = [0, 5]", "There is no fold 5"),
        ("folds = [0, 1]", "folds = [0, 0]", "a number stands there twice"),
        ('protocol = "published"', 'protocol = "best"', "'published' or 'sound'"),
        ('recipe = "quick"', 'recipe = "fast"', "There is no recipe 'fast'"),
        ("mixture = { scribbles = 4 }", "mixture = { scribbles = -4 }", "got -4"),
        ("mixture = { scribbles = 4 }", "mixtures = { scribbles = 4 }", "no key 'data.mixtures'"),
        ("noise_levels = [0]", "noise_levels = [10]", "less than or equal to 1"),
        ('model.code_size = "units"', 'model.patch = "units"', "model.patch is not varied"),
        ("people = false", "people = false\nspeed = 3", "measures.speed: there is no such key"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_the_way_out(before, after, says):
    assert TOY.count(before) == 1
    text = TOY.replace(before, after)
    message = mistake(text)
    assert message.startswith(f"study.toml, line {line_of(text, after.splitlines()[-1])}: ")
    assert says in message


def test_a_quoted_path_means_the_same_as_an_unquoted_one():
    quoted = TOY.replace("model.code_size = [5, 3]", '"model.code_size" = [5, 3]')
    assert parse_declaration(quoted) == parse_declaration(TOY)
    wrong = quoted.replace("= [5, 3]", "= [5, 0]")
    assert f"line {line_of(wrong, '[5, 0]')}: model.code_size" in mistake(wrong)


def test_a_fold_cannot_be_varied():
    wrong = TOY.replace("model.code_size = [5, 3]", "fold = [0, 1]")
    assert "name folds at the top, as folds = [0, 1]" in mistake(wrong)


def test_a_made_up_key_is_answered_with_those_that_there_are():
    message = mistake("speed = 3\n" + TOY)
    assert message.startswith("study.toml, line 1: speed: there is no such key")
    assert "The keys there are name, about, recipe, protocol, folds" in message


def test_what_is_not_toml_is_named_with_its_line():
    assert "study.toml is not TOML" in mistake("name = \n")
    assert "line 1" in mistake("name = \n")


def test_two_values_of_a_grid_that_do_not_go_together_are_refused():
    wrong = TOY + "[grid]\nmodel.side = [32]\n"
    assert "data.side and model.side" in mistake(wrong)


def test_a_study_that_does_not_exist_is_answered_with_those_that_do(tmp_path):
    with pytest.raises(BadInput, match="part7, part8, part8-bench"):
        declaration_text(str(tmp_path / "nowhere.toml"))
    (tmp_path / "own.toml").write_text(TOY)
    assert declaration_text(str(tmp_path / "own.toml")) == (TOY, "own.toml")


@pytest.mark.parametrize("name", shipped())
def test_the_shipped_studies_are_valid_and_say_what_they_ask(name):
    declared = parse_declaration(*declaration_text(name))
    assert declared.name == name
    assert declared.about.endswith("?")


def test_a_change_leaves_the_values_it_began_with_alone():
    values = {"recipe": "x", "model": {"kind": "ladder", "code_size": 4}}
    before = {"recipe": "x", "model": {"kind": "ladder", "code_size": 4}}
    with pytest.raises(BadInput):
        changed(values, {"model.code_size": 0})
    assert values == before


KEYS = st.text("abcdef", min_size=1, max_size=3)
LEAVES = st.one_of(
    st.integers(), st.booleans(), st.lists(st.integers(), max_size=4), st.just('a "#" = [b]')
)


def as_toml(value) -> str:
    """Write a value as TOML; lists over several lines."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[\n" + "".join(f"  {part}, # [x]\n" for part in value) + "]"
    return "'''\n" + value + "'''" if isinstance(value, str) else str(value)


@given(
    st.dictionaries(KEYS, LEAVES, max_size=4),
    st.dictionaries(
        KEYS.map("T".__add__), st.dictionaries(KEYS, LEAVES, max_size=4), max_size=3
    ),
    st.integers(0, 2),
)
def test_every_key_of_any_file_has_the_line_it_was_written_on(top, tables, n_blank):
    lines, expected = [], {}

    def write(path: tuple[str, ...], text: str) -> None:
        lines.extend(["# comment = 1", *[""] * n_blank])
        expected[path] = len(lines) + 1
        lines.extend(text.split("\n"))

    for key, value in top.items():
        write((key,), f"{key} = {as_toml(value)}")
    for table, content in tables.items():
        write((table,), f"[{table}]")
        for key, value in content.items():
            write((table, key), f"{key} = {as_toml(value)}")
    text = "\n".join(lines)
    tomllib.loads(text)
    assert lines_of_keys(text) == expected


def test_the_toy_of_these_tests_is_a_valid_study():
    assert parse_declaration(toy_toml(folds=[0])).folds == [0]
