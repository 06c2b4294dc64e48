import numpy as np
import pytest
from matplotlib.patches import Ellipse

from shapespace.data.ratings import Ratings
from shapespace.report.scaling import draw_held_out, draw_map, draw_scree, draw_shepard, figures
from shapespace.spaces.scaling.building import Build, BuildSettings, build
from shapespace.spaces.scaling.pairs import PairRatings, published_pairs


@pytest.fixture(scope="module")
def built() -> Build:
    whole = published_pairs()
    few = whole.ratings.subset(whole.ratings.items[::5])
    ratings = Ratings(few.items, few.matrix)
    pairs = PairRatings("published", whole.sha256, ratings, np.ones(66), None)
    return build(pairs, BuildSettings(max_dims=3, n_starts=2, n_folds=3, n_draws=4))


def test_the_scree_shows_every_stress(built):
    (axes,) = draw_scree(built.spaces).axes
    points = axes.lines[0].get_xydata()
    assert points[:, 0].tolist() == [1, 2, 3]
    assert points[:, 1] == pytest.approx([s.stress["stress_1"] for s in built.spaces])
    assert "12 items, 66 pairs" in axes.get_title(loc="left")


def test_the_shepard_diagram_has_a_dot_for_every_pair_and_a_line_that_never_falls(built):
    (axes,) = draw_shepard(built.spaces[1], built.pairs.ratings.flat).axes
    assert len(axes.collections[0].get_offsets()) == 66
    assert (np.diff(axes.lines[0].get_xydata()[:, 1]) >= -1e-9).all()


def test_held_out_agreement_stands_beside_ceiling_and_suggestion(built):
    figure = draw_held_out(
        built.held_out, fewest_good=2, ceiling={"kendall_tau_b": 0.5, "n_pairs": 101}
    )
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[0] == "held-out pairs ± standard error, 3 folds"
    assert "halves of the raters with each other (101 pairs)" in labels


def test_the_map_names_every_item_and_draws_its_ellipse(built):
    (axes,) = draw_map(built.spaces[2], built.stability[3], (1, 2)).axes
    assert [text.get_text() for text in axes.texts] == list(built.spaces[2].items)
    ellipses = [patch for patch in axes.patches if isinstance(patch, Ellipse)]
    assert len(ellipses) == 12
    centre = built.spaces[2].coordinates[0, [1, 2]]
    assert ellipses[0].get_center() == pytest.approx(tuple(centre))
    assert "4 draws of pairs" in axes.get_title(loc="left")


def test_every_dimension_is_on_some_map(built):
    names = set(figures(built))
    shown = built.fewest_good
    maps = {name for name in names if name.startswith("map")}
    assert {"scree", "held-out", f"shepard-{shown}d"} <= names
    dims = {part for name in maps for part in name.split("-")[2:]}
    assert dims == {str(d) for d in range(shown)} if shown > 1 else maps == set()
