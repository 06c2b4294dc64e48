"""Folders, archives and lists become sets; what cannot be used is named with its reason."""

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toy_sources import FILES, a_zip, drawing, fill, make, packed, png

from shapespace.data.sources import open_source
from shapespace.errors import BadInput


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
def test_every_kind_of_source_gives_the_same_set(kind, tmp_path):
    found = packed(make(kind, tmp_path, FILES), tmp_path)
    assert found.table["id"].tolist() == ["1", "2", "10", "3"]
    assert found.table["class"].tolist() == ["cat", "cat", "cat", "dog"]
    assert found.table["group"].tolist() == ["1", "2", "10", "3"]
    assert found.info.skipped == ()
    for row, seed in enumerate((1, 2, 10, 3)):
        assert np.array_equal(found.gather(np.array([row]))[0], drawing(seed))


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
def test_bad_images_are_named_and_the_others_come_through(kind, tmp_path):
    bad = {
        "png/cat/cut.png": png(1)[:60], "png/cat/empty.png": b"", "png/dog/text.png": b"words",
        "png/dog/moving.gif": b"GIF89a", "png/dog/wild.svg": b"<svg><script/></svg>",
    }  # fmt: skip
    found = packed(make(kind, tmp_path, FILES | bad), tmp_path)
    assert len(found) == len(FILES)
    reasons = dict(found.info.skipped)
    assert set(reasons) == set(bad)
    assert "cut short" in reasons["png/cat/cut.png"]
    assert "0 bytes" in reasons["png/cat/empty.png"]
    assert "text" in reasons["png/dog/text.png"]
    assert "GIF" in reasons["png/dog/moving.gif"]
    assert "script" in reasons["png/dog/wild.svg"]


def test_a_source_without_a_usable_image_is_refused_with_reasons(tmp_path):
    fill(tmp_path / "in", {"a.png": b"", "b.txt": b"x"})
    with pytest.raises(BadInput, match=r"No usable image.*a\.png: it is empty"):
        packed(tmp_path / "in", tmp_path)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(BadInput, match="the source is empty"):
        packed(tmp_path / "nothing", tmp_path)
    assert not (tmp_path / "packed").exists()


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_chosen_images_are_the_first_of_their_classes_and_keep_their_ids(kind, tmp_path):
    files = FILES | {"png/dog/1.png": png(7), "png/eel/5.png": png(8)}
    source = make(kind, tmp_path, files)
    whole = packed(source, tmp_path).table
    wanted = whole[whole["class"].isin(["cat", "dog"])].groupby("class", sort=False).head(2)
    found = packed(source, tmp_path, classes=("dog", "cat"), at_most=2)
    assert found.table.equals(wanted.reset_index(drop=True))
    assert found.table["id"].tolist() == ["cat/1", "2", "dog/1", "3"]
    assert "taken: 4 of 6 images, as asked for" in found.info.notes


def test_a_class_that_is_not_there_is_refused_with_what_is(tmp_path):
    source = make("zip", tmp_path, FILES)
    with pytest.raises(BadInput, match=r"no class 'dogs' here; did you mean 'dog'\?.*cat, dog"):
        packed(source, tmp_path, classes=("cat", "dogs"))
    fill(tmp_path / "flat", {"a.png": png(1)})
    with pytest.raises(BadInput, match="No image has a class"):
        packed(tmp_path / "flat", tmp_path, classes=("cat",))


def test_other_files_are_mentioned(tmp_path):
    fill(tmp_path / "in", {"a.png": png(1), **{f"{n}.txt": b"" for n in range(5)}})
    (note,) = packed(tmp_path / "in", tmp_path).info.notes
    assert "no images" in note
    assert "2 more" in note


