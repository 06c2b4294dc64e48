import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from shapespace.errors import BadInput
from shapespace.evaluation.pictures.strokes import stroke_scores

SIDE = 16


def paper(*ink: tuple[int, int]) -> torch.Tensor:
    """A white image with black pixels at (row, column)."""
    page = torch.ones(1, 1, SIDE, SIDE)
    for row, column in ink:
        page[0, 0, row, column] = 0.0
    return page


def column(at: int) -> torch.Tensor:
    return paper(*((row, at) for row in range(SIDE)))


def numbers(scores) -> tuple[float, float, float]:
    return scores.precision.item(), scores.recall.item(), scores.f1.item()


@pytest.mark.parametrize(("shift", "expected"), [(0, 1.0), (2, 1.0), (3, 0.0)])
def test_a_stroke_may_be_two_pixels_off(shift, expected):
    assert numbers(stroke_scores(column(5 + shift), column(5))) == (expected,) * 3


def test_near_is_measured_as_the_crow_flies():
    corner = paper((7, 7))
    assert numbers(stroke_scores(paper((8, 8)), corner)) == (1, 1, 1)  # distance 1.41
    assert numbers(stroke_scores(paper((9, 8)), corner)) == (0, 0, 0)  # distance 2.24
    assert numbers(stroke_scores(paper((9, 8)), corner, tolerance=2.3)) == (1, 1, 1)


def test_a_missing_stroke_costs_recall_and_an_extra_one_precision():
    both = torch.minimum(column(3), column(12))
    assert numbers(stroke_scores(column(3), both)) == pytest.approx((1, 0.5, 2 / 3))
    assert numbers(stroke_scores(both, column(3))) == pytest.approx((0.5, 1, 2 / 3))


def test_a_light_grey_blur_is_not_ink():
    blur = torch.full((1, 1, SIDE, SIDE), 0.6)
    assert numbers(stroke_scores(blur, column(5))) == (0, 0, 0)


def test_drawing_nothing_is_never_right():
    assert numbers(stroke_scores(paper(), column(5))) == (0, 0, 0)


@pytest.mark.parametrize("drawn", [paper(), column(5)])
def test_where_no_stroke_is_wanted_there_is_no_score(drawn):
    light = torch.full((1, 1, SIDE, SIDE), 0.7)
    for wanted in (paper(), light):
        assert np.isnan(numbers(stroke_scores(drawn, wanted))).all()


def test_a_tolerance_wider_than_the_image_forgives_all():
    assert numbers(stroke_scores(paper((0, 0)), paper((15, 15)), tolerance=100.0)) == (1, 1, 1)


@pytest.mark.parametrize("tolerance", [-1.0, float("nan")])
def test_a_negative_tolerance_is_refused(tolerance):
    with pytest.raises(BadInput, match="0 pixels or more"):
        stroke_scores(paper(), paper(), tolerance=tolerance)


sparse = st.lists(
    st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1)), min_size=1, max_size=6
).map(lambda pixels: paper(*pixels))


@settings(deadline=None, max_examples=50)
@given(sparse, sparse, st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.7]))
def test_shares_agree_with_distances_to_the_nearest_ink(drawn, wanted, tolerance):
    a, b = (page.numpy()[0, 0] < 0.5 for page in (drawn, wanted))
    scores = stroke_scores(drawn, wanted, tolerance)
    assert scores.precision.item() == pytest.approx(
        np.mean(distance_transform_edt(~b)[a] <= tolerance)
    )
    assert scores.recall.item() == pytest.approx(
        np.mean(distance_transform_edt(~a)[b] <= tolerance)
    )


@settings(deadline=None, max_examples=50)
@given(sparse, sparse)
def test_swapping_the_images_swaps_precision_and_recall_and_keeps_f1(drawn, wanted):
    one, other = stroke_scores(drawn, wanted), stroke_scores(wanted, drawn)
    assert one.precision == other.recall
    assert one.recall == other.precision
    assert one.f1 == other.f1


def test_each_image_of_a_batch_has_its_own_scores():
    drawn = torch.cat([column(5), paper(), column(9)])
    scores = stroke_scores(drawn, torch.cat([column(5)] * 3))
    assert scores.f1.tolist() == [1, 0, 0]
