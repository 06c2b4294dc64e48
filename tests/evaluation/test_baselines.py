import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from skimage.measure import block_reduce

from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.evaluation.people.baselines import pixel_codes, pixel_search, shuffled_ratings

SCANS = np.random.default_rng(0).integers(0, 256, (8, 20, 20)).astype(np.uint8)


def rated(flat):
    return Ratings(tuple("abcdefgh"), squareform(flat))


@pytest.mark.parametrize("block", [1, 4, 7, 20])
@pytest.mark.parametrize("reduction", ["mean", "min", "max"])
def test_blocks_equal_those_of_scikit_image(block, reduction):
    codes = pixel_codes(SCANS, block, reduction)
    for scan, code in zip(SCANS, codes, strict=True):
        expected = block_reduce(scan, (block, block), getattr(np, reduction), cval=255)
        assert code == pytest.approx(expected.ravel() / 255)


@pytest.mark.parametrize("block", [0, 21])
def test_impossible_blocks_are_refused(block):
    with pytest.raises(BadInput, match="between 1 and 20 pixels"):
        pixel_codes(SCANS, block, "mean")


def test_the_search_finds_what_the_ratings_were_made_of():
    codes = pixel_codes(SCANS, 4, "min")
    best = pixel_search(SCANS, rated(pdist(codes, "cityblock")), (2, 4, 5, 99)).iloc[0]
    assert (best["block"], best["reduction"], best["distance"]) == (4, "min", "manhattan")
    assert best["kendall_tau_b"] == pytest.approx(1)


def test_the_search_lists_every_setting_once_best_first():
    table = pixel_search(SCANS, rated(pdist(SCANS.reshape(8, -1))), (1, 2, 99))
    assert len(table) == (1 + 3) * 4
    assert not table.duplicated(["block", "reduction", "distance"]).any()
    assert table["kendall_tau_b"].is_monotonic_decreasing


def test_ratings_that_follow_the_distances_are_better_than_chance():
    flat = pdist(np.random.default_rng(1).normal(size=(15, 2)))
    found = shuffled_ratings(flat, squareform(flat), generator=np.random.default_rng(0))
    assert found.p_value == pytest.approx(1 / 201)
    assert abs(found.mean) < 0.05
    assert 0 < found.percentile_95 < 0.5


def test_p_values_of_unrelated_ratings_are_even():
    generator = np.random.default_rng(2)
    p_values = []
    for _ in range(60):
        one, other = (pdist(generator.normal(size=(8, 2))) for _ in range(2))
        found = shuffled_ratings(one, squareform(other), generator=generator, n_shuffles=39)
        p_values.append(found.p_value)
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.12)
    assert 0.01 < np.mean(np.array(p_values) <= 0.2) < 0.4


def test_chance_is_nan_where_distances_are_all_equal():
    other = squareform(pdist(np.random.default_rng(1).normal(size=(6, 2))))
    found = shuffled_ratings(np.ones(15), other, generator=np.random.default_rng(0))
    assert np.isnan(found.p_value)


def test_unrated_pairs_are_left_out_of_every_shuffle():
    matrix = squareform(pdist(np.random.default_rng(1).normal(size=(10, 2))))
    flat = squareform(matrix)
    matrix[0, 1] = matrix[1, 0] = np.nan
    found = shuffled_ratings(flat, matrix, generator=np.random.default_rng(0), n_shuffles=20)
    assert found.p_value == pytest.approx(1 / 21)
