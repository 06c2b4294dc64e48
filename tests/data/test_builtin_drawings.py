"""The 60 drawings: their form as files, and whether they look like what people rated."""

import io
from functools import cache
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import resvg_py
from PIL import Image
from scipy.stats import spearmanr

from shapespace.data.ratings import items, published_features
from shapespace.evaluation.pictures.shape import measure

FOLDER = Path(str(files("shapespace.data") / "drawings"))
ITEMS = list(items().index)
SVG = "{http://www.w3.org/2000/svg}"
LINES = {"path", "line", "polyline", "polygon", "circle", "ellipse", "rect"}
GEOMETRY = {
    "d",
    "points",
    "transform",
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
}
STROKES = {
    "fill": "none",
    "stroke": "#000",
    "stroke-width": "3",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
}


def path_of(item):
    return FOLDER / f"{item.replace(' ', '_')}.svg"


@cache
def render(item, side):
    png = resvg_py.svg_to_bytes(svg_path=str(path_of(item)), width=side, background="white")
    return np.array(Image.open(io.BytesIO(bytes(png))).convert("L"))


def test_there_is_one_drawing_for_each_item():
    assert {path.stem.replace("_", " ") for path in FOLDER.glob("*.svg")} == set(ITEMS)
    assert {path.suffix for path in FOLDER.iterdir()} == {".svg", ".md"}
    assert "CC0" in (FOLDER / "LICENSE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("item", ITEMS)
def test_a_drawing_is_strokes_of_one_width_and_nothing_else(item):
    root = ElementTree.parse(path_of(item)).getroot()
    assert root.tag == f"{SVG}svg"
    assert root.attrib == {"width": "300", "height": "300", "viewBox": "0 0 300 300"}
    title, group = root
    assert (title.tag, title.text) == (f"{SVG}title", item)
    assert (group.tag, group.attrib) == (f"{SVG}g", STROKES)
    strokes = [element for element in group.iter() if element.tag in {SVG + t for t in LINES}]
    others = {element.tag for element in group.iter()} - {SVG + tag for tag in LINES}
    assert others == {f"{SVG}g"}
    assert 4 <= len(strokes) <= 250
    for element in strokes:
        extent = {"width", "height"} if element.tag == f"{SVG}rect" else set()
        assert set(element.attrib) <= GEOMETRY | extent
    for inner in group.iter(f"{SVG}g"):
        assert inner is group or set(inner.attrib) <= {"transform"}


@pytest.mark.parametrize("item", ITEMS)
def test_a_drawing_fills_the_canvas_and_stays_inside(item):
    ink = render(item, 300) < 250
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    for ends in (rows, columns):
        assert ends[0] >= 5
        assert ends[-1] <= 294
        assert (ends[0] + ends[-1]) / 2 == pytest.approx(149.5, abs=8)  # in the middle
    assert 245 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 290


@pytest.mark.parametrize("item", ITEMS)
def test_a_drawing_is_lines_on_white_even_when_small(item):
    grey = render(item, 64) / 255
    assert 0.02 < (1 - grey).mean() < 0.30


@pytest.mark.parametrize(
    ("measured", "feature", "sign", "bar"),
    [
        ("orientation", "ORIENTATION", 1, 0.7),
        ("elongation", "FORM", -1, 0.6),  # FORM is high for compact drawings
        ("curvature", "LINES", 1, 0.5),
    ],
)
def test_the_drawings_look_like_what_people_rated(measured, feature, sign, bar):
    ratings = published_features("attentive")[feature]
    values = [getattr(shape_of(item), measured) for item in ITEMS]
    assert sign * spearmanr(values, ratings).statistic >= bar


@cache
def shape_of(item):
    return measure(render(item, 224))
