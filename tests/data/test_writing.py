"""What is written is whole or not there."""

import pytest

from shapespace.data.writing import _put_in_place, new_directory, write_bytes, write_text
from shapespace.errors import ShapespaceError


def test_text_replaces_what_was_there_and_leaves_nothing_else(tmp_path):
    write_text(tmp_path / "sub" / "a.txt", "ä")
    write_text(tmp_path / "sub" / "a.txt", "b")
    assert [p.read_text() for p in (tmp_path / "sub").iterdir()] == ["b"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ShapespaceError, match=r"Cannot write .*a\.txt"):
        write_bytes(tmp_path / "file" / "a.txt", b"")
    with (
        pytest.raises(ShapespaceError, match="Cannot write"),
        new_directory(tmp_path / "file" / "d"),
    ):
        pass


def test_writing_over_a_folder_fails_and_leaves_nothing(tmp_path):
    (tmp_path / "d").mkdir()
    with pytest.raises(ShapespaceError, match="Cannot write"):
        write_bytes(tmp_path / "d", b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["d"]


def test_a_directory_appears_when_all_went_well(tmp_path):
    with new_directory(tmp_path / "sub" / "d") as scratch:
        (scratch / "a").write_text("1")
        assert not (tmp_path / "sub" / "d").exists()
    assert (tmp_path / "sub" / "d" / "a").read_text() == "1"
    assert [p.name for p in (tmp_path / "sub").iterdir()] == ["d"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_directory_does_not_appear_if_anything_went_wrong(error, tmp_path):
    with pytest.raises(error), new_directory(tmp_path / "d"):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_becomes_one_plain_sentence(tmp_path):
    told = r"No space left on device\. Nothing was left"
    with pytest.raises(ShapespaceError, match=told), new_directory(tmp_path / "d"):
        raise OSError(28, "No space left on device")


def test_an_older_directory_is_put_back_if_the_new_one_cannot_take_its_place(tmp_path):
    with new_directory(tmp_path / "d") as scratch:
        (scratch / "a").write_text("old")
    with pytest.raises(OSError, match="No such file"):
        _put_in_place(tmp_path / "not there", tmp_path / "d")
    assert (tmp_path / "d" / "a").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d"]
