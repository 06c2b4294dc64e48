import http.client
import json
import struct
import threading
from io import BytesIO

import numpy as np
import pytest
import requests
import torch
from PIL import Image
from scipy.stats import kendalltau

from shapespace.data.noise import salt_and_pepper
from shapespace.data.ratings import published_dissimilarities
from shapespace.explorer.guard import HEADERS
from shapespace.explorer.opened import FULL
from shapespace.explorer.sketches import MAX_BYTES

SPOT = {"start": "owl", "point": [0.1, -0.2, 0.3, 0.0]}


@pytest.fixture(scope="module")
def ask(served):
    """Send a request; return the answer."""
    with requests.Session() as session:

        def send(path, body=None, **more):
            method = "GET" if body is None and not more.get("data") else "POST"
            return session.request(method, served.address + path, json=body, timeout=30, **more)

        yield send


@pytest.fixture(scope="module")
def run(opened):
    return opened[0][0]


def frame(answer):
    """Take apart a frame: facts, and the grey values of its pictures."""
    assert answer.ok, answer.text
    (length,) = struct.unpack("<I", answer.content[:4])
    facts = json.loads(answer.content[4 : 4 + length])
    grey = np.frombuffer(answer.content[4 + length :], np.uint8)
    if "side" in facts:
        grey = grey.reshape(facts["n"], facts["side"], facts["side"])
    return facts, grey


