"""What is promised in words: every command explained and documented, every example as it stands."""

import functools
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import tyro
from PIL import Image

import shapespace
from shapespace.cli.main import COMMANDS, load, main
from shapespace.data.builtin import drawings_set
from shapespace.data.home import set_directory
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.data.trials.layouts import write_trials
from shapespace.data.trials.simulation import simulate_ratings
from toy_run import evaluate_toy_run, train_toy_run

ROOT = Path(__file__).parents[1]
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
}
OF_ITS_OWN = "docs/your-own-study.md"
"""Run from top to bottom by `test_own_study.py`."""


def code_blocks(page: str) -> list[str]:
    """Return what stands in fences, or indented by four spaces, of a Markdown page."""
    fence = r"^```\w*\n(.*?)^```$"
    found = re.findall(fence, page, re.MULTILINE | re.DOTALL)
    plain = re.sub(fence, "", page, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"(?:^    .*\n(?:\n(?=    ))?)+", plain, re.MULTILINE)
    return found + [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in indented]


def command_lines() -> list[tuple[str, str]]:
    """Return every line with a command, in pages and in the help of commands, and where it stands."""
    pages = [
        (name, line)
        for name, page in PAGES.items()
        for block in code_blocks(page)
        for line in block.replace("\\\n", " ").splitlines()
    ]
    helps = [
        (f"help of {command}", line.strip().removeprefix("Example: "))
        for command in COMMANDS
        for line in (load(command).__doc__ or "").splitlines()
        if line.strip().startswith("Example: ")
    ]
    plain = [
        (place, re.sub(r"^torchrun .* -m shapespace\.cli\.main", "shapespace", line))
        for place, line in pages + helps
    ]
    return [(place, line) for place, line in plain if line.startswith("shapespace ")]


def split(line: str) -> tuple[str, list[str]]:
    """Return the command of a line, and the words that follow it."""
    words = shlex.split(line, comments=True)[1:]
    command = next((c for n in (2, 1) if (c := " ".join(words[:n])) in COMMANDS), "")
    return command, words[len(command.split()) :]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_and_shows_an_example(command):
    text = load(command).__doc__ or ""
    assert text.strip().splitlines()[0].endswith(".")
    assert f"Example: shapespace {command}" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_place_in_the_docs(command):
    written = "\n".join(PAGES.values())
    assert re.search(rf"`(shapespace )?{command}\b|shapespace {command}\b", written), command


def test_every_command_line_that_is_shown_can_be_typed(capsys):
    shown = command_lines()
    assert len(shown) > 100
    for place, line in shown:
        command, words = split(line)
        assert command, f"{place}: there is no command in {line!r}"

        @functools.wraps(load(command))
        def nothing(*_: object, **__: object) -> None:
            """Takes what the command takes, and does nothing."""

        try:
            tyro.cli(
                nothing,
                args=words,
                config=(tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff),
            )
        except SystemExit:
            pytest.fail(f"{place}: {line!r} is not understood: {capsys.readouterr().err}")


def python_blocks(page: str) -> list[str]:
    """Return the Python of a page: blocks that begin as Python does, or hand it to an interpreter."""
    blocks = []
    for block in code_blocks(page):
        if block.startswith('python -c "'):
            block = block.removeprefix('python -c "').rstrip().removesuffix('"')
        if re.match(r"(from|import) |\w+ = run\.", block):
            blocks.append(block)
    return blocks


def of_the_reader() -> dict[str, dict[str, object]]:
    """What a page takes from its reader, by page."""
    draw = np.random.default_rng(0)
    points = draw.normal(size=(20, 2))
    dissimilarities = np.linalg.norm(points[:, None] - points, axis=2)
    codes = points @ draw.normal(size=(2, 6))
    return {
        "docs/mapping.md": {
            "dissimilarities": dissimilarities, "codes": codes, "new_codes": codes[:3],
        }
    }  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What the pages speak of: a run and its export, a space, ratings, a packed set, a picture."""
    here = tmp_path_factory.mktemp("docs")
    evaluate_toy_run(train_toy_run(here / "runs" / "best", side=16))
    exported = str(here / "exports" / "best")
    assert main(["export", str(here / "runs" / "best"), "--onnx", "--out", exported]) == 0
    made = simulate_ratings(
        generator=np.random.default_rng(0), n_items=12, n_dims=2, n_raters=4
    )
    write_trials(here / "ratings.csv", made.trials)
    quick = ("--dims", "4", "--starts", "1", "--folds", "0")
    assert main(["space", "build", "--out", str(here / "spaces" / "shapes"), *quick]) == 0
    scans = drawings_set(16).gather(np.arange(8))
    items = [Item(id=f"bird-{k}", scan=scan) for k, scan in enumerate(scans)]
    info = SetInfo(name="birds", side=16, n_images=0, bits=False, turnable=True)
    pack(items, info, set_directory("birds"))
    Image.fromarray(scans[0]).save(here / "my.png")
    return here


WITH_PYTHON = [
    name for name, page in PAGES.items() if name != OF_ITS_OWN and python_blocks(page)
]


@pytest.mark.parametrize("name", WITH_PYTHON)
def test_the_python_of_a_page_runs_as_it_stands(name, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "docs").mkdir(exist_ok=True)
    names = of_the_reader().get(name, {})
    for block in python_blocks(PAGES[name]):
        exec(compile(block, name, "exec"), names)


def test_pages_with_python_are_found():
    assert {"README.md", "docs/python.md", "docs/comparing.md", "docs/mapping.md"} <= set(
        WITH_PYTHON
    )
    assert len(WITH_PYTHON) >= 9


def test_every_call_of_the_page_on_python_can_be_made(folder, monkeypatch):
    monkeypatch.chdir(folder)
    run = shapespace.load("runs/best")
    names = {
        "run": run, "images": run.drawings[:2], "codes": run.codes[:2],
        "points": run.space.coordinates[:2],
    }  # fmt: skip
    first_cells = re.findall(r"^\| (`.*?`) \|", PAGES["docs/python.md"], re.MULTILINE)
    calls = [call for cell in first_cells for call in re.findall(r"`(.*?)`", cell)]
    assert len(calls) >= 15
    for call in calls:
        assert eval(call, names) is not None, call
