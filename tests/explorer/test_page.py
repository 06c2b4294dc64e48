import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from served_page import Served, Watched, open_page

INK = "document.querySelector('#picture').toDataURL()"


def after(page, act, look: str = INK):
    """Do something, wait until what is looked at has changed, and return it."""
    before = page.evaluate(look)
    act()
    page.wait_for_function(f"before => ({look}) !== before", arg=before)
    return page.evaluate(look)


def settled(page, look: str = INK) -> str:
    """Wait until what is looked at has not changed for a while; return it."""
    before, now = None, page.evaluate(look)
    while now != before:
        page.wait_for_timeout(600)
        before, now = now, page.evaluate(look)
    return now


def slide(page, name: str, key: str = "ArrowRight", times: int = 10) -> None:
    page.focus(f"#{name}")
    for _ in range(times):
        page.keyboard.press(key)


def svg_sketch() -> bytes:
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><path d="M10 10h80v60z" '
        b'fill="none" stroke="#000" stroke-width="5"/></svg>'
    )


def png(side: int) -> bytes:
    stream = BytesIO()
    Image.fromarray(np.full((side, side), 255, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def give(page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.set_input_files("#file", file)


def middle(page, selector: str) -> tuple[float, float]:
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_click_on_the_map_draws_and_is_in_the_address(page):
    x, y = middle(page, "#map")
    after(page, lambda: page.mouse.click(x + 12, y - 9))
    page.wait_for_function("() => location.hash.includes('point=')")
    assert "policy=anchor" in page.url


def test_fifty_fast_drags_end_at_the_last_and_in_time(page):
    x, y = middle(page, "#map")
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(50):
        page.mouse.move(x + 100 * np.cos(i / 4), y + 80 * np.sin(i / 4))
    page.mouse.up()
    page.wait_for_function("() => location.hash.includes('point=')")
    drawn = settled(page)
    times = page.evaluate(
        "performance.getEntriesByName('input to picture').map(one => one.duration)"
    )
    assert 2 <= len(times) <= 60  # latest wins: some are skipped, none is drawn twice
    page.reload()
    page.wait_for_selector("html[data-ready]")
    page.wait_for_function(f"drawn => ({INK}) === drawn", arg=drawn)


def test_every_slider_changes_the_drawing(page):
    for name in ("feature-FORM", "feature-LINES", "feature-ORIENTATION", "rest-0", "rest-3"):
        after(page, lambda name=name: slide(page, name))
        assert page.locator(f"#{name}").get_attribute("aria-valuetext")
    page.click("#rest-zero")
    assert page.input_value("#rest-0") == "0"
    after(
        page,
        lambda: slide(page, "noise", times=30),
        "document.querySelector('#start-given').toDataURL()",
    )


def test_a_feature_slider_holds_the_other_features(page):
    page.wait_for_timeout(300)
    before = page.input_value("#feature-LINES")
    after(page, lambda: slide(page, "feature-FORM", times=5))
    page.wait_for_timeout(300)
    assert float(page.input_value("#feature-LINES")) == pytest.approx(float(before), abs=0.02)


def test_every_policy_draws_something_else(page):
    x, y = middle(page, "#map")
    after(page, lambda: page.mouse.click(x + 12, y - 9))
    drawn = {page.evaluate(INK)}
    for name in ("nearest", "average", "chance"):
        drawn.add(after(page, lambda name=name: page.click(f".segments >> text={name}")))
    drawn.add(after(page, lambda: page.click("#again")))
    assert len(drawn) == 5


def test_axes_category_zoom_and_pan_redraw_the_map(page):
    look = "document.querySelector('#map').toDataURL()"
    page.wait_for_timeout(500)
    for act in (
        lambda: page.select_option("#across", label="FORM"),
        lambda: page.select_option("#category", "birds"),
        lambda: page.click("#in"),
        lambda: page.click("#whole"),
        lambda: page.click("#out"),
    ):
        after(page, act, look)
    page.select_option("#up", label="FORM")  # the same as across: they change places
    assert page.locator("#across option:checked").inner_text() == "principal 2"
    page.click("#pan")
    x, y = middle(page, "#map")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=3)
    page.mouse.up()
    page.wait_for_function("() => !location.hash.endsWith('view=0%2C0%2C1')")
    assert "point=" not in page.url


def test_between_two_picks(page):
    page.select_option("#start", "owl")
    page.click("#set-a")
    after(page, lambda: page.select_option("#start", "axe"))
    page.click("#set-b")
    page.wait_for_selector("#between-strip li:nth-child(9)")
    last = page.evaluate(INK)
    after(page, lambda: page.click("#between-strip li:nth-child(5) button"))
    assert page.locator("#picture-run").inner_text() == "one, 50 % of the way"
    after(page, lambda: page.select_option("#path", "geodesic"))
    assert after(page, lambda: slide(page, "share", "End", 1)) == last
    page.click("#unpin")
    page.wait_for_selector("#between", state="hidden")


def test_the_walk_is_read_back(page):
    page.wait_for_selector("#walk-strip li:nth-child(7)")
    after(
        page,
        lambda: page.select_option("#feature", "LINES"),
        "document.querySelector('#walk-plot').getAttribute('aria-label')",
    )
    assert "along LINES" in page.locator("#walk-plot").get_attribute("aria-label")
    after(page, lambda: page.click("#walk-strip li:nth-child(1) button"))


def test_pairs_are_named_and_looked_between(page):
    page.focus("#pairs")
    page.keyboard.press("ArrowRight")
    named = page.locator("#pair").inner_text()
    assert " and " in named
    page.keyboard.press("PageUp")
    assert page.locator("#pair").inner_text() != named
    page.keyboard.press("Enter")
    page.wait_for_selector("#between-strip li:nth-child(9)")
    assert "1770 pairs" in page.locator("#pairs-facts").inner_text()
    x, y = middle(page, "#pairs")
    page.mouse.move(x + 250, y)
    assert "people" in page.locator("#pair").inner_text()


def test_two_runs_stand_side_by_side(page):
    other = "document.querySelector('#other-picture').toDataURL()"
    page.wait_for_timeout(300)
    assert page.evaluate(other) != page.evaluate(INK)
    page.select_option("#run", "1")
    page.wait_for_function("() => document.querySelector('#picture-run').innerText === 'two'")
    assert page.locator("#other-run").inner_text() == "one"
    page.select_option("#other", "-1")
    page.wait_for_selector("#other-figure", state="hidden")


def test_undo_and_redo(page):
    page.wait_for_timeout(400)
    first = page.evaluate(INK)
    second = after(page, lambda: page.select_option("#start", "axe"))
    assert after(page, lambda: page.click("#undo")) == first
    assert after(page, lambda: page.keyboard.press("Control+Shift+z")) == second
    assert after(page, lambda: page.keyboard.press("Control+z")) == first
    assert page.is_disabled("#undo")


def test_the_keyboard_moves_and_zooms(page):
    page.focus("#map")
    for key in ("ArrowRight", "Shift+ArrowUp", "ArrowDown"):
        after(page, lambda key=key: page.keyboard.press(key))
    page.keyboard.press("+")
    page.wait_for_function("() => location.hash.endsWith('1.25')")
    page.keyboard.press("0")
    page.wait_for_function("() => location.hash.endsWith('%2C1')")


def test_a_sketch_is_drawn_by_hand_and_by_keyboard(page):
    page.click("#sketch")
    x, y = middle(page, "#pad-canvas")
    page.mouse.move(x - 80, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 60, steps=4)
    page.mouse.up()
    page.focus("#pad-canvas")
    page.keyboard.press("Space")
    for _ in range(8):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    after(page, lambda: page.click("#pad-use"))
    assert page.locator("#start option:checked").inner_text() == "your sketch"
    page.wait_for_function(
        "() => document.querySelector('#start-facts').innerText.includes('Your sketch')"
    )
    assert page.locator("#nearest button").count() == 5
    page.click("#sketch")
    page.click("#pad-clear")
    page.click("#pad-undo")
    page.click("#pad-close")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.png", b"", "0 bytes"),
        ("words.png", b"no image at all", "not a PNG"),
        (
            "evil.svg",
            svg_sketch().replace(b"<path", b"<script>alert(1)</script><path"),
            "script",
        ),
        ("huge.png", b"\x89PNG" + bytes(8 * 2**20), "8 MB"),
        ("blank.png", png(64), "no drawing"),
    ],
)
def test_a_wrong_file_is_refused_in_words_and_all_goes_on(page, watched, name, content, words):
    give(page, name, content)
    page.wait_for_selector("#message:not([hidden])")
    assert words in page.locator("#message").inner_text()
    after(page, lambda: page.select_option("#start", "axe"))
    watched.forgive("422 (Unprocessable")


