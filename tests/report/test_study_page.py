"""The page of a study, its figures and its pictures."""

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from shapespace.cli.main import main
from shapespace.errors import BadInput
from shapespace.report.study.curves import draw_histories, read_histories
from shapespace.report.study.figures import draw_differences, draw_factors, draw_front
from shapespace.report.study.page import is_study, write_study_report
from shapespace.report.study.pictures import draw_study_pictures, picture_runs
from shapespace.studies.sweeps.comparison import differences
from shapespace.studies.sweeps.front import front
from shapespace.studies.sweeps.settings import setting_scores
from shapespace.studies.sweeps.summary import AGREEMENT, LOSS, summarise
from toy_run import toy_config, train_toy_run
from toy_study import as_published, one_at_a_time, part8_settings, write_study

FIGURES = (
    "factors-loss", "factors-agreement", "differences-loss", "differences-agreement", "front",
    "learning-curves",
)  # fmt: skip

SKIPPED = ("0.0002", "0.0005", "0.002", "0.25", "16", "32", "64", "256")
"""Endings of settings that the study of this file leaves out, to be quick."""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Thirteen settings of the published study."""
    chosen = {name: v for name, v in part8_settings().items() if not name.endswith(SKIPPED)}
    return write_study(tmp_path_factory.mktemp("s") / "toy", chosen, as_published)


@pytest.fixture(scope="module")
def page(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("page") / "study.html"
    return write_study_report(study, out, with_pictures=False)


class Reader(HTMLParser):
    """Collects tags and ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]


