"""The page of the exported site beside the served one, and with parts that do not come."""

import base64
import re
import shutil
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from served_page import Hosted, Watched, open_page

ADDRESSES = [
    "run=0&beside=1&start=owl&policy=anchor",
    "run=0&start=owl&point=0.4,-0.3,0.2,0.1&policy=neighbours&rest=1,-2,0,0.5",
    "run=1&beside=0&start=axe&point=0.4,-0.3,0.2,0.1&policy=sample&seed=11",
    "run=0&start=bus&policy=anchor&noise=0.3&seed=4&axes=2,5&feature=LINES",
    "run=1&start=owl&first-start=owl&first-policy=anchor&last-start=axe&last-policy=anchor"
    "&path=geodesic&share=0.4",
]

TEXTS = ("facts", "start-facts", "walk-facts", "between-facts", "pairs-facts", "map-about")
PICTURES = ("picture", "other-picture", "start-given", "start-redrawn", "pin-a")


@pytest.fixture
def windows(browser):
    """Pages in a window of their own, side by side."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page
    context.close()


def greys(page, selector: str) -> np.ndarray:
    """Return what a canvas shows."""
    url = page.evaluate("name => document.querySelector(name).toDataURL()", selector)
    image = Image.open(BytesIO(base64.b64decode(url.split(",")[1])))
    return np.asarray(image.convert("RGBA"), np.int64)


def looked_at(page, address: str, words: str) -> dict:
    page.goto("about:blank")
    page.goto(f"{address}#{words}")
    page.wait_for_function(
        "() => document.querySelector('#facts')?.innerText.includes('Read back')"
    )
    page.wait_for_function("() => document.querySelector('#start-facts').innerText")
    page.wait_for_function("() => document.querySelector('#pairs-facts').innerText")
    strip = (
        "#between-strip li:nth-child(9)" if "share=" in words else "#walk-strip li:nth-child(7)"
    )
    page.wait_for_selector(strip)
    page.wait_for_timeout(300)
    shown = [*(f"#{name}" for name in PICTURES), f"{strip} canvas"]
    return {
        "texts": {name: page.locator(f"#{name}").text_content() for name in TEXTS},
        "nearest": page.locator("#nearest button").evaluate_all("all => all.map(one => one.title)"),
        "pictures": {name: greys(page, name) for name in shown},
    }  # fmt: skip


@pytest.mark.parametrize("words", ADDRESSES)
def test_both_pages_show_the_same_at_the_same_address(windows, served, hosted, words):
    ours, other = (looked_at(windows(), address, words) for address in (served.address, hosted))
    assert other["texts"] == ours["texts"]
    assert other["nearest"] == ours["nearest"]
    for name, picture in ours["pictures"].items():
        np.testing.assert_allclose(other["pictures"][name], picture, atol=1, err_msg=name)


def test_all_is_asked_of_the_own_folder_and_once_loaded_of_nobody(windows, site):
    server = Hosted(site.root)
    address = f"{server.address}some%20where/below/"
    page, watcher, asked = windows(), Watched(address), []
    watcher.watch(page)
    page.on("request", lambda request: asked.append(request.url.split("?")[0]))
    open_page(page, address)
    page.wait_for_function(
        "() => document.querySelector('#facts').innerText.includes('Read back')"
    )
    page.wait_for_selector("#walk-strip li:nth-child(7)")
    for name in ("static/worker.js", "data/1/arrays.bin", "data/0/encoder.onnx"):
        assert f"{address}{name}" in asked  # so what a worker asks is watched, too
    assert page.locator("#loading").is_hidden()
    server.stop()
    before = page.evaluate("document.querySelector('#picture').toDataURL()")
    page.focus("#feature-FORM")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('#picture').toDataURL() !== before", arg=before
    )
    assert page.locator("#lost").is_hidden()
    assert not watcher.bad


def test_a_sketch_outlives_a_new_start_of_the_page(windows, hosted):
    page = windows()
    open_page(page, hosted)
    svg = b'<svg viewBox="0 0 9 9"><path d="M1 1h7v5" fill="none" stroke="#000"/></svg>'
    page.set_input_files("#file", {"name": "a.svg", "mimeType": "", "buffer": svg})
    page.wait_for_function(
        "() => document.querySelector('#start-facts').innerText.includes('Your')"
    )
    before = greys(page, "#start-clean")
    page.reload()
    page.wait_for_function(
        "() => document.querySelector('#start-facts').innerText.includes('Your')"
    )
    np.testing.assert_array_equal(greys(page, "#start-clean"), before)


def test_what_is_being_loaded_is_shown(windows, hosted):
    page, told = windows(), []

    def slowly(route):
        page.evaluate(
            "new MutationObserver(() => (window.told ??= []).push(document.querySelector('#loading')"
            ".textContent)).observe(document.querySelector('#loading'), { childList: true })"
        )
        route.continue_()

    page.route("**/decoder.onnx*", slowly)
    open_page(page, hosted)
    told = page.evaluate("window.told")
    assert told
    assert all(re.fullmatch(r"Loading the networks: \d+ of \d+ MB", text) for text in told)


@pytest.mark.parametrize("lost", ["decoder.onnx", "arrays.bin", "run.json"])
def test_a_part_that_is_missing_or_cut_short_is_named(windows, site, tmp_path, lost):
    broken = shutil.copytree(site.folder, tmp_path / "broken")
    part = broken / "data" / "0" / lost
    if lost == "arrays.bin":
        part.write_bytes(part.read_bytes()[:-9])
    else:
        part.unlink()
    server, page = Hosted(tmp_path), windows()
    page.goto(f"{server.address}broken/")
    page.wait_for_selector("#message:not([hidden])")
    said = page.locator("#message").inner_text()
    assert f"(data/0/{lost}). Load the page anew." in said
    page.wait_for_selector("#loading", state="hidden")
    server.stop()


def test_opened_as_a_file_it_says_what_to_do(windows, site):
    page = windows()
    page.goto((site.folder / "index.html").as_uri())
    assert page.locator("#late").is_hidden()  # a page that merely loads does not flash it
    page.wait_for_selector("#late", state="visible")
    assert "python -m http.server" in page.locator("#late").inner_text()
