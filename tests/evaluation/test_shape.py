import io

import numpy as np
import pytest
import resvg_py
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.spatial import Delaunay

from shapespace.errors import BadInput
from shapespace.evaluation.pictures.shape import hull_covariance, measure
from shapespace.evaluation.pictures.tracing import SIDE, thin, trace

SIZES = [64, 112, 224, 300]


def draw(strokes, side=224):
    """Draw SVG elements on 300 units, as grey values of `side` pixels."""
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 300" width="300" '
        'height="300">'
        '<g fill="none" stroke="#000" stroke-width="3" stroke-linecap="round" '
        f'stroke-linejoin="round">{strokes}</g></svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=text, width=side, background="white")
    return np.array(Image.open(io.BytesIO(bytes(png))).convert("L"))


def line(x0, y0, x1, y1):
    return f'<path d="M{x0} {y0} L{x1} {y1}"/>'


def ellipse(long, short, turned=0):
    return (
        f'<ellipse cx="150" cy="150" rx="{long}" ry="{short}" '
        f'transform="rotate({turned} 150 150)"/>'
    )


def box(width, height, turned=0):
    return (
        f'<rect x="{150 - width / 2}" y="{150 - height / 2}" width="{width}" height="{height}" '
        f'transform="rotate({turned} 150 150)"/>'
    )


def star(corners, inner=1.0, radius=130):
    """A star, or with `inner` 1 a regular polygon of twice as many corners."""
    angles = np.arange(2 * corners) * np.pi / corners + 0.2
    radii = radius * np.where(np.arange(2 * corners) % 2, inner, 1)
    points = np.stack([150 + radii * np.cos(angles), 150 + radii * np.sin(angles)], axis=1)
    return f'<polygon points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


SPOKES = "".join(
    line(150, 150, 150 + 120 * np.cos(a), 150 + 120 * np.sin(a)) for a in np.arange(12) * 0.5236
)
CROSSES = "".join(
    line(20, 20 + k, 280, 20 + k) + line(20 + k, 20, 20 + k, 280) for k in (0, 90, 260)
)
DOT_GRID = [(x, y) for x in (60, 120, 180, 240) for y in (60, 120, 180, 240)]
RINGS = "".join(f'<circle cx="{x}" cy="{y}" r="12"/>' for x, y in DOT_GRID)


@pytest.mark.parametrize("side", SIZES)
@pytest.mark.parametrize("turned", [0, 30, 45, 90])
@pytest.mark.parametrize("shape", [ellipse, box])
def test_elongation_is_the_log_ratio_of_the_axes_at_any_angle(shape, turned, side):
    scan = draw(shape(130, 65, turned) if shape is ellipse else shape(240, 120, turned), side)
    assert measure(scan).elongation == pytest.approx(
        np.log(2), abs=0.03 + 2 / side
    )  # width of strokes


@pytest.mark.parametrize(
    "strokes", [ellipse(120, 120), box(200, 200), box(180, 180, 45), star(6)]
)
def test_nothing_round_or_square_is_elongated(strokes):
    shape = measure(draw(strokes))
    assert shape.elongation == pytest.approx(0, abs=0.02)
    assert shape.orientation == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("turned", [0, 20, 45, 70, 90, 135])
def test_orientation_falls_with_the_angle_from_upright(turned):
    # For axes 2:1 the moments are 4:1, so cos(2 angle) is scaled by (4 - 1) / (4 + 1).
    shape = measure(draw(ellipse(65, 130, turned)))
    assert shape.orientation == pytest.approx(0.6 * np.cos(2 * np.radians(turned)), abs=0.03)


def test_a_line_is_upright_lying_or_neither():
    assert measure(draw(line(150, 20, 150, 280))).orientation == pytest.approx(1, abs=0.01)
    assert measure(draw(line(20, 150, 280, 150))).orientation == pytest.approx(-1, abs=0.01)
    assert measure(draw(line(20, 20, 280, 280))).orientation == pytest.approx(0, abs=0.01)


def test_inner_lines_and_gaps_do_not_change_the_axes():
    whole = measure(draw(box(240, 120)))
    corners = "".join(f'<path d="M{x} 90 v8 M{x} 210 v-8"/>' for x in (30, 270))
    for strokes in (box(240, 120) + ellipse(100, 50) + line(40, 100, 200, 180), corners):
        assert measure(draw(strokes)).elongation == pytest.approx(whole.elongation, abs=0.02)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_moments_are_those_of_the_filled_hull(seed):
    # Three specks of ink: the hull is a hexagon or so, filled here pixel by pixel.
    generator = np.random.default_rng(seed)
    scan = np.full((60, 60), 255, np.uint8)
    specks = generator.integers(0, 60, (3, 2))
    scan[specks[:, 1], specks[:, 0]] = 0
    fine = (np.arange(240) + 0.5) / 4
    grid = np.stack(np.meshgrid(fine, fine), axis=-1).reshape(-1, 2)
    corners = np.concatenate([np.add(specks, (dx, dy)) for dx in (0, 1) for dy in (0, 1)])
    inside = Delaunay(corners).find_simplex(grid) >= 0
    expected = np.cov(grid[inside].T, bias=True)
    assert hull_covariance(scan) == pytest.approx(expected, rel=0.02, abs=0.2)


