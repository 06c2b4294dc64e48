"""What ours is compared with computes the same thing."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau
from sklearn.manifold import MDS

from benchmarks.evaluating import by_scipy, stimuli, weighted_by_scipy
from benchmarks.paper import hours_of_a_run, images_a_second, layer_costs
from benchmarks.plain import PlainAutoencoder, step
from benchmarks.scaling import stress_1
from shapespace.evaluation.pairs.distances import distances
from shapespace.evaluation.people.correlation import correlate
from shapespace.evaluation.people.weights import folds_over_stimuli
from shapespace.model.autoencoder import Autoencoder
from shapespace.studies.runs.recipes import published_best


@pytest.fixture(scope="module")
def ours() -> Autoencoder:
    return Autoencoder(published_best().model, seed=1)


@pytest.fixture(scope="module")
def plain(ours: Autoencoder) -> PlainAutoencoder:
    copy = PlainAutoencoder()
    with torch.no_grad():
        for theirs, own in zip(copy.parameters(), ours.parameters(), strict=True):
            theirs.copy_(own)
    return copy


IMAGES = torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(0))


def test_the_plain_network_has_as_many_parameters(ours, plain):
    assert sum(w.numel() for w in plain.parameters()) == 6_676_480 + 1_535_681
    assert sum(w.numel() for w in ours.parameters()) == 6_676_480 + 1_535_681


def test_the_plain_network_draws_the_same(ours, plain):
    with torch.no_grad():
        torch.testing.assert_close(plain(IMAGES), ours.train()(IMAGES).sigmoid())


def test_the_plain_step_lowers_the_same_loss(ours, plain):
    with torch.no_grad():
        expected = F.binary_cross_entropy_with_logits(ours(IMAGES), IMAGES)
    before = [w.clone() for w in plain.parameters()]
    loss = step(plain, torch.optim.Adam(plain.parameters(), lr=1e-4), IMAGES)
    # Its input had noise, which fresh weights hardly see.
    assert loss == pytest.approx(float(expected), abs=0.01)
    assert all((w != b).any() for w, b in zip(plain.parameters(), before, strict=True))


def test_scipys_way_gives_our_correlations():
    codes, ratings = stimuli(40, 16)
    found, expected = (
        correlate(distances(codes, "euclidean"), ratings),
        by_scipy(codes, ratings),
    )
    for name in ("kendall_tau_b", "spearman", "pearson", "r2_isotonic"):
        assert found.measures()[name] == pytest.approx(expected[name], rel=1e-9)


def test_scipys_weights_give_our_distances():
    codes, ratings = stimuli(15, 6)
    ratings = ratings - ratings.min()
    blocks = folds_over_stimuli(codes, ratings, "euclidean", np.arange(15) % 5)
    total = sum(block.distances.sum() for block in blocks)
    assert weighted_by_scipy(codes, ratings) == pytest.approx(total, rel=1e-6)


def test_the_made_up_ratings_follow_the_codes_in_part_and_five_points_are_five():
    codes, ratings = stimuli(100, 64)
    assert 0.2 < kendalltau(pdist(codes), ratings).statistic < 0.8
    assert len(np.unique(stimuli(100, 64, ties=True)[1])) == 5


def test_stress_is_close_to_that_of_scikit_learn_and_not_above():
    draw = np.random.default_rng(0)
    true = np.abs(draw.normal(size=(8, 8)))
    true = np.triu(true, 1) + np.triu(true, 1).T
    theirs = MDS(
        metric="precomputed",
        metric_mds=False,
        n_init=1,
        init="random",
        random_state=0,
        eps=1e-9,
        max_iter=2000,
        normalized_stress="auto",
    )
    places = np.asarray(theirs.fit_transform(true))
    own = stress_1(places, true[np.triu_indices(8, 1)], metric=False)
    # scikit-learn fixes the size of its disparities; the best rising function comes closer.
    assert theirs.stress_ is not None
    assert own <= theirs.stress_
    assert own == pytest.approx(theirs.stress_, abs=0.005)


def test_stress_is_zero_where_distances_are_in_proportion():
    points = np.random.default_rng(0).normal(size=(7, 3))
    assert stress_1(points, 3 * pdist(points), metric=True) == pytest.approx(0, abs=1e-12)
    assert stress_1(points, pdist(points) ** 2, metric=False) == pytest.approx(0, abs=1e-12)


def test_operations_are_those_of_the_published_network():
    costs = layer_costs(128)
    forward = {
        part: sum(cost.forward_macs for cost in costs if cost.name.startswith(part)) / 1e6
        for part in ("encoder", "decoder")
    }
    assert forward["encoder"] == pytest.approx(549, abs=1)
    assert forward["decoder"] == pytest.approx(47, abs=1)
    assert {c.name for c in costs if c.bound == "memory"} >= {"decoder up5", "decoder up6"}
    assert {c.name for c in costs if c.bound == "compute"} >= {"encoder conv2", "encoder conv4"}


def test_a_run_at_a_known_speed_takes_the_hours_it_takes():
    # 160 million images at 44,452 a second are 3,600 seconds.
    assert hours_of_a_run(200 * 800_128 / 3600) == pytest.approx(1.0)


def test_no_layer_is_faster_than_the_sum_says():
    costs = layer_costs(512)
    assert 1 / images_a_second(costs, 512) > sum(cost.flops for cost in costs) / 989e12
