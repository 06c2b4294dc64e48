"""Every entry runs, at its smallest, and what it leaves can be written, read and shown."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pytest

from benchmarks.__main__ import ENTRIES, main
from benchmarks.candidates import Candidate
from benchmarks.entry import Entry
from benchmarks.limits import limits
from benchmarks.measuring import CandidateFailed, Settings, measure
from benchmarks.paper import paper_model
from benchmarks.plots import draw
from benchmarks.progress import Watch
from benchmarks.rendering import page
from benchmarks.results import read, with_entry, write

LIGHT = "evaluating:scipys_weights"
"""A way whose process starts quickly, since it needs no torch."""
SIZE = {"n": 10, "n_units": 3}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Entry]:
    """Measure an entry at its smallest, once."""
    home = tmp_path_factory.mktemp("benchmark")
    settings = Settings(rounds=1, tiny=True, in_process=True, home=home)
    return cache(lambda name: ENTRIES[name][0](settings))


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_measures_every_way_that_is_installed(measured, name):
    rows = measured(name).rows
    assert rows
    for row in rows:
        assert row.value is not None or "is not installed" in row.note
        assert row.value is None or row.value.median > 0


@pytest.mark.parametrize("name", ["training", "memory", "inputs", "evaluation", "scaling"])
def test_an_entry_with_another_way_tells_how_they_compare(measured, name):
    assert measured(name).ratios


def test_what_is_measured_can_be_written_read_and_shown(measured, tmp_path):
    entries = {name: measured(name) for name in ENTRIES}
    path = tmp_path / "results.json"
    results = read(path) | {"paper": paper_model()}
    for name, entry in entries.items():
        results = with_entry(results, name, entry, rounds=1, seconds=1.0)
    write(results, path)
    assert read(path) == json.loads(json.dumps(results))
    text = page(read(path))
    for entry in entries.values():
        assert entry.title in text
    assert "roofline" in text
    shares = [row["share_of_peak"] for row in results["entries"]["training"]["rows"]]
    assert any(shares)
    assert {png.name for png in draw(results["entries"], tmp_path)} == {
        "growth.png",
        "volume.png",
    }
    assert (tmp_path / "growth.svg").is_file()


def test_a_way_runs_in_a_process_of_its_own_in_turn_with_the_others():
    candidates = [
        Candidate(name="small", function=LIGHT, arguments=SIZE, units=3),
        Candidate(name="two", function=LIGHT, arguments=SIZE, copies=2),
        Candidate(name="once", function=LIGHT, arguments=SIZE, rounds=1, keep_memory=False),
    ]
    found = measure(candidates, Settings(rounds=2), title="test")
    assert [len(one.seconds) for one in found["small"].rounds] == [3, 3]
    assert len(found["two"].rounds) == 2
    assert len(found["once"].rounds) == 1
    assert found["small"].peak_mb > 10


@pytest.mark.parametrize(("budget_s", "deadline"), [(0.0, 1e99), (1e99, 0.0)])
def test_no_second_round_begins_after_the_budget_or_the_deadline(budget_s, deadline):
    one = Candidate(name="small", function=LIGHT, arguments=SIZE)
    settings = Settings(rounds=50, deadline=deadline)
    found = measure([one], settings, title="test", budget_s=budget_s)
    assert len(found["small"].rounds) == 1


def test_a_way_that_breaks_says_what_went_wrong():
    broken = Candidate(name="broken", function=LIGHT, arguments={"n": "many"})
    with pytest.raises(CandidateFailed, match="broken"):
        measure([broken], Settings(rounds=1), title="test")


def test_only_what_is_asked_for_is_measured_and_the_rest_keeps_its_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    results, docs = tmp_path / "results.json", tmp_path / "docs"
    kept = limits(Settings(rounds=1, tiny=True, in_process=True))
    write(with_entry(read(results), "limits", kept, rounds=1, seconds=1.0), results)
    words = ["--only", "startup", "--rounds", "1", "--tiny"]
    assert main([*words, "--results", str(results), "--docs", str(docs)]) == 0
    found = read(results)
    assert list(found["entries"]) == ["limits", "startup"]
    assert found["entries"]["limits"]["rows"] == json.loads(json.dumps(asdict(kept)))["rows"]
    assert "startup: round 1 of 1" in capsys.readouterr().err
    before = (docs / "performance.md").read_text()
    assert main(["--render", "--results", str(results), "--docs", str(docs)]) == 0
    assert (docs / "performance.md").read_text() == before


def test_the_time_left_is_that_of_what_is_to_come():
    watch = Watch(entries={"first": 100.0, "second": 50.0})
    watch.enter("first")
    assert watch.seconds_left() == pytest.approx(150, abs=1)
    watch.enter("second")
    assert watch.seconds_left() == pytest.approx(50, abs=1)
