"""A flipped byte anywhere in a set is found."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from shapespace.data.checking import check_set
from shapespace.data.packed import PackedSet, SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import BadInput

SIDE = 16


def toy(directory: Path, pure: bool) -> Path:
    draw = np.random.default_rng(3)
    scans = [draw.integers(0, 256, (SIDE, SIDE), np.uint8) for _ in range(6)]
    scans = [np.where(s < 60, 0, 255).astype(np.uint8) if pure else s for s in scans]
    scans.append(scans[2])
    items = [
        Item(id=f"i{n}", scan=s, label="xy"[n % 2], source="a") for n, s in enumerate(scans)
    ]
    info = SetInfo(name="toy", side=SIDE, n_images=0, bits=False, turnable=True)
    return pack(items, info, directory / "toy").directory


def write_table(directory: Path, text: str) -> None:
    """Change the table, and its checksum with it."""
    (directory / "table.csv").write_text(text)
    described = json.loads((directory / "set.json").read_text())
    described["table_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (directory / "set.json").write_text(json.dumps(described))


@pytest.mark.parametrize("pure", [True, False])
def test_a_sound_set_has_no_problems_and_its_copies_are_counted(pure, tmp_path):
    report = check_set(PackedSet(toy(tmp_path, pure)))
    assert report.problems == ()
    assert (report.n_images, report.n_classes, report.n_groups) == (7, 2, 6)
    assert (report.n_duplicates, report.n_blank) == (1, 0)


@pytest.mark.parametrize(
    ("pure", "name"),
    [
        (False, "images.npy"),
        (True, "bits.npy"),
        (False, "table.csv"),
        (True, "hulls.npy"),
        (False, "set.json"),
    ],
)
def test_a_flipped_byte_anywhere_is_found(pure, name, tmp_path):
    path = toy(tmp_path, pure) / name
    sound = path.read_bytes()
    # Every byte of the smaller files; the first, last and some others of the larger ones.
    step = max(1, len(sound) // 60)
    passed = []
    for at in {0, len(sound) - 1, *range(0, len(sound), step)}:
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 4]) + sound[at + 1 :])
        try:
            if not check_set(PackedSet(path.parent)).problems:
                passed.append(at)
        except BadInput:
            pass
    # `set.json` holds no checksum of itself: its own words (name, licence) can change unseen;
    # an array's header is padded with blanks, which say nothing.
    if name == "set.json":
        assert len(passed) < 60
    elif name != "table.csv":
        assert all(sound[at] in b" \n" for at in passed)
    else:
        assert passed == []


def test_the_problem_names_the_image(tmp_path):
    directory = toy(tmp_path, pure=False)
    content = bytearray((directory / "images.npy").read_bytes())
    content[-1 - SIDE * SIDE] ^= 255  # the last pixel of the last image but one
    (directory / "images.npy").write_bytes(content)
    (problem, *_) = check_set(PackedSet(directory)).problems
    assert problem == "The pixels of 1 images are not as packed, such as 'i5'."


def test_images_swapped_with_their_rows_are_found_by_the_checksum_of_all(tmp_path):
    directory = toy(tmp_path, pure=False)
    images = np.load(directory / "images.npy")[::-1]
    np.save(directory / "images.npy", images)
    np.save(directory / "hulls.npy", np.load(directory / "hulls.npy")[::-1])
    head, *rows = (directory / "table.csv").read_text().splitlines()
    write_table(directory, "\n".join([head, *rows[::-1]]) + "\n")
    problems = check_set(PackedSet(directory)).problems
    assert problems == ("The checksum of all pixels is not as packed.",)


def test_an_image_that_became_blank_is_found(tmp_path):
    directory = toy(tmp_path, pure=False)
    images = np.load(directory / "images.npy")
    images[0] = 255
    np.save(directory / "images.npy", images)
    report = check_set(PackedSet(directory))
    assert report.n_blank == 1
    assert "1 images are blank." in report.problems


def test_an_id_written_twice_is_found(tmp_path):
    directory = toy(tmp_path, pure=False)
    text = (directory / "table.csv").read_text()
    write_table(directory, text.replace("\ni1,", "\ni0,"))
    assert any(
        "appear twice, such as 'i0'" in p for p in check_set(PackedSet(directory)).problems
    )
