import pandas as pd
import pytest

from shapespace.report.curves import Curve, best_row, draw_curves, level_of_mixture
from shapespace.report.save import rendered


def history(validation, train=None) -> pd.DataFrame:
    n = len(validation)
    return pd.DataFrame(
        {
            "epoch": range(1, n + 1),
            "n_images": [1000 * (i + 1) for i in range(n)],
            "train_bce": train or [loss + 0.01 for loss in validation],
            "validation_bce": validation,
        }
    )


def texts(figure) -> str:
    legend = [t.get_text() for t in figure.legends[0].get_texts()]
    return "\n".join([*legend, *(t.get_text() for t in figure.axes[0].texts)])


def test_losses_are_drawn_over_images_seen_with_labels_and_units():
    figure = draw_curves([Curve(name="quick", history=history([0.15, 0.12, 0.11]))])
    (axes,) = figure.axes
    assert axes.get_xlabel() == "images seen in training"
    assert axes.get_ylabel() == "binary cross-entropy (nats per pixel)"
    train, validation = axes.lines[:2]
    assert list(validation.get_xdata()) == [1000, 2000, 3000]
    assert list(validation.get_ydata()) == [0.15, 0.12, 0.11]
    assert list(train.get_ydata()) == pytest.approx([0.16, 0.13, 0.12])


def test_the_weights_kept_are_marked():
    curve = Curve(name="quick", history=history([0.15, 0.11, 0.12]))
    figure = draw_curves([curve])
    ring = figure.axes[0].lines[2]
    assert list(ring.get_xdata()) == [2000]
    assert "quick: best 0.1100 at epoch 2" in texts(figure)


def test_another_rule_may_keep_another_epoch():
    curve = Curve(name="quick", history=history([0.15, 0.11, 0.12]), best_epoch=3)
    assert best_row(curve)["validation_bce"] == 0.12


def test_levels_that_runs_share_are_drawn_once():
    shared = {"mean_image_bce": 0.1646, "floor_bce": 0.04}
    curves = [Curve(name=n, history=history([0.15, 0.12]), **shared) for n in ("one", "two")]
    text = texts(draw_curves(curves))
    assert text.count("mean image 0.1646") == 1
    assert text.count("entropy floor 0.0400") == 1


def test_levels_that_differ_name_their_run():
    curves = [
        Curve(name="one", history=history([0.15]), mean_image_bce=0.2, floor_bce=0.05),
        Curve(name="two", history=history([0.15]), mean_image_bce=0.16, floor_bce=0.04),
    ]
    text = texts(draw_curves(curves))
    assert "mean image (one) 0.2000" in text
    assert "entropy floor (two) 0.0400" in text


def test_the_first_steps_do_not_squeeze_the_rest():
    losses = history([0.69, 0.15, 0.12])
    figure = draw_curves([Curve(name="quick", history=losses, mean_image_bce=0.16)])
    assert figure.axes[0].get_ylim()[1] < 0.23


@pytest.mark.parametrize(
    ("n_images", "label"), [(500.0, "500"), (150e3, "150 k"), (2e6, "2 M")]
)
def test_large_counts_are_shortened(n_images, label):
    figure = draw_curves([Curve(name="quick", history=history([0.15]))])
    assert figure.axes[0].xaxis.get_major_formatter()(n_images, 0) == label


def test_the_svg_holds_the_words_as_text():
    curve = Curve(name="größer & <quick>", history=history([0.15, 0.12]))
    content = rendered(draw_curves([curve]), "svg").decode()
    assert "images seen in training" in content
    assert "größer &amp; &lt;quick&gt;" in content


def test_the_line_of_the_mean_image_is_that_of_the_mixture():
    scores = {"by_source": {"a": {"bce": {"value": 0.1}}, "b": {"bce": {"value": 0.4}}}}
    sets = {"a": {"images_per_batch": 2}, "b": {"images_per_batch": 1}}
    assert level_of_mixture(scores, sets, "bce") == pytest.approx(0.2)
    assert level_of_mixture(scores, {"a": {"images_per_batch": 2}}, "bce") is None
    assert level_of_mixture({}, {}, "bce") is None
