from dataclasses import replace

import numpy as np
import pytest

from shapespace.report.directions import (
    direction_figures,
    draw_by_dimensions,
    draw_cosines,
    draw_projections,
)
from shapespace.report.regions import draw_hulls, draw_region_measures, region_figures
from shapespace.spaces.directions.examining import ExaminingSettings, examine
from shapespace.spaces.directions.features import rated_feature, shape_features
from shapespace.spaces.opening import item_categories, open_spaces
from shapespace.spaces.regions.baselines import measure


@pytest.fixture(scope="module")
def spaces():
    return [
        replace(space, items=space.items[:20], coordinates=space.coordinates[:20])
        for space in open_spaces(None, [1, 2, 3])
    ]


@pytest.fixture(scope="module")
def examined(spaces):
    features = shape_features(spaces[0].items)[:4]
    settings = ExaminingSettings(n_draws=5, n_shuffles=2)
    return [examine(space, features, settings=settings) for space in spaces[:2]]


@pytest.fixture(scope="module")
def measured(spaces):
    categories = item_categories(spaces[0].items)
    return [
        measure(
            space.items, space.coordinates, categories,
            generator=np.random.default_rng(0), n_draws=3,
        )
        for space in spaces
    ]  # fmt: skip


def test_every_item_lies_on_its_projection_once_for_each_way_of_rating(examined):
    found = examined[1]
    form, lines = draw_projections(found).axes
    points = np.concatenate([np.asarray(c.get_offsets()) for c in form.collections])
    assert len(points) == 2 * 20
    direction = found.of("kappa")[0]
    expected = np.sort(np.tile(found.space.coordinates @ direction.vector, 2))
    assert np.sort(points[:, 0]) == pytest.approx(expected)
    title = form.get_title(loc="left")
    assert title.startswith(f"20 items, seen: kappa {direction.kappa:.2f}")
    assert "held-out items: rho" in title
    assert lines.get_ylabel() == "rated LINES"


def test_cosines_are_written_into_their_cells(examined):
    figure = draw_cosines(examined[1])
    axes = figure.axes[0]
    assert len(axes.texts) == 8 * 8
    assert axes.texts[0].get_text() == "1.00"
    value = examined[1].candidates[0].vector @ examined[1].candidates[1].vector
    assert float(axes.texts[1].get_text()) == pytest.approx(value, abs=0.005)
    assert axes.get_xticklabels()[0].get_text() == "FORM attentive LinReg"


def test_seen_and_held_out_values_stand_over_dimensions(examined):
    figure = draw_by_dimensions(examined)
    form = figure.axes[0]
    assert form.lines[0].get_xydata()[:, 0].tolist() == [1, 2]
    best = [e.of("kappa")[0].best for e in examined]
    assert form.lines[0].get_ydata() == pytest.approx(best)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "held-out items (95 % interval)" in labels
    assert "95 % of 2 draws of shuffled items" in labels


def test_figures_show_the_suggested_space(examined):
    last = replace(examined[1], space=replace(examined[1].space, suggested=True))
    assert set(direction_figures([examined[0], last])) == {
        "directions-2d", "cosines-2d", "directions-by-dimensions"
    }  # fmt: skip
    assert set(direction_figures([last])) == {"directions-2d", "cosines-2d"}


def test_features_of_one_way_and_without_chance_are_drawn(spaces):
    rng = np.random.default_rng(0)
    space = replace(spaces[1], items=spaces[1].items[:8], coordinates=spaces[1].coordinates[:8])
    features = [rated_feature(name, rng.normal(size=8)) for name in "abcdefg"]
    found = [examine(space, features, settings=ExaminingSettings(n_draws=2, n_shuffles=0))]
    figure = draw_projections(found[0])
    assert len(figure.axes) == 7
    assert len(figure.legends[0].get_texts()) == 3
    assert not draw_cosines(found[0]).axes[0].texts  # too many for numbers
    assert len(draw_by_dimensions(found).legends[0].get_texts()) == 3


def test_hulls_hold_their_items_and_cross_out_others(measured):
    found = measured[1]
    figure = draw_hulls(found)
    panels = figure.axes[: len(found.regions.categories)]
    crosses = [len(axes.collections[2].get_offsets()) for axes in panels]
    assert sum(crosses) == found.values["violations"]
    assert len(panels[0].collections[1].get_offsets()) == 5
    assert "counted" not in figure.get_suptitle()
    assert "counted in all 3 dimensions" in draw_hulls(measured[2], (1, 2)).get_suptitle()


def test_items_on_a_line_have_an_outline_too(measured):
    found = measured[1]
    flat = found.regions.coordinates * np.array([1.0, 0.0])
    assert draw_hulls(replace(found, regions=found.regions.moved(flat))).axes


def test_every_measure_stands_beside_three_baselines(measured):
    figure = draw_region_measures(measured)
    violations = figure.axes[0]
    assert violations.lines[0].get_ydata() == pytest.approx(
        [m.values["violations"] for m in measured]
    )
    assert len(violations.containers) == 3
    assert "bars: 95 % of 3 draws" in [t.get_text() for t in figure.legends[0].get_texts()]


def test_every_dimension_is_in_some_view_of_the_hulls(measured):
    assert set(region_figures(measured, 3)) == {
        "hulls-3d-0-1", "hulls-3d-1-2", "regions-by-dimensions"
    }  # fmt: skip
    assert set(region_figures(measured[:1], 1)) == set()
