"""A run beside baselines on paper: the numbers of the results, and what had been seen."""

import json
import re
from functools import partial

import numpy as np
import pytest

from shapespace.data.ratings import published_dissimilarities
from shapespace.report.beside import (
    beside_tables,
    differences_table,
    recovery_sentence,
    scores_table,
    seen_sentence,
)
from shapespace.report.html import write_report
from shapespace.studies.people import beside
from shapespace.studies.people.beside import compare_with_baselines
from shapespace.studies.people.comparing import CompareSettings
from shapespace.studies.runs.evaluating import without_nan
from shapespace.studies.runs.run_directory import RunDirectory
from toy_run import evaluate_toy_run, train_toy_run

ITEMS = published_dissimilarities().items
QUICK = CompareSettings(n_draws=8, n_studies=3, read_outs=("fixed", "weighted"))


def made(unseen=ITEMS[:12]):
    """A comparison of random codes, as results hold it."""
    draw = np.random.default_rng(0)
    found = compare_with_baselines(
        {name: draw.normal(size=(60, 4)) for name in ("run", "untrained", "pixels")},
        ITEMS,
        sources=dict.fromkeys(("run", "untrained", "pixels"), "made up"),
        unseen=unseen,
        folds={item: row // 12 for row, item in enumerate(ITEMS)},
        stand_in=True,
        settings=QUICK,
    )
    return json.loads(json.dumps(without_nan(found)))


@pytest.fixture(scope="module", autouse=True)
def few_draws_of_the_ceiling():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(beside, "published_people", partial(beside.published_people, draws=3))
        yield


@pytest.fixture(scope="module")
def found():
    return made()


def value(cell):
    return float(cell.value.replace("−", "-"))


def test_every_score_has_the_ceiling_beside_it(found):
    table = scores_table(found, "mine")
    assert table.columns == [
        "network",
        "untrained network",
        "pixels",
        "ceiling: a perfect model",
    ]
    ceiling = found["ceiling"]["attainable"]["kendall_tau_b"]
    assert {value(row.cells[-1]) for row in table.rows} == {round(ceiling["value"], 3)}
    assert all(row.cells[-1].interval for row in table.rows)
    heads = [row.head for row in table.rows]
    assert heads == [
        "fixed, all pairs (48 of 60 seen)",
        "fixed, held out (48 of 60 seen)",
        "weights of units, held out (48 of 60 seen)",
        "fixed, held out, never seen (12)",
        "weights of units, held out, never seen (12)",
    ]
    parts = [(part, kind) for part in ("held_out", "unseen") for kind in QUICK.read_outs]
    for row, (part, kind) in zip(table.rows[1:], parts, strict=True):
        for cell, one in zip(row.cells, found["models"].values(), strict=False):
            assert value(cell) == pytest.approx(one["scores"][kind][part]["value"], abs=6e-4)


def test_the_run_always_stands_first_in_a_difference(found):
    models = found["models"]
    rows = {row.head: row.cells for row in differences_table(found, "mine").rows}
    for head, score in (
        ("fixed, all pairs", lambda one: one["all_pairs"]),
        ("weights of units, held out", lambda one: one["scores"]["weighted"]["held_out"]),
    ):
        for column, other in ((0, "untrained"), (2, "pixels")):
            lead = score(models["run"])["value"] - score(models[other])["value"]
            cell = rows[head][column]
            assert value(cell) == pytest.approx(lead, abs=6e-4)
            low, high = (float(v.replace("−", "-")) for v in cell.interval.split(" to "))
            assert low < value(cell) < high
    turned = {one["model"] for one in found["differences"]} - {"run"}
    assert turned  # a baseline leads somewhere, or this would have tested little


def test_what_had_been_seen_is_said(found):
    assert "had seen 48 of the 60" in seen_sentence(found)
    assert "none of the 60 stimuli had been seen" in seen_sentence(made(unseen=ITEMS))
    assert "all 60 stimuli had been seen" in seen_sentence(made(unseen=()))
    assert (
        scores_table(made(unseen=ITEMS), "mine").rows[0].head == "fixed, all pairs (none seen)"
    )


def test_who_would_be_named_is_told_for_both_cases(found):
    told = recovery_sentence(found)
    whole, partly = (f"{one['right']['value']:.0%}" for one in found["recovery"])
    assert f"{whole} [" in told.split("whole truth")[0]
    assert f"{partly} [" in told.split("whole truth")[1]
    assert "1,770 pairs" in told
    assert told.endswith("chance is 33%.")
    assert recovery_sentence({**found, "recovery": []}) == ""


def test_the_page_shows_it_and_runs_without_it_have_a_page_too(found, tmp_path):
    run = RunDirectory(evaluate_toy_run(train_toy_run(tmp_path / "mine")))
    before = write_report([run.path], tmp_path / "before.html").path.read_text()
    results = run.results()
    results["human"]["compared"] = found
    run.results_file().write_text(json.dumps(results))
    page = write_report([run.path], tmp_path / "after.html").path.read_text()
    assert "Beside an untrained network and pixels" not in before
    section = page.split("Beside an untrained network and pixels")[1].split(
        "What the measures"
    )[0]
    for table in beside_tables(found, "mine"):
        shown = section.split(f"<caption>{table.caption}</caption>")[1].split("</table>")[0]
        assert re.findall(r"<td>([^<]*)", shown) == [
            cell.value for row in table.rows for cell in row.cells
        ]
    assert "had seen 48 of the 60" in section
    assert "stand-in drawings" in section
    assert 'id="run1-read-outs-' in section
    assert "Likeness with the similarity space" in section
