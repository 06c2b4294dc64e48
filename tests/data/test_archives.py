"""Archives of images, honest and hostile."""

import io
import tarfile
import zipfile

import pytest
from toy_sources import FILES, a_zip, fill, make, packed, png

from shapespace.data import archives
from shapespace.errors import BadInput

# Archives


@pytest.mark.parametrize(
    "name", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "C:/evil.png"]
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_paths_that_lead_out_of_an_archive_are_refused(kind, name, tmp_path):
    found = packed(make(kind, tmp_path, {"a.png": png(1), name: png(2)}), tmp_path)
    assert found.table["id"].tolist() == ["a"]
    (reason,) = (reason for _, reason in found.info.skipped)
    assert "leads out" in reason
    assert not list(tmp_path.rglob("evil*"))


def test_backslashes_do_not_hide_a_way_out():
    assert archives.leads_out("..\\evil.png")
    assert archives.leads_out("")
    assert not archives.leads_out("png/cat/..1.png")


def test_links_and_devices_in_a_tar_are_not_followed(tmp_path):
    with tarfile.open(tmp_path / "p.tar", "w") as archive:
        for name, kind in {
            "l.png": tarfile.SYMTYPE,
            "h.png": tarfile.LNKTYPE,
            "d.png": tarfile.CHRTYPE,
        }.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/hostname"
            archive.addfile(member)
        member = tarfile.TarInfo("a.png")
        member.size = len(png(1))
        archive.addfile(member, io.BytesIO(png(1)))
        folder = tarfile.TarInfo("sub")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    found = packed(tmp_path / "p.tar", tmp_path)
    assert found.table["id"].tolist() == ["a"]
    assert {name for name, reason in found.info.skipped if "link" in reason} == {
        "l.png",
        "h.png",
        "d.png",
    }


def test_a_link_in_a_zip_is_not_followed(tmp_path):
    a_zip(tmp_path / "p.zip", {"a.png": png(1)})
    with zipfile.ZipFile(tmp_path / "p.zip", "a") as archive:
        link = zipfile.ZipInfo("l.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/hostname")
    assert dict(packed(tmp_path / "p.zip", tmp_path).info.skipped) == {
        "l.png": "it is a link, not a file"
    }


def test_a_zip_made_to_fill_memory_is_refused_from_its_directory(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "FREE_BYTES", 2**20)
    zeros = bytes(2**20)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(4):
            archive.writestr(f"{n}.png", zeros)
    with pytest.raises(BadInput, match="200 times its size"):
        packed(tmp_path / "bomb.zip", tmp_path)


def test_a_tar_made_to_fill_a_disk_is_refused_while_it_is_inflated(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "FREE_BYTES", 2**20)
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("a.png")
        member.size = 6 * 2**20
        archive.addfile(member, _Zeros())
    with pytest.raises(BadInput, match="200 times its size"):
        packed(tmp_path / "bomb.tar.gz", tmp_path)


class _Zeros(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        return bytes(size)


def test_too_many_entries_or_bytes_are_refused(tmp_path, monkeypatch):
    path = a_zip(tmp_path / "p.zip", FILES)
    monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
    with pytest.raises(BadInput, match="more than 3 files"):
        packed(path, tmp_path)
    monkeypatch.setattr(archives, "MAX_ENTRIES", 4)
    monkeypatch.setattr(archives, "MAX_TOTAL_BYTES", 20)
    with pytest.raises(BadInput, match="unpacks to more than"):
        packed(path, tmp_path)


def test_a_file_larger_than_its_entry_says_is_caught_while_reading(tmp_path, monkeypatch):
    path = a_zip(tmp_path / "p.zip", {"a.png": png(1), "b.png": png(2) + bytes(500)})
    monkeypatch.setattr(archives, "MAX_BYTES", len(png(1)) + 100)
    assert "larger than" in dict(packed(path, tmp_path).info.skipped)["b.png"]


def test_a_damaged_entry_is_named_and_the_others_read(tmp_path):
    path = a_zip(tmp_path / "p.zip", FILES)
    content = bytearray(path.read_bytes())
    content[content.index(b"IDAT") + 6] ^= 1  # in the first image
    path.write_bytes(content)
    found = packed(path, tmp_path)
    assert len(found) == len(FILES) - 1
    assert "cannot be unpacked" in dict(found.info.skipped)["png/cat/1.png"]


def test_an_entry_under_a_password_is_named(tmp_path):
    path = a_zip(tmp_path / "p.zip", {"a.png": png(1), "b.png": png(2)})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag "encrypted" of the first entry
    path.write_bytes(content)
    assert "cannot be unpacked" in dict(packed(path, tmp_path).info.skipped)["a.png"]


@pytest.mark.parametrize("name", ["p.zip", "p.tar", "p.tar.gz"])
@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b\x08\0broken"])
def test_what_is_no_archive_is_refused(name, content, tmp_path):
    fill(tmp_path, {name: content})
    with pytest.raises(BadInput, match=r"not a (zip|tar) archive|No usable image"):
        packed(tmp_path / name, tmp_path)


@pytest.mark.parametrize("name", ["p.zip", "p.tar", "p.tar.gz"])
def test_an_archive_cut_short_is_refused_or_read_as_far_as_it_goes(name, tmp_path):
    path = make(name.split(".", 1)[1], tmp_path, FILES)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])
    try:
        assert 0 < len(packed(path, tmp_path)) < len(FILES)
    except BadInput as error:
        reason = str(error)
    else:
        return
    assert "archive" in reason


# Single files


def a_tgz(path, contents: dict[str, bytes], links: tuple[str, ...] = ()):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
            archive.addfile(member)
    return path


def test_some_files_of_a_tar_are_read_without_unpacking_it(tmp_path):
    content = {"package/a.js": b"a", "package/b.js": bytes(9), "../out": b"x"}
    path = a_tgz(tmp_path / "p.tgz", content)
    found = archives.read_members(path, ["package/b.js", "package/a.js"])
    assert found == {"package/b.js": bytes(9), "package/a.js": b"a"}
    assert [file.name for file in tmp_path.iterdir()] == ["p.tgz"]


def test_a_file_that_is_missing_or_a_link_is_named(tmp_path):
    path = a_tgz(tmp_path / "p.tgz", {"a": b"a"}, links=("l",))
    for name in ("l", "b"):
        with pytest.raises(BadInput, match=f"no plain file {name}"):
            archives.read_members(path, ["a", name])


def test_a_tar_made_to_fill_the_disk_is_not_inflated(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "FREE_BYTES", 2**20)
    path = a_tgz(tmp_path / "p.tgz", {"a": bytes(8 * 2**20)})
    with pytest.raises(BadInput, match="made to fill a disk"):
        archives.read_members(path, ["a"])
    (tmp_path / "no.tgz").write_bytes(b"\x1f\x8bnonsense")
    with pytest.raises(BadInput, match="not a tar archive"):
        archives.read_members(tmp_path / "no.tgz", ["a"])
