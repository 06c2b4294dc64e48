import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau

from shapespace.data.trials.aggregation import rated_pairs
from shapespace.data.trials.simulation import simulate_ratings
from shapespace.data.trials.table import Trials, trials
from shapespace.errors import BadInput
from shapespace.evaluation.people.rater_noise import Scale
from shapespace.studies.people import rated as rated_module
from shapespace.studies.people.comparing import STAND_IN, CompareSettings, Model, compare_models
from shapespace.studies.people.rated import people_of, published_people, subset

SIMULATED = simulate_ratings(
    generator=np.random.default_rng(0), n_items=20, n_dims=2, n_raters=6, share=0.7
)
QUICK = CompareSettings(n_draws=12, n_folds=3, n_studies=10)


def seeded():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def people():
    return people_of(SIMULATED.trials, source="made up", generator=seeded(), draws=5)


def models():
    noise = np.random.default_rng(1).normal(size=(20, 30))
    order = [SIMULATED.items.index(item) for item in sorted(SIMULATED.items)]
    points = SIMULATED.coordinates[order]
    return [
        Model(name="true", codes=points, source="table", unseen=tuple(SIMULATED.items[:6])),
        Model(name="noise", codes=noise, source="run", stand_in=True, unseen=()),
        Model(name="noisy", codes=np.hstack([points, 0.3 * noise]), source="table"),
    ]


@pytest.fixture(scope="module")
def found(people):
    return compare_models(models(), people, QUICK, space=("truth", models()[0].codes))


def test_scores_are_those_of_the_distances(found, people):
    flat = people.ratings.flat
    rated = ~np.isnan(flat)
    for model in models():
        expected = kendalltau(pdist(model.codes)[rated], flat[rated]).statistic
        assert found["models"][model.name]["all_pairs"]["value"] == pytest.approx(expected)


def test_the_true_geometry_reaches_the_ceiling(found):
    ceiling = found["ceiling"]["attainable"]["kendall_tau_b"]
    true = found["models"]["true"]["all_pairs"]
    assert true["value"] == pytest.approx(ceiling["value"], abs=0.06)
    assert found["ceiling"]["single"]["lower"]["kendall_tau_b"]["value"] < true["value"]
    assert found["models"]["true"]["geometry"]["cka"]["value"] == pytest.approx(1)
    assert found["models"]["true"]["geometry"]["procrustes"]["value"] == pytest.approx(1)


def test_intervals_are_over_stimuli_and_raters_where_raters_are_known(found):
    assert found["n_raters"] == found["models"]["true"]["all_pairs"]["n_raters"] == 6
    assert found["models"]["true"]["scores"]["full"]["held_out"]["n_raters"] == 6


def test_what_was_seen_in_training_is_told(found):
    assert found["models"]["true"]["n_unseen"] == 6
    assert found["models"]["true"]["unseen"]["n_stimuli"] == 6
    assert found["models"]["noise"]["unseen"] is None
    assert found["models"]["noisy"]["n_unseen"] is None
    assert "not known of noisy;" in " ".join(found["notes"])
    assert found["notes"][0] == STAND_IN


def test_folds_that_no_model_saw_are_scored_for_themselves(people):
    items, flat = people.ratings.items, people.ratings.flat
    folds = np.arange(20) % 4
    test = [item for item, fold in zip(items, folds, strict=True) if fold == 1]
    shown = [
        replace(models()[0], unseen=(*test, items[0])),  # sees all of fold 0 but one
        replace(models()[1], unseen=items),
    ]
    found = compare_models(shown, people, replace(QUICK, n_studies=0), folds=folds)
    assert found["n_unseen_by_all"] == 6
    assert found["settings"]["n_folds"] == 4
    first, second = np.triu_indices(20, 1)
    pairs = np.flatnonzero((folds[first] == 1) & (folds[second] == 1) & ~np.isnan(flat))
    for model in shown:
        unseen = found["models"][model.name]["scores"]["fixed"]["unseen"]
        expected = kendalltau(pdist(model.codes)[pairs], flat[pairs]).statistic
        assert unseen["value"] == pytest.approx(expected)
        assert unseen["n_stimuli"] == 5
        for kind in ("weighted", "low_rank", "full"):
            assert found["models"][model.name]["scores"][kind]["unseen"]["n_stimuli"] == 5
    on_unseen = [one for one in found["differences"] if one["read_out"] == "unseen"]
    assert [one["n_stimuli"] for one in on_unseen] == [6]  # nothing is fitted: no fold needed


def test_what_nobody_or_everybody_saw_has_no_score_of_its_own(people, found):
    assert found["n_unseen_by_all"] == 0  # of "noisy" it is unknown
    shown = [replace(model, unseen=people.ratings.items) for model in models()[:2]]
    new = compare_models(shown, people, replace(QUICK, n_studies=0, read_outs=("fixed",)))
    for one in (found, new):
        assert all(m["scores"]["fixed"]["unseen"] is None for m in one["models"].values())
        assert all(difference["read_out"] != "unseen" for difference in one["differences"])


def test_every_pair_is_compared_for_every_read_out(found):
    kinds = [one["read_out"] for one in found["differences"]]
    assert kinds == [k for k in ("all_pairs", *QUICK.read_outs) for _ in range(3)]
    first = found["differences"][0]
    assert first["model"] == "true"
    assert first["p_holm"] >= first["p_value"]