@pytest.mark.parametrize("side", SIZES)
@pytest.mark.parametrize(
    "strokes",
    [
        box(240, 240),
        box(160, 160, 30),
        star(3),
        star(4),
        star(5, 0.4),
        line(20, 40, 270, 230),
        CROSSES,
    ],
)
def test_polygons_and_lines_are_straight(strokes, side):
    assert measure(draw(strokes, side)).curvature < 0.06


@pytest.mark.parametrize("side", SIZES)
@pytest.mark.parametrize(
    "strokes", [ellipse(130, 130), ellipse(130, 100, 20), ellipse(130, 43, 20), ellipse(90, 60)]
)
def test_circles_and_ellipses_are_curved(strokes, side):
    assert measure(draw(strokes, side)).curvature > 0.85


@pytest.mark.parametrize("side", SIZES)
@pytest.mark.parametrize(
    ("strokes", "curved", "straight"),
    [
        ('<circle cx="150" cy="150" r="120"/>' + SPOKES, 2 * np.pi * 120, 12 * 120),
        (box(260, 260) + RINGS, 16 * 2 * np.pi * 12, 4 * 260),
        ('<path d="M30 60 H200 A90 90 0 0 1 200 240 H30 Z"/>', np.pi * 90, 2 * 170 + 180),
    ],
)
def test_curvature_is_the_share_of_curved_length(strokes, curved, straight, side):
    expected = curved / (curved + straight)
    assert measure(draw(strokes, side)).curvature == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize("turned", [15, 40, 75])
def test_curvature_does_not_turn_with_the_drawing(turned):
    parts = box(150, 80) + ellipse(60, 60)
    upright = measure(draw(parts)).curvature
    copy = measure(draw(f'<g transform="rotate({turned} 150 150)">{parts}</g>')).curvature
    assert copy == pytest.approx(upright, abs=0.1)


def test_size_and_place_do_not_matter():
    parts = box(200, 120, 20) + ellipse(50, 30)
    large = measure(draw(parts, 300))
    small = measure(draw(f'<g transform="translate(10 90) scale(.5)">{parts}</g>', 300))
    assert small.elongation == pytest.approx(large.elongation, abs=0.05)
    assert small.orientation == pytest.approx(large.orientation, abs=0.05)
    assert small.curvature == pytest.approx(large.curvature, abs=0.1)


@pytest.mark.parametrize("side", SIZES)
def test_strokes_go_on_over_crossings(side):
    paths = trace(draw(line(20, 20, 280, 280) + line(20, 280, 280, 20), side))
    assert len(paths) == 2
    for path in paths:  # from corner to corner of the box
        assert np.hypot(*(path[0] - path[-1])) == pytest.approx(SIDE * np.sqrt(2), rel=0.05)


def test_a_closed_stroke_is_traced_all_round():
    (path,) = trace(draw(ellipse(130, 130)))
    length = np.hypot(*np.diff(path, axis=0).T).sum()
    assert length == pytest.approx(np.pi * SIDE, rel=0.05)


def test_thinning_keeps_one_pixel_and_what_hangs_together():
    thick = np.zeros((20, 40), bool)
    thick[8:13, 5:35] = True
    thinned = thin(thick)
    assert thinned.sum(axis=0).max() == 1
    assert thinned[:, 8:32].any(axis=0).all()
    assert not (thinned & ~thick).any()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_thinning_takes_away_what_the_plain_rule_takes_away(seed):
    # Zhang and Suen's conditions, pixel by pixel: P2 to P9 are the neighbours, clockwise from above.
    generator = np.random.default_rng(seed)
    ink = generator.random(generator.integers(1, 14, 2)) < generator.random()
    expected = np.pad(ink, 1)
    gone = None
    while gone != []:
        gone = []
        for sides in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
            now = []
            for row, column in np.argwhere(expected):
                square = expected[row - 1 : row + 2, column - 1 : column + 2]
                ring = square[[0, 0, 1, 2, 2, 2, 1, 0], [1, 2, 2, 2, 1, 0, 0, 0]].tolist()
                begins = sum(
                    not a and b for a, b in zip(ring, ring[1:] + ring[:1], strict=True)
                )
                open_sides = all(not all(ring[k] for k in side) for side in sides)
                if begins == 1 and 2 <= sum(ring) <= 6 and open_sides:
                    now.append((row, column))
            for pixel in now:
                expected[pixel] = False
            gone += now
    assert np.array_equal(thin(ink), expected[1:-1, 1:-1])


def test_a_speck_has_no_curvature_to_tell():
    scan = np.full((64, 64), 255, np.uint8)
    scan[30:33, 30:33] = 0
    shape = measure(scan)
    assert shape.elongation == pytest.approx(0)
    assert np.isnan(shape.curvature)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_blank_drawing_is_refused(grey):
    blank = np.full((64, 64), grey, np.uint8)
    with pytest.raises(BadInput, match="blank"):
        measure(blank)
    with pytest.raises(BadInput, match="blank"):
        trace(blank)
