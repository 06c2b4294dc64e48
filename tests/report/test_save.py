import io
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from shapespace.errors import ShapespaceError
from shapespace.report.figures import OKABE_ITO, look, one_axes
from shapespace.report.save import rendered, save


def a_figure():
    with look():
        figure, axes = one_axes(3.0, 2.0)
        axes.plot([0, 1], [1, 0], label="falling", clip_on=True)
        axes.set_xlabel("images seen")
    return figure


def test_both_files_are_written_valid_and_nothing_else(tmp_path):
    svg, png = save(a_figure(), tmp_path / "figures" / "curves.v1")
    assert sorted(tmp_path.rglob("*.*")) == sorted([svg, png])
    assert svg.name == "curves.v1.svg"
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")
    with Image.open(png) as image:
        assert image.size == (600, 400)  # 3 x 2 inches at 200 pixels an inch


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_figure_gives_the_same_bytes_and_no_time(kind):
    one, other = rendered(a_figure(), kind), rendered(a_figure(), kind)
    assert one == other
    assert b"date" not in one.lower()
    assert b"matplotlib version" not in one.lower()


def test_text_in_an_svg_is_text():
    assert b">images seen</text>" in rendered(a_figure(), "svg")


def test_settings_of_the_user_neither_matter_nor_change(tmp_path):
    plain = rendered(a_figure(), "svg")
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        assert rendered(a_figure(), "svg") == plain
        assert dict(mpl.rcParams) == before


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "curves.svg").mkdir()
    with pytest.raises(ShapespaceError, match=r"Cannot write .*curves\.svg"):
        save(a_figure(), tmp_path / "curves")


def test_the_colours_differ_in_lightness_or_hue_for_the_colour_blind():
    # Red-green blindness leaves blue against the rest and lightness; no two may share both.
    def seen(colour):
        red, green, blue = to_rgb(colour)
        return 0.2 * red + 0.7 * green + 0.1 * blue, blue

    points = [seen(colour) for colour in OKABE_ITO.values()]
    for i, (light, blue) in enumerate(points):
        for other_light, other_blue in points[:i]:
            assert abs(light - other_light) + abs(blue - other_blue) > 0.1


def test_png_is_opaque_white():
    with Image.open(io.BytesIO(rendered(a_figure(), "png"))) as image:
        assert image.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
