import numpy as np
import pytest
from rsatoolbox.rdm import RDMs, compare
from scipy.spatial.distance import pdist

from shapespace.errors import BadInput
from shapespace.evaluation.people.cka import (
    beside_chance,
    cka_of_distances,
    linear_cka,
    procrustes_likeness,
)

GENERATOR = np.random.default_rng(0)
WIDE = GENERATOR.normal(size=(18, 30))
NARROW = GENERATOR.normal(size=(18, 3)) + 2 * WIDE[:, :3]
TURN = np.linalg.qr(GENERATOR.normal(size=(3, 3)))[0]


def theirs(x, y):
    """rsatoolbox' whitened cosine of squared distances, which is linear CKA."""
    return compare(RDMs(x[None] ** 2), RDMs(y[None] ** 2), method="cosine_cov").item()


def test_it_is_that_of_rsatoolbox():
    expected = theirs(pdist(WIDE), pdist(NARROW))
    assert linear_cka(WIDE, NARROW) == pytest.approx(expected, abs=1e-9)
    assert cka_of_distances(pdist(WIDE), pdist(NARROW)) == pytest.approx(expected, abs=1e-9)


def test_the_same_pairs_may_be_missing_on_both_sides():
    x, y = pdist(WIDE), pdist(NARROW)
    x[[3, 40]] = y[[3, 40]] = np.nan
    assert cka_of_distances(x, y) == pytest.approx(theirs(x, y), abs=1e-9)


def test_other_pairs_may_be_missing_where_rsatoolbox_stops():
    x, y = pdist(WIDE), pdist(NARROW)
    x[3] = y[40] = np.nan
    with pytest.raises(ValueError, match="different nan positions"):
        theirs(x, y)
    both = x + y * 0
    assert cka_of_distances(x, y) == pytest.approx(theirs(both, y + x * 0), abs=1e-9)


@pytest.mark.parametrize("likeness", [linear_cka, procrustes_likeness])
def test_moving_turning_mirroring_and_scaling_change_nothing(likeness):
    moved = 3 * NARROW @ TURN * [-1, 1, 1] + 7
    assert likeness(NARROW, moved) == pytest.approx(1)
    assert likeness(WIDE, moved @ TURN) == pytest.approx(likeness(WIDE, NARROW), rel=1e-6) or (
        likeness is linear_cka
    )
    assert likeness(WIDE, NARROW) == pytest.approx(likeness(NARROW, WIDE))


def test_procrustes_is_that_of_scipy():
    from scipy.spatial import procrustes

    padded = np.pad(NARROW, ((0, 0), (0, 27)))
    assert procrustes_likeness(WIDE, NARROW) == pytest.approx(1 - procrustes(WIDE, padded)[2])


def test_chance_is_told_and_is_high_for_many_units():
    noise = np.random.default_rng(1).normal(size=(18, 200))
    found = beside_chance(
        linear_cka, noise, NARROW, generator=np.random.default_rng(0), n_shuffles=60
    )
    assert found.chance > 0.3  # although nothing is shared
    assert found.p_value > 0.02
    real = beside_chance(
        linear_cka, WIDE, NARROW, generator=np.random.default_rng(0), n_shuffles=60
    )
    assert real.value == pytest.approx(linear_cka(WIDE, NARROW))
    assert real.low < real.value < real.high
    assert real.p_value <= 0.05
    assert real.chance < real.chance_95 <= real.value


def test_codes_that_never_change_have_no_likeness():
    constant = np.ones((18, 4))
    for likeness in (linear_cka, procrustes_likeness):
        assert np.isnan(likeness(constant, NARROW))
        found = beside_chance(
            likeness, constant, NARROW, generator=np.random.default_rng(0), n_shuffles=3
        )
        assert np.isnan([found.value, found.p_value, found.chance_95]).all()
    assert np.isnan(cka_of_distances(np.zeros(153), pdist(NARROW)))
    assert np.isnan(cka_of_distances(np.full(153, np.nan), pdist(NARROW)))


@pytest.mark.parametrize("likeness", [linear_cka, procrustes_likeness])
def test_rows_must_be_the_same_stimuli(likeness):
    with pytest.raises(BadInput, match="17 and 18 rows"):
        likeness(NARROW[1:], WIDE)
