"""The way on which pictures change least, against geometry, a slow twin and finite differences."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from toy_codecs import GlobeCodec, LinearCodec

from shapespace.errors import BadInput
from shapespace.walks.cloud import Cloud
from shapespace.walks.pullback import energy, pullback_between

DRAW = np.random.default_rng(0)
WIDE = Cloud.of(DRAW.normal(size=(40, 3)) * 10)
"""Training codes so far around that nothing here is off the data."""
GLOBE = GlobeCodec()
BERLIN, TOKYO = (np.array([*np.radians(place), 0.3]) for place in ([13.4, 52.5], [139.7, 35.7]))


def picture_steps(codes, codec=GLOBE):
    return np.linalg.norm(np.diff(codec.decode(codes), axis=0), axis=(1, 2))


def angle(a, b) -> float:
    """Return the angle between two places, seen from the middle of the globe."""
    a, b = (GLOBE.decode(code[None]).ravel() * 2 - 1 for code in (a, b))
    return float(np.arccos(a @ b))


def test_on_a_globe_it_is_the_great_circle():
    path = pullback_between(BERLIN, TOKYO, 9, codec=GLOBE, cloud=WIDE)
    points = GLOBE.decode(path)[:, 0] * 2 - 1
    pole = np.cross(points[0], points[-1])
    assert np.abs(points @ pole / np.linalg.norm(pole)).max() < 0.005
    whole = angle(BERLIN, TOKYO)
    along = [angle(BERLIN, code) for code in path]
    assert along == pytest.approx(np.linspace(0, whole, 9), abs=0.005)
    straight = np.linspace(BERLIN, TOKYO, 9)
    assert picture_steps(straight).sum() > 1.1 * picture_steps(path).sum()


@pytest.mark.parametrize("n_steps", [2, 5, 33])
def test_its_ends_are_those_given_and_its_steps_are_even(n_steps):
    path = pullback_between(BERLIN, TOKYO, n_steps, codec=GLOBE, cloud=WIDE)
    assert path[[0, -1]] == pytest.approx(np.stack([BERLIN, TOKYO]), abs=1e-12)
    steps = picture_steps(path)
    assert steps == pytest.approx(np.full(n_steps - 1, steps.mean()), rel=0.01)


def test_a_unit_that_does_not_show_is_left_to_the_straight_line():
    path = pullback_between(BERLIN, TOKYO, 5, codec=GLOBE, cloud=WIDE)
    assert path[:, 2] == pytest.approx(0.3)


def test_a_linear_decoder_goes_straight():
    codec, (start, end) = LinearCodec(), DRAW.normal(size=(2, 6))
    cloud = Cloud.of(DRAW.normal(size=(40, 6)) * 10)
    path = pullback_between(start, end, 7, codec=codec, cloud=cloud)
    assert path == pytest.approx(np.linspace(start, end, 7), abs=1e-3)


def test_a_slow_twin_finds_no_less_energy():
    # 17 codes, derivatives by differences, another optimiser's tolerance, from another way.
    def cost(flat):
        return energy(GLOBE.decode(np.vstack([BERLIN, flat.reshape(-1, 3), TOKYO])))

    detour = np.linspace(BERLIN, TOKYO, 17) + 0.2 * np.sin(np.linspace(0, np.pi, 17))[:, None]
    twin = minimize(cost, detour[1:-1].ravel(), method="L-BFGS-B", options={"maxfun": 30_000})
    path = pullback_between(BERLIN, TOKYO, 17, codec=GLOBE, cloud=WIDE)
    assert energy(GLOBE.decode(path)) == pytest.approx(twin.fun, rel=0.005)


@pytest.mark.parametrize("seed", range(5))
def test_energy_is_never_above_that_of_the_straight_line(seed):
    draw = np.random.default_rng(seed)
    start, end = draw.uniform(-1.5, 1.5, size=(2, 3))
    near = Cloud.of(draw.normal(size=(30, 3)) * 0.2)
    for cloud in (WIDE, near):
        path = pullback_between(start, end, 17, codec=GLOBE, cloud=cloud)
        straight = energy(GLOBE.decode(np.linspace(start, end, 17)))
        assert energy(GLOBE.decode(path)) <= straight * 1.0001


def test_it_is_kept_near_the_data():
    # The great circle leads far north, where no training code lies.
    start, end = np.array([-1.3, 0.5, 0.0]), np.array([1.3, 0.5, 0.0])
    belt = Cloud.of(np.random.default_rng(0).normal(size=(2000, 3)) * [1.3, 0.3, 1.0])
    free = pullback_between(start, end, 9, codec=GLOBE, cloud=WIDE)
    kept = pullback_between(start, end, 9, codec=GLOBE, cloud=belt)
    far = [
        belt.distances(path).max() / belt.distances(path[[0, -1]]).max()
        for path in (free, kept)
    ]
    assert far[0] > 1.5
    assert far[1] < 1.1


def test_places_that_look_the_same_are_joined_by_the_straight_line():
    same = BERLIN + np.array([0, 0, 1.0])
    path = pullback_between(BERLIN, same, 4, codec=GLOBE, cloud=WIDE)
    assert path == pytest.approx(np.linspace(BERLIN, same, 4))
    assert pullback_between(BERLIN, BERLIN, 3, codec=GLOBE, cloud=WIDE) == pytest.approx(
        np.tile(BERLIN, (3, 1))
    )


def test_energy_of_even_steps_is_the_squared_length_however_many_there_are():
    for n in (2, 5, 9):
        pictures = np.linspace(0, 1, n)[:, None, None] * np.ones((n, 2, 2))
        assert energy(pictures) == pytest.approx(4)


@pytest.mark.parametrize("codec", [GLOBE, LinearCodec(n_units=3, side=2)])
def test_the_toys_pull_as_their_differences_do(codec):
    codes = DRAW.normal(size=(1, 3))
    pictures, pull = codec.decode_and_pull(codes)
    forces = DRAW.normal(size=pictures.shape)
    slow = approx_fprime(codes[0], lambda z: (forces * codec.decode(z[None])).sum(), 1e-6)
    assert pull(forces)[0] == pytest.approx(slow, abs=1e-5)


def test_a_path_without_steps_is_refused():
    with pytest.raises(BadInput, match="at least 2 steps"):
        pullback_between(BERLIN, TOKYO, 1, codec=GLOBE, cloud=WIDE)
