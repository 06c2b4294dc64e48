"""A study as tables: the numbers of the files, in words and in CSV."""

import csv
from dataclasses import replace

import pytest

from shapespace.report.study.tables import (
    as_text,
    level_name,
    main_measures,
    tables,
    write_csvs,
)
from shapespace.report.tables import Cell, Row, Table
from shapespace.studies.sweeps.summary import LOSS, summarise
from toy_study import as_published, one_at_a_time, part8_settings, write_study


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    path = tmp_path_factory.mktemp("s") / "toy"
    return summarise(
        write_study(
            path,
            part8_settings(),
            as_published,
            unfinished=[("noise 0", 1)],
            failed=[("noise 0", 2)],
        )
    )


def found(summary, start: str) -> Table:
    return next(one for one in tables(summary) if one.caption.startswith(start))


def row(table: Table, head: str) -> dict[str, Cell]:
    cells = next(one.cells for one in table.rows if one.head == head)
    return dict(zip(table.columns, cells, strict=True))


def test_every_setting_has_its_published_mean(summary):
    own = row(found(summary, "All settings"), "encoder dropout off")
    assert own["cross-entropy"].value == "0.1194"
    assert own["best epoch"] == Cell(value="160.2", interval="141 to 182")
    assert own["runs"].value == "5/5"
    assert own["collapsed"].value == "0"
    # Standard deviation of .11455 .11801 .12052 .12585 .11813.
    assert own["SD of cross-entropy over folds"].value == "0.0042"
    assert own["… over seeds"].value == "–"


def test_collapsed_failed_and_missing_runs_are_counted(summary):
    whole = found(summary, "All settings")
    assert row(whole, "decoder decay 0.001")["collapsed"].value == "5"
    assert row(whole, "noise 0")["runs"].value == "3/5, 1 failed"


def test_of_a_factor_that_is_a_whole_table_the_difference_is_named(summary):
    settings = {
        "default": {"data.noise": "levels 0.1 scope batch"},
        "noise=scope image": {"data.noise": "levels 0.1 scope image"},
    }
    tables = replace(summary, settings=settings)
    assert level_name(tables, "data.noise", "default") == "levels 0.1 scope batch (default)"
    assert level_name(tables, "data.noise", "noise=scope image") == "scope image"


def test_factors_have_tables_of_their_own_sorted_by_value(summary):
    table = found(summary, "code size varied alone")
    assert [one.head for one in table.rows] == [
        "16", "32", "64", "128", "256", "512 (default)", "2048",
    ]  # fmt: skip
    assert [one.head for one in found(summary, "encoder dropout varied").rows] == [
        "off", "on (default)",
    ]  # fmt: skip


def test_differences_say_what_was_found(summary):
    table = found(summary, "Differences to the default: cross-entropy")
    assert row(table, "encoder decay 0")["difference"].value == "−0.0203"
    assert row(table, "encoder decay 0")["verdict"].value == "better"
    assert row(table, "encoder decay 0.001")["verdict"].value == "worse"
    assert row(table, "decoder dropout on")["verdict"].value == "not told apart"
    assert row(table, "noise 0")["folds"].value == "3"


def test_the_equals_of_the_best_are_named(summary):
    table = found(summary, "Behind the best mean (code size 512, encoder decay 0, no dropout)")
    verdicts = {one.head: one.cells[-1].value for one in table.rows}
    equals = [name for name, verdict in verdicts.items() if verdict == "may be the best"]
    assert equals == ["code size 256, encoder decay 0, no dropout"]


def test_grids_and_front_have_tables(summary):
    captions = [one.caption for one in tables(summary)]
    assert any(
        one.startswith("Functional ANOVA over encoder decay × encoder") for one in captions
    )
    front = found(summary, "Front of")
    best = row(front, "code size 512, encoder decay 0, no dropout")
    assert best["on the front"].value == "yes"


def test_a_study_without_results_has_no_tables(tmp_path):
    settings = one_at_a_time(code_size=[64])
    every = [(name, fold) for name in settings for fold in range(5)]
    summary = summarise(
        write_study(tmp_path / "s", settings, lambda *_: {"bce": 0.1}, unfinished=every)
    )
    assert tables(summary) == []


def test_one_fold_gives_means_without_intervals(tmp_path):
    settings = one_at_a_time(code_size=[64])
    study = write_study(tmp_path / "s", settings, lambda *_: {"bce": 0.1}, folds=[0])
    summary = summarise(study)
    own = row(found(summary, "Differences to the default: cross-entropy"), "code_size=64")
    assert own["difference"] == Cell(value="0.0000")
    assert own["p (Holm)"].value == "–"


def test_what_was_never_measured_of_a_setting_is_not_called_alike(tmp_path):
    settings = one_at_a_time(code_size=[64])
    study = write_study(
        tmp_path / "s",
        settings,
        lambda name, *_: {"bce": 0.1, "tau": 0.2 if name == "default" else None},
    )
    table = found(summarise(study), "Differences to the default: tau-b Euclidean, optimised")
    own = row(table, "code_size=64")
    assert (own["difference"].value, own["folds"].value) == ("–", "0")
    assert own["verdict"].value == "not measured"


def test_other_measures_are_compared_by_the_first_of_them(tmp_path):
    settings = one_at_a_time(code_size=[64])
    study = write_study(tmp_path / "s", settings, lambda *_: {"bce": 0.1})
    name = "human.cosine.fixed.kendall_tau_b"
    summary = summarise(study, measures=[name])
    assert [one.name for one in main_measures(summary)] == [name]
    assert not any(one.caption.startswith("Front") for one in tables(summary))


def test_text_is_in_columns():
    table = Table(
        caption="About", corner="setting", groups=[], columns=["loss", "n"],
        rows=[Row(head="default", cells=[Cell(value="0.1", interval="0.0 to 0.2"), Cell(value="5")])],
    )  # fmt: skip
    assert as_text(table).splitlines() == [
        "About",
        "setting            loss  n",
        "default  0.1 [0.0, 0.2]  5",
    ]


def test_csv_files_hold_cells_in_full_and_tables_as_printed(summary, tmp_path):
    written = write_csvs(summary, tmp_path)
    assert len(written) == 1 + len(tables(summary))
    with written[0].open() as stream:
        cells = list(csv.DictReader(stream))
    assert len(cells) == 23 * 5
    first = next(one for one in cells if one["setting"] == "default" and one["fold"] == "3")
    assert float(first[LOSS]) == 0.13304
    assert first["model.code_size"] == "512"
    text = next(
        one for one in written if "differences-to-the-default-cross-entropy" in one.name
    )
    assert "encoder decay 0,−0.0203" in text.read_text().replace('"', "")
