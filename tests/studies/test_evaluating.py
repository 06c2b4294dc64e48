"""What evaluation writes is JSON that any program reads, and what `compare` would say of it."""

import json
import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch

from shapespace.cli.evaluate import table_of_results
from shapespace.cli.main import main
from shapespace.studies.people import beside, rated
from shapespace.studies.people.comparing import CompareSettings
from shapespace.studies.runs import agreeing, evaluating
from shapespace.studies.runs.agreeing import rated_codes
from shapespace.studies.runs.config import read_config
from shapespace.studies.runs.evaluating import evaluate_run, without_nan
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.training.snapshot import load_model
from toy_run import train_toy_run

pytestmark = pytest.mark.slow

DRAWS, STUDIES, READ_OUTS = 6, 4, ("fixed", "weighted")


def test_what_is_undefined_becomes_null_at_any_depth():
    found = without_nan({"a": [float("nan"), 1.5, {"b": float("inf")}], "c": "nan", "d": 0})
    assert found == {"a": [None, 1.5, {"b": None}], "c": "nan", "d": 0}


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    """Compare with few draws, wherever it is done."""
    people = partial(rated.published_people, draws=3)
    quick = partial(CompareSettings, n_draws=DRAWS, n_studies=STUDIES, read_outs=READ_OUTS)
    with pytest.MonkeyPatch.context() as patched:
        for module in (beside, rated):
            patched.setattr(module, "published_people", people)
        patched.setattr(evaluating, "CompareSettings", quick)
        patched.setattr(agreeing, "agreement", partial(agreeing.agreement, n_draws=DRAWS))
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return RunDirectory(train_toy_run(tmp_path_factory.mktemp("runs") / "toy", side=16, fold=2))


@pytest.fixture(scope="module")
def short(run):
    return evaluate_run(run.path, n_images=16, levels=(0.0,), people="short")


@pytest.fixture(scope="module")
def full(run, short):
    return evaluate_run(run.path, n_images=16, levels=(0.0,))


@pytest.fixture(scope="module")
def compared(run, full, tmp_path_factory):
    """What `compare` says of the run beside files with the codes of its baselines."""
    folder = tmp_path_factory.mktemp("codes")
    codes = rated_codes(
        load_model(run.model), read_config(run.config_file), torch.device("cpu")
    )
    others = {"untrained": codes.untrained, "pixels": codes.pixels("euclidean")[0]}
    for name, rows in others.items():
        np.save(folder / f"{name}.npy", rows)
        (folder / f"{name}.ids.txt").write_text("\n".join(codes.ids))
    words = ("--seed", "42", "--draws", str(DRAWS), "--studies", str(STUDIES))
    files = [str(run.path), *(str(folder / f"{name}.npy") for name in others)]
    out = str(folder / "out")
    assert main(["compare", *files, *words, "--read-outs", *READ_OUTS, "--out", out]) == 0
    return json.loads((folder / "out" / "comparison.json").read_text())


def test_more_about_people_changes_nothing_else(short, full):
    assert "compared" not in short["human"]
    rest = {name: one for name, one in full["human"].items() if name != "compared"}
    assert rest == short["human"]
    assert full["reconstruction"] == short["reconstruction"]


def test_results_are_read_back_as_they_were_given(run, full):
    text = run.results_file().read_text()
    assert json.loads(text, parse_constant=pytest.fail) == full  # neither NaN nor Infinity
    assert len(json.dumps(full["human"]["compared"])) < 50_000


def test_the_numbers_are_those_of_compare(full, compared):
    found = full["human"]["compared"]
    assert list(found["models"]) == ["run", "untrained", "pixels"]
    names = {"toy": "run", "untrained": "untrained", "pixels": "pixels"}
    for name, theirs in compared["models"].items():
        ours = found["models"][names[name]]
        for key in ("all_pairs", "chance", "geometry", "n_units"):
            assert ours[key] == theirs[key], (name, key)
        for kind in READ_OUTS:
            for part in ("training", "held_out", "choices"):
                assert ours["scores"][kind][part] == theirs["scores"][kind][part], (name, kind)
    told = [
        one | {"model": names[one["model"]], "other": names[one["other"]]}
        for one in compared["differences"]
    ]
    # What a file's network has seen is not known, so `compare` has no stimuli that none saw.
    assert [one for one in found["differences"] if one["read_out"] != "unseen"] == told
    for ours, theirs in zip(found["recovery"], compared["recovery"], strict=True):
        assert {**ours, "models": []} == {**theirs, "models": []}
    for key in ("ceiling", "folds", "space", "settings"):
        assert found[key] == compared[key]


def test_the_test_fold_is_new_to_network_and_read_out(run, full):
    found = full["human"]["compared"]
    dealt = pd.read_csv(run.folds_file).set_index("id")["fold"]
    assert found["folds"] == {item: dealt[item] for item in found["folds"]}
    assert found["models"]["run"]["n_unseen"] == found["n_unseen_by_all"] == 12
    assert found["models"]["pixels"]["n_unseen"] == 60
    fixed = found["models"]["run"]["scores"]["fixed"]
    expected = full["human"]["held_out"]["euclidean"]["fixed"]["kendall_tau_b"]["value"]
    assert fixed["unseen"]["value"] == pytest.approx(expected)
    assert fixed["unseen"]["n_stimuli"] == 12
    # The toy run holds its first weights.
    assert found["models"]["run"]["all_pairs"] == found["models"]["untrained"]["all_pairs"]


def test_the_main_lines_are_printed(full, short):
    text = table_of_results(full)
    models = full["human"]["compared"]["models"]
    held_out = models["pixels"]["scores"]["weighted"]["held_out"]
    row = next(line for line in text.splitlines() if line.startswith("weights of units, held"))
    assert f"{held_out['value']:.3f}" in row
    assert "(48 of 60 seen)" in row
    ceiling = full["human"]["compared"]["ceiling"]["attainable"]["kendall_tau_b"]
    assert row.endswith(f"{ceiling['value']:.3f} [{ceiling['low']:.3f}, {ceiling['high']:.3f}]")
    lead = next(line for line in text.splitlines() if line.startswith("fixed, all pairs  "))
    expected = models["run"]["all_pairs"]["value"] - models["pixels"]["all_pairs"]["value"]
    assert f"{expected:.3f}".replace("-", "−") in lead
    assert "would name the right one of the three" in text
    assert not math.isnan(expected)
    assert "held out, never seen (12)" in text
    assert "beside baselines" not in table_of_results(short)
