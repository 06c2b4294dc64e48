"""A packed set on disk is opened, read in parts, and refused where it is not whole."""

import json
from pathlib import Path

import numpy as np
import pytest

from shapespace.data.packed import COLUMNS, PackedSet, SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import BadInput

SIDE = 10


@pytest.fixture
def directory(tmp_path) -> Path:
    draw = np.random.default_rng(0)
    items = [
        Item(
            id=f"0{n}",
            scan=draw.integers(0, 256, (SIDE, SIDE), np.uint8),
            label="NA" if n else "",
        )
        for n in range(5)
    ]
    info = SetInfo(
        name="toy",
        side=SIDE,
        n_images=0,
        bits=False,
        turnable=False,
        licence="CC0",
        notes=("n",),
    )
    return pack(items, info, tmp_path / "toy").directory


def rewritten(directory: Path, **changes: object) -> None:
    path = directory / "set.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_set_says_of_itself_what_it_was_packed_with(directory):
    info = PackedSet(directory).info
    assert (info.name, info.side, info.n_images) == ("toy", SIDE, 5)
    assert (info.licence, info.notes, info.turnable) == ("CC0", ("n",), False)


def test_the_table_is_text_where_it_should_be(directory):
    table = PackedSet(directory).table
    assert table.columns.tolist() == COLUMNS
    assert table["id"].tolist() == ["00", "01", "02", "03", "04"]
    assert table["class"].tolist() == ["", "NA", "NA", "NA", "NA"]


def test_gathered_images_are_copies_that_may_be_changed(directory):
    packed = PackedSet(directory)
    packed.gather(np.array([0]))[:] = 7
    assert not (packed.gather(np.array([0])) == 7).all()
    assert len(packed) == 5


def test_pixels_stay_on_disk_until_they_are_asked_for(directory):
    assert isinstance(PackedSet(directory)._pixels, np.memmap)


def test_no_set_is_refused_with_advice(tmp_path):
    with pytest.raises(BadInput, match="`shapespace data list`"):
        PackedSet(tmp_path)


def test_another_format_is_refused_with_advice(directory):
    rewritten(directory, format=99)
    with pytest.raises(BadInput, match="has format 99"):
        PackedSet(directory)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("set.json", b"{"),
        ("set.json", b"{}"),
        ("set.json", b"[]"),
        ("table.csv", b""),
        ("table.csv", b"id,class\n1,2\n"),
        ("hulls.npy", b"no array"),
        ("images.npy", b"\x93NUMPY"),
    ],
)
def test_damaged_files_are_refused_with_advice(directory, name, content):
    (directory / name).write_bytes(content)
    with pytest.raises(BadInput, match=r"damaged.*Pack it again"):
        PackedSet(directory)


def test_a_missing_file_is_damage(directory):
    (directory / "images.npy").unlink()
    with pytest.raises(BadInput, match="damaged"):
        PackedSet(directory)


def test_parts_that_do_not_fit_together_are_damage(directory):
    hulls = np.load(directory / "hulls.npy")
    np.save(directory / "hulls.npy", hulls[:-1])
    with pytest.raises(BadInput, match="do not fit together"):
        PackedSet(directory)


def test_a_table_that_was_changed_is_damage(directory):
    lines = (directory / "table.csv").read_text().splitlines()
    (directory / "table.csv").write_text("\n".join(lines[:-1]))
    with pytest.raises(BadInput, match=r"damaged \(table\.csv is not as it was written\)"):
        PackedSet(directory)


def test_nothing_pickled_is_read(directory):
    np.save(directory / "hulls.npy", np.array([{}] * 5, dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="damaged"):
        PackedSet(directory)
