import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from toy_codecs import random_map

from shapespace.errors import BadInput
from shapespace.walks.inverse import shortest_step, typical_step
from shapespace.walks.points import POLICIES, Filling, blend, share_of_policy
from shapespace.walks.readout import first_units, fit_readout

DRAW = np.random.default_rng(1)
MAP = random_map()
TRAINING = DRAW.normal(size=(80, 6)) @ DRAW.normal(size=(6, 6))
STIMULI = TRAINING[:12]
FILLING = Filling(MAP, TRAINING, STIMULI, MAP.coordinates(STIMULI))


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=2))
def test_every_policy_lies_exactly_where_it_was_asked_to(policy, point):
    points = np.array([point, [0.0, 0.0]])
    codes = FILLING.codes(points, policy, anchor=STIMULI[0], generator=np.random.default_rng(0))
    assert MAP.coordinates(codes) == pytest.approx(points, abs=1e-9)


def test_anchor_at_its_own_place_is_the_anchor():
    place = MAP.coordinates(STIMULI[:1])
    assert FILLING.codes(place, "anchor", anchor=STIMULI[0]) == pytest.approx(STIMULI[:1])


def test_conditional_is_the_mean_of_the_training_codes_at_a_point():
    # With hardly a penalty ridge is least squares, whose prediction the map takes back exactly.
    known = MAP.coordinates(TRAINING)
    points = np.array([[0.3, -1.0], [2.0, 0.5]])
    expected = LinearRegression().fit(known, TRAINING).predict(points)
    assert FILLING.codes(points, "conditional") == pytest.approx(expected, abs=0.02)


def test_neighbours_at_a_stimulus_is_its_code():
    places = MAP.coordinates(STIMULI)
    assert FILLING.codes(places, "neighbours") == pytest.approx(STIMULI, abs=1e-6)


def test_sample_draws_one_residual_for_all_points_and_follows_the_generator():
    points = MAP.coordinates(STIMULI[:3])
    mean = FILLING.codes(points, "conditional")

    def draws(seed):
        return FILLING.codes(points, "sample", generator=np.random.default_rng(seed))

    residuals = draws(3) - mean
    assert residuals == pytest.approx(np.tile(residuals[0], (3, 1)), abs=1e-9)
    assert np.array_equal(draws(3), draws(3))
    assert not np.allclose(draws(3), draws(4))


@pytest.mark.parametrize(
    ("points", "policy", "words"),
    [
        (np.zeros((1, 3)), "conditional", "2 numbers each, got 3"),
        (np.array([[np.nan, 0.0]]), "conditional", "not finite"),
        (np.zeros((1, 2)), "anchor", "needs a drawing"),
        (np.zeros((1, 2)), "sample", "randomness"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(points, policy, words):
    with pytest.raises(BadInput, match=words):
        FILLING.codes(points, policy)


def test_a_policy_that_there_is_not_is_refused():
    # Past the type check of the tests, as a user without one would call it.
    with pytest.raises(BadInput, match="no policy 'guess'; choose one of anchor, conditional"):
        Filling.codes.__wrapped__(FILLING, np.zeros((1, 2)), "guess")


def test_blend_weights_sum_to_one_and_change_without_jumps():
    stimuli = DRAW.normal(size=(20, 2))
    way = np.linspace([-1.0, -1.0], [1.0, 0.5], 4000)
    weights = blend(way, stimuli)
    assert weights.sum(axis=1) == pytest.approx(1)
    assert (weights >= 0).all()
    assert ((weights > 0).sum(axis=1) <= 5).all()
    assert np.abs(np.diff(weights, axis=0)).max() < 0.05


def test_blend_of_stimuli_that_are_all_as_far_is_even():
    corners = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    assert blend(np.zeros((1, 2)), corners, n_nearest=2)[0] == pytest.approx([0.25] * 4)


def test_share_of_policy_is_0_where_points_decide_and_1_where_they_do_not():
    pictures = DRAW.random((5, 3, 3))
    assert share_of_policy(np.stack([pictures, pictures])) == 0
    flat = DRAW.random((2, 400, 4, 4))
    assert share_of_policy(flat) == pytest.approx(1, abs=0.05)
    assert np.isnan(share_of_policy(np.zeros((2, 2, 3, 3))))


@pytest.mark.parametrize("n_training", [80, 7])
def test_both_steps_are_right_inverses_of_the_map(n_training):
    for inverse in (shortest_step(MAP), typical_step(MAP, TRAINING[:n_training])):
        moved = MAP.coordinates(STIMULI + inverse @ np.array([0.5, -2.0]))
        assert moved - MAP.coordinates(STIMULI) == pytest.approx(
            np.tile([0.5, -2.0], (12, 1)), abs=1e-9
        )


def test_the_shortest_step_is_that_of_move():
    moved = MAP.move(STIMULI, MAP.coordinates(STIMULI) + np.array([1.0, 0.0]))
    assert STIMULI + shortest_step(MAP)[:, 0] == pytest.approx(moved)


def test_the_typical_step_leaves_units_that_do_not_go_with_the_coordinates():
    # The third unit has no part in the coordinate and varies by itself.
    codes = DRAW.normal(size=(4000, 3))
    codes[:, 1] = codes[:, 0] + 0.1 * codes[:, 1]
    seen = first_units(1, 3)  # the map looks at the first unit alone
    step = typical_step(seen, codes)[:, 0]
    assert step == pytest.approx([1, 1, 0], abs=0.05)
    assert shortest_step(seen)[:, 0] == pytest.approx([1, 0, 0])


def test_a_readout_finds_a_linear_rule_and_says_how_well_it_does_on_others():
    codes = DRAW.normal(size=(60, 5))
    targets = codes @ DRAW.normal(size=(5, 2)) + 1.0
    noise = DRAW.normal(size=(60, 1))
    readout = fit_readout(codes, np.hstack([targets, noise]))
    assert readout.held_out_r2[:2] == pytest.approx([1, 1], abs=0.02)
    assert readout.held_out_r2[2] < 0.2
    assert readout.map.coordinates(codes)[:, :2] == pytest.approx(targets, abs=0.3)
    assert readout.n_stimuli == 60


def test_a_readout_of_one_dimension_and_of_units_that_stand_still():
    codes = np.hstack([DRAW.normal(size=(30, 2)), np.full((30, 1), 7.0)])
    readout = fit_readout(codes, codes[:, :1])
    assert readout.map.weights.shape == (1, 3)
    assert np.isfinite(readout.map.coordinates(codes)).all()


def test_a_readout_of_too_few_is_refused():
    with pytest.raises(BadInput, match="at least 10 stimuli"):
        fit_readout(np.zeros((9, 2)), np.zeros((9, 1)))
