"""SVG files from anyone: drawn if harmless, refused with a reason if not."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.data.images import INVERTED, decode_image
from shapespace.data.svg import MAX_DEPTH, rasterise
from shapespace.errors import BadInput

NS = 'xmlns="http://www.w3.org/2000/svg"'
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, attributes: str = 'viewBox="0 0 100 100"') -> bytes:
    return f"<svg {NS} {XLINK} {attributes}>{inside}</svg>".encode()


SQUARE = '<rect x="25" y="25" width="50" height="50"/>'


def test_a_square_lands_on_the_pixels_it_should():
    scan = rasterise(svg(SQUARE), 100)
    expected = np.full((100, 100), 255)
    expected[25:75, 25:75] = 0
    assert np.array_equal(scan, expected)


@pytest.mark.parametrize(
    ("attributes", "shape"),
    [
        ('viewBox="0 0 100 50"', (32, 64)),
        ('viewBox="0,0,50,100"', (64, 32)),
        ('width="100" height="50"', (32, 64)),
        ('width="10mm" height="1cm"', (64, 64)),
        ('width="1in" height="48px"', (32, 64)),
        ('width="100%" height="100%" viewBox="0 0 50 100"', (64, 32)),
        ('width="30" viewBox="0 0 50 100"', (64, 32)),
        ('width="2e2" height="100" viewBox="0 0 100 100"', (32, 64)),
        ('viewBox="-5 -5 1e9 1e9"', (64, 64)),
    ],
)
def test_the_size_comes_from_the_file_and_else_from_the_view_box(attributes, shape):
    assert rasterise(svg(SQUARE, attributes), 64).shape == shape


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ("", "no size"),
        ('width="100%" height="100%"', "no size"),
        ('width="10"', "no size"),
        ('viewBox="0 0 0 0"', "no size"),
        ('viewBox="0 0 ten ten"', "no four numbers"),
        ('viewBox="0 0 10"', "no four numbers"),
        ('viewBox="0 0 10 nan"', "longer than wide|no size"),
        ('viewBox="0 0 10 -10"', "longer than wide"),
        ('width="1.2.3" height="5"', "no size"),
        ('viewBox="0 0 10 1000000"', "100 times longer than wide"),
        ('width="1000000" height="10"', "100 times longer than wide"),
    ],
)
def test_a_drawing_without_a_usable_size_is_refused(attributes, reason):
    with pytest.raises(BadInput, match=reason):
        rasterise(svg(SQUARE, attributes), 64)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<script>alert(1)</script>", "script"),
        ('<rect onload="alert(1)"/>', "script"),
        ('<g><g onClick="x()"/></g>', "script"),
        ("<foreignObject><p/></foreignObject>", "foreign object"),
        ('<image href="photo.png"/>', "another image"),
        ('<image href="data:image/png;base64,AAAA"/>', "another image"),
        ('<use href="other.svg#a"/>', "outside the file"),
        ('<use xlink:href="http://127.0.0.1:9/x.svg#a"/>', "outside the file"),
        ('<a href="file:///etc/passwd"><rect/></a>', "outside the file"),
        ('<rect style="fill:url(http://127.0.0.1:9/a)"/>', "outside the file"),
        ("<rect fill=\"url( 'other.svg#a')\"/>", "outside the file"),
        ("<style>@import 'a.css';</style>", "outside the file"),
        ("<style>rect{fill:url(a.svg)}</style>", "outside the file"),
        ("<style>rect{fill:\\75rl(a.svg)}</style>", "escapes"),
        ('<filter id="f"><feImage href="a.png"/></filter>', "filter|image"),
        ('<pattern id="p"/>', "pattern"),
        ("<text>word</text>", "text"),
    ],
)
def test_what_could_act_or_fetch_is_refused(inside, reason):
    with pytest.raises(BadInput, match=reason):
        rasterise(svg(SQUARE + inside), 64)


def test_nothing_is_fetched_even_by_what_is_let_through(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("the network was asked for something")

    monkeypatch.setattr("socket.socket.connect", refuse)
    doctype = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://127.0.0.1:9/svg11.dtd">'
    assert rasterise(doctype + svg(SQUARE), 100).min() == 0


def test_entities_are_refused_before_they_grow():
    bomb = b'<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    with pytest.raises(BadInput, match="entities"):
        rasterise(bomb + svg("<title>&b;</title>"), 64)


def test_an_entity_for_a_local_file_is_refused():
    doctype = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    with pytest.raises(BadInput, match="entities"):
        rasterise(doctype + svg("<title>&x;</title>"), 64)


def test_a_style_sheet_outside_is_refused():
    with pytest.raises(BadInput, match="style sheet"):
        rasterise(b'<?xml-stylesheet href="a.css"?>' + svg(SQUARE), 64)


def test_nesting_that_would_end_the_renderer_is_refused():
    deep = "<g>" * (MAX_DEPTH + 1) + "</g>" * (MAX_DEPTH + 1)
    with pytest.raises(BadInput, match="nests"):
        rasterise(svg(deep), 64)


def test_too_many_elements_or_bytes_are_refused(monkeypatch):
    monkeypatch.setattr("shapespace.data.svg.MAX_ELEMENTS", 100)
    with pytest.raises(BadInput, match="elements"):
        rasterise(svg("<g/>" * 101), 64)
    with pytest.raises(BadInput, match="5 MB"):
        rasterise(svg(" " * 5 * 2**20), 64)


def test_copies_of_copies_end_in_a_refusal_not_in_full_memory():
    levels = "".join(
        f'<g id="g{n}">' + f'<use href="#g{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)
    )
    with pytest.raises(BadInput, match="cannot be drawn"):
        rasterise(svg(f'<defs><g id="g0">{SQUARE}</g>{levels}</defs><use href="#g8"/>'), 64)


@pytest.mark.parametrize("content", [b"<svg", b"<svg></g>", b"<svg>\0</svg>", b"<a/><b/>"])
def test_broken_xml_is_refused(content):
    with pytest.raises(BadInput, match="well-formed"):
        rasterise(content, 64)


def test_editor_notes_and_motion_are_dropped_and_the_drawing_stays():
    inside = (
        '<x:view xmlns:x="urn:editor"><x:script/></x:view><metadata><foo/></metadata>'
        '<rect x="25" y="25" width="50" height="50"><animate attributeName="x" to="99"/></rect>'
    )
    assert np.array_equal(rasterise(svg(inside), 100), rasterise(svg(SQUARE), 100))


def test_a_file_without_a_namespace_is_drawn_all_the_same():
    content = f'<svg viewBox="0 0 100 100">{SQUARE}</svg>'.encode()
    assert np.array_equal(rasterise(content, 100), rasterise(svg(SQUARE), 100))


def test_references_within_the_file_are_followed():
    inside = f'<defs><g id="a">{SQUARE}</g></defs><use xlink:href="#a"/>'
    assert np.array_equal(rasterise(svg(inside), 100), rasterise(svg(SQUARE), 100))


def test_style_within_the_file_is_obeyed():
    inside = f"<style>rect {{ fill: white }}</style>{SQUARE}"
    assert rasterise(svg(inside), 100).min() == 255


def test_white_lines_on_a_black_sheet_are_inverted():
    inside = (
        '<rect width="100" height="100"/><path d="M20 50H80" stroke="#fff" stroke-width="4"/>'
    )
    decoded = decode_image(svg(inside), 100)
    assert decoded.notes == (INVERTED,)
    assert decoded.scan[50, 50] == 0


@settings(deadline=None)
@given(st.text(max_size=60))
def test_whatever_stands_in_the_drawing_it_is_drawn_or_plainly_refused(inside):
    with suppress(BadInput):
        assert rasterise(svg(inside), 16).shape == (16, 16)
