"""Quick, Draw! files: strokes in, images out."""

import gzip
import json

import numpy as np
import pytest

from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, Skipped
from shapespace.data.sources import pack_sources
from shapespace.data.strokes import MARGIN, count_drawings, draw_strokes, read_drawings
from shapespace.errors import BadInput

SIDE = 112
CROSS = {
    "word": "plus",
    "key_id": "5",
    "drawing": [[[0, 255], [128, 128]], [[128, 128], [0, 255]]],
}


def lines(*drawings: object) -> bytes:
    return b"".join(json.dumps(d).encode() + b"\n" for d in drawings)


def test_a_cross_lies_where_its_strokes_lie(tmp_path):
    (tmp_path / "plus.ndjson").write_bytes(lines(CROSS))
    (item,) = read_drawings(tmp_path / "plus.ndjson", SIDE)
    assert isinstance(item, Item)
    assert (item.id, item.label, item.source) == ("5", "plus", "plus.ndjson:1")
    rows, columns = np.nonzero(item.scan < 128)
    margin = round(MARGIN * SIDE)
    # All ink lies on the two middle lines, within the margin (a pixel for round ends).
    on_a_line = (abs(rows - SIDE / 2) <= 1.5) | (abs(columns - SIDE / 2) <= 1.5)
    assert on_a_line.all()
    assert rows.min() == pytest.approx(margin, abs=1)
    assert columns.max() == pytest.approx(SIDE - margin - 1, abs=1)


def test_mirrored_strokes_give_a_mirrored_image():
    # Even widths are drawn half a fine pixel off, so images may differ by a shade at the edge.
    stroke = np.array([[0.0, 0.0], [30.0, 100.0], [90.0, 20.0]])
    mirrored = stroke * [-1, 1]
    difference = draw_strokes([stroke], SIDE)[:, ::-1].astype(int) - draw_strokes(
        [mirrored], SIDE
    )
    assert np.abs(difference).mean() < 2


def test_gzipped_and_raw_files_with_times_read_the_same(tmp_path):
    timed = CROSS | {"drawing": [[*stroke, [0, 9]] for stroke in CROSS["drawing"]]}
    (tmp_path / "a.ndjson").write_bytes(lines(CROSS))
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(lines(timed)))
    (a,), (b,) = (read_drawings(tmp_path / f"a.ndjson{end}", SIDE) for end in ("", ".gz"))
    assert np.array_equal(a.scan, b.scan)


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        ({"word": "x"}, "no strokes"),
        ({"drawing": []}, "no strokes"),
        ({"drawing": [[[], []]]}, "no strokes"),
        ({"drawing": [[[1, 2], [1]]]}, "no strokes"),
        ({"drawing": [[["a"], ["b"]]]}, "no strokes"),
        ({"drawing": [[[float("nan"), 1], [0, 1]]]}, "no strokes"),
        ({"drawing": "abc"}, "no strokes"),
        ({"drawing": [[[5, 5], [5, 5]]]}, "coincide"),
        ({"drawing": [[[0, 1] * 20_000, [0, 1] * 20_000]]}, "points"),
        ([1, 2], "no JSON object"),
        ("a" * 2**20, "longer than 1 MB"),
    ],
)
def test_a_line_that_is_no_drawing_is_named_and_the_next_one_read(drawing, reason, tmp_path):
    (tmp_path / "a.ndjson").write_bytes(lines(drawing, CROSS))
    found = list(read_drawings(tmp_path / "a.ndjson", SIDE))
    assert isinstance(found[0], Skipped)
    assert reason in found[0].reason
    assert isinstance(found[-1], Item)


def test_a_line_that_is_not_json_is_named(tmp_path):
    (tmp_path / "a.ndjson").write_bytes(b"\xff{]\n\n" + lines(CROSS))
    skipped, item = read_drawings(tmp_path / "a.ndjson", SIDE)
    assert skipped == Skipped(
        source="a.ndjson:1", reason="the line is not JSON, or is longer than 1 MB"
    )
    assert isinstance(item, Item)


def test_no_more_than_asked_for_are_read(tmp_path):
    many = [CROSS | {"key_id": str(n)} for n in range(9)]
    (tmp_path / "a.ndjson").write_bytes(lines(*many))
    assert count_drawings(tmp_path / "a.ndjson") == 9
    assert count_drawings(tmp_path / "a.ndjson", 4) == 4
    assert [i.id for i in read_drawings(tmp_path / "a.ndjson", SIDE, 4)] == list("0123")


def test_a_file_that_is_no_gzip_is_refused(tmp_path):
    (tmp_path / "a.ndjson.gz").write_bytes(b"no gzip")
    with pytest.raises(BadInput, match="cannot be read"):
        count_drawings(tmp_path / "a.ndjson.gz")


def test_a_folder_of_stroke_files_becomes_one_set(tmp_path):
    for n, word in enumerate(("cat", "dog")):
        tilted = [[[0, 255], [0, 100 * n]]]
        (tmp_path / f"{word}.ndjson").write_bytes(
            lines({"word": word, "key_id": f"{word}1", "drawing": tilted})
        )
    info = SetInfo(name="q", side=SIDE, n_images=0, bits=False, turnable=True)
    table = pack_sources([tmp_path], info, tmp_path / "packed").table
    assert table["class"].tolist() == ["cat", "dog"]
