import numpy as np
import pytest
from scipy.spatial.distance import pdist

from shapespace.evaluation.people.dual_bootstrap import shared_scores
from shapespace.evaluation.people.intervals import Block
from shapespace.evaluation.people.paired import compare_pairs, holm, single


@pytest.fixture(scope="module")
def scores():
    generator = np.random.default_rng(0)
    points = generator.normal(size=(20, 3))
    models = [
        pdist(points + noise * generator.normal(size=points.shape)) for noise in (0.6, 0.1, 9.0)
    ]
    models.append(np.ones(190))
    blocks = [[Block(np.arange(190), model)] for model in models]
    return shared_scores(blocks, pdist(points), generator=generator, n_draws=100)


NAMES = ("middle", "best", "worst", "constant")


def test_every_pair_is_compared_once_the_better_model_first(scores):
    found = compare_pairs(NAMES, scores)
    assert [(one.model, one.other) for one in found] == [
        ("best", "middle"), ("best", "worst"), ("middle", "worst")
    ]  # fmt: skip
    assert all(one.difference.value > 0 for one in found)
    assert found[1].is_found


def test_p_values_are_corrected_for_the_number_of_pairs(scores):
    found = compare_pairs(NAMES, scores)
    assert [one.p_holm for one in found] == holm([one.difference.p_value for one in found])
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_each_model_has_its_score(scores):
    found = single(NAMES, scores)
    assert [found[name].value for name in NAMES[:3]] == scores.observed[:3].tolist()
    assert found["best"].low < found["best"].value < found["best"].high
    assert np.isnan(found["constant"].value)
