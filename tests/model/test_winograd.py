"""Winograd's algorithm against the direct convolution."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.model.published import PublishedConfig, SketchANet
from shapespace.model.winograd import transforms, winograd_conv2d


@settings(max_examples=25, deadline=None)
@given(
    shape=st.tuples(
        st.integers(1, 3), st.integers(1, 4), st.integers(5, 13), st.integers(5, 13)
    ),
    n_out=st.integers(1, 4),
    kernel_and_tile=st.sampled_from([(3, 2), (3, None), (3, 4), (5, 2), (5, None)]),
    padding=st.integers(0, 2),
)
def test_values_and_gradients_equal_the_direct_convolution(
    shape, n_out, kernel_and_tile, padding
):
    kernel, tile = kernel_and_tile
    stream = torch.Generator().manual_seed(sum(shape))
    maps = torch.randn(shape, generator=stream, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(
        n_out,
        shape[1],
        kernel,
        kernel,
        generator=stream,
        dtype=torch.float64,
        requires_grad=True,
    )
    bias = torch.randn(n_out, generator=stream, dtype=torch.float64, requires_grad=True)
    direct = F.conv2d(maps, weight, bias, padding=padding)
    fast = winograd_conv2d(maps, weight, bias, padding=padding, tile=tile)
    torch.testing.assert_close(fast, direct, rtol=1e-10, atol=1e-10)
    upstream = torch.randn(direct.shape, generator=stream, dtype=torch.float64)
    for got, expected in zip(
        torch.autograd.grad(fast, (maps, weight, bias), upstream),
        torch.autograd.grad(direct, (maps, weight, bias), upstream),
        strict=True,
    ):
        torch.testing.assert_close(got, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("kernel", "side", "padding"), [(3, 14, 1), (5, 34, 0)])
def test_float32_rounds_little_more_than_the_direct_convolution(kernel, side, padding):
    stream = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 32, side, side, generator=stream)
    weight = torch.randn(16, 32, kernel, kernel, generator=stream)
    exact = F.conv2d(maps.double(), weight.double(), padding=padding)
    fast = winograd_conv2d(maps, weight, padding=padding)
    assert float((fast - exact).norm() / exact.norm()) < 1e-5


def test_the_transforms_of_f_2_3_compute_a_filter_of_one_row():
    # One dimension by hand: y_i = sum_k d_(i+k) g_k for two outputs of a kernel of three.
    to_images, to_kernels, back = transforms(2, 3)
    d, g = np.array([1.0, 2, 3, 4]), np.array([5.0, 6, 7])
    square_d, square_g = np.outer(d, d).ravel(), np.outer(g, g).ravel()
    y = back.numpy() @ ((to_kernels.numpy() @ square_g) * (to_images.numpy() @ square_d))
    row = np.array([1 * 5 + 2 * 6 + 3 * 7, 2 * 5 + 3 * 6 + 4 * 7])
    np.testing.assert_allclose(y, np.outer(row, row).ravel())


def test_the_encoder_gives_the_same_codes_in_training_as_in_evaluation():
    encoder = SketchANet(PublishedConfig(encoder_dropout=False))
    images = torch.rand(2, 1, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        trained, evaluated = encoder.train()(images), encoder.eval()(images)
    torch.testing.assert_close(trained, evaluated, rtol=1e-3, atol=1e-5)
