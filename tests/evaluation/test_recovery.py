import numpy as np
import pytest
from scipy.spatial.distance import pdist

from shapespace.errors import BadInput
from shapespace.evaluation.people import recovery as module
from shapespace.evaluation.people.rater_noise import Scale, linked, make_design, simulate_means
from shapespace.evaluation.people.readouts import read_out
from shapespace.evaluation.people.recovery import recover

N = 16
FOLDS = np.arange(N) % 4
GENERATOR = np.random.default_rng(0)
POINTS = GENERATOR.normal(size=(N, 3))
NEAR = POINTS + 0.05 * GENERATOR.normal(size=POINTS.shape)
FAR = GENERATOR.normal(size=(N, 3))


def design(reliability=0.9, n_ratings=12.0):
    said = 4 * pdist(POINTS) / pdist(POINTS).max()
    counts = np.full(len(said), n_ratings)
    return make_design(said, counts, reliability=reliability, scale=Scale(low=0.0, high=4.0))


def recovered(codes, read_out="fixed", *, design=None, **options):
    options = {"n_studies": 40, "generator": np.random.default_rng(2), **options}
    return recover(codes, design or globals()["design"](), FOLDS, read_out, **options)


def test_models_that_are_far_apart_are_told_apart():
    found = recovered({"true": POINTS, "far": FAR})
    assert found.named == pytest.approx(np.eye(2))
    assert found.right == 1
    assert found.interval[0] > 0.9
    assert found.beats[0, 1] == found.beats[1, 0] == 1
    assert np.isnan(found.beats[0, 0])
    assert found.scores[0, 0] > 0.7 > 0.3 > abs(found.scores[0, 1])


def test_models_that_are_the_same_are_named_by_half_of_the_studies():
    found = recovered({"one": POINTS, "same": POINTS.copy()})
    assert found.named == pytest.approx(np.full((2, 2), 0.5))
    assert found.right == 0.5


def test_near_models_need_reliable_ratings():
    models = {"one": POINTS, "near": NEAR}
    poor = recovered(models, design=design(0.2, 1.0), n_studies=200)
    good = recovered(models, design=design(0.97, 12.0), n_studies=200)
    assert 0.4 < poor.right < good.right


def test_a_model_that_explains_little_is_harder_to_name_than_the_whole_truth():
    models = {"one": POINTS, "far": FAR}
    whole = recovered(models, n_studies=50)
    partly = recovered(models, n_studies=50, strength={"one": 0.1, "far": 0.1})
    nothing = recovered(models, n_studies=150, strength={"one": 0.0, "far": float("nan")})
    assert whole.is_whole_truth
    assert not partly.is_whole_truth
    assert nothing.right < partly.right < whole.right
    assert nothing.right == pytest.approx(0.5, abs=0.1)


def test_a_model_as_good_as_it_was_scores_as_it_did():
    found = recovered(
        {"one": POINTS, "far": FAR}, n_studies=60, strength={"one": 0.4, "far": 0.2}
    )
    assert np.diagonal(found.scores) == pytest.approx([0.4, 0.2], abs=0.05)


@pytest.mark.parametrize("kind", ["weighted", "low_rank", "full"])
def test_flexible_read_outs_are_recovered_as_they_are_scored(kind):
    here, codes = design(), {"one": POINTS, "far": FAR}
    choices = {
        name: read_out(
            x, here.dissimilarities, FOLDS, [kind], generator=np.random.default_rng(0)
        )[kind].choices
        for name, x in codes.items()
    }
    found = recovered(codes, kind, design=here, choices=choices, n_studies=6)
    assert found.named.sum(axis=1) == pytest.approx([1, 1])
    assert found.right > 0.7
    assert found.scores[0, 0] > found.scores[0, 1]


def test_scores_of_simulated_studies_are_those_of_the_read_out_itself():
    here = design()
    study = simulate_means(
        linked(pdist(POINTS), here), here, 1, generator=np.random.default_rng(1)
    )
    scorer = module._scorer(
        POINTS, here.dissimilarities, FOLDS, "weighted", "euclidean", GENERATOR, ()
    )
    blocks = read_out(POINTS, study[0], FOLDS, ["weighted"], generator=GENERATOR)["weighted"]
    expected = [module.kendall_tau_b(b.distances, study[0][b.pairs]) for b in blocks.held_out]
    assert scorer(study) == pytest.approx([np.mean(expected)])


def test_missing_pairs_and_many_pairs_are_scored(monkeypatch):
    whole = design()
    gaps = np.where(np.arange(len(whole.counts)) % 4, whole.dissimilarities, np.nan)
    sparse = make_design(
        gaps, np.where(np.isnan(gaps), 0, 12.0), reliability=0.9, scale=Scale(low=0.0, high=4.0)
    )
    few = recovered({"one": POINTS, "far": FAR}, design=sparse, n_studies=10)
    assert few.right == 1
    monkeypatch.setattr(module, "LONG", 10)
    again = recovered({"one": POINTS, "far": FAR}, design=sparse, n_studies=10)
    assert again.scores == pytest.approx(few.scores)
    assert recovered(
        {"one": POINTS, "far": FAR}, design=sparse, n_studies=8, strength={"one": 0.6, "far": 0.6}
    ).right > 0.9  # fmt: skip


def test_a_model_without_order_is_never_named():
    found = recovered({"one": POINTS, "constant": np.ones((N, 2))}, n_studies=10)
    assert found.named[0].tolist() == [1, 0]
    assert np.isnan(found.scores[0, 1])


def test_one_model_alone_cannot_be_told_apart():
    with pytest.raises(BadInput, match="at least two"):
        recovered({"one": POINTS})
