import io

import numpy as np
import pytest
from PIL import Image

from shapespace.report.figures import GREY, OKABE_ITO
from shapespace.report.panels import (
    Panel,
    draw_panels,
    inputs_above_runs,
    originals_beside_runs,
)
from shapespace.report.save import rendered


def grey(level: float, side: int = 8) -> np.ndarray:
    return np.full((side, side), level, np.float32)


def shown(figure) -> list[np.ndarray]:
    """The images of a figure, from left to right and top to bottom."""
    axes = sorted(
        figure.axes, key=lambda a: (-round(a.get_position().y1, 4), a.get_position().x0)
    )
    return [np.asarray(a.images[0].get_array()) for a in axes]


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.texts]


def test_each_drawing_has_a_row_with_the_original_first():
    panel = originals_beside_runs(
        {"owl": grey(0.1), "axe": grey(0.2)},
        {"quick": [grey(0.3), grey(0.4)], "best": [grey(0.5), grey(0.6)]},
    )
    figure = draw_panels([panel])
    levels = [image.mean() for image in shown(figure)]
    assert levels == pytest.approx([0.1, 0.3, 0.5, 0.2, 0.4, 0.6])
    assert {"original", "quick", "best", "owl", "axe"} <= set(texts(figure))


def test_each_noisy_input_has_a_column_with_what_the_runs_make_of_it_beneath():
    panel = inputs_above_runs(
        {"seed 0": grey(0.1), "seed 42": grey(0.2)}, {"quick": [grey(0.3), grey(0.4)]}
    )
    figure = draw_panels([panel])
    assert [image.mean() for image in shown(figure)] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert {"input", "quick", "seed 0", "seed 42"} <= set(texts(figure))


def test_several_panels_are_lettered_and_one_is_not():
    panel = originals_beside_runs({"owl": grey(0.5)}, {}, heading="Drawings")
    assert "Drawings" in texts(draw_panels([panel]))
    assert {"(a) Drawings", "(b) Drawings"} <= set(texts(draw_panels([panel, panel])))


def test_a_place_without_an_image_stays_empty():
    panel = Panel(images=[[grey(0), None]], row_titles=["owl"], column_titles=["a", "b"])
    assert len(draw_panels([panel]).axes) == 1


def test_ink_is_black_paper_white_and_every_pixel_equally_large():
    board = np.indices((4, 4)).sum(axis=0) % 2 * 1.0
    panel = Panel(images=[[board]], row_titles=[""], column_titles=[""])
    figure = draw_panels([panel])
    pixels = np.asarray(Image.open(io.BytesIO(rendered(figure, "png"))).convert("L"))
    box = figure.axes[0].get_position()
    height, width = pixels.shape
    top, left = round((1 - box.y1) * height), round(box.x0 * width)
    cell = round(box.width * width)
    assert cell % 4 == 0
    middle = (np.arange(4) + 0.5) * cell / 4
    found = pixels[np.ix_((top + middle).astype(int), (left + middle).astype(int))]
    np.testing.assert_array_equal(found, board * 255)


def test_images_of_different_size_are_drawn_equally_large():
    panel = originals_beside_runs({"owl": grey(0.5, 24)}, {"small": [grey(0.5, 10)]})
    one, other = (axes.get_position() for axes in draw_panels([panel]).axes)
    assert (one.width, one.height) == pytest.approx((other.width, other.height))


def test_long_titles_and_notes_stay_on_the_page():
    panel = originals_beside_runs(
        {"a drawing with quite a long name indeed": grey(0.5)},
        {"a run whose name was given by somebody thorough": [grey(0.5)]},
        heading="A heading that is longer than the two images beneath it are wide, by far",
    )
    figure = draw_panels([panel], note="A remark of some length about stand-in drawings. " * 3)
    figure.canvas.draw()
    page = figure.bbox
    for text in figure.texts:
        box = text.get_window_extent()
        assert box.x0 >= page.x0
        assert box.x1 <= page.x1
        assert box.y0 >= page.y0
        assert box.y1 <= page.y1


def test_marks_stand_in_their_corner_and_loud_ones_in_colour():
    panel = Panel(
        images=[[grey(0.5), grey(0.5), None]],
        row_titles=["row"],
        column_titles=["a", "b", "c"],
        marks=[["62", "100 !", ""]],
    )
    axes = draw_panels([panel]).axes
    assert [a.texts[0].get_text() for a in axes] == ["62", "100 !"]
    assert axes[0].texts[0].get_color() == GREY
    assert axes[1].texts[0].get_color() == OKABE_ITO["vermilion"]
