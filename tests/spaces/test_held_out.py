import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.spaces.scaling.held_out import (
    HeldOut,
    fewest_good,
    over_pairs,
    over_raters,
    pooled,
)


def seeded(seed=0):
    return np.random.default_rng(seed)


TRUE = seeded(4).standard_normal((18, 2)) * [1.0, 0.8]
DISTANCES = pdist(TRUE)
N_PAIRS = len(DISTANCES)


def rated(flat) -> Ratings:
    return Ratings(tuple(f"item{i}" for i in range(18)), squareform(flat, checks=False))


def test_pairs_that_were_hidden_are_predicted_best_in_the_true_dimensions():
    noisy = rated(np.maximum(DISTANCES + 0.2 * seeded(1).standard_normal(N_PAIRS), 0))
    found = over_pairs(noisy, [1, 2, 5], n_folds=5, n_starts=6, generator=seeded())
    one, two, five = (h.kendall_tau_b for h in found)
    assert two > one
    assert two > five
    assert [h.n_dims for h in found] == [1, 2, 5]
    assert {h.over for h in found} == {"pairs"}
    # More dimensions fit what they have seen ever better: that is why pairs are hidden.
    assert found[2].in_sample_tau_b > found[1].in_sample_tau_b > found[1].kendall_tau_b


def test_ratings_dealt_at_random_cannot_be_predicted():
    shuffled = rated(seeded(2).permutation(DISTANCES))
    (found,) = over_pairs(shuffled, [2], n_folds=10, n_starts=4, generator=seeded())
    assert abs(found.kendall_tau_b) < 0.2
    assert found.in_sample_tau_b > 0.3


def test_raters_that_were_hidden_are_predicted_from_the_others():
    single = DISTANCES[:, None] + 0.2 * seeded(3).standard_normal((N_PAIRS, 6))
    single[seeded(4).random(single.shape) < 0.3] = np.nan
    found = over_raters(
        np.maximum(single, 0), [1, 2], n_items=18, n_folds=10, n_starts=4, generator=seeded()
    )
    assert [h.n_folds for h in found] == [6, 6]  # never more folds than raters
    assert found[1].kendall_tau_b > 0.7
    assert found[1].kendall_tau_b > found[0].kendall_tau_b


def test_pooled_ratings_are_means_with_their_numbers():
    values, counts = pooled(np.array([[1.0, 3.0, np.nan], [np.nan] * 3, [2.0, np.nan, np.nan]]))
    assert values.tolist() == [2, 0, 2]
    assert counts.tolist() == [2, 0, 1]


def test_the_fewest_dimensions_within_one_error_of_the_best():
    def found(n_dims, tau):
        return HeldOut(
            n_dims=n_dims, over="pairs", kendall_tau_b=tau, standard_error=0.02,
            in_sample_tau_b=tau, n_folds=5,
        )  # fmt: skip

    assert fewest_good([found(1, 0.3), found(2, 0.49), found(3, 0.5), found(4, 0.48)]) == 2
    assert fewest_good([found(1, 0.3), found(2, 0.45), found(3, 0.5)]) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "classical"}, "needs every pair"),
        ({"n_folds": 1}, "at least 2 folds"),
        ({"n_folds": 100}, "too few to hold out in 100 folds"),
    ],
)
def test_what_cannot_be_held_out_is_refused(change, message):
    with pytest.raises(BadInput, match=message):
        over_pairs(rated(DISTANCES), [1], **{"n_starts": 1, "generator": seeded()} | change)


def test_too_sparse_ratings_are_refused():
    chain = np.full((18, 18), np.nan)
    np.fill_diagonal(chain, 0)
    for i in range(17):  # each item hangs by one pair
        chain[i, i + 1] = chain[i + 1, i] = 1.0
    with pytest.raises(BadInput, match="no longer connect"):
        over_pairs(rated(squareform(chain, checks=False)), [1], n_folds=2, generator=seeded())
