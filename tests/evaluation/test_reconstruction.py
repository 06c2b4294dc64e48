import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.evaluation.pictures import reconstruction
from shapespace.evaluation.pictures.reconstruction import CLIP


def image(*rows) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float32)[None, None]


def entropy(grey: float) -> float:
    return -sum(p * math.log(p) for p in (grey, 1 - grey) if p > 0)


def test_bce_is_the_mean_over_pixels_of_what_each_costs_in_nats():
    # Grey values .8 and .3 predicted: white costs -ln .8, black costs -ln .7.
    logits = image([math.log(0.8 / 0.2), math.log(0.3 / 0.7)])
    expected = -(math.log(0.8) + math.log(0.7)) / 2
    assert reconstruction.bce(logits, image([1.0, 0.0])).item() == pytest.approx(expected)


def test_bce_gives_each_image_its_own_number():
    logits = torch.cat([image([0.0, 0.0]), image([50.0, -50.0])])
    clean = torch.cat([image([1.0, 0.0])] * 2)
    np.testing.assert_allclose(reconstruction.bce(logits, clean), [math.log(2), 0], atol=1e-6)


def test_one_grey_image_is_compared_with_all():
    clean = torch.cat([image([1.0, 1.0]), image([0.0, 1.0])])
    found = reconstruction.bce_of_grey(torch.tensor([[[0.25, 0.5]]]), clean)
    expected = [-(math.log(0.25) + math.log(0.5)) / 2, -(math.log(0.75) + math.log(0.5)) / 2]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_black_pixel_on_white_paper_costs_as_much_as_half_a_grey_level():
    assert pytest.approx(1 / 510) == CLIP
    found = reconstruction.bce_of_grey(image([0.0]), image([1.0])).item()
    assert found == pytest.approx(math.log(510), rel=1e-5)


@pytest.mark.parametrize("grey", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_the_floor_is_the_entropy_of_the_grey_values(grey):
    found = reconstruction.entropy_floor(image([grey, 1.0])).item()
    assert found == pytest.approx(entropy(grey) / 2, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 0.99), min_size=2, max_size=6), st.data())
def test_nothing_beats_the_floor_and_the_true_grey_values_reach_it(greys, data):
    clean = image(greys)
    guess = image([data.draw(st.floats(-8, 8)) for _ in greys])
    floor = reconstruction.entropy_floor(clean).item()
    assert reconstruction.bce(clean.logit(), clean).item() == pytest.approx(floor, abs=1e-5)
    assert reconstruction.bce(guess, clean).item() >= floor - 1e-5


def test_ink_weighs_as_much_as_paper_however_little_there_is():
    # One ink pixel predicted at .5, three paper pixels at .9: half of ln 2, half of -ln .9.
    logits = image([0.0, math.log(9), math.log(9), math.log(9)])
    found = reconstruction.ink_weighted_bce(logits, image([0.0, 1.0, 1.0, 1.0])).item()
    assert found == pytest.approx((math.log(2) - math.log(0.9)) / 2)


def test_a_grey_pixel_is_ink_by_its_darkness():
    # Darkness .75 and 0, so all ink weight is on the first; paper weights are .25 and 1.
    clean, logits = image([0.25, 1.0]), image([0.0, math.log(9)])
    first, second = math.log(2), -math.log(0.9)
    expected = (first + (0.25 * first + second) / 1.25) / 2
    found = reconstruction.ink_weighted_bce(logits, clean).item()
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("grey", [0.0, 1.0])
def test_without_ink_or_paper_the_other_is_all(grey):
    clean, logits = image([grey, grey]), image([0.3, -0.7])
    found = reconstruction.ink_weighted_bce(logits, clean).item()
    assert found == pytest.approx(reconstruction.bce(logits, clean).item())


def test_explained_runs_from_the_mean_image_to_the_floor():
    bce = np.array([0.05, 0.16, 0.105, 0.2])
    found = reconstruction.explained(bce, np.full(4, 0.16), np.full(4, 0.05))
    np.testing.assert_allclose(found, [1, 0, 0.5, -0.04 / 0.11])


def test_explained_is_undefined_where_there_is_nothing_to_explain():
    same = np.array([0.1])
    assert math.isnan(reconstruction.explained(np.array([0.2]), same, same)[0])
