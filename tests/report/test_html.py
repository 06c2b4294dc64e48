import json
import math
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from shapespace.errors import BadInput
from shapespace.model.autoencoder import Autoencoder
from shapespace.model.describe import count_parameters, layer_rows
from shapespace.report import illustrations
from shapespace.report.html import write_report
from shapespace.report.pictures import draw_reconstructions
from shapespace.report.runs import read_runs
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.training.snapshot import load_model
from toy_run import evaluate_toy_run, train_toy_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> list[Path]:
    """A good run with pictures, and a collapsed one of another side without."""
    folder = tmp_path_factory.mktemp("runs")
    good = evaluate_toy_run(train_toy_run(folder / "good"))
    draw_reconstructions([good], out=good / "figures" / "reconstructions")
    bad = evaluate_toy_run(train_toy_run(folder / "bad", side=64), bce=0.21)
    return [good, bad]


@pytest.fixture(scope="module")
def page(runs, tmp_path_factory) -> Path:
    """The page of one run."""
    return write_report(runs[:1], tmp_path_factory.mktemp("page") / "one.html").path


@pytest.fixture(scope="module")
def both(runs, tmp_path_factory) -> Path:
    """The page of two runs."""
    return write_report(runs, tmp_path_factory.mktemp("page") / "two.html").path


def test_runs_that_never_drew_have_no_curve(tmp_path):
    read = read_runs([evaluate_toy_run(train_toy_run(tmp_path / "toy"))])
    assert illustrations.curves(read) is not None
    empty = read[0].history.assign(train_bce=math.nan, validation_bce=math.nan)
    assert illustrations.curves([replace(read[0], history=empty)]) is None


class Reader(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


def numbers(page: str, caption: str, measure: str) -> list[float]:
    """The values of one measure in the table with this caption, from left to right."""
    table = page.split(f"<caption>{caption}</caption>", 1)[1].split("</table>", 1)[0]
    row = re.search(rf'<tr[^>]*data-measure="{measure}">(.*?)</tr>', table)
    assert row
    cells = re.findall(r"<td>([−0-9.]+)", row[1])
    return [float(value.replace("−", "-")) for value in cells]


def changed_copy(run: Path, to: Path, **changes) -> Path:
    """A copy of a run with keys of its results replaced."""
    shutil.copytree(run, to)
    file = RunDirectory(to).results_file()
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))
    return to


@pytest.mark.parametrize(
    ("level", "caption"),
    [
        ("0", "No noise"),
        ("0.1", "Noise on 10 % of the pixels"),
        ("0.55", "Noise on 55 % of the pixels"),
    ],
)
def test_the_page_has_the_numbers_of_the_results(runs, page, level, caption):
    scores = RunDirectory(runs[0]).results()["reconstruction"]["by_noise_level"][level]
    columns = [scores, *scores["by_source"].values()]
    for measure, digits in (("explained", 3), ("bce", 4), ("stroke_f1", 3), ("ssim", 3)):
        expected = [round(column[measure]["value"], digits) for column in columns]
        assert numbers(page.read_text(), caption, measure) == pytest.approx(expected, abs=1e-9)


def test_the_summary_says_the_main_numbers(runs, page):
    results = RunDirectory(runs[0]).results()
    lead = page.read_text().split('id="pictures"')[0].replace("−", "-")
    for estimate in (
        results["reconstruction"]["explained"],
        results["reconstruction"]["by_source"]["scribbles"]["explained"],
        results["human"]["euclidean"]["fixed"]["kendall_tau_b"],
        results["human"]["euclidean"]["optimised"]["kendall_tau_b"],
    ):
        assert (
            "{value:.2f} [{low:.2f}, {high:.2f}]".format(**estimate).replace("-0.00", "0.00")
            in lead
        )
    assert "stand-in" in lead
    assert f"{results['human']['ceiling']['kendall_tau_b']:.2f}" in lead


def test_runs_stand_side_by_side(runs, both):
    text = both.read_text()
    for run in runs:
        assert f'<th scope="colgroup" colspan="3">{run.name}</th>' in text
    expected = [
        round(scores["explained"]["value"], 3)
        for run in runs
        for whole in [RunDirectory(run).results()["reconstruction"]]
        for scores in (whole, *whole["by_source"].values())
    ]
    assert numbers(text, "No noise", "explained") == expected


def test_a_collapsed_run_is_called_so_loudly(page, both):
    assert "COLLAPSED: bad" in both.read_text()
    assert "COLLAPSED" not in page.read_text()


