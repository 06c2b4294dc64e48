import numpy as np
import pytest
from toy_codecs import SIDE, EllipseCodec, LinearCodec

from shapespace.walks.cloud import Cloud
from shapespace.walks.interpolation import (
    MEASURES,
    measure_path,
    nearest_distances,
    picture_steps,
    sharpness,
)

DRAW = np.random.default_rng(0)
TRAINING = DRAW.normal(size=(40, 6)) * 0.3
CLOUD = Cloud.of(TRAINING)


def measured(codec, codes, *, cloud=CLOUD, known=None):
    pictures = codec.decode(codes)
    known = pictures[[0]] + 0.1 if known is None else known
    return measure_path(codes, pictures, codec, cloud=cloud, training_images=known)


def test_a_model_that_is_linear_interpolates_perfectly():
    codes = np.linspace(TRAINING[0], TRAINING[1], 7)
    found = measured(LinearCodec(), codes)
    assert found.reencoding_r2 == pytest.approx(1)
    assert found.linearity == pytest.approx(1)
    assert found.largest_code_step == pytest.approx(1)
    assert found.length == pytest.approx(1)
    assert found.ink == pytest.approx(1)
    assert found.off_data == CLOUD.percentiles(codes).max()
    assert set(found.to_dict()) == set(MEASURES)


def test_a_path_that_bends_is_not_linear_but_is_re_encoded():
    codes = np.linspace(TRAINING[0], TRAINING[1], 9)
    codes[3:6] += DRAW.normal(size=6)
    found = measured(LinearCodec(), codes)
    assert found.reencoding_r2 == pytest.approx(1)
    assert found.linearity < 0.5


def test_there_and_back_and_there_again_is_three_times_as_long():
    share = np.array([0, 0.5, 1, 0.5, 0, 0.5, 1])[:, None]
    found = measured(LinearCodec(), TRAINING[0] + share * (TRAINING[1] - TRAINING[0]))
    assert found.length == pytest.approx(3)


def test_a_jump_is_one_step_as_large_as_all():
    codes = np.repeat(TRAINING[:2], [3, 4], axis=0)
    found = measured(LinearCodec(), codes)
    assert found.largest_step == pytest.approx(6)
    assert found.largest_code_step == pytest.approx(6)


def test_a_model_that_redraws_its_ends_is_as_sharp_and_a_cross_fade_half():
    # Ellipses whose outlines do not touch: the mean of two has half the contrast.
    codes = np.stack([np.zeros(9), np.linspace(12, 26, 9), np.zeros(9)], axis=1)
    cloud = Cloud.of(DRAW.normal(size=(20, 3)))
    found = measured(EllipseCodec(), codes, cloud=cloud)
    assert found.sharpness == pytest.approx(1, abs=0.1)
    assert found.cross_fade_sharpness == pytest.approx(0.5, abs=0.1)
    assert found.ink == pytest.approx(1, abs=0.1)
    assert found.linearity > 0.9


def test_a_memorised_middle_is_near_a_training_image():
    pictures = EllipseCodec().decode(np.array([[0.0, r, 0.0] for r in (12, 16, 20, 24, 28)]))
    codes = np.zeros((5, 3))
    cloud = Cloud.of(DRAW.normal(size=(20, 3)))
    found = measure_path(
        codes, pictures, EllipseCodec(), cloud=cloud, training_images=pictures[[2]] * 0.99
    )
    assert found.nearest_training < 0.1
    assert np.isnan(found.reencoding_r2)  # the codes asked for do not differ


def test_blank_ends_have_no_ink_to_keep():
    class Blank(LinearCodec):
        def decode(self, codes):
            return np.ones((len(codes), 12, 12))

    found = measured(Blank(), np.linspace(TRAINING[0], TRAINING[1], 5))
    assert np.isnan(found.ink)
    assert np.isnan(found.sharpness)


def test_picture_steps_are_0_for_equal_pictures():
    pictures = DRAW.random((1, 16, 16)).repeat(3, axis=0)
    assert picture_steps(pictures) == pytest.approx([0, 0])


def test_sharpness_halves_with_contrast():
    ink = np.zeros((SIDE, SIDE))
    ink[20:40, 30] = 1.0
    whole, half = sharpness(np.stack([1 - ink, 1 - ink / 2]))
    assert half == pytest.approx(whole / 2)


def test_nearest_distances_against_a_loop():
    pictures, known = DRAW.random((3, 5, 5)), DRAW.random((7, 5, 5))
    expected = [min(np.sqrt(((p - k) ** 2).mean()) for k in known) for p in pictures]
    assert nearest_distances(pictures, known) == pytest.approx(expected)
