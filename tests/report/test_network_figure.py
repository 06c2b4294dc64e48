import pytest
from matplotlib.patches import Polygon, Rectangle

from shapespace.report.network import draw_network


def layer(name, shape, n_parameters=0, kernel=None, stride=None, activation=None) -> dict:
    return {
        "name": name,
        "kind": "",
        "output_shape": shape,
        "kernel": kernel,
        "stride": stride,
        "activation": activation,
        "n_parameters": n_parameters,
    }


SMALL = [
    layer("input", (1, 32, 32)),
    layer("encoder.conv1", (64, 16, 16), 1664, 5, 2, "relu"),
    layer("encoder.bottleneck", (128,), 2_097_280),
    layer("decoder.grow", (512,), 66_048, None, None, "relu"),
    layer("decoder.up1", (1, 32, 32), 201, 5, 2, "sigmoid"),
]


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def extents(figure, kind) -> list[tuple[float, float]]:
    boxes = [p.get_extents() for p in figure.axes[0].patches if isinstance(p, kind)]
    return [(box.width / figure.dpi, box.height / figure.dpi) for box in boxes]


def test_every_layer_is_named_with_its_sizes():
    found = texts(draw_network(SMALL))
    for text in ("conv1", "5×5 / 2", "relu", "64×16×16", "1,664", "bottleneck", "2,097,280"):
        assert text in found


def test_parameters_are_summed_on_each_side_of_the_code():
    found = texts(draw_network(SMALL))
    assert "Encoder: 2,098,944 parameters" in found  # 1,664 + 2,097,280
    assert "Decoder: 66,249 parameters" in found  # 66,048 + 201
    assert "Code\n128 units" in found


def test_vectors_are_as_long_as_they_have_units():
    (_, code), (_, grow) = extents(draw_network(SMALL), Rectangle)
    assert grow / code == pytest.approx(512 / 128)


def test_maps_are_as_tall_as_their_side_and_as_thick_as_their_channels():
    fronts = extents(draw_network(SMALL), Polygon)[::9]  # three patches a face, the front first
    assert len(fronts) == 3
    assert fronts[0][1] / fronts[1][1] == pytest.approx(32 / 16)
    assert fronts[1][0] == pytest.approx(64 / 800)


def test_the_code_may_have_another_name():
    layers = [layer("input", (1, 8, 8)), layer("z", (2,), 130), layer("out", (1, 8, 8), 192)]
    assert "Code\n2 units" in texts(draw_network(layers, code="z"))


def test_a_network_that_begins_with_its_code_has_only_a_decoder():
    found = texts(draw_network(SMALL[2:]))
    assert not any(text.startswith("Encoder") for text in found)
