"""The exported site against torch and numpy: what the browser computes is what Python computes."""

import base64
import itertools
from io import BytesIO

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from shapespace.data.svg import rasterise
from shapespace.errors import BadInput
from shapespace.explorer.describing import start_facts, walk_facts
from shapespace.explorer.sketches import clean
from shapespace.explorer.spots import Between, Drawn, Plane, Spot
from shapespace.walks.paths import path_between

TOLERANCE = 1e-4
"""Of grey values and coordinates."""

OPEN = """async () => {
  const part = name => import(new URL(`static/${name}.js`, document.baseURI));
  const [loading, run, network, sketch, decoding] =
    await Promise.all(["loading", "run", "network", "sketch", "decoding"].map(part));
  const files = new loading.Files(await loading.description());
  const shared = { sketches: new sketch.Sketches(), turns: new network.Turns() };
  window.runs = [await run.openRun(files, 0, shared), await run.openRun(files, 1, shared)];
  window.chance = await part("chance");
  window.resizing = await part("resizing");
  window.paths = await part("paths");
  window.clean = async content => {
    const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
    return shared.sketches.add(await decoding.pixelsOf(new Blob([bytes])));
  };
}"""


@pytest.fixture(scope="module")
def site_page(browser, hosted):
    """A page of the site on which its modules can be called one by one."""
    found = browser.new_page()
    found.goto(hosted)
    found.evaluate(OPEN)
    yield found
    found.close()


@pytest.fixture(scope="module")
def run(opened):
    return opened[0][0]


def spot(**changes) -> dict:
    """Return a spot as the page asks for it."""
    plain = {"start": "owl", "point": None, "policy": "anchor", "rest": [0.0] * 4}
    return {**plain, "noise": 0.0, "seed": 0, **changes}


POINTS = ([0.1, -0.2, 0.3, 0.0], [1.5, 2.0, -1.0, 0.5], [9.0, 0.0, 0.0, -9.0])
RESTS = ([0.0] * 4, [2.0, -1.0, 0.5, 3.0])
POLICIES = ("neighbours", "anchor", "conditional", "sample")
SPOTS = [
    *(
        spot(point=point, policy=policy, rest=rest, seed=seed)
        for point, policy, rest, seed in itertools.product(POINTS, POLICIES, RESTS, (0, 7))
    ),
    *(spot(start=start, rest=rest) for start, rest in itertools.product(("axe", "bus"), RESTS)),
    *(spot(point=point, noise=noise, seed=3) for point in (None, POINTS[0]) for noise in (0.1, 1)),
]  # fmt: skip


def test_every_spot_gives_the_code_the_picture_and_the_facts_of_python(site_page, opened):
    look = """async ([run, asked]) => {
      const code = await runs[run].codeOf(asked), picture = await runs[run].network.decode(code);
      return { code: [...code], picture: [...picture], ...(await runs[run].draw(asked)).facts };
    }"""
    for number, one in enumerate(opened[0]):
        for place in SPOTS[number :: len(opened[0])]:
            asked = Drawn(spot=Spot(**place), again=True)
            code = one.code_of(asked)
            _, facts = one.draw(asked)
            found = site_page.evaluate(look, [number, {"spot": place, "again": True}])
            exact = 1e-12 if place["noise"] == 0 else 1e-5  # noise is encoded by the network
            np.testing.assert_allclose(found["code"], code[0], atol=exact, rtol=1e-5)
            picture = one.run.decode(code).ravel()
            np.testing.assert_allclose(found["picture"], picture, atol=TOLERANCE / 100)
            for name in ("point", "again"):
                np.testing.assert_allclose(found[name], facts[name], atol=TOLERANCE)
            assert found["off_place"] == facts["off_place"]
            assert found["off_code"] == pytest.approx(facts["off_code"], abs=100 / 96)
            assert [one["name"] for one in found["nearest"]] == [
                one["name"] for one in facts["nearest"]
            ]


@pytest.mark.parametrize("path", ["linear", "spherical", "geodesic"])
def test_every_way_is_that_of_python(site_page, run, path):
    ends = [spot(), spot(start="axe", point=POINTS[0]), spot(point=POINTS[1], policy="sample")]
    for first, last in [*itertools.permutations(ends, 2), (ends[0], ends[0])]:
        asked = {"first": first, "last": last, "path": path}
        way = Between(first=Spot(**first), last=Spot(**last), path=path)
        look = "async asked => (await runs[0].way(asked, 9)).map(code => [...code])"
        np.testing.assert_allclose(site_page.evaluate(look, asked), run.way(way), atol=1e-12)
        facts = site_page.evaluate("async asked => (await runs[0].between(asked)).facts", asked)
        expected = [max(run.off(code[None]).values()) for code in run.way(way)]
        np.testing.assert_allclose(facts["off"], expected)
        for share in (0.0, 0.37, 1.0):
            found = site_page.evaluate(
                "async asked => [...await runs[0].codeOf(asked)]",
                {"between": asked, "share": share},
            )
            code = run.code_of(Drawn(between=way, share=share))[0]
            np.testing.assert_allclose(found, code, atol=1e-12)