def test_the_page_needs_nothing_but_itself(both):
    reader = Reader(both.read_text())
    assert not reader.all("script")
    assert [link["href"] for link in reader.all("link")] == ["data:,"]
    pictures = [image["src"] for image in reader.all("img")]
    assert len(pictures) == 1
    assert pictures[0].startswith("data:image/png;base64,")
    targets = [a["href"] for a in reader.all("a")] + [
        use["xlink:href"] for use in reader.all("use")
    ]
    assert all(target.startswith("#") for target in targets)


def test_ids_differ_and_every_reference_has_its_target(both):
    text = both.read_text()
    ids = Counter(attributes["id"] for _, attributes in Reader(text).tags if "id" in attributes)
    assert max(ids.values()) == 1
    assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text)) <= {
        pair for name in ids for pair in ((name, ""), ("", name))
    }


def test_headings_go_down_in_steps_of_one(both):
    levels = [
        int(tag[1]) for tag, _ in Reader(both.read_text()).tags if tag in ("h1", "h2", "h3")
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


def test_pictures_have_words_and_headers_a_scope(both):
    reader = Reader(both.read_text())
    assert reader.all("html")[0]["lang"] == "en"
    assert all(image["alt"] for image in reader.all("img"))
    assert all(header["scope"] in ("col", "row", "colgroup") for header in reader.all("th"))
    labelled = [d for d in reader.all("div") if d.get("role") == "img"]
    assert len(labelled) == 5  # the curves, and two figures for each run
    assert all(one["aria-label"] for one in labelled)


def test_what_was_seen_in_training_is_counted_and_named(runs, page):
    text = page.read_text()
    assert "Seen in training (36)" in text
    assert "Used to choose the snapshot (12)" in text
    assert "Held out (12)" in text
    assert "<td>60</td><td>36</td><td>12</td><td>12</td><td>CC0 1.0</td>" in text


def test_parameters_are_counted_as_the_network_has_them(runs):
    for run, read in zip(runs, read_runs(runs), strict=True):
        model = load_model(RunDirectory(run).model)
        assert isinstance(model, Autoencoder)
        counted = count_parameters(layer_rows(model))
        assert read.n_parameters == {part: counted[part] for part in ("encoder", "decoder")}


def test_hostile_names_and_notes_stay_words(runs, tmp_path):
    bad = "<script>alert(1)</script> & <img src=http://example.org/x> $x^{"
    hostile = changed_copy(runs[0], tmp_path / "<b>run $x^{", warnings=[bad])
    run = RunDirectory(hostile)
    config = run.config() | {"recipe": bad}
    run.config_file.write_text(json.dumps(config))
    provenance = run.provenance() | {"notes": [bad], "command": f"</pre>{bad}"}
    run.provenance_file.write_text(json.dumps(provenance))
    (run.figures / "reconstructions.json").write_text(json.dumps({"caption": f'"{bad}'}))
    text = write_report([hostile], tmp_path / "page.html").path.read_text()
    reader = Reader(text)
    assert not reader.all("script")
    assert not reader.all("b")
    assert all(image["src"].startswith("data:") for image in reader.all("img"))
    assert bad in "".join(reader.words)


def test_results_on_other_sets_have_their_own_tables(runs, tmp_path):
    run = changed_copy(runs[0], tmp_path / "run")
    results = RunDirectory(run).results()
    images = {"birds": {"part": "whole set", "n_stimuli": 5000, "left_out_as_seen": 3}}
    other = results | {"images": images, "warnings": ["COLLAPSED: on birds."]}
    del other["human"]
    RunDirectory(run).results_file("birds").write_text(json.dumps(other))
    page = write_report([run], tmp_path / "page.html")
    text = page.path.read_text()
    assert "birds: whole set, 5,000 stimuli, without 3 that were seen in training." in text
    assert "<caption>No noise, birds</caption>" in text
    assert "On birds: COLLAPSED: on birds." in page.warnings


def test_undefined_agreement_is_a_dash_and_no_figure(runs, tmp_path):
    human = RunDirectory(runs[0]).results()["human"]
    nothing = {"value": None, "low": None, "high": None, "n": 60}
    for part in (human, human["held_out"]):
        for kind in ("euclidean", "manhattan", "cosine", "inner_product"):
            for scores in part[kind].values():
                scores.update(dict.fromkeys(scores, nothing))
    human["shuffled"]["euclidean"].update(p_value=float("nan"), percentile_95=float("nan"))
    run = changed_copy(runs[0], tmp_path / "run", human=human)
    text = write_report([run], tmp_path / "page.html").path.read_text()
    assert numbers(text, "All measures, Euclidean distance", "spearman") == []
    assert "run1-agreement" not in text
    assert "nan" not in re.sub(r"<pre.*?</pre>|data:[^\"]+", "", text, flags=re.DOTALL).split()


def test_a_run_whose_training_goes_on_says_so(runs, tmp_path):
    run = changed_copy(runs[0], tmp_path / "run")
    record = RunDirectory(run).provenance()
    del record["summary"], record["ended"]
    RunDirectory(run).provenance_file.write_text(json.dumps(record | {"finished": False}))
    page = write_report([run], tmp_path / "page.html")
    assert "The training is not finished." in page.warnings
    assert "only 3,000 were shown" in page.path.read_text()


def test_without_results_the_way_out_is_said(runs, tmp_path):
    run = changed_copy(runs[0], tmp_path / "run")
    RunDirectory(run).results_file().unlink()
    with pytest.raises(BadInput, match="run `shapespace evaluate` on it first"):
        write_report([run], tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda run: run.results_file().write_text("{}"), "has no 'reconstruction'"),
        (lambda run: run.results_file().write_text("[1"), "cannot be read"),
        (lambda run: (run.model / "model.safetensors").write_bytes(b"x"), "no readable model"),
        (lambda run: (run.model / "model.safetensors").unlink(), "no readable model"),
        (lambda run: run.provenance_file.write_text('{"data": {}}'), "has no 'machine'"),
    ],
)
def test_damaged_runs_are_refused_in_words(runs, tmp_path, damage, message):
    run = changed_copy(runs[0], tmp_path / "run")
    damage(RunDirectory(run))
    with pytest.raises(BadInput, match=message):
        write_report([run], tmp_path / "page.html")


