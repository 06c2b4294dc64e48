"""Shares of a minibatch are, to the bit, its rows."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shapespace.data.noise import salt_and_pepper
from shapespace.data.transfer import WHOLE, Share, to_device

CPU = torch.device("cpu")


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5), st.data())
def test_parts_of_the_sources_of_a_share_are_the_rows_of_the_share(counts, data):
    n = sum(counts)
    first = data.draw(st.integers(0, n))
    share = Share(first, data.draw(st.integers(first, n)), n)
    owners = [(k, i) for k, count in enumerate(counts) for i in range(count)]
    begins = np.cumsum([0, *counts])
    found = [
        (k, i)
        for k, count in enumerate(counts)
        for i in list(range(count))[share.within(int(begins[k]), count) if n else slice(0)]
    ]
    assert found == (owners[share.rows] if n else [])


def test_the_whole_takes_everything():
    assert list(range(7))[WHOLE.rows] == list(range(7))
    assert WHOLE.within(40, 7) == slice(0, 7)


@pytest.mark.parametrize("scope", ["image", "batch"])
def test_a_share_is_damaged_like_its_rows_of_the_whole(scope):
    images = torch.rand(7, 1, 9, 9, generator=torch.Generator().manual_seed(0))
    levels = torch.tensor([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
    if scope == "batch":
        levels = levels[3:4]

    def damaged(share: Share) -> torch.Tensor:
        level = levels[share.rows] if scope == "image" else levels
        stream = torch.Generator().manual_seed(4)
        return salt_and_pepper(
            images[share.rows], level, generator=stream, scope=scope, share=share
        )

    assert torch.equal(damaged(Share(2, 5, 7)), damaged(WHOLE)[2:5])


def test_an_array_goes_to_the_cpu_as_it_is():
    array = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert to_device(array, CPU).tolist() == array.tolist()