def refused(answer, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body == {"ok": False, "error": body["error"], "status": status}
    assert words in body["error"]


def png(array) -> bytes:
    stream = BytesIO()
    Image.fromarray(np.asarray(array, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_the_description_names_every_stimulus_with_its_published_place(ask, run):
    about = ask("api/about").json()
    assert [one["name"] for one in about["stimuli"]] == list(run.names)
    assert len(about["stimuli"]) == 60
    by_name = {one["name"]: one for one in about["stimuli"]}
    row = run.run.space.items.index("owl")
    assert by_name["owl"]["place"] == pytest.approx(run.run.space.coordinates[row])
    assert by_name["owl"]["category"] == "birds"
    assert [one["name"] for one in about["space"]["features"]] == [
        "FORM",
        "LINES",
        "ORIENTATION",
    ]
    assert [one["name"] for one in about["runs"]] == ["one", "two"]
    assert all(one["stand_in"] for one in about["runs"])


def test_principal_axes_are_those_of_the_places(ask, run):
    axes = np.array([one["vector"] for one in ask("api/about").json()["space"]["axes"][:2]])
    centred = run.places - run.places.mean(axis=0)
    _, _, rows = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(np.abs((axes * rows[:2]).sum(axis=1)), 1, atol=1e-9)


def test_a_feature_step_moves_its_feature_and_holds_the_others(ask):
    features = ask("api/about").json()["space"]["features"]
    vectors = np.array([one["vector"] for one in features])
    steps = np.array([one["step"] for one in features])
    np.testing.assert_allclose(vectors @ steps.T, np.eye(3), atol=1e-9)


@pytest.mark.parametrize("policy", ["neighbours", "anchor", "conditional", "sample"])
def test_a_drawing_lies_where_it_was_asked_for(ask, policy):
    facts, pictures = frame(ask("api/runs/0/draw", {"spot": SPOT | {"policy": policy}}))
    assert facts["point"] == pytest.approx(SPOT["point"], abs=1e-6)
    assert pictures.shape == (1, 32, 32)
    assert 0 <= facts["off_code"] <= 100


def test_a_drawing_is_what_the_python_interface_decodes(ask, run):
    _, pictures = frame(ask("api/runs/0/draw", {"spot": SPOT | {"policy": "neighbours"}}))
    expected = run.run.from_space(np.array([SPOT["point"]]), policy="neighbours")
    np.testing.assert_allclose(pictures / 255, expected, atol=0.51 / 255)


def test_without_a_point_the_start_drawing_is_redrawn_and_read_back(ask, run):
    asked = {"spot": {"start": "owl", "policy": "anchor"}, "again": True}
    facts, pictures = frame(ask("api/runs/0/draw", asked))
    code = run.run.code_of("owl")[None]
    expected = run.run.decode(code)
    np.testing.assert_allclose(pictures / 255, expected, atol=0.51 / 255)
    back = run.run.to_space(expected)[0]
    assert facts["again"] == pytest.approx(back, abs=1e-4)


def test_the_rest_of_the_code_leaves_the_place_and_changes_the_drawing(ask):
    still, before = frame(ask("api/runs/0/draw", {"spot": SPOT}))
    moved, after = frame(ask("api/runs/0/draw", {"spot": SPOT | {"rest": [2, -1, 0, 3]}}))
    assert moved["point"] == pytest.approx(still["point"], abs=1e-6)
    assert (before != after).any()


def test_noise_is_laid_over_the_start_drawing(ask, run):
    _, pictures = frame(ask("api/runs/0/start", {"start": "owl", "noise": 0.3, "seed": 7}))
    clean = torch.from_numpy(run.run.images("owl"))[:, None]
    noisy = salt_and_pepper(clean, 0.3, generator=torch.Generator().manual_seed(7))[:, 0]
    np.testing.assert_allclose(pictures[0] / 255, clean[0, 0], atol=0.51 / 255)
    np.testing.assert_allclose(pictures[1] / 255, noisy[0], atol=0.51 / 255)
    expected = run.run.decode(run.run.encode(noisy.numpy()))[0]
    np.testing.assert_allclose(pictures[2] / 255, expected, atol=0.51 / 255)


def test_the_nearest_stimuli_are_those_people_put_nearest(ask, run):
    facts, _ = frame(ask("api/runs/0/draw", {"spot": SPOT}))
    far = np.linalg.norm(run.places - SPOT["point"], axis=1)
    expected = [run.names[row] for row in np.argsort(far)[:5]]
    assert [one["name"] for one in facts["nearest"]] == expected


@pytest.mark.parametrize("path", ["linear", "spherical", "geodesic"])
def test_the_way_between_two_begins_and_ends_at_them(ask, path):
    first, last = {"start": "owl", "policy": "anchor"}, {"start": "axe", "policy": "anchor"}
    way = {"first": first, "last": last, "path": path, "n_steps": 5}
    facts, pictures = frame(ask("api/runs/0/between", way))
    for spot, picture, point, share in ((first, 0, 0, 0.0), (last, -1, -1, 1.0)):
        alone, drawn = frame(ask("api/runs/0/draw", {"spot": spot}))
        np.testing.assert_allclose(drawn[0].astype(int), pictures[picture], atol=1)
        assert facts["points"][point] == pytest.approx(alone["point"], abs=1e-6)
        on_way = {"between": way, "share": share}
        np.testing.assert_allclose(
            frame(ask("api/runs/0/draw", on_way))[1][0].astype(int), drawn[0], atol=1
        )
    halfway, _ = frame(ask("api/runs/0/draw", {"between": way, "share": 0.5}))
    assert len(facts["off"]) == len(pictures) == 5
    if path == "linear":
        ends = np.array([facts["points"][0], facts["points"][-1]])
        assert halfway["point"] == pytest.approx(ends.mean(axis=0), abs=1e-6)


def test_a_walk_is_read_back_along_every_feature(ask, run):
    facts, pictures = frame(
        ask("api/runs/0/walk", {"spot": {"start": "owl"}, "feature": "LINES"})
    )
    done = run.run.walk("LINES", ["owl"])
    np.testing.assert_allclose(pictures / 255, done.pictures[0], atol=0.51 / 255)
    assert facts["amounts"] == pytest.approx(facts["asked"]["LINES"], abs=1e-6)
    way = run.run.space.directions["FORM"]
    expected = (done.read_back[0] - done.asked[0, 3]) @ way
    assert facts["read_back"]["FORM"] == pytest.approx(expected, abs=1e-6)


def test_shading_is_the_percentile_of_each_point(ask, run):
    plane = {
        "spot": SPOT, "origin": [-3, 3, 0, 0], "right": [1, 0, 0, 0], "down": [0, -1, 0, 0],
        "n_columns": 7, "n_rows": 6,
    }  # fmt: skip
    _, bytes_ = frame(ask("api/runs/0/shade", plane))
    shade = bytes_.reshape(6, 7)
    for row, column in ((0, 0), (3, 3), (5, 1)):
        point = [column - 3.0, 3.0 - row, 0.0, 0.0]
        facts, _ = frame(ask("api/runs/0/draw", {"spot": SPOT | {"point": point}}))
        worst = max(facts["off_code"], facts["off_place"])
        assert shade[row, column] == int(worst / 100 * FULL)


def test_far_points_are_off_the_data_and_the_middle_is_not(ask):
    far, _ = frame(ask("api/runs/0/draw", {"spot": SPOT | {"point": [50, 50, 50, 50]}}))
    near, _ = frame(
        ask("api/runs/0/draw", {"spot": SPOT | {"point": [0] * 4, "policy": "conditional"}})
    )
    assert far["off_place"] == 100
    assert near["off_place"] < 90


def test_pairs_stand_beside_what_people_said(ask, run):
    pairs = ask("api/runs/0/pairs").json()
    ratings = published_dissimilarities().subset(run.names)
    assert len(pairs["human"]) == 1770
    for i in (0, 700, 1769):
        first, second = pairs["first"][i], pairs["second"][i]
        assert pairs["human"][i] == pytest.approx(ratings.matrix[first, second], abs=1e-4)
        expected = np.linalg.norm(run.codes[first] - run.codes[second])
        assert pairs["distance"][i] == pytest.approx(expected, abs=1e-5)
    expected = kendalltau(pairs["distance"], pairs["human"]).statistic
    assert pairs["tau"] == pytest.approx(expected, abs=1e-4)  # what is sent is rounded
    assert pairs["n_held_out"] == sum(pairs["held_out"]) == 12 * 11 // 2
    assert pairs["stand_in"]


def test_a_sketch_is_cleaned_placed_and_forgotten_by_none(ask):
    drawing = np.full((300, 500), 30)  # white on black, off the middle
    drawing[40:160, 60:70] = drawing[40:50, 60:180] = 220
    told = ask("api/sketches", data=png(drawing)).json()
    assert told["ok"]
    assert "inverted, since it was white on black" in told["notes"]
    facts, pictures = frame(ask("api/runs/0/start", {"start": told["id"]}))
    rows, columns = np.where(pictures[0] < 128)
    assert rows.min() + rows.max() == pytest.approx(31, abs=1)
    assert columns.min() + columns.max() == pytest.approx(31, abs=1)
    assert np.ptp(rows) == pytest.approx(0.9 * 32, abs=2)
    assert facts["seen"] == "a sketch, never seen"
    assert len(facts["nearest"]) == len(facts["nearest_codes"]) == 5


def test_thin_lines_are_made_as_wide_as_those_of_the_stimuli(ask):
    drawing = np.full((800, 800), 255)
    drawing[100:700, 100] = drawing[100, 100:700] = 0  # one pixel wide
    told = ask("api/sketches", data=png(drawing)).json()
    _, pictures = frame(ask("api/runs/0/start", {"start": told["id"]}))
    ink = 1 - pictures[0] / 255
    assert ink[16].sum() == pytest.approx(1.2, abs=0.5)  # in pixels of a row across the line


def test_a_sketch_nobody_knows_is_gone(ask):
    refused(ask("api/runs/0/draw", {"spot": {"start": "sketch:0"}}), 410, "no longer kept")


BAD_FILES = {
    "empty": (b"", "0 bytes"),
    "text": (b"hello " * 10, "text, not a PNG"),
    "cut": (png(np.zeros((64, 64)))[:60], "damaged"),
    "blank": (png(np.full((64, 64), 255)), "no drawing"),
    "script": (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script>'
        b'<path d="M1 1h7v7z"/></svg>',
        "script",
    ),
    "entities": (b'<!DOCTYPE x [<!ENTITY a "b">]><svg>&a;</svg>', "cannot be used"),
    "bomb": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0),
        "cannot be used",
    ),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_wrong_file_is_refused_with_a_sentence(ask, name):
    content, words = BAD_FILES[name]
    headers = {"Content-Type": "application/octet-stream"}
    if not content:
        answer = requests.post(ask("api/ping").url.replace("ping", "sketches"), timeout=10)
    else:
        answer = ask("api/sketches", data=content, headers=headers)
    refused(answer, 422, words)
    assert ask("api/ping").json() == {"ok": True}


def test_a_huge_file_is_refused_before_it_is_read(ask, served):
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.putrequest("POST", "/api/sketches")
    connection.putheader("Content-Length", str(10 * MAX_BYTES))
    connection.endheaders()
    answer = connection.getresponse()  # not a byte of it was sent
    assert answer.status == 413
    assert "8 MB" in json.loads(answer.read())["error"]
    connection.close()
    assert ask("api/ping").ok


def test_a_huge_file_of_unsaid_length_is_refused_too(ask, served):
    chunk = b"0" * 2**20
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    connection.putrequest("POST", "/api/sketches")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    for _ in range(MAX_BYTES // 2**20 + 1):
        connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    connection.send(b"0\r\n\r\n")
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["status"] == 413
    connection.close()
    assert ask("api/ping").ok


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1:80"])
def test_other_names_of_the_machine_are_refused(ask, host):
    refused(ask("api/ping", headers={"Host": host}), 403, "this machine only")


def test_other_pages_may_not_ask(ask):
    headers = {"Origin": "http://evil.example"}
    refused(ask("api/runs/0/draw", {"spot": SPOT}, headers=headers), 403, "Another page")


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("api/runs/0/draw", {"spot": {"start": "nobody"}}, 422, "nobody"),
        ("api/runs/0/draw", {"spot": SPOT | {"point": [1, 2]}}, 422, "4 numbers, got 2"),
        ("api/runs/0/draw", {"spot": SPOT | {"policy": "magic"}}, 422, "policy"),
        ("api/runs/0/draw", {"spot": SPOT | {"noise": 2}}, 422, "noise"),
        ("api/runs/0/draw", {"spot": SPOT | {"point": [1e99] * 4}}, 422, "point"),
        ("api/runs/0/draw", {}, 422, "either a spot or a share"),
        ("api/runs/0/draw", {"spt": 1}, 422, "cannot be used"),
        ("api/runs/7/draw", {"spot": SPOT}, 404, "no run 7"),
        ("api/runs/0/walk", {"spot": SPOT, "feature": "TASTE"}, 422, "no direction 'TASTE'"),
        ("api/runs/0/shade", {"spot": SPOT, "origin": [0], "right": [1], "down": [1],
                              "n_columns": 2, "n_rows": 2}, 422, "4 numbers"),
        ("nothing.html", None, 404, "nothing of this name"),
        ("api/ping", {"x": 1}, 405, "cannot be done"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_one_shape(ask, path, body, status, words):
    refused(ask(path, body), status, words)


def test_json_that_is_none_is_refused(ask):
    answer = ask(
        "api/runs/0/draw", data=b"{nonsense", headers={"Content-Type": "application/json"}
    )
    refused(answer, 422, "cannot be used")


def test_every_answer_forbids_what_the_page_does_not_need(ask):
    for path in ("", "main.js", "api/about"):
        answer = ask(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_the_code_can_be_taken_along(ask, run):
    found = ask("api/runs/0/code", {"spot": SPOT}).json()
    assert found["coordinates"] == pytest.approx(SPOT["point"], abs=1e-6)
    again = run.run.space.map.coordinates(np.array([found["code"]]))[0]
    assert again == pytest.approx(SPOT["point"], abs=1e-6)
    assert found["run"] == "one"


def test_the_svg_shows_the_drawing(ask):
    from shapespace.data.svg import rasterise

    spot = {"spot": {"start": "owl", "policy": "anchor"}}
    answer = ask("api/runs/0/svg", spot)
    _, pictures = frame(ask("api/runs/0/draw", spot))
    drawn = rasterise(answer.content, 320)
    small = drawn.reshape(32, 10, 32, 10).mean(axis=(1, 3))
    assert np.abs(small - pictures[0]).mean() < 20
    assert answer.headers["content-type"].startswith("image/svg+xml")


def test_many_at_once_are_all_answered(ask, served):
    found = []

    def one(i):
        body = {
            "spot": SPOT | {"point": [0.01 * i, 0, 0, 0], "policy": "anchor", "noise": i / 100}
        }
        found.append(
            requests.post(f"{served.address}api/runs/{i % 2}/draw", json=body, timeout=30)
        )

    threads = [threading.Thread(target=one, args=(i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in found] == [200] * 20