def test_results_of_another_version_are_refused_in_words(runs, tmp_path):
    run = changed_copy(runs[0], tmp_path / "run", human={"notes": []})
    with pytest.raises(BadInput, match="damaged or of another version"):
        write_report([run], tmp_path / "page.html")


def test_a_report_needs_no_torch(runs, tmp_path):
    program = (
        "import sys; from pathlib import Path; from shapespace.report.html import write_report; "
        "write_report([Path(sys.argv[1])], Path(sys.argv[2])); assert 'torch' not in sys.modules"
    )
    out = tmp_path / "page.html"
    subprocess.run([sys.executable, "-c", program, str(runs[0]), str(out)], check=True)
    assert out.is_file()


@pytest.fixture(scope="module")
def tab(both, tmp_path_factory):
    """The page of two runs, with all that it asked for and complained about."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        context = play.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")),
            executable_path=CHROMIUM,
            headless=True,
            args=FLAGS,
        )
        tab, bad = context.new_page(), []
        tab.on("request", lambda r: r.url.startswith(("file:", "data:")) or bad.append(r.url))
        tab.on("console", lambda message: bad.append(message.text))
        tab.on("pageerror", lambda error: bad.append(str(error)))
        tab.goto(both.as_uri())
        yield tab
        context.close()
        assert bad == []


@pytest.mark.parametrize("width", [375, 800, 1440])
def test_nothing_hangs_over_the_edge(tab, width):
    tab.set_viewport_size({"width": width, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") == width


def test_contents_stay_in_sight_on_a_wide_screen(tab):
    tab.set_viewport_size({"width": 1440, "height": 800})
    tab.evaluate("scrollTo(0, 3000)")
    assert tab.evaluate("document.querySelector('nav').getBoundingClientRect().top") == 0


def test_pictures_are_loaded(tab):
    assert tab.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")


def test_figures_stay_on_white_in_the_dark(tab):
    colours = (
        "[...document.querySelectorAll('body, .card')]"
        ".map(e => getComputedStyle(e).backgroundColor)"
    )
    tab.emulate_media(color_scheme="dark")
    paper, *cards = tab.evaluate(colours)
    tab.emulate_media(color_scheme="light")
    assert max(map(int, re.findall(r"\d+", paper))) < 60
    assert set(cards) == {"rgb(255, 255, 255)"}


def test_it_prints_with_what_was_folded(tab):
    tab.set_viewport_size({"width": 673, "height": 980})  # A4 less its margins
    assert tab.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    tab.emulate_media(media="print")
    over = (
        "[...document.querySelectorAll('table, .card')]"
        ".filter(e => e.getBoundingClientRect().right > 674)"
    )
    assert tab.evaluate(f"{over}.length") == 0
    assert tab.evaluate("document.querySelector('pre').getBoundingClientRect().height") > 100
    tab.emulate_media(media="screen")
