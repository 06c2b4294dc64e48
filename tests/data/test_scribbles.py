"""Scribbles: endless, lively, always the same, and true to their stated parameters."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from shapespace.data import scribbles as module
from shapespace.data.checking import check_set
from shapespace.data.scribble_set import pack_scribbles
from shapespace.data.scribbles import BLOCK, Scribble, render, scribbles, scribbles_at
from shapespace.errors import BadInput

SIDE = 32
MANY = scribbles_at(np.arange(8 * BLOCK), seed=11)


def picture(position: int, seed: int = 3) -> np.ndarray:
    """One picture, drawn with nothing remembered."""
    module._block.cache_clear()
    module._spots.cache_clear()
    return scribbles(np.array([position]), SIDE, seed=seed)[0]


ALONE = {position: picture(position) for position in (0, 1, 63, 64, 65, 127, 1000)}


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from(sorted(ALONE)), max_size=6))
def test_a_position_gives_the_same_picture_whatever_else_is_asked_for(positions):
    together = scribbles(np.array(positions, int), SIDE, seed=3)
    assert together.shape == (len(positions), SIDE, SIDE)
    for position, image in zip(positions, together, strict=True):
        np.testing.assert_array_equal(image, ALONE[position])


def test_positions_and_seeds_give_different_pictures():
    seen = [scribbles(np.arange(100), SIDE, seed=seed) for seed in (0, 1)]
    assert len({image.tobytes() for images in seen for image in images}) == 200


def test_other_sizes_show_the_same_drawing():
    """Brought to the same box, the picture of a drawing is the same at any side."""
    drawing = scribbles_at(np.array([5]), seed=3)[0]
    small, large = (np.full((n, n), 255, np.uint8) for n in (64, 128))
    render(drawing, small, (0, 0, 64, 64))
    render(drawing, large, (0, 0, 128, 128))
    halved = large.reshape(64, 2, 64, 2).mean(axis=(1, 3))
    assert np.corrcoef(small.ravel(), halved.ravel())[0, 1] > 0.8


@pytest.mark.parametrize("drawing", MANY[:BLOCK])
def test_drawings_fill_their_unit_square(drawing):
    points = np.concatenate(drawing.strokes)
    assert points.min(axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert points.max() == pytest.approx(1)


@pytest.mark.parametrize("drawing", MANY[:BLOCK])
def test_straightness_and_closedness_are_shares_of_the_length(drawing):
    total = straight = closed = 0.0
    for stroke in drawing.strokes:
        length = sum(math.dist(a, b) for a, b in pairwise(stroke))
        total += length
        straight += length * (len(stroke) < 10)  # curves have 49 points
        closed += length * (math.dist(stroke[0], stroke[-1]) < 1e-9)
    assert drawing.straightness == pytest.approx(straight / total)
    assert drawing.closedness == pytest.approx(closed / total)


def upright(drawing: Scribble) -> np.ndarray:
    """Turn a drawing back so that its long axis lies horizontally; y up."""
    points = np.concatenate(drawing.strokes) * [1, -1]
    turn = np.deg2rad(-drawing.angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return points @ rotation.T


@pytest.mark.parametrize("drawing", MANY[:BLOCK])
def test_elongation_is_that_of_the_frame_along_the_angle(drawing):
    width, height = np.ptp(upright(drawing), axis=0)
    assert width / height == pytest.approx(drawing.elongation)
    assert 1 <= drawing.elongation <= 4
    assert 0 <= drawing.angle < 180


def test_symmetric_drawings_mirror_themselves_and_others_do_not():
    for drawing in MANY[:BLOCK]:
        points = upright(drawing)
        mirrored = points * [-1, 1] + [points[:, 0].min() + points[:, 0].max(), 0]
        nearest = np.linalg.norm(points[:, None] - mirrored[None], axis=2).min(axis=1)
        if drawing.symmetric:
            assert nearest.max() < 1e-9
            assert len(drawing.strokes) % 2 == 0
        elif len(drawing.strokes) > 1:
            assert nearest.max() > 1e-3


def test_drawings_vary_as_much_as_they_are_said_to():
    n = len(MANY)
    # Every band is four standard deviations of a share of this many drawings.
    share = {
        0.35: np.mean([d.symmetric for d in MANY]),
        0.25: np.mean([d.angle == 0 for d in MANY]),
        0.2500001: np.mean([d.angle == 90 for d in MANY]),
    }
    for expected, found in share.items():
        assert found == pytest.approx(expected, abs=4 * (expected * (1 - expected) / n) ** 0.5)
    logs = np.log([d.elongation for d in MANY])
    assert kstest(logs, "uniform", (0, np.log(4))).pvalue > 0.001
    slanted = [d.angle for d in MANY if d.angle not in (0, 90)]
    assert kstest(slanted, "uniform", (0, 180)).pvalue > 0.001
    widths = np.log([d.stroke_width for d in MANY])
    low, high = np.log(0.004), np.log(0.014)
    assert kstest(widths, "uniform", (low, high - low)).pvalue > 0.001
    assert {len(d.strokes) for d in MANY} == {1, 2, 3, 4, 5, 6, 8, 10, 12}
    straightness = np.array([d.straightness for d in MANY])
    assert np.mean(straightness == 0) > 0.2
    assert np.mean(straightness == 1) > 0.2
    assert np.mean((straightness > 0.2) & (straightness < 0.8)) > 0.1


def one_stroke(points: list[tuple[float, float]], stroke_width: float) -> Scribble:
    return Scribble(
        strokes=(np.array(points, float),),
        straightness=1.0,
        closedness=0.0,
        symmetric=False,
        elongation=1.0,
        angle=0.0,
        stroke_width=stroke_width,
    )


SQUARE = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]


@pytest.mark.parametrize("stroke_width", [0.001, 0.01, 0.02, 0.035])
def test_lines_are_as_wide_as_stated_and_at_least_a_pixel(stroke_width):
    image = np.full((100, 100), 255, np.uint8)
    render(one_stroke(SQUARE, stroke_width), image, (10, 20, 70, 50))
    width = max(1.0, 100 * stroke_width)
    ink = (255 - image).sum() / 255
    assert ink == pytest.approx((2 * 70 + 2 * 50 - 4 * width) * width, rel=0.04)


def test_the_ink_fills_its_box():
    image = np.full((100, 100), 255, np.uint8)
    render(one_stroke(SQUARE, 0.02), image, (10, 20, 70, 50))
    rows, columns = np.nonzero(image < 128)
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (10, 20, 80, 70)


def test_a_flat_line_keeps_its_width():
    image = np.full((100, 100), 255, np.uint8)
    render(one_stroke([(0, 0), (1, 0)], 0.03), image, (10, 99, 70, 1))
    assert (255 - image).sum() / 255 == pytest.approx(67 * 3, rel=0.1)  # ends are cut straight


def test_edges_are_smooth():
    image = np.full((64, 64), 255, np.uint8)
    render(one_stroke([(0, 0), (1, 0.3), (0.4, 1)], 0.014), image, (2, 2, 60, 60))
    assert len(np.unique(image)) > 8


@pytest.mark.parametrize("side", [64, 100])
def test_sizes_follow_the_rule_of_augmented_copies(side):
    images = scribbles(np.arange(BLOCK), side, seed=2, smallest_share=0.75)
    longest = []
    for image in images:
        rows, columns = np.nonzero(image < 250)
        longest.append(max(np.ptp(rows), np.ptp(columns)) + 1)
    # A line ends with the edge of its pen, which at a slant may miss the box by a pixel.
    assert min(longest) >= 0.75 * side - 2
    assert max(longest) <= side
    assert len(set(longest)) > 8


def test_positions_count_from_zero():
    with pytest.raises(BadInput, match="counted from 0; there is none at -1"):
        scribbles(np.array([3, -1]), SIDE, seed=0)
    assert scribbles_at(np.array([], int), seed=0) == []


def test_scribbles_can_be_packed(tmp_path):
    packed = pack_scribbles(70, 32, 9, tmp_path / "hundred")
    assert (packed.info.name, packed.info.n_images) == ("hundred", 70)
    assert packed.info.turnable
    assert packed.info.licence == "CC0 1.0"
    assert packed.table["id"].tolist() == [f"scribble-9-{k}" for k in range(70)]
    drawn = scribbles(np.array([66]), 32, seed=9, smallest_share=1.0)
    np.testing.assert_array_equal(packed.gather(np.array([66])), drawn)
    assert check_set(packed).problems == ()


@pytest.mark.parametrize(
    ("n", "side", "seed", "wrong"),
    [(0, 32, 0, "number of scribbles"), (5, 15, 0, "side"), (5, 32, -1, "seed")],
)
def test_numbers_that_cannot_be_are_refused(tmp_path, n, side, seed, wrong):
    with pytest.raises(BadInput, match=f"The {wrong} must be at least"):
        pack_scribbles(n, side, seed, tmp_path / "set")
