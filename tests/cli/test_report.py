"""The `report` command as a user meets it."""

import json

import pytest

from shapespace.cli.main import main
from toy_run import evaluate_toy_run, train_toy_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train_toy_run(tmp_path_factory.mktemp("runs") / "toy")


def said(capsys, *words: object, code: int = 0) -> tuple[str, str]:
    assert main([str(word) for word in words]) == code
    spoken = capsys.readouterr()
    return spoken.out, spoken.err


def test_a_run_without_results_is_one_plain_line(run, tmp_path, capsys):
    _, err = said(capsys, "report", run, "--out", tmp_path / "page.html", code=1)
    assert "run `shapespace evaluate` on it first" in err
    assert err.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_no_run_is_a_mistake_with_a_way_out(tmp_path, capsys):
    _, err = said(capsys, "report", "--out", tmp_path / "page.html", code=1)
    assert "Name at least one run directory" in err


def test_report_says_where_the_page_is_and_warns(run, tmp_path, capsys):
    evaluate_toy_run(run)
    page = tmp_path / "page.html"
    out, err = said(capsys, "report", run, "--out", page)
    assert out.startswith(f"{page}: 1 run(s)")
    assert "stand-ins" in err
    out, _ = said(capsys, "report", run, "--out", page, "--json")
    values = json.loads(out)
    assert values["report"] == str(page)
    assert values["runs"] == ["toy"]
    assert values["n_bytes"] == page.stat().st_size
