import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from shapespace.errors import BadInput
from shapespace.evaluation.pictures.ssim import ssim


def drawing(seed: int, side: int = 40) -> torch.Tensor:
    """A few black strokes of random place on white paper, some of them grey."""
    random = np.random.default_rng(seed)
    page = np.ones((side, side), np.float32)
    for _ in range(4):
        row, column = random.integers(side, size=2)
        page[row] = random.uniform(0, 0.5)
        page[:, column] = 0.0
    return torch.from_numpy(page)[None, None]


@pytest.mark.parametrize(("height", "width"), [(11, 11), (40, 40), (33, 57)])
def test_it_agrees_with_scikit_image(height, width):
    random = np.random.default_rng(3)
    clean = random.uniform(size=(5, height, width)).astype(np.float32).round()
    other = (0.7 * clean + 0.3 * random.uniform(size=clean.shape)).astype(np.float32)
    expected = [
        structural_similarity(
            a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1
        )
        for a, b in zip(clean, other, strict=True)
    ]
    found = ssim(torch.from_numpy(clean)[:, None], torch.from_numpy(other)[:, None])
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_it_agrees_with_scikit_image_on_line_drawings():
    a, b = drawing(0), drawing(1)
    expected = structural_similarity(
        a[0, 0].numpy(), b[0, 0].numpy(),
        gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1,
    )  # fmt: skip
    assert ssim(a, b).item() == pytest.approx(expected, abs=2e-5)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_it_is_1_for_equal_images_symmetric_and_never_more_than_1(one, other):
    a, b = drawing(one), drawing(other)
    assert ssim(a, a).item() == pytest.approx(1, abs=1e-6)
    assert ssim(a, b).item() == pytest.approx(ssim(b, a).item(), abs=1e-6)
    assert -1 <= ssim(a, b).item() <= 1 + 1e-6


def test_black_against_white_leaves_only_the_stabiliser():
    # Means 0 and 1, no variance: (2*0*1 + C1) / (0 + 1 + C1) with C1 = 0.0001.
    black, white = torch.zeros(1, 1, 12, 12), torch.ones(1, 1, 12, 12)
    assert ssim(black, white).item() == pytest.approx(0.0001 / 1.0001, rel=1e-3)


def test_images_smaller_than_the_window_are_refused():
    with pytest.raises(BadInput, match="at least 11 x 11 pixels, got 10 x 40"):
        ssim(torch.ones(1, 1, 10, 40), torch.ones(1, 1, 10, 40))
