"""Salt and pepper: the stated share of pixels is hit, half of them black."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.data.noise import draw_levels, salt_and_pepper
from shapespace.errors import BadInput

GREY = torch.full((4, 1, 64, 64), 0.5)  # neither salt nor pepper: every hit shows


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("scope", ["image", "batch"])
@pytest.mark.parametrize("level", [0.0, 0.1, 0.25, 0.55, 1.0])
def test_level_is_the_share_of_pixels_hit(level, scope):
    noisy = salt_and_pepper(GREY, level, generator=seeded(0), scope=scope)
    assert (noisy != GREY).float().mean().item() == pytest.approx(level, abs=0.02)


@pytest.mark.parametrize("level", [0.1, 0.55, 1.0])
def test_half_of_the_hits_are_black_and_half_white(level):
    noisy = salt_and_pepper(GREY, level, generator=seeded(1))
    hits = noisy[noisy != GREY]
    assert set(hits.unique().tolist()) == {0.0, 1.0}
    # three standard deviations of a fair coin thrown as often as there were hits
    assert hits.mean().item() == pytest.approx(0.5, abs=1.5 / len(hits) ** 0.5)


def test_hits_are_spread_evenly_over_the_image():
    noisy = salt_and_pepper(torch.full((8, 1, 64, 64), 0.5), 0.25, generator=seeded(2))
    quarters = (noisy != 0.5).float().unfold(2, 32, 32).unfold(3, 32, 32).mean(dim=(0, 1, 4, 5))
    assert quarters.tolist() == [pytest.approx([0.25, 0.25], abs=0.02)] * 2


def test_the_target_stays_clean():
    before = GREY.clone()
    salt_and_pepper(GREY, 0.5, generator=seeded(0))
    assert torch.equal(GREY, before)


def test_every_image_has_its_own_mask():
    hit = salt_and_pepper(GREY, 0.25, generator=seeded(3)) != GREY
    assert all(not torch.equal(hit[0], other) for other in hit[1:])


def test_a_shared_mask_is_the_same_on_all_images_of_a_batch():
    images = torch.rand((5, 1, 32, 32), generator=seeded(4)) * 0.8 + 0.1
    noisy = salt_and_pepper(images, 0.25, generator=seeded(3), scope="batch")
    for value in (0.0, 1.0):
        assert all(torch.equal(one == value, noisy[0] == value) for one in noisy)
    untouched = (noisy[0] != 0) & (noisy[0] != 1)
    assert torch.equal(noisy[:, untouched], images[:, untouched])


@settings(deadline=None, max_examples=25)
@given(st.floats(0, 1), st.integers(0, 2**62), st.sampled_from(["image", "batch"]))
def test_noise_comes_from_the_seed_alone(level, seed, scope):
    first = salt_and_pepper(GREY, level, generator=seeded(seed), scope=scope)
    torch.rand(10)
    assert torch.equal(first, salt_and_pepper(GREY, level, generator=seeded(seed), scope=scope))


def test_each_image_may_have_its_own_level():
    levels = torch.tensor([0.0, 0.1, 0.5, 1.0])
    noisy = salt_and_pepper(GREY, levels, generator=seeded(5))
    shares = (noisy != GREY).float().mean(dim=(1, 2, 3))
    assert shares.tolist() == pytest.approx(levels.tolist(), abs=0.03)


def test_drawn_levels_are_equally_frequent():
    drawn = draw_levels((0.0, 0.1, 0.55), 6000, generator=seeded(6))
    values, counts = drawn.unique(return_counts=True)
    assert values.tolist() == pytest.approx([0.0, 0.1, 0.55])
    assert counts.tolist() == pytest.approx([2000] * 3, abs=150)


@pytest.mark.parametrize("level", [10.0, -0.1, 1.01, float("nan")])
def test_a_percentage_is_refused_with_advice(level):
    with pytest.raises(BadInput, match=r"For 10 % noise pass 0\.1"):
        salt_and_pepper(GREY, level, generator=seeded(0))


def test_one_wrong_level_among_many_is_refused():
    with pytest.raises(BadInput, match="between 0 and 1"):
        salt_and_pepper(GREY, torch.tensor([0.1, 0.1, 25, 0.1]), generator=seeded(0))


def test_half_precision_stays_half_precision():
    noisy = salt_and_pepper(GREY.to(torch.bfloat16), 0.1, generator=seeded(0))
    assert noisy.dtype == torch.bfloat16
    assert set(noisy.unique().tolist()) == {0.0, 0.5, 1.0}
