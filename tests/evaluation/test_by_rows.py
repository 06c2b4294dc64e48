import numpy as np
import pytest
from scipy.spatial.distance import pdist

from shapespace.evaluation.pairs import by_rows
from shapespace.evaluation.pairs import distances as module
from shapespace.evaluation.pairs.distances import KINDS, distances

RANDOM = np.random.default_rng(0)
N, UNITS = 120, 20
CODES = {
    "of any sign": RANDOM.normal(size=(N, UNITS)),
    "after a ReLU": RANDOM.normal(size=(N, UNITS)).clip(min=0),
    "far from zero": 1e6 + RANDOM.normal(size=(N, UNITS)),
    "in tight groups": np.repeat(RANDOM.normal(size=(6, UNITS)), 20, axis=0)
    + 1e-7 * RANDOM.normal(size=(N, UNITS)),
    "each twice": np.repeat(RANDOM.normal(size=(N // 2, UNITS)), 2, axis=0),
    "all the same": np.ones((N, UNITS)),
}


@pytest.fixture(autouse=True, params=["1", "2"], ids=["one thread", "two threads"])
def several_blocks(monkeypatch, request):
    monkeypatch.setattr(by_rows, "ROWS", 50)
    monkeypatch.setenv("OMP_NUM_THREADS", request.param)


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
def test_distances_equal_those_of_scipy(codes):
    assert np.array_equal(by_rows.manhattan(codes), pdist(codes, "cityblock"))
    # The relative error holds for close pairs too, and equal codes are at no distance.
    assert by_rows.euclidean(codes) == pytest.approx(pdist(codes), rel=1e-12, abs=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, UNITS)], ids=["plain", "weighted"])
def test_many_stimuli_are_as_far_apart_as_few(monkeypatch, kind, weights):
    codes = CODES["after a ReLU"]
    few = distances(codes, kind, weights)
    monkeypatch.setattr(module, "FEW", 10)
    assert distances(codes, kind, weights) == pytest.approx(few, rel=1e-12, abs=1e-14)