def test_the_shortest_way_turns_at_training_codes(site_page, opened):
    # Ends that lie far out in opposite directions: the way leads from code to code between them.
    codes = opened[0][1].run.training_codes
    middle, away = codes.mean(axis=0), 3 * np.ptp(codes, axis=0)
    ends = middle + away, middle - away
    look = """ends => paths.pathBetween(...ends.map(end => Float64Array.from(end)), 33, "geodesic",
      runs[1].graph).map(code => [...code])"""
    found = site_page.evaluate(look, [end.tolist() for end in ends])
    expected = path_between(*ends, 33, kind="geodesic", training_codes=codes)
    straight = path_between(*ends, 33, training_codes=codes)
    assert np.abs(expected - straight).max() > 0.1 * np.ptp(codes, axis=0).min()
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_walks_and_start_drawings_are_those_of_python(site_page, run):
    for place, feature in ((spot(), "FORM"), (spot(point=POINTS[1], noise=0.2), "LINES")):
        pictures, facts = walk_facts(run, Spot(**place), feature)
        found = site_page.evaluate(
            "async asked => { const { facts, pictures } = await runs[0].walk(asked); "
            "return { facts, grey: pictures.map(one => [...one.grey]) }; }",
            {"spot": place, "feature": feature},
        )
        for name in ("asked", "read_back"):
            for direction, values in facts[name].items():
                np.testing.assert_allclose(
                    found["facts"][name][direction], values, atol=TOLERANCE
                )
        np.testing.assert_allclose(found["facts"]["points"], facts["points"], atol=TOLERANCE)
        np.testing.assert_allclose(
            found["grey"], pictures.reshape(7, -1) * 255, atol=0.5 + 255 * TOLERANCE
        )
        pictures, facts = start_facts(run, Spot(**place))
        found = site_page.evaluate(
            "async spot => { const { facts, pictures } = await runs[0].start(spot); "
            "return { facts, grey: pictures.map(one => [...one.grey]) }; }",
            place,
        )
        assert found["facts"]["seen"] == facts["seen"]
        for name in ("nearest", "nearest_codes"):
            assert [one["name"] for one in found["facts"][name]] == [
                one["name"] for one in facts[name]
            ]
        np.testing.assert_allclose(
            found["grey"], pictures.reshape(3, -1) * 255, atol=0.5 + 255 * TOLERANCE
        )


def test_stimuli_are_the_same_kept_as_bytes_or_as_grey_values(site_page, opened):
    look = """() => {
      const run = runs[1], bytes = run.arrays.stimuli;
      const shown = () => [...run.startPicture({ start: "owl" })];
      const first = shown();
      run.arrays.stimuli = { ...bytes, values: Float32Array.from(bytes.values, grey => grey / 255) };
      const found = [first, shown()];
      run.arrays.stimuli = bytes;
      return found;
    }"""
    picture = opened[0][1].start_picture(Spot(start="owl")).ravel()
    for found in site_page.evaluate(look):
        np.testing.assert_array_equal(np.array(found, np.float32), picture)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_shading_is_that_of_python(site_page, run, policy):
    place = spot(point=POINTS[0], policy=policy, rest=[1.0, 0.0, 0.0, 0.0])
    plane = {"origin": [-3, 3, 0, 0], "right": [0.2, 0, 0.01, 0], "down": [0, -0.15, 0, 0.02]}
    size = {"n_columns": 31, "n_rows": 40}
    look = "async plane => [...(await runs[0].shade(plane)).bytes]"
    found = np.array(site_page.evaluate(look, {"spot": place, **plane, **size}))
    expected = run.shading(Plane(spot=Spot(**place), **plane, **size)).ravel()
    assert len(np.unique(expected)) > 1
    assert (found != expected).mean() < 0.002  # a percentile may turn at its very edge


def test_chance_is_that_of_torch_and_numpy(site_page):
    for seed in (0, 1, 12345, 2**31 - 1):
        draw = torch.rand(2000, generator=torch.Generator().manual_seed(seed)).numpy()
        found = site_page.evaluate("seed => [...chance.torchRand(2000, seed)]", seed)
        np.testing.assert_array_equal(np.array(found, np.float32), draw)
        for n in (2, 96, 1000, 3 * 2**30):
            found = site_page.evaluate("words => chance.numpyInteger(...words)", [n, seed])
            assert found == np.random.default_rng(seed).integers(n)


