"""The `data` commands as a user meets them."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from shapespace.cli.main import main
from shapespace.data.home import open_set


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SHAPESPACE_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pictures(tmp_path):
    """Two classes of two drawings, and one file that is no image."""
    draw = np.random.default_rng(0)
    for place in ("cat/1", "cat/2", "dog/3", "dog/4"):
        path = tmp_path / "pictures" / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(100, 256, (20, 20), np.uint8)).save(path)
    (tmp_path / "pictures" / "dog" / "bad.png").write_text("words")
    return tmp_path / "pictures"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def mirror(tmp_path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def said(capsys, *words: object, code: int = 0) -> tuple[str, str]:
    assert main([str(word) for word in words]) == code
    spoken = capsys.readouterr()
    return spoken.out, spoken.err


def test_add_packs_and_names_what_it_left_out(pictures, capsys):
    out, err = said(capsys, "data", "add", "mine", "--from", pictures, "--side", 20)
    assert "mine: 4 images of 20 px, 2 classes, 4 groups" in out
    assert "1 left out:\n  dog/bad.png: it is text" in err
    assert open_set("mine").info.turnable


def test_add_takes_all_its_options(pictures, capsys):
    out, _ = said(
        capsys, "data", "add", "mine", "--from", pictures, "--side", 20, "--fixed-orientation",
        "--group-pattern", "^([12])", "--licence", "CC0", "--citation", "me", "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert told["n_images"] == 4
    assert told["skipped"] == [
        {"source": "dog/bad.png", "reason": "it is text, not a PNG, JPEG or SVG image"}
    ]
    assert (told["licence"], told["citation"], told["turnable"]) == ("CC0", "me", False)


def test_add_takes_only_what_is_asked_for(pictures, capsys):
    words = ("data", "add", "mine", "--from", pictures, "--side", 20)
    out, err = said(capsys, *words, "--classes", "cat", "--per-class", 1)
    assert "mine: 1 images of 20 px, 1 classes" in out
    assert "taken: 1 of 5 images" in err
    assert open_set("mine").table["class"].tolist() == ["cat"]


def test_add_packs_scribbles(capsys):
    out, _ = said(capsys, "data", "add", "lines", "--scribbles", 5, "--seed", 2, "--side", 32)
    assert "lines: 5 images of 32 px" in out
    assert open_set("lines").info.origin == "scribbles 0 to 4 of seed 2"


def test_an_existing_set_is_replaced_only_on_request(pictures, capsys):
    said(capsys, "data", "add", "mine", "--from", pictures, "--side", 20)
    _, err = said(capsys, "data", "add", "mine", "--from", pictures, "--side", 20, code=1)
    assert "--replace" in err
    said(capsys, "data", "add", "mine", "--from", pictures, "--side", 24, "--replace")
    assert open_set("mine").info.side == 24


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["mine", "--from", "nowhere"], "There is no file or folder nowhere."),
        (["drawings", "--from", "."], "built-in source"),
        (["../x", "--from", "."], "cannot be the name"),
        (["mine", "--from", ".", "--side", "4"], "between 16 and 1024"),
        (["mine"], "either --from PATH with your images or --scribbles N"),
        (["mine", "--from", ".", "--scribbles", "9"], "either --from PATH"),
        (["mine", "--from", ".", "--per-class", "0"], "a number from 1, got 0"),
        (["mine", "--scribbles", "3", "--per-class", "2"], "Scribbles have no classes"),
        (["mine", "--scribbles", "-3"], "must be at least 1, got -3"),
        (["mine", "--scribbles", "3", "--seed", "-1"], "must be at least 0, got -1"),
    ],
)
def test_mistakes_are_answered_in_one_line(words, reason, capsys):
    out, err = said(capsys, "data", "add", *words, code=1)
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("shapespace data add: ")
    assert reason in err


def test_many_skipped_files_are_not_all_shown(pictures, capsys):
    for n in range(30):
        (pictures / f"bad{n}.png").write_bytes(b"")
    _, err = said(capsys, "data", "add", "mine", "--from", pictures, "--side", 20)
    assert "31 left out" in err
    assert "all are named in" in err
    assert len(open_set("mine").info.skipped) == 31


def test_list_shows_what_is_here_and_what_could_be(pictures, home, capsys):
    out, _ = said(capsys, "data", "list")
    assert "No set is packed" in out
    assert "shapespace data get tuberlin" in out
    said(capsys, "data", "add", "mine", "--from", pictures, "--side", 20)
    (home / "broken").mkdir()
    (home / "broken" / "set.json").write_text("{}")
    out, err = said(capsys, "data", "list")
    assert "mine" in out
    assert "4 images" in out
    assert "damaged" in err
    told = json.loads(said(capsys, "data", "list", "--json")[0])
    assert [s["name"] for s in told["sets"]] == ["mine"]
    assert {s["name"] for s in told["to_get"]} == {"tuberlin", "sketchy", "quickdraw"}
    assert len(told["damaged"]) == 1


def test_check_finds_a_sound_set_sound_and_a_flipped_byte(pictures, home, capsys):
    said(capsys, "data", "add", "mine", "--from", pictures, "--side", 20)
    out, _ = said(capsys, "data", "check", "mine")
    assert "Everything is as it was packed." in out
    assert json.loads(said(capsys, "data", "check", "mine", "--json")[0])["problems"] == []
    content = bytearray((home / "mine" / "images.npy").read_bytes())
    content[-5] ^= 1
    (home / "mine" / "images.npy").write_bytes(content)
    _, err = said(capsys, "data", "check", "mine", code=1)
    assert "The pixels of 1 images are not as packed, such as '4'" in err


def test_check_tells_what_was_changed_on_the_way_in(tmp_path, capsys):
    scan = np.zeros((20, 20), np.uint8)
    scan[5:9, 5:9] = 255
    Image.fromarray(scan).save(tmp_path / "dark.png")
    _, err = said(capsys, "data", "add", "d", "--from", tmp_path / "dark.png", "--side", 20)
    assert "inverted, since it was white on black: dark.png" in err
    assert "inverted" in said(capsys, "data", "check", "d")[0]


def test_preview_writes_a_picture(pictures, tmp_path, capsys):
    said(capsys, "data", "add", "mine", "--from", pictures, "--side", 20)
    out, _ = said(capsys, "data", "preview", "mine", "--out", tmp_path / "a.png", "--n", 3)
    assert "3 of 4 images" in out
    with Image.open(tmp_path / "a.png") as image:
        assert image.width > 60


def test_get_shows_the_licence_before_anything_is_fetched(capsys):
    _, err = said(capsys, "data", "get", "tuberlin", "--mirror", "http://127.0.0.1:9", code=1)
    assert "CC BY 4.0" in err
    assert "--accept-licence" in err


def test_get_downloads_a_zip_and_packs_it(pictures, mirror, capsys):
    from shutil import make_archive

    folder, url = mirror
    make_archive(str(folder / "sketches_png"), "zip", pictures.parent, "pictures")
    words = ("data", "get", "tuberlin", "--accept-licence", "--side", 20, "--mirror", url)
    out, err = said(capsys, *words)
    assert "tuberlin: 4 images" in out
    assert "trusted at first download" in err
    info = open_set("tuberlin").info
    assert info.licence.startswith("CC BY 4.0")
    assert info.origin == "sketches_png.zip"
    _, err = said(capsys, *words, code=1)
    assert "--replace" in err


def test_get_draws_the_strokes_of_the_classes_asked_for(mirror, capsys):
    folder, url = mirror
    for word in ("cat", "The Eiffel Tower"):
        drawings = [
            {"word": word, "key_id": f"{word}{n}", "drawing": [[[0, 50 + n], [0, 99]]]}
            for n in range(5)
        ]
        text = "\n".join(json.dumps(d) for d in drawings)
        (folder / f"{word}.ndjson").write_text(text)
    out, _ = said(
        capsys, "data", "get", "quickdraw", "--classes", "cat", "The Eiffel Tower",
        "--per-class", 3, "--accept-licence", "--side", 32, "--mirror", url, "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert (told["n_images"], told["n_classes"]) == (6, 2)


def test_get_says_what_is_left_to_do_by_hand(mirror, capsys):
    folder, url = mirror
    (folder / "rendered_256x256.7z").write_bytes(b"7z...")
    _, err = said(capsys, "data", "get", "sketchy", "--accept-licence", "--mirror", url, code=1)
    assert "7z x " in err
    assert "--group-pattern '^(.*)-[^-]*$'" in err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["imagenet"], "knows no set"),
        (["quickdraw"], "--classes cat dog"),
        (["tuberlin", "--classes", "cat"], "comes whole"),
        (["tuberlin", "--per-class", "5"], "--per-class"),
        (["quickdraw", "--classes", "cat", "--per-class", "0"], "--per-class"),
    ],
)
def test_get_refuses_what_makes_no_sense(words, reason, capsys):
    _, err = said(capsys, "data", "get", *words, "--accept-licence", code=1)
    assert reason in err


def test_get_says_which_class_is_not_there(mirror, capsys):
    _, url = mirror
    _, err = said(
        capsys, "data", "get", "quickdraw", "--classes", "unicorm", "--accept-licence",
        "--mirror", url, code=1,
    )  # fmt: skip
    assert "unicorm.ndjson is not there (the server says 404)" in err