def test_everything_can_be_saved(page):
    page.wait_for_timeout(300)
    found = {}
    for what in ("png", "svg", "code", "coordinates"):
        page.click("#export summary")
        with page.expect_download() as download:
            page.click(f"[data-save={what}]")
        found[what] = (download.value.suggested_filename, download.value.path().read_bytes())
    assert [name for name, _ in found.values()] == [
        f"shapespace-one.{ending}" for ending in ("png", "svg", "json", "csv")
    ]
    assert Image.open(BytesIO(found["png"][1])).size == (512, 512)
    assert found["svg"][1].startswith(b"<svg ")
    code = json.loads(found["code"][1])
    assert len(code["code"]) == 8
    numbers = found["coordinates"][1].decode().splitlines()[1].rsplit(",", 6)[1:5]
    assert [float(value) for value in numbers] == pytest.approx(code["coordinates"])


def test_two_tabs_do_not_disturb_each_other(page, address):
    other = page.context.new_page()
    open_page(other, address)
    other.select_option("#start", "axe")
    after(page, lambda: page.select_option("#start", "owl"))
    other.wait_for_function("() => location.hash.includes('start=axe')")
    assert "start=owl" in page.url


def test_a_sketch_outlives_a_server_that_is_killed_and_started_again(browser, opened, app):
    server = Served(app)
    watcher = Watched(server.address)
    context = browser.new_context()
    page = context.new_page()
    watcher.watch(page)
    open_page(page, server.address)
    give(page, "mine.svg", svg_sketch())
    page.wait_for_function("() => location.hash.includes('sketch')")
    server.stop()
    slide(page, "feature-FORM", times=3)
    page.wait_for_selector("#lost:not([hidden])")
    assert "does not answer" in page.locator("#lost").inner_text()
    opened[1].__init__()  # the new server knows no sketch
    server.start()
    page.wait_for_selector("#lost", state="hidden")
    after(page, lambda: slide(page, "rest-0", times=5))
    assert page.locator("#start option:checked").inner_text() == "your sketch"
    context.close()
    server.stop()
    watcher.forgive("ERR_CONNECTION_REFUSED")
    watcher.forgive("410 (Gone)")
    watcher.forgive("net::ERR")
    assert not watcher.bad


def test_a_link_to_a_sketch_that_is_gone_falls_back(page, address):
    page.goto(f"{address}#start=sketch:nobody&policy=anchor")
    page.wait_for_function("() => !location.hash.includes('sketch')")
    page.goto(f"{address}#run=x&start=nobody&point=a,b&axes=9,99&share=7&view=0")
    page.wait_for_function("() => location.hash.includes('axes=0%2C1')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_axe_finds_nothing_and_nothing_sticks_out(browser, address, watched, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    watched.watch(page)
    open_page(page, address)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()
