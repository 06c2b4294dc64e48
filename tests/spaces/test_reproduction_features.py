import json

import pytest

from shapespace.cli.main import main
from shapespace.data.ratings import published_correlations
from shapespace.spaces.reproduction import features as reproduction_features
from shapespace.spaces.reproduction.features import reproduce_features

FEW = ("FORM + LINES + ORIENTATION", "FORM + LINES + ORIENTATION + artificial", "artificial")


@pytest.fixture(autouse=True)
def some_of_them(monkeypatch):
    table = published_correlations()
    kept = table["representation"].isin([*FEW, "space 4-D", "space 7-D"])
    monkeypatch.setattr(reproduction_features, "published_correlations", lambda: table[kept])


def test_the_published_table_holds_every_set_of_features_and_every_space():
    table = published_correlations()
    features = table[~table["representation"].str.startswith("space")]
    # 31 sets of five features; those with a rated one twice.
    assert len(features) == 2 * (31 - 3) + 3
    assert len(table) - len(features) == 10


def test_the_figures_of_the_study_are_reached():
    told = []
    rows = {row.figure: row for row in reproduce_features(tell=told.append)}
    assert {row.verdict for row in rows.values()} == {"within"}
    attentive = "FORM + LINES + ORIENTATION (attentive)"
    # As the study names them: .335 and .354 fixed, .377 with the natural/artificial flag.
    assert rows[f"{attentive}: euclidean, fixed"].ours == pytest.approx(0.335, abs=0.0005)
    assert rows[f"{attentive}: inner product, fixed"].ours == pytest.approx(0.354, abs=0.0005)
    flagged = "FORM + LINES + ORIENTATION + artificial (attentive): inner product, optimised"
    assert rows[flagged].ours == pytest.approx(0.377, abs=0.001)
    assert rows["space 4-D: manhattan, fixed"].ours == pytest.approx(0.560, abs=0.0005)
    assert not any("7-D" in figure for figure in rows)  # its coordinates are not known
    assert len(rows) == (2 * 2 + 1 + 1) * 3 * 2
    assert len(told) == 6


def test_the_command_prints_published_ours_and_verdict(capsys, monkeypatch):
    table = published_correlations()[lambda t: t["representation"] == "LINES"]
    monkeypatch.setattr(reproduction_features, "published_correlations", lambda: table)
    assert main(["reproduce", "features"]) == 0
    lines = capsys.readouterr().out.strip().split("\n")
    assert lines[0].split()[:2] == ["dims", "figure"]
    assert lines[-1] == "12 within, 0 off"


def test_the_command_gives_json(capsys, monkeypatch):
    table = published_correlations()[lambda t: t["representation"] == "FORM"]
    monkeypatch.setattr(reproduction_features, "published_correlations", lambda: table)
    assert main(["reproduce", "features", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found[0]) >= {"figure", "published", "ours", "difference", "verdict"}
