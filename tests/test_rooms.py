"""The rules of the house: which room may know which, how long files may be, what help costs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from shapespace.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "shapespace").rglob("*.py"))
FILES = sorted([*SOURCES, *(ROOT / "tests").rglob("*.py")])


def test_arrows_between_the_rooms_point_down():
    # In a process of its own, since it takes over the standard output.
    words = "from importlinter.cli import lint_imports_command as run; run()"
    found = subprocess.run(
        [sys.executable, "-c", words, "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout
    assert "1 kept, 0 broken" in found.stdout


def test_no_file_is_longer_than_400_lines():
    lengths = {str(f.relative_to(ROOT)): len(f.read_text().splitlines()) for f in FILES}
    assert {name: n for name, n in lengths.items() if n > 400} == {}


def test_nothing_is_called_utils():
    names = [part for file in FILES for part in file.relative_to(ROOT).with_suffix("").parts]
    assert {
        name for name in names if re.fullmatch(r"(utils?|helpers?|misc|common)", name)
    } == set()


def test_every_module_says_what_it_is_for():
    silent = [f.name for f in SOURCES if not f.read_text().lstrip().startswith('"""')]
    assert silent == []


def test_nothing_is_pickled():
    forbidden = re.compile(
        r"\b(import pickle|from pickle|joblib|torch\.(load|save)\(|allow_pickle=True)"
    )
    found = [f.name for f in SOURCES if forbidden.search(f.read_text())]
    assert found == []


HEAVY = ("torch", "pandas", "scipy", "sklearn", "matplotlib", "pydantic", "PIL")


@pytest.fixture(scope="module")
def imported_by_help() -> dict[str, set[str]]:
    """What each command's `--help` imports; one process asks for all of them."""
    code = f"""
import contextlib, io, sys
from shapespace.cli.main import COMMANDS, main
for command in COMMANDS:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main([*command.split(), "--help"])
    print(command, *[name for name in {HEAVY!r} if name in sys.modules], sep=",")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    rows = [line.split(",") for line in done.stdout.split("\n") if line]
    return {row[0]: set(row[1:]) for row in rows}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_imports_nothing_heavy(imported_by_help, command):
    assert imported_by_help[command] == set()
