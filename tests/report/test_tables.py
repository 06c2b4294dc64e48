import json

import pytest

from shapespace.report.people import agreement_table, measures_table, references_table
from shapespace.report.runs import FinishedRun, read_runs
from shapespace.report.tables import (
    EMPTY,
    Cell,
    cell,
    in_words,
    reconstruction_tables,
    signed,
)
from toy_run import evaluate_toy_run, train_toy_run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FinishedRun:
    path = tmp_path_factory.mktemp("runs") / "toy"
    return read_runs([evaluate_toy_run(train_toy_run(path))])[0]


def estimate(value, low=None, high=None, n=12):
    return {"value": value, "low": low, "high": high, "n": n, "n_images": 2 * n}


def scores(explained: float, *sources: str) -> dict:
    """Reconstruction results in which every measure is the same number."""
    names = (
        "bce", "bce_mean_image", "bce_noisy_input", "bce_floor", "explained", "ink_bce",
        "stroke_precision", "stroke_recall", "stroke_f1", "ssim",
    )  # fmt: skip
    one = {name: estimate(explained, explained - 0.1, explained + 0.1) for name in names}
    return {
        "by_noise_level": {
            level: {**one, "by_source": dict.fromkeys(sources, one)}
            for level in ("0", "0.25", "0.1")
        }
    }


def test_a_number_stands_above_its_interval():
    assert cell(estimate(0.5678, 0.4912, 0.6401)) == Cell(
        value="0.568", interval="0.491 to 0.640"
    )
    assert in_words(estimate(0.5678, 0.4912, 0.6401)) == "0.57 [0.49, 0.64]"


def test_a_number_without_an_interval_stands_alone():
    assert cell(estimate(0.5)) == Cell(value="0.500")
    assert in_words({"value": 0.5}) == "0.50"


@pytest.mark.parametrize("value", [None, float("nan")])
def test_what_is_not_defined_is_a_dash(value):
    assert cell(estimate(value)) == EMPTY
    assert cell(None) == cell({}) == EMPTY


def test_minus_is_a_minus_sign_and_zero_has_none():
    assert signed(-0.25) == "−0.250"
    assert signed(-0.0001) == "0.000"


def test_levels_of_noise_come_in_order():
    tables = reconstruction_tables({"quick": scores(0.5, "drawings", "scribbles")})
    assert [table.caption for table in tables] == [
        "No noise",
        "Noise on 10 % of the pixels",
        "Noise on 25 % of the pixels",
    ]


def test_losses_have_four_digits_and_shares_three():
    table = reconstruction_tables({"quick": scores(0.51234, "drawings", "scribbles")})[0]
    printed = {row.code: row.cells[0].value for row in table.rows if row.code}
    assert printed["bce"] == "0.5123"
    assert printed["explained"] == "0.512"


def test_counts_of_stimuli_and_images_stand_below():
    table = reconstruction_tables({"quick": scores(0.5, "drawings", "scribbles")})[0]
    counts = {row.head: [one.value for one in row.cells] for row in table.rows[-2:]}
    assert counts == {"stimuli (n)": ["12"] * 3, "images": ["24"] * 3}


def test_a_single_source_is_shown_once():
    table = reconstruction_tables({"quick": scores(0.5, "drawings")})[0]
    assert list(table.columns) == ["drawings"]


def test_runs_stand_side_by_side_with_the_sources_that_each_has():
    both = {"quick": scores(0.5, "drawings", "scribbles"), "best": scores(0.7, "tuberlin")}
    table = reconstruction_tables(both)[0]
    assert table.groups == [("quick", 3), ("best", 1)]
    assert table.columns == ["all sources", "drawings", "scribbles", "tuberlin"]
    explained = next(row for row in table.rows if row.code == "explained")
    assert [one.value for one in explained.cells] == ["0.500"] * 3 + ["0.700"]


def test_one_run_needs_no_name_above_its_columns():
    assert reconstruction_tables({"quick": scores(0.5, "drawings")})[0].groups == []


def test_agreement_is_shown_for_every_distance_and_weighting(run):
    table = agreement_table([run])
    assert table.columns == ["all 30 stimuli", "6 held out"]
    assert len(table.rows) == 4 * 3
    row = next(row for row in table.rows if row.head == "inner product, optimised weights")
    found = json.loads(run.directory.results_file().read_text())["human"]
    whole, apart = found["inner_product"], found["held_out"]["inner_product"]
    assert row.cells[0].value == signed(whole["optimised"]["kendall_tau_b"]["value"])
    assert row.cells[1].value == signed(apart["optimised"]["kendall_tau_b"]["value"])


def test_where_all_stimuli_are_held_out_they_are_shown_once(run):
    human = {**run.human, "n_held_out": 30}
    everything = FinishedRun(**{**vars(run), "results": {**run.results, "human": human}})
    assert agreement_table([everything]).columns == ["all 30 stimuli"]


def test_scores_are_beside_baselines_chance_and_people(run):
    rows = {row.head: row.cells for row in references_table([run]).rows}
    assert list(rows) == [
        "untrained network, fixed weights",
        "untrained network, optimised weights",
        "pixels, fixed weights",
        "pixels, optimised weights",
        "shuffled ratings, 95th percentile",
        "people with people: two halves of the raters",
        "ceiling: a perfect model, with these means",
        "one rater with the others",
        "one rater with all",
    ]
    pixels = run.human["baselines"]["pixels"]["manhattan"]  # the distance that suits them best
    assert rows["pixels, fixed weights"][0] == cell(pixels["fixed"]["kendall_tau_b"])
    ceiling = run.human["ceiling"]["kendall_tau_b"]
    halves = rows["people with people: two halves of the raters"]
    assert halves == [Cell(value=signed(ceiling)), EMPTY]
    attainable = run.human["ceiling"]["attainable"]["kendall_tau_b"]
    assert attainable > ceiling
    best = rows["ceiling: a perfect model, with these means"]
    assert best == [Cell(value=signed(attainable)), EMPTY]


def test_every_measure_of_agreement_is_named(run):
    codes = {row.code for row in measures_table([run]).rows}
    assert codes == {
        "kendall_tau_b", "kendall_tau_a", "spearman", "pearson", "r2_linear", "r2_isotonic",
    }  # fmt: skip