def test_resizing_is_that_of_pillow_and_opencv(site_page):
    draw = np.random.default_rng(0)
    look = """([height, width, grey, wide, high, kind]) => {
      const picture = { width, height, grey: Uint8Array.from(grey) };
      const pillow = ["box", "bicubic"].includes(kind), { resized, openCv } = resizing;
      const found = pillow ? resized(picture, wide, high, kind === "box")
        : openCv(picture, wide, high, kind);
      return [...found.grey];
    }"""
    pillow = {"box": Image.Resampling.BOX, "bicubic": Image.Resampling.BICUBIC}
    opencv = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR}
    for kind, (height, width), (high, wide) in (
        ("box", (90, 140), (41, 64)),
        ("box", (64, 64), (32, 32)),
        ("bicubic", (30, 20), (64, 43)),
        ("area", (128, 128), (32, 32)),
        ("area", (100, 77), (61, 47)),
        ("linear", (33, 20), (60, 36)),
    ):
        grey = draw.integers(0, 256, (height, width)).astype(np.uint8)
        asked = [height, width, grey.ravel().tolist(), wide, high, kind]
        found = np.array(site_page.evaluate(look, asked)).reshape(high, wide)
        if kind in pillow:
            expected = np.asarray(Image.fromarray(grey).resize((wide, high), pillow[kind]))
            np.testing.assert_array_equal(found, expected)
        else:
            expected = cv2.resize(grey, (wide, high), interpolation=opencv[kind])
            np.testing.assert_allclose(found, expected.astype(int), atol=1)


def test_curves_between_grey_values_are_those_of_opencv(site_page):
    grey = np.random.default_rng(2).random((16, 16), np.float32)
    found = site_page.evaluate(
        "grey => [...resizing.openCv({ width: 16, height: 16, grey: Float32Array.from(grey) }, "
        "128, 128, 'cubic').grey]",
        grey.ravel().tolist(),
    )
    expected = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_CUBIC)
    np.testing.assert_allclose(np.reshape(found, (128, 128)), expected, atol=1e-5)


def drawing(
    width: int, height: int, line: int, *, ink: int = 0, paper: int = 255
) -> Image.Image:
    """Return a triangle and an ellipse with soft edges."""
    scan = np.full((4 * height, 4 * width), paper, np.uint8)
    corners = np.array([[0.8, 0.9], [3.2, 1.0], [2.0, 3.1]]) * [width, height]
    cv2.polylines(scan, [corners.astype(np.int32)], True, ink, 4 * line)
    middle, axes = (2 * width, 2 * height), (width, int(0.8 * height))
    cv2.ellipse(scan, middle, axes, 0, 0, 360, ink, 4 * line)
    return Image.fromarray(scan).resize((width, height), Image.Resampling.BOX)


def transparent(image: Image.Image) -> Image.Image:
    found = Image.new("RGBA", image.size, (10, 30, 80, 0))
    found.putalpha(Image.fromarray(255 - np.asarray(image)))
    return found


