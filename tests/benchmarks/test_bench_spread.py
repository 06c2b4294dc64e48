"""Medians, ratios and bars are told as they were worked out by hand."""

import pytest

from benchmarks.bars import bars
from benchmarks.candidates import Candidate, Measured, Round
from benchmarks.entry import Entry, milliseconds, per_second, seconds
from benchmarks.rendering import number, spread_text
from benchmarks.spread import Spread, spread, times_as_fast


def rounds(*times: float) -> Measured:
    return Measured(
        rounds=[Round(seconds=[t, t], faults=10, peak_mb=5.0, facts={}) for t in times]
    )


def test_the_middle_and_the_range_are_told():
    assert spread([3.0, 1.0, 2.0, 9.0]) == Spread(median=2.5, low=1.0, high=9.0, n=4)


def test_a_ratio_is_taken_within_rounds_so_that_a_slow_minute_cancels():
    # In the third round the machine is ten times slower for both.
    found = times_as_fast([1.0, 1.0, 10.0], [2.0, 2.0, 20.0])
    assert found == Spread(median=2.0, low=2.0, high=2.0, n=3)


def test_a_slow_way_with_one_round_is_set_against_our_first():
    assert times_as_fast([2.0, 4.0, 4.0], [20.0]).median == 10.0


def test_two_processes_side_by_side_do_twice_the_work_in_the_same_time():
    one = Candidate(name="one", function="limits:product", units=2)
    both = Candidate(name="both", function="limits:product", units=2, copies=2)
    found = {"one": rounds(1.0, 1.0), "both": rounds(1.0, 1.25)}
    entry = Entry(title="threads")
    entry.add("case", [one, both], found, per_second(32), "images/s")
    entry.compare("case", both, one, found)
    assert [row.value.median for row in entry.rows if row.value] == [32.0, (64 + 51.2) / 2]
    assert entry.ratios[0].value == Spread(median=1.8, low=1.6, high=2.0, n=2)


def test_a_share_of_the_work_is_scaled_up_to_the_whole():
    whole = Candidate(name="ours", function="scaling:ours")
    eighth = Candidate(name="theirs", function="scaling:ours", share=1 / 8)
    found = {"ours": rounds(1.0), "theirs": rounds(2.0)}
    entry = Entry(title="scaling")
    entry.add("case", [whole, eighth], found, seconds, "s", against="ours")
    assert entry.rows[1].value == Spread(median=16.0, low=16.0, high=16.0, n=1)
    assert entry.ratios[0].value.median == 16.0
    assert milliseconds(eighth, found["theirs"].rounds[0]) == 16_000


def test_page_faults_are_counted_a_unit():
    assert rounds(1.0, 2.0).faults == 5


def test_a_missing_library_leaves_a_row_without_a_number_and_no_ratio():
    ours = Candidate(name="ours", function="training:ours")
    keras = Candidate(name="keras", function="keras_net:training")
    found = {"ours": rounds(1.0), "keras": Measured(missing="tensorflow is not installed")}
    entry = Entry(title="step")
    entry.add("case", [ours, keras], found, per_second(1), "images/s", against="ours")
    assert entry.rows[1].value is None
    assert "tensorflow is not installed" in entry.rows[1].note
    assert entry.ratios == []


def ratio(value: float) -> dict:
    return {
        "case": "batch 128, 2 threads",
        "ours": "ours",
        "theirs": "PyTorch, plain",
        "value": {"median": value, "low": value, "high": value, "n": 7},
    }


@pytest.mark.parametrize(
    ("value", "met", "reached"),
    [(1.29, False, False), (1.3, True, False), (2.0, True, True)],
)
def test_a_bar_is_met_at_its_value_and_its_goal_at_the_goals(value, met, reached):
    (bar,) = bars({"training": {"rows": [], "ratios": [ratio(value)]}})
    assert (bar.met, bar.reached) == (met, reached)


def test_the_share_of_the_input_side_is_its_time_over_that_of_a_step():
    def rows(candidate: str, case: str, rate: float) -> dict:
        value = {"median": rate, "low": rate, "high": rate, "n": 1}
        row = {"candidate": candidate, "case": case, "value": value}
        return {"rows": [row], "ratios": []}

    # 1,000 images/s on the input side and 40 in the step: 1 of 25 ms an image.
    entries = {
        "inputs": rows("packed, augmented, noisy (ours)", "batch 128", 1000.0),
        "training": rows("ours", "batch 32, 1 thread", 40.0),
    }
    (bar,) = bars(entries)
    assert bar.value == pytest.approx(4.0)
    assert bar.met
    assert not bar.reached


@pytest.mark.parametrize(("torch", "met"), [(False, True), (True, False)])
def test_a_quick_start_that_imports_torch_does_not_meet_its_bar(torch, met):
    row = {
        "case": "--help",
        "note": "",
        "value": {"median": 0.1, "low": 0.1, "high": 0.1, "n": 1},
        "facts": {"imports_torch": torch},
    }
    (bar,) = bars({"startup": {"rows": [row], "ratios": []}})
    assert bar.met == met


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234.5, "1,234"), (12.345, "12.3"), (0.012345, "0.0123"), (None, "–")],
)
def test_numbers_are_told_with_three_digits(value, text):
    assert number(value) == text


def test_a_single_round_has_no_range():
    assert spread_text({"median": 2.0, "low": 2.0, "high": 2.0, "n": 1}) == "2"
    assert spread_text({"median": 2.0, "low": 1.0, "high": 3.0, "n": 3}) == "2 [1, 3]"
