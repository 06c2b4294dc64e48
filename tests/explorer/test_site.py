"""Writing the page as a site: what is in the folder, what is refused, where its runtime comes from."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from shapespace.cli.explore import explore
from shapespace.errors import BadInput, Collision, ShapespaceError
from shapespace.explorer.guard import HEADERS
from shapespace.explorer.site import writing
from shapespace.explorer.site.numbers import arrays_of, packed
from shapespace.explorer.site.runtime import VERSION, fetch, runtime_files
from shapespace.explorer.site.writing import refuse_foreign, write_site


def files_of(folder: Path) -> dict[str, int]:
    return {
        str(file.relative_to(folder)): file.stat().st_size
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_command_says_what_it_wrote_and_what_goes_with_it(site):
    megabytes = sum(files_of(site.folder).values()) / 1e6
    assert re.search(rf"below \({megabytes:.1f} MB\)", site.said)
    assert "pictures of 60 stimuli, the codes of 192 training images" in site.warned
    assert "only if you may share them" in site.warned


def test_the_folder_is_whole_and_lists_itself(site):
    found, mark = files_of(site.folder), json.loads((site.folder / "site.json").read_text())
    assert mark["runs"] == ["one", "two"]
    assert {**mark["files"], "site.json": found["site.json"]} == found
    assert {
        f"data/{n}/{name}" for n in (0, 1) for name in ("encoder.onnx", "arrays.bin")
    } < set(found)
    assert "served.js" not in found
    assert VERSION in (site.folder / "onnxruntime-web" / "LICENSE").read_text()
    assert [path.name for path in site.folder.parent.iterdir()] == [
        "below"
    ]  # nothing half-written


def test_nothing_on_the_page_leads_to_the_root_of_the_server_or_out_of_it(site):
    for file in [*site.folder.glob("*.js"), *site.folder.glob("static/*.js")]:
        quoted = re.findall(r'(?:from |import\(|URL\()"([^"]+)"', file.read_text())
        assert all(path.startswith(("./", "../", "data/")) for path in quoted), file
    html = (site.folder / "index.html").read_text()
    links = re.findall(r'(?:href|src)="([^"]+)"', html)
    assert all(re.fullmatch(r"#\w+|data:,|[a-z]+\.(js|css)", link) for link in links)


def test_the_page_may_do_what_the_served_one_may_and_run_networks(site):
    (policy,) = re.findall(
        r'Content-Security-Policy" content="([^"]+)"', (site.folder / "index.html").read_text()
    )
    served = HEADERS["Content-Security-Policy"]
    # In a page, browsers do not take who may embed it.
    expected = served.replace("'self';", "'self' 'wasm-unsafe-eval';", 1).split("; frame-anc")[
        0
    ]
    assert policy == expected


def test_the_networks_and_arrays_are_those_of_the_run(site, opened):
    onnxruntime = pytest.importorskip("onnxruntime")
    one, folder = opened[0][1], site.folder / "data" / "1"
    index = json.loads((folder / "run.json").read_text())["arrays"]
    content = (folder / "arrays.bin").read_bytes()
    for name, array in arrays_of(one).items():
        known = index[name]
        found = np.frombuffer(content, known["type"], array.size, known["start"])
        np.testing.assert_array_equal(found.reshape(known["shape"]), array)
    session = onnxruntime.InferenceSession(folder / "encoder.onnx")
    (codes,) = session.run(None, {"images": one.drawings[:, None]})
    np.testing.assert_allclose(codes, one.codes, atol=1e-5)


def test_arrays_are_packed_so_that_a_browser_can_look_at_them_in_place():
    arrays = {
        "odd": np.arange(5, dtype=np.uint8),
        "wide": np.arange(6, dtype=">f8").reshape(2, 3),
        "turned": np.arange(6, dtype=np.int32).reshape(2, 3).T,
        "none": np.empty((0, 4), np.float32),
    }
    content, index = packed(arrays)
    for name, array in arrays.items():
        known = index[name]
        assert known["start"] % 8 == 0
        little = np.dtype(known["type"]).newbyteorder("<")
        found = np.frombuffer(content, little, array.size, known["start"])
        np.testing.assert_array_equal(found.reshape(known["shape"]), array)


def test_only_our_own_folders_are_replaced(site, tmp_path):
    ours = shutil.copytree(site.folder, tmp_path / "ours")
    refuse_foreign(ours)
    refuse_foreign(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    refuse_foreign(tmp_path / "empty")
    (ours / "CNAME").write_text("mine")
    with pytest.raises(Collision, match="holds 'CNAME', which no export wrote"):
        refuse_foreign(ours)
    for nonsense in ("[]", "{", '{"files": 3}'):
        (ours / "site.json").write_text(nonsense)
        with pytest.raises(Collision, match="which no export wrote"):
            refuse_foreign(ours)
    with pytest.raises(Collision, match="is a file"):
        refuse_foreign(ours / "CNAME")


def test_a_foreign_folder_is_refused_before_anything_is_done(tmp_path):
    (tmp_path / "thesis.tex").write_text("years")
    with pytest.raises(Collision, match=r"thesis\.tex"):
        explore((tmp_path / "no run",), export_site=tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_site_that_cannot_be_finished_leaves_the_old_one(site, opened, tmp_path, monkeypatch):
    ours = shutil.copytree(site.folder, tmp_path / "ours")
    before = files_of(ours)

    def fails(*_):
        raise ShapespaceError("The disk is full.")

    monkeypatch.setattr(writing, "export_onnx", fails)
    with pytest.raises(ShapespaceError, match="full"):
        write_site(opened[0], ours, runtime={})
    assert files_of(ours) == before
    assert [file.name for file in tmp_path.iterdir()] == ["ours"]


# onnxruntime-web


def test_the_docs_name_the_version_that_is_taken():
    docs = Path(__file__).parents[2] / "docs" / "explorer.md"
    assert set(re.findall(r"onnxruntime-web[@-](\d[\d.]+\d)", docs.read_text())) == {VERSION}


def test_any_other_package_file_is_refused(package, tmp_path):
    changed = tmp_path / "changed.tgz"
    changed.write_bytes(package.read_bytes()[:-1] + b"x")
    with pytest.raises(BadInput, match=rf"not the package file of onnxruntime-web {VERSION}"):
        runtime_files(changed)
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        runtime_files(tmp_path / "none.tgz")
    with pytest.raises(BadInput, match="goes with --export-site"):
        explore((tmp_path,), onnxruntime_web=package)


def npm(folder: Path, script: str) -> None:
    """Put a program called npm into a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)


def test_what_npm_says_is_passed_on_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ShapespaceError, match=r"npm is not installed.*--onnxruntime-web"):
        runtime_files()
    npm(
        tmp_path / "bin",
        "echo 'npm error code ENOTFOUND' >&2\n"
        "echo 'npm error network request to the registry failed' >&2\nexit 1",
    )
    with pytest.raises(ShapespaceError, match=r"\(network request to the registry failed\)"):
        runtime_files()
    npm(tmp_path / "bin", "exit 0")
    with pytest.raises(ShapespaceError, match="it gave no reason"):
        fetch(tmp_path)


def test_what_npm_fetched_is_checked_too(tmp_path, monkeypatch):
    npm(tmp_path / "bin", "echo nonsense > onnxruntime-web.tgz")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(BadInput, match="its checksum is another one"):
        runtime_files()