def test_simulated_studies_name_models_both_ways(found):
    whole, partly = found["recovery"]
    assert (whole["is_whole_truth"], partly["is_whole_truth"]) == (True, False)
    assert whole["chance"] == pytest.approx(1 / 3)
    assert whole["named"][0][0] > 0.8
    assert np.sum(partly["named"]) == pytest.approx(3)


def test_results_are_json_and_the_same_every_time(people):
    settings = replace(QUICK, read_outs=("fixed", "weighted"), n_studies=3)
    one, other = (json.dumps(compare_models(models()[:2], people, settings)) for _ in range(2))
    assert one == other


def test_flexible_read_outs_are_simulated_where_asked_for(people):
    settings = CompareSettings(
        n_draws=5, n_folds=4, n_studies=3, read_outs=("fixed",), recovery=("low_rank",)
    )
    found = compare_models(models()[:2], people, settings)
    assert [one["read_out"] for one in found["recovery"]] == ["low_rank"] * 2
    assert list(found["models"]["true"]["scores"]) == ["fixed"]
    assert found["space"] is None


def test_published_ratings_bring_ceiling_noise_and_notes():
    people = published_people(generator=seeded(), draws=3)
    assert people.ceiling.lower["kendall_tau_b"].value == pytest.approx(0.346, abs=0.001)
    assert people.ceiling.upper["kendall_tau_b"].value == pytest.approx(0.413, abs=0.001)
    assert people.raters is None
    # The spread of single ratings of a pair in the sample is what the noise should give.
    assert people.design.noise == pytest.approx(1.2, abs=0.1)
    assert people.design.reliability == pytest.approx(0.90, abs=0.02)
    assert "over stimuli alone" in people.notes[0]


def test_some_stimuli_can_be_taken(people):
    few = tuple(reversed(people.ratings.items[:5]))
    found = subset(people, few)
    assert found.ratings.items == few
    np.testing.assert_allclose(
        found.raters.means(np.ones(6)), found.ratings.flat, equal_nan=True
    )
    assert len(found.design.counts) == 10
    assert subset(people, people.ratings.items) is people
    with pytest.raises(BadInput, match="Only 2 rated stimuli"):
        subset(people, few[:2])
    plain = published_people(generator=seeded(), draws=2)
    assert subset(plain, plain.ratings.items[:4]).raters is None


def without_names(found):
    return Trials(found.table.assign(rater=""), found.notes)


def test_without_names_of_raters_only_stimuli_are_drawn():
    people = people_of(without_names(SIMULATED.trials), source="x", generator=seeded(), draws=3)
    assert people.raters is None
    assert "nobody knows who" in people.notes[-1]
    assert people.ceiling.lower == {}
    assert people.design is not None


def test_one_rater_has_no_ceiling_and_no_simulation():
    table = SIMULATED.trials.table
    alone = Trials(table[table["rater"] == table["rater"].iloc[0]].reset_index(drop=True))
    people = people_of(alone, source="x", generator=seeded(), draws=3)
    assert people.ceiling is people.design is None
    assert "one rater" in people.notes[0]
    assert "no ceiling" in people.notes[1]


def test_ratings_that_do_not_agree_cannot_be_simulated():
    table = SIMULATED.trials.table.copy()
    table["response"] = np.random.default_rng(8).integers(1, 6, len(table)).astype(float)
    people = people_of(Trials(table), source="x", generator=seeded(), draws=3)
    if people.design is None:
        assert "No studies can be simulated" in people.notes[-1]
    else:
        assert people.design.reliability < 0.5
    opposite = table.assign(
        response=np.where(table["rater"] == table["rater"].iloc[0], 5.0, 1.0)
    )
    flat = people_of(Trials(opposite), source="x", generator=seeded(), draws=2)
    assert flat.design is None
    assert "No studies can be simulated" in flat.notes[-1]


def test_the_scale_is_known_of_whole_answers_only():
    def scale(response, low, high, paradigm="dissimilarity"):
        columns = {
            "paradigm": paradigm, "rater": ["a", "b"], "stimulus1": "x", "stimulus2": "y",
            "response": response, "scale_low": low, "scale_high": high,
        }  # fmt: skip
        made = trials(columns)
        return rated_module._scale(made, rated_pairs(made))

    assert scale([1.0, 3.0], 1.0, 7.0) == Scale(low=1.0, high=7.0)
    assert scale([1.0, 3.0], 1.0, 7.0, "similarity") == Scale(low=0.0, high=6.0)
    assert scale([1.5, 3.0], 1.0, 7.0) is None
    assert scale([1.0, 3.0], 0.5, 7.0) is None
    assert scale([1.0, 3.0], np.nan, np.nan) is None


def test_what_cannot_be_compared_is_refused(people):
    with pytest.raises(BadInput, match="no representation"):
        compare_models([], people)
    with pytest.raises(BadInput, match="called 'true'"):
        compare_models([models()[0]] * 2, people)
    with pytest.raises(BadInput, match="3 rows for 20 rated stimuli"):
        compare_models([Model(name="x", codes=np.ones((3, 2)), source="table")], people)
    with pytest.raises(BadInput, match="2 folds"):
        CompareSettings(n_folds=1)


def test_a_constant_model_is_told_and_scored_nowhere(people):
    constant = Model(name="same", codes=np.ones((20, 3)), source="table", unseen=())
    settings = replace(QUICK, read_outs=("fixed",))
    found = compare_models([models()[0], constant], people, settings)
    assert np.isnan(found["models"]["same"]["all_pairs"]["value"])
    assert any(note.startswith("same: All distances are equal") for note in found["notes"])
    assert found["differences"] == []
