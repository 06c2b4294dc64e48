"""Minibatches of mixed sources."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shapespace.data.batches import make_batches, rescale_mixture, split_sets
from shapespace.data.config import DataConfig
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.data.scribbles import scribbles
from shapespace.data.transfer import Share
from shapespace.errors import BadInput

CPU = torch.device("cpu")
STUDY = {"drawings": 21, "additional": 24, "tuberlin": 41, "sketchy": 42}


def test_the_whole_mixture_is_kept_as_it_is():
    assert rescale_mixture(STUDY, set(STUDY)) == STUDY


def test_missing_sets_are_made_up_for_by_largest_remainders():
    # 21 and 41 of 62 become 43.35 and 84.65 of 128: 43 and 84, and one more for the .65.
    assert rescale_mixture(STUDY, {"drawings", "tuberlin"}) == {"drawings": 43, "tuberlin": 85}
    # 21, 24 and 41 of 86 become 31.26, 35.72 and 61.02 of 128.
    assert rescale_mixture(STUDY, set(STUDY) - {"sketchy"}) == {
        "drawings": 31,
        "additional": 36,
        "tuberlin": 61,
    }


@given(
    st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 200), min_size=1),
    st.sets(st.sampled_from("abcdefg")),
)
def test_rescaling_keeps_the_size_and_the_proportions(mixture, at_hand):
    kept = {name: n for name, n in mixture.items() if n and name in at_hand}
    if not kept:
        with pytest.raises(BadInput, match="None of the sets of the mixture"):
            rescale_mixture(mixture, at_hand)
        return
    counts = rescale_mixture(mixture, at_hand)
    assert set(counts) == set(kept)
    assert sum(counts.values()) == sum(mixture.values())
    for name, n in kept.items():
        assert abs(counts[name] - n * sum(mixture.values()) / sum(kept.values())) < 1


def test_a_mixture_without_any_set_at_hand_names_what_it_wants():
    with pytest.raises(BadInput, match=r"\(a, b\).*shapespace data add"):
        rescale_mixture({"a": 3, "b": 1, "c": 0}, {"c"})


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    packed = {}
    for name, turnable, n in (("fixed", False, 10), ("turned", True, 25)):
        scans = scribbles(np.arange(n), 32, seed=n)
        info = SetInfo(name=name, side=32, n_images=0, bits=False, turnable=turnable)
        items = [Item(id=f"{name}-{k}", scan=scan) for k, scan in enumerate(scans)]
        packed[name] = pack(items, info, tmp_path_factory.mktemp("sets") / name)
    return packed


CONFIG = DataConfig(side=24, mixture={"fixed": 3, "turned": 5, "scribbles": 4})


def batches(sets, part="train", *, fold=0, seed=1, config=CONFIG):
    split = split_sets(sets, config, seed=seed)
    return make_batches(sets, split, config, part, fold=fold, seed=seed, device=CPU)


def test_every_minibatch_has_the_stated_counts(sets):
    made = batches(sets)
    assert made.size == CONFIG.batch_size == 12
    for step in (0, 1, 17):
        batch = made.labelled(step)
        assert batch.images.shape == (12, 1, 24, 24)
        assert batch.sources == ["fixed"] * 3 + ["turned"] * 5 + ["scribbles"] * 4
        assert [name.split("-")[0].rstrip("s") for name in batch.ids] == [
            name.rstrip("s") for name in batch.sources
        ]


def test_a_step_is_the_same_whenever_it_is_asked_for(sets):
    made = batches(sets)
    in_turn = [made.images(step) for step in range(4)]
    again = batches(sets)
    for step in (3, 1, 2, 0):
        assert torch.equal(again.images(step), in_turn[step])
    assert not torch.equal(in_turn[0], in_turn[1])
    assert torch.equal(made.labelled(2).images, in_turn[2])


@pytest.mark.parametrize(("first", "last"), [(0, 2), (2, 9), (3, 8), (8, 12), (0, 12)])
def test_a_share_holds_the_same_images_to_the_bit(sets, first, last):
    made = batches(sets)
    share = Share(first, last, made.size)
    assert torch.equal(made.images(3, share), made.images(3)[first:last])


def test_seeds_and_folds_give_different_minibatches(sets):
    first = batches(sets).images(0)
    assert not torch.equal(batches(sets, seed=2).images(0), first)
    assert not torch.equal(batches(sets, fold=1).images(0), first)


@pytest.mark.parametrize("rule", ["index", "grouped"])
def test_parts_share_no_stimulus_and_together_show_all(sets, rule):
    config = DataConfig(side=24, mixture=CONFIG.mixture, fold_rule=rule)
    for fold in (0, 3):
        shown = []
        for part in ("train", "validation", "test"):
            made = batches(sets, part, fold=fold, config=config)
            shown.append({name for step in range(8) for name in made.labelled(step).ids})
        assert not shown[0] & shown[1]
        assert not shown[0] & shown[2]
        assert not shown[1] & shown[2]
        packed = {name for name in set.union(*shown) if not name.startswith("scribble")}
        assert packed == {name for one in sets.values() for name in one.table["id"]}


def test_a_missing_set_leaves_a_batch_of_the_same_size(sets):
    made = batches({"turned": sets["turned"]})
    assert made.counts == {"turned": 7, "scribbles": 5}  # 6.67 and 5.33 of 12
    assert made.images(0).shape[0] == 12


def test_every_image_of_a_part_comes_once_a_round(sets):
    made = batches(sets, config=DataConfig(side=24, mixture={"turned": 5}))
    shown = [name for step in range(3) for name in made.labelled(step).ids]  # 15 of 25
    assert len(set(shown)) == 15
    next_round = [name for step in range(3, 6) for name in made.labelled(step).ids]
    assert set(next_round) == set(shown)
