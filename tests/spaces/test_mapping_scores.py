"""Scores and baselines of a mapping against scikit-learn, scipy and theory."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import r2_score, silhouette_score

from shapespace.data.ratings import published_dissimilarities
from shapespace.errors import BadInput
from shapespace.spaces.mapping.baselines import BASELINES, place_blindly
from shapespace.spaces.mapping.scores import (
    DEFINITIONS,
    MEASURES,
    Placed,
    mean_squared_error,
    scores,
    together,
)
from shapespace.spaces.mapping.silhouettes import METRICS, silhouettes
from shapespace.spaces.mapping.transfer import CodedImages
from shapespace.spaces.published import published_coordinates

ITEMS = published_dissimilarities().items
FOLDS = np.arange(60) % 5


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def _blind(kind, n_dims=4, copies=1):
    targets = published_coordinates(n_dims, ITEMS)
    stimuli = np.tile(np.arange(60), copies)
    return place_blindly(kind, targets, stimuli, FOLDS, generator=seeded())


def test_scores_are_those_of_scikit_learn():
    draw = seeded()
    targets = draw.normal(size=(80, 3)) * [3, 1, 0.5]
    placed = Placed(
        coordinates=targets + draw.normal(size=(80, 3)),
        targets=targets,
        stimuli=np.arange(80) // 4,
    )
    found = scores(placed, generator=draw, n_draws=50)
    assert tuple(found) == MEASURES == tuple(DEFINITIONS)
    by_hand = np.mean(
        [sum((a - b) ** 2) for a, b in zip(placed.coordinates, targets, strict=True)]
    )
    assert found["mse"].value == pytest.approx(by_hand)
    assert mean_squared_error(placed) == pytest.approx(by_hand)
    paired = np.diagonal(cdist(placed.coordinates, targets))
    assert found["med"].value == pytest.approx(paired.mean())
    assert found["r2"].value == pytest.approx(r2_score(targets, placed.coordinates))
    weighted = r2_score(targets, placed.coordinates, multioutput="variance_weighted")
    assert found["r2_pooled"].value == pytest.approx(weighted)
    assert found["mse"].n == 20
    for value in found.values():
        assert value.low < value.value < value.high


def test_intervals_take_all_copies_of_a_stimulus_together():
    # Twenty equal copies are no more evidence than one.
    one, many = (
        scores(_blind("zero", copies=n), generator=seeded(1), n_draws=300)["mse"]
        for n in (1, 20)
    )
    assert many.n == one.n == 60
    assert (many.low, many.high) == pytest.approx((one.low, one.high))


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    draw, held = seeded(3), 0
    for _ in range(60):
        noise = draw.normal(size=(40, 1))
        placed = Placed(coordinates=noise, targets=np.zeros((40, 1)), stimuli=np.arange(40))
        mse = scores(placed, generator=draw, n_draws=200)["mse"]
        held += mse.low <= 1 <= mse.high
    assert held >= 48  # 95 % of 60 is 57; percentile intervals of 40 are a little short


def test_the_origin_scores_exactly_what_the_normalisation_says():
    found = scores(_blind("zero"), generator=seeded(), n_draws=20)
    assert found["mse"].value == pytest.approx(1.0, abs=1e-5)
    assert found["med"].value == pytest.approx(0.9940, abs=5e-5)
    assert found["r2"].value == pytest.approx(0.0, abs=1e-9)
    assert found["r2_pooled"].value == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("n_dims", [1, 2, 3, 4, 5, 6, 8, 10])
def test_every_baseline_reaches_its_expected_error(n_dims):
    targets = published_coordinates(n_dims, ITEMS)
    expected = {"zero": 1.0, "mean": 0.0, "normal": 0.0, "draw": 0.0}
    for fold in range(5):
        known, asked = targets[fold != FOLDS], targets[fold == FOLDS]
        off = ((asked - known.mean(axis=0)) ** 2).sum(axis=1).sum() / 60
        expected["mean"] += off
        # Independent draws add their variance to the error of the mean.
        expected["normal"] += off + np.cov(known.T).reshape(n_dims, -1).trace() * 12 / 60
        expected["draw"] += (cdist(asked, known) ** 2).mean(axis=1).sum() / 60
    for kind in BASELINES:
        found = mean_squared_error(_blind(kind, n_dims, copies=200))
        assert found == pytest.approx(
            expected[kind], rel=1e-5 if kind in ("zero", "mean") else 0.03
        )
    assert expected["mean"] > 1  # the mean of other stimuli is never the own mean


def test_a_baseline_never_uses_the_stimuli_it_is_judged_on():
    placed = _blind("draw", copies=3)
    targets = published_coordinates(4, ITEMS)
    source = cdist(placed.coordinates, targets).argmin(axis=1)
    assert (FOLDS[source] != FOLDS[placed.stimuli]).all()


def test_a_dimension_without_spread_has_no_share_to_explain():
    placed = Placed(coordinates=np.zeros((4, 1)), targets=np.ones((4, 1)), stimuli=np.arange(4))
    assert np.isnan(scores(placed, generator=seeded(), n_draws=5)["r2"].value)


def test_networks_are_averaged_by_joining_their_images():
    first, second = _blind("zero"), _blind("normal")
    both = scores(together([first, second]), generator=seeded(), n_draws=5)
    singly = [scores(p, generator=seeded(), n_draws=5) for p in (first, second)]
    for name in MEASURES:
        assert both[name].value == pytest.approx(np.mean([one[name].value for one in singly]))
    assert both["mse"].n == 60


def test_some_stimuli_alone_can_be_scored():
    held_out = np.arange(60) < 12
    part = _blind("zero", copies=2).of(held_out)
    assert sorted(set(part.stimuli.tolist())) == list(range(12))
    assert len(part.targets) == 24


@pytest.fixture(scope="module")
def copies():
    draw = seeded(5)
    centres = draw.normal(size=(12, 6)) * 2
    stimuli = np.repeat(np.arange(12), 5)
    return CodedImages(centres[stimuli] + draw.normal(size=(60, 6)), stimuli)


def test_silhouettes_are_those_of_scikit_learn(copies):
    found = silhouettes(copies, generator=seeded(), n_draws=50)
    for kind in METRICS:
        expected = silhouette_score(copies.codes, copies.stimuli, metric=kind)
        assert found[kind].value == pytest.approx(expected)
        assert found[kind].low < expected < found[kind].high
        assert found[kind].n == 12


def test_copies_with_swapped_names_do_not_stay_together(copies):
    mixed = CodedImages(copies.codes, seeded().permutation(copies.stimuli))
    found = silhouettes(mixed, generator=seeded(), n_draws=20)
    assert all(value.value < 0 for value in found.values())


def test_silhouettes_of_some_are_still_among_all(copies):
    scored = np.arange(12) < 3
    found = silhouettes(copies, generator=seeded(), scored=scored, n_draws=20)
    alone = silhouettes(copies.among(range(3)), generator=seeded(), n_draws=20)
    assert found["euclidean"].n == alone["euclidean"].n == 3
    # Among all there are more drawings to be confused with.
    assert found["euclidean"].value < alone["euclidean"].value


def test_single_images_have_no_silhouette(copies):
    with pytest.raises(BadInput, match="12 images of 12"):
        silhouettes(CodedImages(copies.codes[::5], np.arange(12)), generator=seeded())
