import numpy as np
import pytest
from scipy.spatial.distance import pdist

from shapespace.errors import BadInput
from shapespace.evaluation.people.rater_noise import Scale, linked, make_design, simulate_means

FIVE = Scale(low=0.0, high=4.0)
N = 40
TRUE = np.random.default_rng(0).permutation(np.linspace(0.3, 3.8, N * (N - 1) // 2))
COUNTS = np.full(len(TRUE), 10.0)


def reliability(design, n=2):
    """Correlation of two simulated studies of one truth."""
    one, other = simulate_means(
        linked(TRUE, design), design, n, generator=np.random.default_rng(1)
    )
    both = ~np.isnan(one)
    return np.corrcoef(one[both], other[both])[0, 1]


@pytest.mark.parametrize("scale", [FIVE, None])
@pytest.mark.parametrize("wanted", [0.75, 0.9])
def test_simulated_studies_are_as_reliable_as_the_real_one(scale, wanted):
    design = make_design(TRUE, COUNTS, reliability=wanted, scale=scale)
    assert reliability(design) == pytest.approx(wanted, abs=0.04)


def test_noise_known_of_a_sample_gives_the_reliability_of_all():
    # The sample's means are of 20 ratings, those of all pairs of 5, with the same noise.
    sample = TRUE[:200]
    known = make_design(sample, np.full(200, 20.0), reliability=0.9, scale=FIVE)
    design = make_design(
        TRUE, np.full(len(TRUE), 5.0),
        reliability=0.9, scale=FIVE, reference=sample, n_reference=20.0,
    )  # fmt: skip
    assert design.noise == pytest.approx(known.noise)
    assert design.reliability < 0.75
    assert reliability(design) == pytest.approx(design.reliability, abs=0.05)


def test_answers_are_whole_and_of_the_scale():
    design = make_design(
        TRUE, np.ones(len(TRUE)), reliability=0.5, scale=Scale(low=1.0, high=4.0)
    )
    found = simulate_means(TRUE, design, 3, generator=np.random.default_rng(0))
    assert set(np.unique(found)) == {1, 2, 3, 4}


def test_the_link_never_falls_and_keeps_the_spread():
    design = make_design(TRUE, COUNTS, reliability=0.8, scale=FIVE)
    seen = pdist(np.random.default_rng(3).normal(size=(N, 2)))
    said = linked(seen, design)
    assert (np.diff(said[np.argsort(seen)]) >= 0).all()
    assert said.var() == pytest.approx(0.8 * TRUE.var())
    assert said.mean() == pytest.approx(TRUE.mean())


def test_pairs_that_nobody_rated_are_not_rated_in_simulated_studies():
    sparse = np.where(np.arange(len(TRUE)) % 3, TRUE, np.nan)
    design = make_design(
        sparse, np.where(np.isnan(sparse), 0, 4.0), reliability=0.7, scale=FIVE
    )
    found = simulate_means(linked(TRUE, design), design, 2, generator=np.random.default_rng(0))
    assert (np.isnan(found) == np.isnan(sparse)).all()


def test_noise_beyond_or_below_what_a_scale_allows():
    with pytest.raises(BadInput, match="less reliable than answers given at random"):
        make_design(TRUE, np.full(len(TRUE), 90.0), reliability=0.05, scale=FIVE)
    # Whole answers alone make more noise than this reliability allows: the least is taken.
    assert make_design(TRUE, np.ones(len(TRUE)), reliability=0.9999, scale=FIVE).noise == 1e-3


@pytest.mark.parametrize("wrong", [0.0, 1.0, float("nan"), -0.2])
def test_a_reliability_that_is_no_share_is_refused(wrong):
    with pytest.raises(BadInput, match="must lie between 0 and 1"):
        make_design(TRUE, COUNTS, reliability=wrong)


def test_ratings_without_order_and_empty_scales_are_refused():
    with pytest.raises(BadInput, match="all the same"):
        make_design(np.ones(10), np.ones(10), reliability=0.5)
    with pytest.raises(BadInput, match="from low to high"):
        Scale(low=4.0, high=4.0)