def test_what_was_changed_is_counted_in_the_notes(tmp_path):
    stream = io.BytesIO()
    Image.fromarray(255 - drawing(5)).save(stream, "PNG")
    fill(tmp_path / "in", {"a.png": png(1), "dark.png": stream.getvalue()})
    found = packed(tmp_path / "in", tmp_path)
    assert found.info.notes == ("inverted, since it was white on black: dark.png",)
    assert np.array_equal(found.gather(np.array([1]))[0], drawing(5))


def test_names_beyond_ascii_survive(tmp_path):
    files = {"Äpfel/кошка 猫.png": png(1), "Äpfel/e\u0301.png": png(2), "b/x.png": png(3)}
    for kind in ("folder", "zip"):
        found = packed(make(kind, tmp_path, files), tmp_path)
        assert set(found.table["id"]) == {"кошка 猫", "é", "x"}
        assert set(found.table["class"]) == {"Äpfel", "b"}


def test_names_that_are_not_even_unicode_survive(tmp_path):
    folder = fill(tmp_path / "in", {"a.png": png(1)})
    with open(os.fsencode(folder) + b"/\xff.png", "wb") as stream:
        stream.write(png(2))
    assert set(packed(folder, tmp_path).table["id"]) == {"a", "\\udcff"}


def test_ids_that_look_like_numbers_or_nothing_stay_text(tmp_path):
    names = ("007", "1e5", "NA", "null", "None")
    fill(tmp_path / "in", {f"{n}.png": png(i) for i, n in enumerate(names)})
    assert set(packed(tmp_path / "in", tmp_path).table["id"]) == set(names)


def test_a_pattern_ties_sketches_of_one_photograph(tmp_path):
    names = ("n02691156_10151-1", "n02691156_10151-2", "n02691156_10152-1", "other")
    fill(tmp_path / "in", {f"{n}.png": png(i) for i, n in enumerate(names)})
    table = packed(tmp_path / "in", tmp_path, group_pattern="^(.*)-[^-]*$").table
    groups = dict(zip(table["id"], table["group"], strict=True))
    assert groups == {
        names[0]: "n02691156_10151", names[1]: "n02691156_10151",
        names[2]: "n02691156_10152", "other": "other",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "reason"), [("(", "regular expression"), (".*", "0 pairs")]
)
def test_a_pattern_that_cannot_work_is_refused(pattern, reason, tmp_path):
    fill(tmp_path / "in", {"a.png": png(1)})
    with pytest.raises(BadInput, match=reason):
        packed(tmp_path / "in", tmp_path, group_pattern=pattern)


def test_a_single_image_is_a_set_of_one(tmp_path):
    fill(tmp_path, {"a.png": png(1)})
    assert packed(tmp_path / "a.png", tmp_path).table["id"].tolist() == ["a"]


@pytest.mark.parametrize("name", ["nowhere", "a.7z"])
def test_a_source_that_is_not_there_or_not_understood_is_refused(name, tmp_path):
    fill(tmp_path, {"a.7z": b"7z"})
    with pytest.raises(BadInput, match=r"no file or folder|unpack other archives first"):
        packed(tmp_path / name, tmp_path)


# Folders


def test_links_in_a_circle_are_walked_once_and_named(tmp_path):
    folder = fill(tmp_path / "in", {"a/1.png": png(1), "b/2.png": png(2)})
    (folder / "b" / "up").symlink_to(folder)
    (folder / "b" / "gone.png").symlink_to(folder / "nowhere.png")
    found = packed(folder, tmp_path)
    assert sorted(found.table["id"]) == ["1", "2"]
    reasons = dict(found.info.skipped)
    assert "already read" in reasons["b/up"]
    assert "No such file" in reasons["b/gone.png"]


def test_a_link_to_a_folder_elsewhere_is_followed(tmp_path):
    elsewhere = fill(tmp_path / "elsewhere", {"1.png": png(1)})
    folder = fill(tmp_path / "in", {"b/2.png": png(2)})
    (folder / "a").symlink_to(elsewhere)
    assert packed(folder, tmp_path).table["class"].tolist() == ["a", "b"]


