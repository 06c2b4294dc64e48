import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from shapespace.data.ratings import Ratings
from shapespace.errors import BadInput
from shapespace.spaces.scaling.alignment import align
from shapespace.spaces.scaling.fitting import scale
from shapespace.spaces.scaling.stability import Stability, resample


def seeded(seed=0):
    return np.random.default_rng(seed)


TRUE = seeded(4).standard_normal((14, 2))
DISTANCES = pdist(TRUE)


def rated(flat) -> Ratings:
    return Ratings(tuple(f"item{i}" for i in range(14)), squareform(flat, checks=False))


def spread(noise: float) -> float:
    ratings = rated(np.maximum(DISTANCES + noise * seeded(1).standard_normal(91), 0.01))
    space = scale(ratings, 2, method="metric", n_starts=4, generator=seeded())
    return float(resample(space, ratings, n_draws=40, generator=seeded()).spread.mean())


def test_items_stand_the_firmer_the_less_noise_there_is():
    none, little, much = (spread(noise) for noise in (0.0, 0.05, 0.5))
    assert none < 0.01
    assert none < little < much


def test_resampled_raters_show_the_error_of_the_mean():
    # Known noise: positions from fresh raters must scatter about as much as resampling says.
    def single(seed):
        return np.maximum(DISTANCES[:, None] + 0.4 * seeded(seed).standard_normal((91, 12)), 0)

    first = single(0)
    spaces = [
        scale(
            rated(single(seed).mean(axis=1)), 2, method="metric", n_starts=3, generator=seeded()
        )
        for seed in range(8)
    ]
    found = resample(
        spaces[0], rated(first.mean(axis=1)), single=first, n_draws=60, generator=seeded()
    )
    fresh = [align(s.coordinates, spaces[0].coordinates).coordinates for s in spaces[1:]]
    centre = np.mean(fresh, axis=0)
    actual = np.sqrt(((np.array(fresh) - centre) ** 2).sum(axis=2).mean())
    assert found.over == "raters"
    assert np.sqrt((found.spread**2).mean()) == pytest.approx(actual, rel=0.5)


def test_the_ellipse_holds_the_share_it_names():
    covariance = np.array([[0.5, 0.2, 0.0], [0.2, 0.3, 0.0], [0.0, 0.0, 9.0]])
    stability = Stability(over="pairs", covariances=covariance[None], n_draws=2, n_left_out=0)
    ellipse = stability.ellipse(0, (0, 1), share=0.8)
    points = seeded().multivariate_normal([0, 0], covariance[:2, :2], size=20_000)
    angle = np.radians(ellipse.angle_degrees)
    along = points @ [np.cos(angle), np.sin(angle)]
    across = points @ [-np.sin(angle), np.cos(angle)]
    inside = (2 * along / ellipse.length) ** 2 + (2 * across / ellipse.breadth) ** 2 <= 1
    assert inside.mean() == pytest.approx(0.8, abs=0.01)
    assert stability.spread == pytest.approx([np.sqrt(9.8)])


def test_draws_that_leave_items_alone_are_left_out_and_counted():
    flat = np.full(91, np.nan)
    flat[:13] = DISTANCES[:13]  # the first item with all others, and no pair besides
    ratings = rated(flat)
    space = scale(ratings, 1, n_starts=2, generator=seeded())
    with pytest.raises(BadInput, match="too sparse"):
        resample(space, ratings, n_draws=5, generator=seeded())
    sparse = DISTANCES.copy()
    sparse[::2] = np.nan
    half = rated(sparse)
    found = resample(
        scale(half, 1, n_starts=2, generator=seeded()), half, n_draws=60, generator=seeded()
    )
    assert found.n_draws + found.n_left_out == 60


def test_classical_spaces_are_refused():
    space = scale(rated(DISTANCES), 2, method="classical", generator=seeded())
    with pytest.raises(BadInput, match="needs every pair"):
        resample(space, rated(DISTANCES), generator=seeded())
