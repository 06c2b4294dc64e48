"""Images stream into a set on disk; equal ones are tied; nothing half-done is left."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.data.packed import PackedSet, SetInfo
from shapespace.data.packing import MIN_CONTRAST, Item, Skipped, fit_square, pack
from shapespace.errors import BadInput, ShapespaceError

SIDE = 12


def info(**more) -> SetInfo:
    return SetInfo(name="toy", side=SIDE, n_images=0, bits=False, turnable=True, **more)


def scan_of(seed: int, pure: bool = True) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), np.uint8)
    return np.where(noise > 127, np.uint8(255), np.uint8(0)) if pure else noise


def items(*seeds: int, pure: bool = True) -> list[Item]:
    return [
        Item(id=f"i{n}", scan=scan_of(s, pure), source=f"{n}.png") for n, s in enumerate(seeds)
    ]


@pytest.mark.parametrize("pure", [True, False])
@pytest.mark.parametrize("n", [1, 3, 600])
def test_every_pixel_comes_back(pure, n, tmp_path):
    stream = items(*range(n), pure=pure)
    packed = pack(iter(stream), info(), tmp_path / "toy")
    assert packed.info.bits == pure
    assert np.array_equal(packed.gather(np.arange(n)), np.stack([i.scan for i in stream]))
    assert np.array_equal(
        packed.gather(np.array([n - 1, 0])), packed.gather(np.arange(n))[[-1, 0]]
    )


def test_bits_take_an_eighth_of_the_room(tmp_path):
    pack(items(1, 2), info(), tmp_path / "toy")
    assert not (tmp_path / "toy" / "images.npy").exists()
    assert np.load(tmp_path / "toy" / "bits.npy").shape == (2, SIDE * SIDE // 8)


def test_the_table_holds_box_and_share_of_the_ink(tmp_path):
    scan = np.full((SIDE, SIDE), 255, np.uint8)
    scan[2:5, 3:10] = 0
    row = pack([Item(id="a", scan=scan)], info(), tmp_path / "toy").table.iloc[0]
    assert row[["left", "top", "right", "bottom"]].tolist() == [3, 2, 10, 5]
    assert row["ink"] == pytest.approx(21 / 144, abs=1e-5)


def test_blank_and_nearly_blank_images_are_left_out_by_name(tmp_path):
    faint = np.full((SIDE, SIDE), 255, np.uint8)
    faint[3] -= MIN_CONTRAST - 1
    blank = [
        Item(id="w", scan=np.full_like(faint, 255), source="w.png"),
        Item(id="f", scan=faint, source="f.png"),
    ]
    packed = pack([*items(1), *blank], info(), tmp_path / "toy")
    reasons = dict(packed.info.skipped)
    assert "every pixel has the same grey" in reasons["w.png"]
    assert "only differ by 7 of 255" in reasons["f.png"]


def test_what_was_skipped_before_is_kept(tmp_path):
    skipped = Skipped(source="x.png", reason="it is empty")
    packed = pack([skipped, *items(1)], info(skipped=(("y.png", "why"),)), tmp_path / "toy")
    assert packed.info.skipped == (("y.png", "why"), ("x.png", "it is empty"))


def test_notes_name_the_first_few_and_count_the_rest(tmp_path):
    stream = [
        Item(id=str(n), scan=scan_of(n), source=f"{n}.png", notes=("turned",)) for n in range(5)
    ]
    packed = pack(stream, info(notes=("before",)), tmp_path / "toy")
    assert packed.info.notes == ("before", "turned: 0.png, 1.png, 2.png and 2 more")


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=14),
)
def test_no_group_and_no_pixels_are_shared_between_groups(tmp_path_factory, pairs):
    # Truth by a slow, obvious closure: a chain of shared groups or pixels ties two items.
    stream = [
        Item(id=str(n), scan=scan_of(pixels), group=f"g{group}")
        for n, (group, pixels) in enumerate(pairs)
    ]
    groups = pack(stream, info(), tmp_path_factory.mktemp("p") / "toy").table["group"].tolist()
    tied = [[a[0] == b[0] or a[1] == b[1] for b in pairs] for a in pairs]
    reach = np.linalg.matrix_power(np.array(tied, dtype=float), len(pairs)) > 0
    for a in range(len(pairs)):
        for b in range(len(pairs)):
            assert (groups[a] == groups[b]) == reach[a, b]


def test_an_older_set_is_replaced_only_when_all_is_done(tmp_path):
    pack(items(1), info(), tmp_path / "toy")

    def broken():
        yield from items(2, 3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(broken(), info(), tmp_path / "toy")
    assert len(PackedSet(tmp_path / "toy")) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]
    assert len(pack(items(2, 3), info(), tmp_path / "toy")) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]


def test_nothing_usable_leaves_nothing(tmp_path):
    with pytest.raises(BadInput, match="the source is empty"):
        pack([], info(), tmp_path / "toy")
    assert list(tmp_path.iterdir()) == []


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import ShapespaceError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
draw = np.random.default_rng(0)
items = (Item(id=str(n), scan=draw.integers(0, 256, (100, 100), np.uint8)) for n in range(50))
try:
    info = SetInfo(name="toy", side=100, n_images=0, bits=False, turnable=True)
    pack(items, info, Path(sys.argv[1]))
except ShapespaceError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_leaves_the_older_set_as_it_was(tmp_path):
    # The limit on the size of files makes writing fail for real, as a full disk does.
    pack(items(1), info(), tmp_path / "toy")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "toy")],
        capture_output=True,
        text=True,
        timeout=250,
        check=True,
    )
    assert "File too large" in done.stdout
    assert "Nothing was left half-written" in done.stdout
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]
    assert len(PackedSet(tmp_path / "toy")) == 1


def test_a_place_that_cannot_be_written_is_refused_plainly(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ShapespaceError, match="Cannot write"):
        pack(items(1), info(), tmp_path / "file" / "toy")


MEMORY = """
import resource, sys
from pathlib import Path
import numpy as np
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def items():
    scan = np.random.default_rng(0).integers(0, 256, (512, 512), np.uint8)
    for n in range(200):
        scan[0, 0] = n % 256
        scan[0, 1] = n // 256
        yield Item(id=str(n), scan=scan)
info = SetInfo(name="t", side=512, n_images=0, bits=False, turnable=True)
pack(items(), info, Path(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="measures memory as Unix does")
def test_packing_fifty_megabytes_takes_a_fraction_of_that_in_memory(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "t")],
        capture_output=True,
        text=True,
        timeout=250,
        check=True,
    )
    kilobytes = int(done.stdout) / (1024 if sys.platform == "darwin" else 1)
    assert kilobytes < 25_000
    assert Path(tmp_path / "t" / "images.npy").stat().st_size >= 50 * 2**20


def test_fit_square_leaves_a_square_of_the_right_side_alone():
    scan = scan_of(0)
    assert fit_square(scan, SIDE) is scan


@pytest.mark.parametrize("shape", [(1, 1000), (1000, 1), (3, 7), (50, 49)])
def test_fit_square_always_gives_a_square(shape):
    assert fit_square(np.zeros(shape, np.uint8), SIDE).shape == (SIDE, SIDE)