def noisy(image: Image.Image) -> Image.Image:
    noise = np.random.default_rng(1).normal(0, 6, (image.height, image.width))
    return Image.fromarray((np.asarray(image) + noise).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    stream = BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


SKETCHES = {
    "small": encoded(drawing(60, 44, 2)),
    "of the very side": encoded(drawing(512, 512, 9)),
    "large": encoded(drawing(900, 700, 7)),
    "thin": encoded(drawing(800, 800, 1)),
    "wide": encoded(drawing(1500, 200, 5)),
    "white on black": encoded(drawing(500, 300, 5, ink=230, paper=20)),
    "on grey paper": encoded(noisy(drawing(700, 600, 9, ink=60, paper=180))),
    "transparent": encoded(transparent(drawing(300, 300, 6))),
    "in colour": encoded(Image.merge("RGB", [drawing(400, 640, 8, ink=i) for i in (200, 20, 90)])),
    "JPEG": encoded(drawing(640, 480, 6, ink=40, paper=200).convert("RGB"), "JPEG"),
}  # fmt: skip

CLEAN = """async content => {
  const { id, notes, width } = await clean(content);
  return { id, notes, width, grey: [32, 64].map(side => [...runs[0].sketches.picture(id, side)]) };
}"""


@pytest.mark.parametrize("name", SKETCHES)
def test_a_sketch_is_cleaned_as_by_python_to_one_grey_level(site_page, name):
    expected = clean(SKETCHES[name])
    found = site_page.evaluate(CLEAN, base64.b64encode(SKETCHES[name]).decode())
    assert found["notes"] == list(expected.notes)
    assert found["width"] == pytest.approx(expected.width, rel=0.01)
    for side, grey in zip((32, 64), found["grey"], strict=True):
        picture = expected.picture(side)[0]
        assert picture.min() < 0.5
        np.testing.assert_allclose(np.reshape(grey, (side, side)), picture, atol=1.01 / 255)


SVGS = {
    "plain": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 60"><path '
    b'd="M10 10h80v40z" fill="none" stroke="#000" stroke-width="5"/></svg>',
    "without a namespace": b'<svg width="40mm" height="20mm" viewBox="0 0 80 40"><g transform="'
    b'rotate(5)"><circle cx="30" cy="20" r="12"/></g></svg>',
    "styled": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><style>.a{fill:none;'
    b'stroke:#000}</style><rect class="a" x="9" y="9" width="70" height="40" style="stroke-width:6"/>'
    b"</svg>",
    "of an editor": b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/'
    b'xlink" xmlns:e="urn:editor" width="90" height="90"><e:notes a="1"/><metadata>x</metadata><defs>'
    b'<path id="p" d="M10 40h60" stroke="#000" stroke-width="8"/></defs><use xlink:href="#p"/></svg>',
}


@pytest.mark.parametrize("name", SVGS)
def test_an_svg_is_drawn_nearly_as_by_python(site_page, watched_console, name):
    # Another renderer smooths edges in its own way, and by that moves the frame a little.
    expected = clean(SVGS[name]).picture(64)[0]
    found = site_page.evaluate(CLEAN, base64.b64encode(SVGS[name]).decode())
    grey = np.reshape(found["grey"][1], (64, 64))
    assert np.abs(grey - expected).mean() < 0.01
    assert np.corrcoef(grey.ravel(), expected.ravel())[0, 1] > 0.995
    assert watched_console == []


@pytest.fixture
def watched_console(site_page):
    """What the page complains of meanwhile."""
    found = []
    site_page.on("console", lambda message: found.append(message.text))
    return found


def test_the_svg_of_a_drawing_shows_it(site_page, run):
    place = spot(start="bus")
    found = site_page.evaluate("async spot => await runs[0].svg({ spot })", place)
    big = rasterise(found.encode(), 320).reshape(32, 10, 32, 10).mean(axis=(1, 3))
    picture = run.run.decode(run.code(Spot(**place)))[0]
    assert np.abs(big / 255 - picture).max() < 1 / 6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty (0 bytes)"),
        (b"hello " * 9, "it is text, not a PNG, JPEG or SVG image"),
        (b"GIF89a" + bytes(99), "it is a GIF, not a PNG"),
        (encoded(drawing(64, 64, 3))[:200], "damaged or cut short"),
        (encoded(drawing(64, 64, 3), "JPEG")[:500], "damaged or cut short"),
        (encoded(Image.new("L", (4, 90))), "it has 4 × 90 pixels, too small"),
        (encoded(Image.new("1", (8000, 6000))), "more than the limit of 40 million"),
        (encoded(Image.new("L", (64, 64), 200)), "There is no drawing on this picture"),
        (SVGS["plain"].replace(b"<path", b"<script>1</script><path"), "it holds a script"),
        (SVGS["plain"].replace(b"<path", b'<path onclick="1"'), "it holds a script"),
        (SVGS["plain"].replace(b"<path", b'<image href="x.png"/><path'), "another image"),
        (SVGS["plain"].replace(b"<path", b'<use href="http://x/y#z"/><path'), "outside the file"),
        (SVGS["plain"].replace(b"#000", b"url(http://x/y)"), "outside the file"),
        (SVGS["plain"].replace(b"<path", b"<style>@imp<!-- -->ort 'x';</style><path"), "outside"),
        (SVGS["plain"].replace(b"<path", b"<style>\\40import</style><path"), "uses escapes"),
        (SVGS["plain"].replace(b"<path", b"<text>a</text><path"), "it holds text"),
        (SVGS["plain"][:-9], "not well-formed"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + SVGS["plain"], "declares entities"),
        (b"<html><body/></html>", "the file is XML, but not an SVG drawing"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9"/></svg>', "has no size"),
        (b"<svg>" + b"<g>" * 101 + b"</g>" * 101 + b"</svg>", "more than 100 deep"),
    ],
)  # fmt: skip
def test_what_python_refuses_is_refused(site_page, content, words):
    look = "async content => { try { await clean(content); return '' } catch (e) { return e.message } }"
    assert words in site_page.evaluate(look, base64.b64encode(content).decode())
    with pytest.raises(BadInput):
        clean(content)
