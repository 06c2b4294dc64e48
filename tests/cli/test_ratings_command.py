"""The `ratings` commands as a user meets them."""

import json

import numpy as np
import pytest

from shapespace.cli.main import main
from shapespace.data.trials.layouts import read_trials, write_trials
from shapespace.data.trials.simulation import simulate_ratings


@pytest.fixture
def file(tmp_path):
    found = simulate_ratings(
        generator=np.random.default_rng(0), n_items=8, n_raters=5, share=0.7
    )
    write_trials(tmp_path / "ratings.csv", found.trials)
    return tmp_path / "ratings.csv"


def said(capsys, *words: object, code: int = 0) -> tuple[str, str]:
    assert main([str(word) for word in words]) == code
    spoken = capsys.readouterr()
    return spoken.out, spoken.err


def test_check_says_who_rated_what(file, capsys):
    out, err = said(capsys, "ratings", "check", file)
    assert "100 trials (similarity) of 8 stimuli by 5 raters" in out
    assert "of 28 pairs rated" in out
    assert "5 raters, each with 20, 20, 20 pairs" in out
    assert err.startswith("Read as trials")
    out, _ = said(capsys, "ratings", "check", file, "--json")
    assert json.loads(out)["designs"]["pairs"]["n_raters"] == 5


def test_check_names_what_does_not_fit(file, tmp_path, capsys):
    known = tmp_path / "ids.csv"
    known.write_text("id\n" + "".join(f"item {i}\n" for i in range(2, 10)))
    out, err = said(capsys, "ratings", "check", file, "--stimuli", known, code=1)
    assert "never rated, of" in out
    assert "'item 9'" in out
    assert "1 rated stimuli are not in" in err
    assert "'item 1'" in err
    known.write_text("name\nx\n")
    _, err = said(capsys, "ratings", "check", file, "--stimuli", known, code=1)
    assert "has no column 'id'" in err


def test_check_finds_stimuli_that_nothing_connects(tmp_path, capsys):
    path = tmp_path / "r.csv"
    path.write_text("item1,item2,dissimilarity\na,b,1\nc,d,2\n")
    out, _ = said(capsys, "ratings", "check", path)
    assert "2 groups of stimuli that nothing connects" in out
    assert "unnamed raters" in out


def test_check_against_a_packed_set_that_is_not_there(file, capsys):
    _, err = said(capsys, "ratings", "check", file, "--data", "nosuch", code=1)
    assert err.count("\n") == 1


def test_convert_writes_what_is_asked(file, tmp_path, capsys):
    out, _ = said(capsys, "ratings", "convert", file, "--out", tmp_path / "r.hdf5")
    assert "dissimilarities of each rater, HDF5; 100 trials" in out
    assert len(read_trials(tmp_path / "r.hdf5").table) == 100
    said(capsys, "ratings", "convert", file, "--to", "matrix", "--out", tmp_path / "m.csv")
    assert read_trials(tmp_path / "m.csv", kind="dissimilarity").raters == ("m",)
    _, err = said(capsys, "ratings", "convert", file, "--out", tmp_path / "r.xyz", code=1)
    assert "does not tell what to write" in err


def test_convert_uses_a_list_of_ids(tmp_path, capsys):
    (tmp_path / "ids.txt").write_text("ant\nbee\n\ncat\n")
    (tmp_path / "t.txt").write_text("0 1 2\n")
    words = ["--stimuli", tmp_path / "ids.txt", "--to", "psiz", "--out", tmp_path / "p.txt"]
    said(capsys, "ratings", "convert", tmp_path / "t.txt", *words)
    assert (tmp_path / "p.txt").read_text() == "1 2 3\n2 1 3\n"


def test_reliability_is_told_with_ceilings(file, capsys):
    words = ["ratings", "reliability", file, "--draws", "5", "--splits", "10"]
    out, _ = said(capsys, *words)
    lines = out.splitlines()
    assert "10 splits" in lines[0]
    assert lines[2].split()[:3] == ["two", "halves", "agree"]
    assert "a rater with the others" in out
    out, _ = said(capsys, *words, "--json")
    values = json.loads(out)["pairs"]
    assert values["lower"]["kendall_tau_b"]["n"] == 8
    assert values["split_half"]["n_splits"] == 10


def test_of_unnamed_raters_there_is_no_single_ceiling(tmp_path, capsys):
    path = tmp_path / "r.csv"
    rows = "".join(
        f"{a},{b},{r}\n" for a, b, r in zip("aabbcc", "bcccaa", (1, 2, 3, 3, 2, 1), strict=True)
    )
    path.write_text("item1,item2,dissimilarity\n" + rows)
    out, _ = said(capsys, "ratings", "reliability", path, "--draws", "2")
    assert "Nobody knows who rated" in out
    assert "undefined" in out


def test_reliability_needs_several_ratings(tmp_path, capsys):
    path = tmp_path / "r.csv"
    path.write_text("item1,item2,dissimilarity\na,b,1\nb,c,2\n")
    _, err = said(capsys, "ratings", "reliability", path, code=1)
    assert "needs the ratings of several people" in err
    _, err = said(capsys, "ratings", "reliability", path, "--draws", "0", code=1)
    assert "1 or more, got 200 and 0" in err


def test_agreement_of_choices_is_told(tmp_path, capsys):
    path = tmp_path / "c.csv"
    path.write_text("anchor,positive,negative\na,b,c\na,c,b\na,b,c\n")
    out, _ = said(capsys, "ratings", "reliability", path)
    assert "agree in 33.3% of 1 choices" in out
    out, _ = said(capsys, "ratings", "reliability", path, "--json")
    assert json.loads(out)["n_repeated"] == 1
    path.write_text("anchor,positive,negative\na,b,c\n")
    out, _ = said(capsys, "ratings", "reliability", path)
    assert "No choice was asked twice" in out


def test_check_shows_attributes(tmp_path, capsys):
    path = tmp_path / "f.csv"
    path.write_text("rater,stimulus,FORM\nr,a,1\nr,b,2\ns,a,2\n")
    out, _ = said(capsys, "ratings", "check", path)
    assert "FORM: 2 of 2 stimuli rated, 1 by two raters or more" in out
