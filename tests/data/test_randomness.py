"""Random streams depend on names and numbers only."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from shapespace.data.randomness import derive, numpy_stream, torch_stream

NUMBERS = st.integers(0, 2**40)


@given(NUMBERS, st.text(max_size=8), st.lists(NUMBERS, max_size=3))
def test_a_seed_fits_every_generator_and_is_always_the_same(seed, purpose, positions):
    first = derive(seed, purpose, *positions)
    assert 0 <= first < 2**63
    assert derive(seed, purpose, *positions) == first


def test_seeds_purposes_and_positions_all_matter():
    asked = [(s, p, k) for s in range(5) for p in ("copy", "order", "folds") for k in range(40)]
    assert len({derive(*one) for one in asked}) == len(asked)


def test_streams_repeat_and_do_not_disturb_each_other():
    alone = numpy_stream(3, "copy", 7).random(4)
    numpy_stream(3, "copy", 6).random(100)
    np.testing.assert_array_equal(numpy_stream(3, "copy", 7).random(4), alone)
    in_torch = torch.rand(4, generator=torch_stream(3, "noise", 7))
    torch.rand(100)
    assert torch.equal(torch.rand(4, generator=torch_stream(3, "noise", 7)), in_torch)


def test_neighbouring_positions_are_uncorrelated():
    draws = np.stack([numpy_stream(0, "copy", k).random(400) for k in range(20)])
    between = np.corrcoef(draws)[np.triu_indices(20, 1)]
    assert np.abs(between).max() < 0.2  # four standard deviations of 1 / sqrt(400)