def test_a_pipe_does_not_make_us_wait(tmp_path):
    folder = fill(tmp_path / "in", {"1.png": png(1)})
    os.mkfifo(folder / "2.png")
    assert "pipe" in dict(packed(folder, tmp_path).info.skipped)["2.png"]


UNREADABLE = """
import json, os, sys
from pathlib import Path
from shapespace.data.sources import open_source
from shapespace.data.images import decode_image
from shapespace.errors import BadInput
if os.getuid() == 0:
    os.setuid(65534)
with open_source(Path(sys.argv[1])) as listing:
    reasons = {s.source: s.reason for s in listing.skipped}
    for file in listing.files:
        try:
            file.read()
        except BadInput as error:
            reasons[file.path] = str(error)
print(json.dumps([len(listing.files), reasons]))
"""


def test_folders_and_files_without_permission_are_named_and_the_others_read():
    # A folder of our own, since pytest's may be closed to the user without rights.
    outer = Path(tempfile.mkdtemp())
    try:
        outer.chmod(0o755)
        folder = fill(outer / "in", {"a/1.png": png(1), "b/2.png": png(2), "c/3.png": png(3)})
        (folder / "b").chmod(0)
        (folder / "c" / "3.png").chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", UNREADABLE, str(folder)],
            capture_output=True,
            text=True,
            timeout=250,
            check=True,
        )
        n_files, reasons = json.loads(done.stdout)
        assert n_files == 2
        assert "Permission denied" in reasons["b"]
        assert "Permission denied" in reasons["c/3.png"]
    finally:
        (outer / "in" / "b").chmod(0o755)
        shutil.rmtree(outer)


# Lists


def a_list(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    (folder / "list.csv").write_text(text, encoding=encoding)
    return folder / "list.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_list_names_files_ids_classes_and_groups_in_its_order(encoding, tmp_path):
    fill(tmp_path, {"x/1.png": png(1), "x/2.png": png(2), "y/3.png": png(3)})
    text = "file,id,class,group\nx/2.png,two,Zahl,g\nx/1.png,one,,g\ny/3.png,,Zahl,\n"
    table = packed(a_list(tmp_path, text, encoding), tmp_path).table
    assert table["id"].tolist() == ["two", "one", "3"]
    assert table["class"].tolist() == ["Zahl", "", "Zahl"]
    assert table["group"].tolist() == ["g", "g", "3"]


def test_a_list_of_files_alone_takes_classes_from_folders(tmp_path):
    fill(tmp_path, {"x/1.png": png(1), "y/2.png": png(2)})
    table = packed(a_list(tmp_path, "file\nx/1.png\ny/2.png\n"), tmp_path).table
    assert table["class"].tolist() == ["x", "y"]


def test_gaps_and_repeated_ids_in_a_list_are_named(tmp_path):
    fill(tmp_path, {"1.png": png(1), "2.png": png(2), "sub/x.png": b""})
    text = "file,id\n1.png,one\n2.png,one\nnowhere.png,two\n,three\nsub,four\n"
    found = packed(a_list(tmp_path, text), tmp_path)
    assert found.table["id"].tolist() == ["one"]
    reasons = dict(found.info.skipped)
    assert "already that of 1.png" in reasons["2.png"]
    assert "No such file" in reasons["nowhere.png"]
    assert "names no file" in reasons["line 5"]
    assert "not a file" in reasons["sub"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name,id\na,b\n", "no column 'file'"),
        (b"", "no column"),
        (b"file\n\xff\xfe.png\n", "CSV"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(content, reason, tmp_path):
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(BadInput, match=reason):
        packed(tmp_path / "list.csv", tmp_path)


def test_a_source_can_be_listed_without_reading_its_images(tmp_path):
    with open_source(a_zip(tmp_path / "p.zip", FILES)) as listing:
        assert len(listing.files) == len(FILES)
