"""Augmented copies against a slow and obvious way, and by their distribution."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy.stats import kstest

from shapespace.data.augmentation import (
    UPRIGHT,
    Turns,
    draw_turns,
    draw_warps,
    inverse_maps,
    plain_maps,
    warp,
    warp_together,
)
from shapespace.data.hulls import hull_points, ink_points
from shapespace.data.placement import Placement
from shapespace.errors import BadInput

STORED = 96
"""Side of the images that are copied, in pixels."""


def seeded(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawing(seed: int, side: int = STORED, width: int = 3) -> np.ndarray:
    """A few thick lines and an arc somewhere on the paper."""
    draw = seeded(seed)
    image = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(image)
    corners = draw.uniform(0.15, 0.85, (5, 2)) * side
    pen.line([tuple(corner) for corner in corners], fill=0, width=width, joint="curve")
    low, high = draw.uniform(0.15, 0.4, 2) * side, draw.uniform(0.6, 0.85, 2) * side
    pen.arc([*low, *high], 0, 300, fill=0, width=width)
    return np.asarray(image)


def hulls_of(scans: np.ndarray) -> np.ndarray:
    return np.stack([hull_points(ink_points(scan)) for scan in scans])


def slow_copy(
    scan: np.ndarray, linear: np.ndarray, side: int, box: tuple[int, int, int, int]
) -> np.ndarray:
    """Turn, find the ink, crop, resize and paste one image, as the study did with files."""
    larger = 4  # so that turning hardly blurs
    canvas = 3 * len(scan) * larger
    back = np.linalg.inv(linear)
    # The middle of the image goes to the middle of the large canvas.
    shift = np.full(2, len(scan) / 2) - back @ np.full(2, canvas / larger / 2)
    turned = Image.fromarray(255 - scan).transform(
        (canvas, canvas),
        Image.Transform.AFFINE,
        (*(back[0] / larger), shift[0], *(back[1] / larger), shift[1]),
        Image.Resampling.BILINEAR,
    )
    rows, columns = np.nonzero(np.asarray(turned) > 127)
    cropped = turned.crop(
        (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    )
    left, top, width, height = box
    paper = Image.new("L", (side, side), 0)
    paper.paste(cropped.resize((width, height), Image.Resampling.BOX), (left, top))
    return 1 - np.asarray(paper) / 255


def boxes(placement: Placement) -> np.ndarray:
    return np.stack([placement.left, placement.top, placement.width, placement.height], axis=1)


@pytest.mark.parametrize("turns", [UPRIGHT, Turns()], ids=["upright", "turned"])
@pytest.mark.parametrize("side", [32, 64, 96])
def test_copies_agree_with_the_slow_way(turns, side):
    scans = np.stack([drawing(seed) for seed in range(12)])
    hulls = hulls_of(scans)
    warps = draw_warps(
        hulls, side=side, smallest_share=0.75, turns=turns, generator=seeded(side)
    )
    linear = draw_turns(len(scans), turns, seeded(side))  # drawn first, from the same stream
    fast = warp(torch.from_numpy(scans), warps.matrices, side).numpy()[:, 0]
    for scan, matrix, box, copy in zip(
        scans, linear, boxes(warps.placement).tolist(), fast, strict=True
    ):
        slow = slow_copy(scan, matrix, side, tuple(box))
        # Both smooth edges in their own way; strokes shifted by a pixel would differ by more
        # than 0.06 on average, and correlate below 0.8.
        assert np.abs(slow - copy).mean() < 0.02
        assert np.corrcoef(slow.ravel(), copy.ravel())[0, 1] > 0.95
        assert copy.mean() == pytest.approx(slow.mean(), abs=0.006)
        rows, columns = np.nonzero(copy < 0.5)
        ink = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        placed = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
        assert np.abs(np.subtract(ink, placed)).max() <= 1


def test_the_box_of_a_turned_drawing_is_that_of_all_its_ink():
    scans = np.stack([drawing(seed) for seed in range(30)])
    warps = draw_warps(
        hulls_of(scans), side=64, smallest_share=0.5, turns=Turns(), generator=seeded(0)
    )
    for scan, matrix, box in zip(scans, warps.matrices, boxes(warps.placement), strict=True):
        points = ink_points(scan)
        forward = np.linalg.inv(matrix[:, :2])
        placed = (points - matrix[:, 2]) @ forward.T
        assert placed.min(axis=0) == pytest.approx(box[:2], abs=0.1)
        assert placed.max(axis=0) == pytest.approx(box[:2] + box[2:], abs=0.1)


def shares_of_turns(turns: Turns, n: int = 4000) -> np.ndarray:
    return draw_turns(n, turns, seeded(1))


def test_half_of_the_copies_are_mirrored():
    mirrored = np.linalg.det(shares_of_turns(Turns())) < 0
    assert mirrored.mean() == pytest.approx(0.5, abs=4 * 0.5 / 4000**0.5)


def test_angles_are_uniform_between_minus_and_plus_fifteen_degrees():
    linear = shares_of_turns(Turns(flip=0.0, shear=0.0))
    np.testing.assert_allclose(
        linear @ linear.transpose(0, 2, 1), [np.eye(2)] * 4000, atol=1e-12
    )
    angles = np.rad2deg(np.arctan2(linear[:, 1, 0], linear[:, 0, 0]))
    assert kstest(angles, "uniform", (-15, 30)).pvalue > 0.001


def test_shears_are_uniform_between_minus_and_plus_fifteen_degrees():
    linear = shares_of_turns(Turns(flip=0.0, rotation=0.0))
    np.testing.assert_allclose(linear[:, 1], [[0, 1]] * 4000)
    np.testing.assert_allclose(linear[:, 0, 0], 1)
    angles = np.rad2deg(np.arctan(linear[:, 0, 1]))
    assert kstest(angles, "uniform", (-15, 30)).pvalue > 0.001


def test_the_order_of_turning_and_shearing_is_random():
    linear = shares_of_turns(Turns(flip=0.0))
    # Sheared first: the horizontal axis is only rotated. Sheared last: rows of y stay rotated.
    sheared_first = np.isclose(np.linalg.norm(linear[:, :, 0], axis=1), 1)
    sheared_last = np.isclose(np.linalg.norm(linear[:, 1], axis=1), 1)
    assert (sheared_first ^ sheared_last).mean() > 0.99
    assert sheared_first.mean() == pytest.approx(0.5, abs=0.04)


def test_upright_copies_are_not_turned():
    np.testing.assert_allclose(shares_of_turns(UPRIGHT), [np.eye(2)] * 4000)


@pytest.mark.parametrize(
    "wrong",
    [{"flip": 1.5}, {"flip": -0.1}, {"rotation": 181.0}, {"rotation": -1.0}, {"shear": 80.0}],
)
def test_turns_that_cannot_be_are_refused(wrong):
    with pytest.raises(BadInput, match="must lie in 0"):
        Turns(**wrong)


@pytest.mark.parametrize(("stored", "side"), [(256, 64), (224, 64), (224, 128), (128, 100)])
def test_one_pixel_strokes_keep_their_ink_and_never_break_when_they_shrink(stored, side):
    rows = np.arange(20, stored - 20)
    slanted = np.full((stored, stored), 255, np.uint8)
    slanted[rows, (0.37 * rows + 40).astype(int)] = 0
    image = Image.new("L", (stored, stored), 255)
    ImageDraw.Draw(image).ellipse([20, 20, stored - 21, stored - 40], outline=0)
    circle = np.asarray(image)
    scans = np.stack([slanted, circle])
    copies = warp(torch.from_numpy(scans), plain_maps(2, side=side, stored_side=stored), side)
    ink = 1 - copies.numpy()[:, 0]
    before = (scans == 0).sum(axis=(1, 2)) * (side / stored) ** 2
    assert ink.sum(axis=(1, 2)) == pytest.approx(before, rel=0.03)
    # The slanted line crosses every row once: each has its share of the ink.
    first, last = int(20 * side / stored) + 1, int((stored - 20) * side / stored) - 1
    in_rows = ink[0, first:last].sum(axis=1)
    assert in_rows == pytest.approx(np.full(len(in_rows), side / stored), rel=0.12)
    # The ellipse crosses every row in its middle half twice: both sides are there.
    middle = slice(side * 3 // 8, side * 5 // 8)
    for half in (slice(0, side // 2), slice(side // 2, side)):
        assert ink[1, middle, half].sum(axis=1).min() > 0.6 * side / stored


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_shrinking_by_a_whole_number_is_the_mean_of_each_block(factor):
    scans = seeded(0).integers(0, 256, (3, 48, 48), np.uint8)
    side = 48 // factor
    ours = warp(torch.from_numpy(scans), plain_maps(3, side=side, stored_side=48), side)
    blocks = scans.reshape(3, side, factor, side, factor).mean(axis=(2, 4)) / 255
    np.testing.assert_allclose(
        ours.numpy()[:, 0], blocks, atol=0.501 / 255
    )  # whole grey levels


def test_outside_the_stored_image_is_paper():
    black = torch.zeros((1, 20, 20), dtype=torch.uint8)
    shifted = np.array([[[1.0, 0, -5], [0, 1.0, 0]]])
    copy = warp(black, shifted, 20)[0, 0]
    assert torch.equal(copy[:, :4], torch.ones(20, 4))
    assert copy[:, 6:].max() < 1e-4


def test_copies_do_not_depend_on_what_else_is_in_the_batch():
    scans = torch.from_numpy(np.stack([drawing(seed) for seed in range(6)]))
    maps = plain_maps(6, side=32, stored_side=STORED)
    maps[:, :, :2] *= np.array([0.3, 0.6, 1, 0.3, 0.6, 1])[:, None, None]  # 1, 2 and 3 samples
    together = warp(scans, maps, 32)
    for k in range(6):
        alone = warp(scans[k : k + 1], maps[k : k + 1], 32)
        assert torch.allclose(together[k : k + 1], alone, atol=1e-6)


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 2**32),
    st.integers(16, 80),
    st.floats(0.2, 1),
    st.floats(0, 180),
    st.floats(0, 60),
)
def test_copies_are_grey_values_with_their_ink_in_the_drawn_box(
    seed, side, share, rotation, shear
):
    scans = np.stack([drawing(seed % 7), drawing(seed % 7 + 1)])
    warps = draw_warps(
        hulls_of(scans),
        side=side,
        smallest_share=share,
        turns=Turns(rotation=rotation, shear=shear),
        generator=seeded(seed),
    )
    copies = warp(torch.from_numpy(scans), warps.matrices, side)
    assert copies.dtype == torch.float32
    assert copies.min() >= 0
    assert copies.max() <= 1
    for copy, (left, top, width, height) in zip(
        copies[:, 0], boxes(warps.placement).tolist(), strict=True
    ):
        outside = torch.ones_like(copy, dtype=torch.bool)
        outside[max(top - 2, 0) : top + height + 2, max(left - 2, 0) : left + width + 2] = False
        assert bool((copy[outside] == 1).all())


def test_mirroring_the_map_mirrors_the_copy():
    scan = drawing(4)
    corner = np.zeros((1, 2))
    extent = np.full((1, 2), float(STORED))
    whole = Placement(*(np.array([v]) for v in (0, 0, STORED, STORED)))
    mirror = np.array([[[-1.0, 0], [0, 1.0]]])
    maps = inverse_maps(mirror, corner - [[STORED, 0]], extent, whole)
    copy = warp(torch.tensor(scan[None]), maps, STORED)[0, 0].numpy()
    np.testing.assert_allclose(copy, scan[:, ::-1] / 255, atol=1e-4)


@pytest.mark.parametrize("side", [32, 64, 96])
def test_image_by_image_and_all_together_differ_by_little_more_than_a_grey_level(side):
    scans = np.stack([drawing(seed) for seed in range(8)])
    drawn = draw_warps(
        hulls_of(scans), side=side, smallest_share=0.75, turns=Turns(), generator=seeded(5)
    )
    steps = np.linalg.norm(drawn.matrices[:, :, :2], axis=1).max(axis=1)
    factor = int(np.ceil(steps.max()))
    alike = np.ceil(steps - 0.05) == factor
    each = warp(torch.from_numpy(scans[alike]), drawn.matrices[alike], side)
    together = warp_together(
        torch.from_numpy(scans[alike]), drawn.matrices[alike], side, factor
    )
    assert alike.any()
    assert (each - together).abs().max() < 1.5 / 255
    assert (each - together).abs().mean() < 0.1 / 255
