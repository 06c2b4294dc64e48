"""A contact sheet shows the images it names."""

import numpy as np
import pytest

from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.data.preview import contact_sheet, sample
from shapespace.errors import BadInput

SIDE = 24


@pytest.fixture
def packed(tmp_path):
    draw = np.random.default_rng(0)
    items = [
        Item(
            id=f"кошка {n} with a name that is much too long",
            scan=draw.integers(0, 256, (SIDE, SIDE), np.uint8),
            label="",
        )
        for n in range(10)
    ]
    info = SetInfo(name="toy", side=SIDE, n_images=0, bits=False, turnable=True)
    return pack(items, info, tmp_path / "toy")


def test_a_sample_is_seeded_sorted_and_without_repetition(packed):
    rows = sample(packed, 5, seed=1)
    assert np.array_equal(rows, sample(packed, 5, seed=1))
    assert not np.array_equal(rows, sample(packed, 5, seed=2))
    assert (np.diff(rows) > 0).all()
    assert sample(packed, 99, seed=0).tolist() == list(range(10))
    with pytest.raises(BadInput, match="at least 1"):
        sample(packed, 0, seed=0)


@pytest.mark.parametrize(("n", "columns"), [(1, 8), (5, 3), (10, 8)])
def test_every_image_stands_on_the_sheet_unchanged(packed, n, columns):
    rows = sample(packed, n, seed=0)
    sheet = np.asarray(contact_sheet(packed, rows, columns))
    places = np.lib.stride_tricks.sliding_window_view(sheet, (SIDE, SIDE))
    for scan in packed.gather(rows):
        assert (places == scan).all(axis=(2, 3)).sum() == 1
