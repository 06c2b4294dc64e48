"""The built-in drawings are a set like any other, packed when they are needed."""

import numpy as np
import pytest

from shapespace.data.builtin import THINNEST, drawings_set, pack_drawings
from shapespace.data.home import data_home
from shapespace.data.packed import PackedSet


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SHAPESPACE_DATA", str(tmp_path))


# Fold 0 of the published study: one item of each category.
FOLD_0 = {
    "television", "igloo", "broccoli", "glass", "ant", "donkey", "blouse", "apple", "dandelion",
    "car", "eagle", "axe",
}  # fmt: skip


def test_they_are_the_sixty_items_in_an_order_that_deals_the_published_folds():
    packed = drawings_set(64)
    assert len(packed) == 60
    assert set(packed.table["id"][::5]) == FOLD_0
    assert packed.table["class"].value_counts().tolist() == [5] * 12
    assert packed.table["group"].is_unique
    assert packed.info.skipped == ()
    assert packed.info.notes == ()


def test_they_say_that_they_stand_in_and_may_not_be_turned():
    info = drawings_set(32).info
    assert info.stand_in
    assert not info.turnable
    assert info.licence == "CC0 1.0"


def test_they_are_packed_once_and_again_only_if_they_are_out_of_date():
    first = drawings_set(32)
    stamp = (first.directory / "set.json").stat().st_mtime_ns
    again = drawings_set(32)
    assert (again.directory / "set.json").stat().st_mtime_ns == stamp
    text = (first.directory / "set.json").read_text()
    (first.directory / "set.json").write_text(text.replace("SHA-256 ", "SHA-256 0"))
    assert drawings_set(32).info == first.info


def test_a_damaged_set_is_packed_again():
    packed = drawings_set(32)
    (packed.directory / "hulls.npy").write_bytes(b"")
    assert len(drawings_set(32)) == 60


def test_sides_lie_beside_each_other_and_small_ones_are_stored_twice_as_large():
    assert drawings_set().info.side == 224
    assert drawings_set(32).info.side == 64
    assert drawings_set().info.name == drawings_set(32).info.name == "drawings"
    assert sorted(p.name for p in data_home().iterdir()) == ["drawings", "drawings-32"]


def test_small_drawings_have_wider_lines_for_their_size(tmp_path):
    def ink(packed: PackedSet) -> np.ndarray:
        return 1 - packed.gather(np.arange(60)).mean(axis=(1, 2)) / 255

    # Lines of 3 in 300 would be .32 pixels wide at 32; THINNEST makes them 3.75 times as wide.
    # Lines that touch take some of that away, and round ends and dots grow with the square.
    wider = ink(pack_drawings(32, tmp_path / "elsewhere")) / ink(drawings_set())
    assert 2.5 < np.median(wider) < THINNEST * 300 / 32 / 3
    assert wider.min() > 1.5
