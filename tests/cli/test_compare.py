import csv
import json
import shutil
from functools import partial

import numpy as np
import pandas as pd
import pytest

from shapespace.cli.main import main
from shapespace.data.ratings import items
from shapespace.data.trials.layouts import write_trials
from shapespace.data.trials.simulation import simulate_ratings
from shapespace.spaces.published import published_coordinates
from shapespace.studies.people import rated

QUICK = ("--draws", "8", "--folds", "3", "--studies", "6", "--read-outs", "fixed", "weighted")


@pytest.fixture(autouse=True)
def few_draws_of_the_ceiling(monkeypatch):
    few = partial(rated.published_people, draws=3)
    monkeypatch.setattr(rated, "published_people", few)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Ratings of known points, the points and noise as two representations of them."""
    place = tmp_path_factory.mktemp("compare")
    made = simulate_ratings(
        generator=np.random.default_rng(0), n_items=15, n_dims=2, n_raters=5, share=0.8
    )
    write_trials(place / "ratings.csv", made.trials)
    points = pd.DataFrame(made.coordinates, columns=["x", "y"])
    points.insert(0, "id", made.items)
    points.sample(frac=1, random_state=0).to_csv(place / "true.csv", index=False)
    order = np.random.default_rng(1).permutation(15)
    np.save(place / "noise.npy", np.random.default_rng(2).normal(size=(15, 8)))
    (place / "noise.ids.txt").write_text("\n".join(made.items[i] for i in order))
    return place


@pytest.fixture(scope="module")
def written(folder):
    out = folder / "out"
    words = ["compare", str(folder / "true.csv"), str(folder / "noise.npy")]
    assert (
        main([*words, "--ratings", str(folder / "ratings.csv"), "--out", str(out), *QUICK]) == 0
    )
    return out


def test_everything_is_written(written):
    found = json.loads((written / "comparison.json").read_text())
    assert list(found["models"]) == ["true", "noise"]
    assert found["models"]["true"]["all_pairs"]["value"] > 0.6
    assert abs(found["models"]["noise"]["all_pairs"]["value"]) < 0.3
    with (written / "scores.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["model"], r["read_out"], r["pairs"]) for r in rows[:3]] == [
        ("true", "fixed", "all"), ("true", "fixed", "training"), ("true", "fixed", "held_out")
    ]  # fmt: skip
    assert float(rows[0]["value"]) == found["models"]["true"]["all_pairs"]["value"]
    recovery = (written / "recovery.csv").read_text().splitlines()
    assert len(recovery) == 1 + 2 * 4
    figures = {path.name for path in (written / "figures").iterdir()}
    stems = ("scores", "differences", "recovery-fixed", "recovery-fixed-as-observed")
    assert figures == {f"{stem}.{kind}" for stem in stems for kind in ("svg", "png")}
    assert "raters" in (written / "figures" / "scores.svg").read_text()
    svg = (written / "figures" / "recovery-fixed-as-observed.svg").read_text()
    assert "as good as it was" in svg


def test_tables_and_notes_are_told(folder, capsys):
    words = ["compare", str(folder / "true.csv"), str(folder / "noise.npy"), *QUICK]
    assert main([*words, "--ratings", str(folder / "ratings.csv")]) == 0
    told = capsys.readouterr()
    assert "true (2 units, seen unknown)" in told.out
    assert "ceiling: a perfect model, with these means" in told.out
    assert "one rater with the others" in told.out
    assert "differ" in told.out
    assert "if a model were the whole truth" in told.out
    assert "over stimuli and 5 raters" in told.out
    assert "not known of true, noise" in told.err


def test_one_representation_alone_is_scored_as_json(folder, capsys):
    words = [
        "compare",
        str(folder / "true.csv"),
        "--ratings",
        str(folder / "ratings.csv"),
        *QUICK,
    ]
    assert main([*words, "--json", "--measure", "spearman"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["differences"] == found["recovery"] == []
    assert found["settings"]["measure"] == "spearman"


def test_every_missing_stimulus_is_named_or_left_out(folder, tmp_path, capsys):
    table = pd.read_csv(folder / "true.csv")
    gone = table["id"].iloc[:2].tolist()
    table = pd.concat([table.iloc[2:], pd.DataFrame([{"id": "extra", "x": 0.0, "y": 1.0}])])
    table.to_csv(tmp_path / "few.csv", index=False)
    words = [
        "compare",
        str(tmp_path / "few.csv"),
        "--ratings",
        str(folder / "ratings.csv"),
        *QUICK,
    ]
    assert main(words) == 1
    told = capsys.readouterr().err
    assert "2 rated stimuli are not in few" in told
    assert all(repr(name) in told for name in gone)
    assert main([*words, "--shared"]) == 0
    told = capsys.readouterr()
    assert "over 13 stimuli" in told.out
    assert "Left out, since few has no row for them" in told.err
    assert "1 stimuli of few were not rated" in told.err


def write_run(run, folds):
    """What a comparison reads of a run: the published coordinates as codes, and who saw what."""
    run.mkdir()
    names = items().index.to_list()
    codes = published_coordinates(4, names)[::-1]
    np.savez(run / "codes.npz", ids=np.array(names[::-1]), codes=codes)
    (run / "config.json").write_text(json.dumps({"fold": 0, "data": {"n_folds": 5}}))
    table = pd.DataFrame({"set": "drawings", "id": names, "group": names, "fold": folds})
    table.to_csv(run / "folds.csv", index=False)
    return run


def test_runs_say_what_they_saw_and_that_drawings_stand_in(tmp_path, capsys):
    run = write_run(tmp_path / "run", np.arange(60) % 5)
    words = ["compare", str(run), "--draws", "5", "--studies", "0", "--read-outs", "fixed"]
    assert main([*words, "--dims", "4"]) == 0
    told = capsys.readouterr()
    assert "run (4 units, 48 of 60 seen in training)" in told.out
    assert "on the 12 stimuli it never saw" in told.out
    assert "published space, 4-D" in told.out
    assert "0.602" in told.out
    assert "stand-in drawings" in told.err
    assert "over stimuli alone" in told.err
    assert main(["compare", str(run), str(run), *words[2:]]) == 1
    assert "is named twice" in capsys.readouterr().err
    again = tmp_path / "other" / "run"
    shutil.copytree(run, again)
    assert (
        main(["compare", str(run), str(again), *words[2:], "--out", str(tmp_path / "c")]) == 0
    )
    told = capsys.readouterr().out
    assert f"{run} (4 units" in told  # whole paths where names are alike
    assert "stand-in drawings" in (tmp_path / "c" / "figures" / "scores.svg").read_text()


def test_read_outs_take_the_folds_of_the_runs_where_they_are_alike(tmp_path, capsys):
    quick = ("--draws", "5", "--studies", "0", "--read-outs", "fixed", "weighted")
    by_rows = np.arange(60) // 12
    one, same, other = (
        str(write_run(tmp_path / name, folds))
        for name, folds in (("one", by_rows), ("same", by_rows), ("other", by_rows[::-1]))
    )

    def dealt(*words):
        assert main(["compare", *words, *quick, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        return found, [found["folds"][name] for name in items().index]

    found, folds = dealt(one, same)
    assert folds == by_rows.tolist()
    both = found["models"]["one"]
    assert both["scores"]["fixed"]["unseen"]["value"] == pytest.approx(both["unseen"]["value"])
    assert both["scores"]["weighted"]["unseen"]["n_stimuli"] == 12
    assert main(["compare", one, same, *quick]) == 0
    assert "of these, those no model saw" in capsys.readouterr().out
    for words in ((one, other), (one, "--folds", "5")):
        found, _ = dealt(*words)
        assert list(found["folds"].values()) == [row % 5 for row in range(60)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--dims", "7"), "no published space of 7 dimensions"),
        (("--folds", "1"), "2 folds"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, capsys, options, words):
    names = items().index.to_list()
    table = pd.DataFrame(published_coordinates(2, names), index=pd.Index(names, name="id"))
    table.to_csv(tmp_path / "mine.csv")
    told = main(["compare", str(tmp_path / "mine.csv"), "--draws", "5", "--studies", "0",
                 "--read-outs", "fixed", *options])  # fmt: skip
    assert told == 1
    assert words in capsys.readouterr().err


def test_nothing_else_is_overwritten(folder, written, capsys):
    words = ["compare", str(folder / "true.csv"), "--ratings", str(folder / "ratings.csv")]
    assert main([*words, "--out", str(folder)]) == 1
    assert "is no comparison" in capsys.readouterr().err
    assert main([*words, "--out", str(written), *QUICK]) == 0  # an older one is replaced
    assert not (written / "differences.csv").exists()


def test_at_least_one_representation_is_named(folder, capsys):
    assert main(["compare", "--ratings", str(folder / "ratings.csv")]) == 1
    assert "Name at least one representation" in capsys.readouterr().err


def test_ratings_without_pairs_are_refused(folder, tmp_path, capsys):
    (tmp_path / "scales.csv").write_text("stimulus,round\na,1\nb,2\n")
    assert (
        main(["compare", str(folder / "true.csv"), "--ratings", str(tmp_path / "scales.csv")])
        == 1
    )
    assert "holds no ratings of pairs" in capsys.readouterr().err
