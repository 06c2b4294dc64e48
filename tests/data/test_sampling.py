"""Sources: rounds in which each image comes once, and series that share nothing."""

import numpy as np
import pytest
import torch

from shapespace.data.augmentation import UPRIGHT, Turns
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.data.sampling import PackedSource, ScribbleSource

CPU = torch.device("cpu")
N = 7


@pytest.fixture(scope="module", params=[True, False], ids=["turnable", "fixed"])
def packed(request, tmp_path_factory):
    """Seven drawings of the letter L, told apart by their proportions."""
    scans = np.full((N, 40, 40), 255, np.uint8)
    for k, scan in enumerate(scans):
        scan[5:35, 8:11] = 0
        scan[32:35, 8 : 16 + 3 * k] = 0
    info = SetInfo(name="L", side=40, n_images=0, bits=False, turnable=request.param)
    items = [Item(id=f"L{k}", scan=scan) for k, scan in enumerate(scans)]
    return pack(items, info, tmp_path_factory.mktemp("sets") / "L")


def source_of(packed, rows=None, **changes) -> PackedSource:
    options = {"side": 32, "turns": Turns(), "smallest_share": 0.75, "seed": 5, "device": CPU}
    return PackedSource(packed, np.arange(N) if rows is None else rows, **options | changes)


def test_every_image_comes_once_a_round_and_rounds_differ(packed):
    source = source_of(packed)
    rounds = [source.ids(np.arange(r * N, (r + 1) * N)) for r in range(6)]
    assert all(sorted(ids) == [f"L{k}" for k in range(N)] for ids in rounds)
    assert len({tuple(ids) for ids in rounds}) > 1


def test_a_batch_may_span_rounds(packed):
    source = source_of(packed)
    whole = source.ids(np.arange(4 * N))
    assert source.ids(np.arange(5, 3 * N + 2)) == whole[5 : 3 * N + 2]
    assert source.images(np.arange(5, 3 * N + 2)).shape == (3 * N - 3, 1, 32, 32)


def test_only_the_given_rows_are_shown(packed):
    source = source_of(packed, rows=np.array([1, 4]))
    assert set(source.ids(np.arange(20))) == {"L1", "L4"}


def test_the_same_positions_give_the_same_images(packed):
    first = source_of(packed).images(np.arange(10, 20))
    source = source_of(packed)
    source.images(np.arange(0, 10))
    assert torch.equal(source.images(np.arange(10, 20)), first)
    assert not torch.equal(source_of(packed, seed=6).images(np.arange(10, 20)), first)


def test_sets_that_may_not_be_turned_are_never_turned(packed):
    source = source_of(packed, turns=Turns(rotation=0.0, shear=0.0))
    copies = source.images(np.arange(20 * N))[:, 0]
    ink = 1 - copies
    columns = torch.arange(32.0)
    middle = (ink.sum(dim=1) * columns).sum(dim=1) / ink.sum(dim=(1, 2))
    seen = ink.amax(dim=1) > 0.5
    left = (seen.float() * torch.arange(32, 0, -1)).argmax(dim=1)
    right = 31 - seen.flip(1).float().mul(torch.arange(32, 0, -1)).argmax(dim=1)
    stem_on_the_left = middle < (left + right) / 2
    if packed.info.turnable:
        assert 0.35 < stem_on_the_left.float().mean() < 0.65  # 140 fair coins, 3.5 deviations
    else:
        assert stem_on_the_left.all()
        assert source.turns == UPRIGHT
        # An upright stem keeps its edges: hardly any column of the copies is half inked.
        assert source_of(packed, turns=Turns(rotation=90.0)).turns == UPRIGHT


def series(part, seed=0) -> ScribbleSource:
    return ScribbleSource(part, side=32, smallest_share=0.75, seed=seed, device=CPU)


def test_scribbles_of_different_parts_and_seeds_share_nothing():
    sources = [
        series(part, seed) for part in ("train", "validation", "test") for seed in (0, 1)
    ]
    ids = [name for source in sources for name in source.ids(np.arange(40))]
    assert len(set(ids)) == len(ids) == 240
    pictures = [image.numpy().tobytes() for s in sources for image in s.images(np.arange(40))]
    assert len(set(pictures)) == 240


def test_scribbles_are_grey_values_and_the_same_whenever_asked():
    images = series("train").images(np.arange(100, 110))
    assert images.shape == (10, 1, 32, 32)
    assert images.dtype == torch.float32
    assert (images.min(), images.max()) == (0, 1)
    assert torch.equal(series("train").images(np.arange(105, 107)), images[5:7])
