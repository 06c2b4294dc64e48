import subprocess
import sys

import pytest

from shapespace import __version__
from shapespace.cli import main as entry
from shapespace.cli.main import COMMANDS, main


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def test_the_overview_lists_every_command(capsys):
    assert main(["--help"]) == 0
    found = capsys.readouterr()
    assert found.err == ""
    listed = [line[2:22].strip() for line in lines(found.out) if line.startswith("  ")]
    assert listed == list(COMMANDS)


def test_without_a_command_the_overview_is_shown(capsys):
    assert main([]) == 0
    assert "data add" in capsys.readouterr().out


def test_the_first_word_of_a_group_lists_its_commands(capsys):
    assert main(["data"]) == 2
    assert "data check" in (shown := capsys.readouterr().err)
    assert "  train" not in shown
    assert main(["data", "--help"]) == 0
    assert "data check" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["fly"], ["data", "fly"], ["fly", "away", "--soon"]])
def test_an_unknown_command_is_named(words, capsys):
    assert main(words) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert lines(found.err)[0] == f"shapespace: there is no command {' '.join(words[:2])!r}."


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_the_version_is_told(flag, capsys):
    assert main([flag]) == 0
    assert capsys.readouterr().out == f"shapespace {__version__}\n"


@pytest.mark.parametrize(
    "words", [["describe", "--no-such-option"], ["train"], ["train", "--fold", "first"]]
)
def test_a_wrong_command_line_is_exit_2(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert capsys.readouterr().out == ""


def test_a_users_mistake_is_one_plain_line_and_exit_1(capsys):
    assert main(["describe", "--recipe", "best"]) == 1
    found = capsys.readouterr()
    assert found.out == ""
    (line,) = lines(found.err)
    assert line.startswith("shapespace describe: There is no recipe 'best'")


def test_an_interrupted_command_is_one_plain_line_and_exit_130(capsys, monkeypatch):
    def interrupted(command: str):
        def run() -> None:
            raise KeyboardInterrupt

        return run

    monkeypatch.setattr(entry, "load", interrupted)
    assert main(["describe"]) == 130
    (line,) = lines(capsys.readouterr().err)
    assert line == "shapespace describe: interrupted; what was finished is kept."


def test_a_reader_who_has_seen_enough_is_no_error():
    # The reader closes at once, and what follows is longer than any buffer of a pipe.
    code = (
        "import shapespace.cli.main as m\n"
        "def talk():\n    print('line\\n' * 100_000)\n"
        "m.load = lambda command: talk\n"
        "raise SystemExit(m.main(['describe']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait() == 0