def words(figure) -> str:
    texts = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        texts += [axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left")]
        texts += [label.get_text() for label in axes.get_yticklabels() + axes.get_xticklabels()]
    return "\n".join([*texts, figure.get_supxlabel(), figure.get_supylabel()])


def test_the_page_answers_which_settings_are_best(page):
    text = page.path.read_text()
    assert "65 of 65 runs are finished" in text
    assert "The lowest mean cross-entropy is 0.0828" in text
    assert "Not told apart from it: code size 256, encoder decay 0, no dropout." in text
    assert len(page.runs) == 65


def test_collapsed_settings_are_named_on_the_page_and_as_warnings(page):
    assert "decoder decay 0.001: 5 of 5 runs collapsed." in page.path.read_text()
    assert len(page.warnings) == 1


def test_the_page_needs_nothing_but_itself_and_ids_differ(page):
    text = page.path.read_text()
    reader = Reader(text)
    assert not {"script", "link rel=stylesheet"} & set(reader.tags)
    assert len(set(reader.ids)) == len(reader.ids)
    assert not re.search(r'(src|href)="https?:', text)
    inside = re.findall(r'<a [^>]*href="#([^"]+)"', text)
    assert set(inside) <= set(reader.ids)


def test_every_figure_is_written_for_paper_and_for_looking(study, page):
    for name in FIGURES:
        for kind in ("svg", "png"):
            assert (study / "figures" / f"{name}.{kind}").stat().st_size > 1000


def test_published_numbers_stand_beside_ours_with_the_reason(page):
    text = page.path.read_text()
    assert "side in pixels 64 instead of 224" in text
    assert "Published and ours: cross-entropy (nats per pixel)" in text
    assert "No encoder decay reconstructs better." in text


def test_a_study_of_something_else_has_no_published_section(tmp_path):
    settings = {"default": {"model.code_size": 8}, "small": {"model.code_size": 4}}
    draw = np.random.default_rng(0)
    study = write_study(
        tmp_path / "s", settings, lambda *_: {"bce": 0.1 + 0.01 * draw.random(), "tau": 0.1},
        failed=[("small", 1)], unfinished=[("small", 2)],
    )  # fmt: skip
    page = write_study_report(study, tmp_path / "page.html")
    # The runs of the toy have no networks.
    assert any(one.startswith("The pictures could not be drawn:") for one in page.warnings)
    text = page.path.read_text()
    assert 'id="published"' not in text
    assert "1 runs are not finished." in text
    assert "small: 1 runs failed." in text


def test_a_study_without_results_is_refused_with_the_way_out(tmp_path):
    settings = one_at_a_time(code_size=[64])
    every = [(name, fold) for name in settings for fold in range(5)]
    study = write_study(tmp_path / "s", settings, lambda *_: {"bce": 0.1}, unfinished=every)
    with pytest.raises(BadInput, match="shapespace study show"):
        write_study_report(study, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_factors_are_drawn_with_units_n_and_a_mark_for_collapse(study):
    summary = summarise(study)
    figure = draw_factors(summary, summary.measure(LOSS), reference=0.16, note="a remark")
    text = words(figure)
    assert "cross-entropy (nats per pixel)\nlower is better" in text
    assert "n = 5 folds, 65 runs" in text
    assert "some runs collapsed" in text
    assert "a remark" in text
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "encoder decay", "decoder decay", "encoder dropout", "decoder dropout", "noise",
        "code size",
    ]  # fmt: skip


def test_differences_are_drawn_where_they_are(study):
    summary = summarise(study)
    found = differences(summary, LOSS)
    figure = draw_differences(found, summary.measure(LOSS), collapsed=["decoder decay 0.001"])
    assert "decoder decay 0.001 ×" in words(figure)
    lines = figure.axes[0].get_lines()
    drawn = [
        float(np.ravel(line.get_xdata())[0]) for line in lines if line.get_markersize() == 5
    ]
    assert drawn == pytest.approx([one.mean.value for one in found])


def test_the_front_is_joined_and_named(study):
    summary = summarise(study)
    x, y = (
        (summary.measure(n), {s.setting: s.mean for s in setting_scores(summary, n)})
        for n in (LOSS, AGREEMENT)
    )
    text = words(draw_front(front(summary), x, y))
    assert "1 code size 512, encoder decay 0, no dropout (front of 5 of 5 folds)" in text
    assert "tau-b Euclidean, optimised\nhigher is better" in text


def test_every_run_has_its_learning_curve(study):
    summary = summarise(study)
    histories = read_histories(summary)
    assert len(histories) == 65
    figure = draw_histories(summary, histories)
    assert sum(len(axes.get_lines()) for axes in figure.axes) == 65
    assert "images seen in training (65 runs)" in words(figure)
    assert "validation cross-entropy (nats per pixel)" in words(figure)


def test_runs_that_do_not_learn_to_draw_have_no_curve(tmp_path):
    study = write_study(
        tmp_path / "s", one_at_a_time(code_size=[64]), lambda *_: {"bce": 0.1}, folds=[0]
    )
    first, second = sorted(study.glob("runs/*/history.csv"))
    history = pd.read_csv(first)
    history.assign(train_bce=np.nan, validation_bce=np.nan).to_csv(
        first, index=False, na_rep="nan"
    )
    summary = summarise(study)
    histories = read_histories(summary)
    assert list(histories) == [second.parent.name]
    assert len(draw_histories(summary, histories).axes) == 1


def test_many_settings_share_one_panel_and_damaged_histories_are_left_out(tmp_path):
    settings = {"default": {}} | {f"s{n}": {"model.code_size": n} for n in range(64)}
    study = write_study(tmp_path / "s", settings, lambda *_: {"bce": 0.1}, folds=[0])
    (study / "runs" / "003-0-42" / "history.csv").write_bytes(b"\xff\xfe\x00")
    summary = summarise(study)
    histories = read_histories(summary)
    assert len(histories) == 64
    figure = draw_histories(summary, histories, reference=0.16)
    assert len(figure.axes) == 1
    assert "all 64 settings" in words(figure)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A study of two settings whose runs have real, untrained networks."""

    def score(setting, fold, seed):
        return {"bce": 0.10 if setting == "default" else 0.09, "tau": 0.2}

    path = tmp_path_factory.mktemp("d") / "toy"
    study = write_study(path, one_at_a_time(code_size=[64]), score, folds=[1, 2])
    for run in sorted((study / "runs").iterdir()):
        results = (run / "results.json").read_text()
        shutil.rmtree(run)
        by_index = replace(toy_config().data, fold_rule="index")
        train_toy_run(run, fold=int(run.name.split("-")[1]), data=by_index)
        (run / "results.json").write_text(results)
    return study


def test_the_parrot_is_drawn_by_the_default_and_the_best_that_never_saw_it(drawn):
    summary = summarise(drawn)
    assert {name: path.name for name, path in picture_runs(summary).items()} == {
        "default": "000-2-42",
        "code_size=64": "001-2-42",
    }  # the parrot is in fold 2 of the published deal
    draw_study_pictures(summary, drawn / "figures")
    shown = json.loads((drawn / "figures" / "noise.json").read_text())
    assert {one["run"] for one in shown["panels"]} == {"default", "code_size=64"}
    assert {one["seen"] for one in shown["panels"]} == {"held out"}
    assert (drawn / "figures" / "network.svg").is_file()


def test_the_command_writes_the_page_of_a_study(drawn, tmp_path, capsys):
    assert is_study(drawn)
    assert main(["report", str(drawn), "--out", str(tmp_path / "p.html")]) == 0
    assert "4 run(s)" in capsys.readouterr().out
    text = (tmp_path / "p.html").read_text()
    assert text.count("<img ") == 3
    assert main(["report", str(drawn), str(drawn), "--out", str(tmp_path / "q.html")]) == 1
    assert "has a page of its own; name it alone" in capsys.readouterr().err


def test_what_never_learned_to_draw_is_not_shown_drawing(drawn, tmp_path):
    study = tmp_path / "toy"
    shutil.copytree(drawn, study)
    for setting, left in (("000", {"code_size=64"}), ("001", set())):
        for file in study.glob(f"runs/{setting}-*/results.json"):
            results = json.loads(file.read_text())
            results["reconstruction"]["collapsed"] = None
            file.write_text(json.dumps(results))
        assert set(picture_runs(summarise(study))) == left
    draw_study_pictures(summarise(study), tmp_path / "figures")
    assert {file.stem for file in (tmp_path / "figures").iterdir()} == {"network"}


def test_the_page_compares_how_many_sketches_are_told_apart(tmp_path):
    study = write_study(
        tmp_path / "s",
        one_at_a_time(code_size=[64]),
        lambda setting, *_: {
            "bce": 0.6, "collapsed": None, "accuracy mine": 0.3 if "64" in setting else 0.2,
        },
        labelled=["mine"],
    )  # fmt: skip
    write_study_report(study, tmp_path / "p.html", with_pictures=False)
    text = (tmp_path / "p.html").read_text()
    assert "The highest mean accuracy on mine is 0.300 [0.300, 0.300], of code_size=64." in text
    assert {"factors-accuracy-on-mine.svg", "differences-accuracy-on-mine.png"} <= {
        file.name for file in (study / "figures").iterdir()
    }


def test_without_a_measure_of_the_default_only_the_others_are_compared(tmp_path):
    def scored(setting, fold, _):
        told_apart = {"code_size=64": 0.3 + fold / 1000, "code_size=32": 0.2}
        own = {"accuracy mine": told_apart[setting]} if setting in told_apart else {}
        return {"bce": 0.1} | own

    study = write_study(
        tmp_path / "s", one_at_a_time(code_size=[64, 32]), scored, labelled=["mine"]
    )
    write_study_report(study, tmp_path / "p.html", with_pictures=False)
    text = (tmp_path / "p.html").read_text()
    assert "Differences to the default: accuracy on mine" not in text
    assert "Every other setting that was measured is shown to be worse." in text
    assert "Behind the best mean (code_size=64): accuracy on mine" in text
    assert not list((study / "figures").glob("differences-accuracy*"))


def test_without_a_finished_run_there_is_nothing_to_draw(tmp_path):
    settings = one_at_a_time(code_size=[64])
    every = [(name, fold) for name in settings for fold in range(5)]
    study = write_study(tmp_path / "s", settings, lambda *_: {"bce": 0.1}, unfinished=every)
    with pytest.raises(BadInput, match="nothing to draw"):
        draw_study_pictures(summarise(study), tmp_path)


def test_reproduce_prints_every_number_and_reason(study, capsys):
    assert main(["reproduce", "part8", str(study)]) == 0
    text = capsys.readouterr().out
    assert "Published and ours: cross-entropy (nats per pixel)" in text
    assert "- stand-ins for the rated originals in drawings" in text
    assert main(["reproduce", "part8", str(study), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert len(values["numbers"]) == 23 * 7
    assert values["numbers"][0]["verdict"] == "not comparable"
    assert values["statements"][0]["claim"]["words"] == "No encoder decay reconstructs better."
