"""Figures of mappings show the numbers they are given, and say what was seen."""

import numpy as np
import pytest

from shapespace.report.mapping import (
    draw_dimensions,
    draw_places,
    draw_sources,
    figures,
    published_transfer,
)


def _row(source, regression, mse, n_dims=4, *, stimuli="all", share=0.0, choice="inside"):
    return {
        "source": source, "regression": regression, "train": "noisy", "test": "clean",
        "n_dims": n_dims, "choice": choice, "stimuli": stimuli, "share_seen": share,
        "mse": {"value": mse, "low": mse - 0.1, "high": mse + 0.1, "n": 60},
    }  # fmt: skip


@pytest.fixture
def found():
    rows = [
        _row("network", "lasso", 0.7, share=0.8),
        _row("network", "lasso", 0.9, stimuli="held out"),
        _row("network", "lasso", 0.1, choice="fixed"),
        _row("network", "lasso", 0.6, 2, share=0.8),
        _row("pixels", "lasso", 5.25),
        _row("baseline", "zero", 1.0, choice="only"),
    ]
    return {"rows": rows, "dims": [4, 2], "space": "published", "stimuli": {"stand_in": True}}


def _labels(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_sources_stand_in_order_with_held_out_stimuli_apart(found):
    figure = draw_sources(found)
    (axes,) = figure.axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["network: lasso", "pixels: lasso", "baseline: at the origin"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [float(line.get_xdata()[0]) for line in dots] == [0.7, 0.9, 1.0]
    assert [line.get_markerfacecolor() == "white" for line in dots] == [False, True, False]
    assert [text.get_text() for text in axes.texts] == [
        "5.25 →"
    ]  # off the scale, but not hidden
    assert "60 stand-in drawings" in axes.get_xlabel()
    assert "each by networks that never saw it (60 stimuli)" in _labels(figure)


def test_without_held_out_stimuli_the_key_names_none(found):
    found["rows"] = [row for row in found["rows"] if row["stimuli"] == "all"]
    assert not any("never saw" in label for label in _labels(draw_sources(found)))


def test_error_over_dimensions_stands_beside_the_published_one(found):
    figure = draw_dimensions(found, published=True)
    (axes,) = figure.axes
    assert axes.lines[0].get_xydata().round().tolist() == [[2, 1], [4, 1]]
    assert axes.lines[0].get_ydata().tolist() == [0.6, 0.7]
    table = published_transfer()
    best = table[(table["source"] == "autoencoder best") & (table["n_dims"] == 2)]
    published = next(line for line in axes.lines if line.get_linestyle() == "-.")
    assert published.get_ydata()[1] == best["mse"].item() == 0.6637
    assert "network, 80% seen" in _labels(figure)
    assert "autoencoder, lasso (published)" not in _labels(
        draw_dimensions(found, published=False)
    )


def test_one_space_needs_no_curve(found):
    assert set(figures(found)) == {"sources", "dimensions"}
    found["dims"] = [4]
    assert set(figures(found)) == {"sources"}


@pytest.mark.parametrize(("n_dims", "n_panels"), [(1, 1), (2, 1), (3, 2), (4, 2)])
def test_every_dimension_is_on_a_panel(n_dims, n_panels):
    places = np.arange(3.0 * n_dims).reshape(3, n_dims)
    image = {
        "image": "folder/ring.png", "coordinates": [0.5] * n_dims, "low": [0.0] * n_dims,
        "high": [1.0] * n_dims,
    }  # fmt: skip
    figure = draw_places(
        {"images": [image], "error": {"n_stimuli": 12}}, ["x", "y", "z"], places
    )
    assert len(figure.axes) == n_panels
    shown = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in figure.axes)
    assert all(f"dimension {k}" in shown for k in range(n_dims))
    assert _labels(figure)[0] == "ring.png"
    assert "12 held-out stimuli" in _labels(figure)[1]


def test_the_published_table_holds_the_best_of_each_source():
    table = published_transfer()
    four = table[(table["n_dims"] == 4) & table["mse"].notna()].set_index(
        ["source", "regression"]
    )
    assert four.loc[("autoencoder best", "lasso"), "r2"] == 0.2605
    assert four.loc[("classifier small", "lasso"), "mse"] == 0.4737
    assert four.loc[("Inception-v3", "lasso"), "med"] == 0.6828
    # With mean squared norm 1, R² is about 1 - MSE in every row that has both.
    known = table[table["mse"].notna()]
    assert (1 - known["mse"] - known["r2"]).abs().max() < 0.035
