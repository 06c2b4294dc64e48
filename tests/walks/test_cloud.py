import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from sklearn.covariance import LedoitWolf

from shapespace.errors import BadInput
from shapespace.walks.cloud import OFF, Cloud

DRAW = np.random.default_rng(0)
SHAPE = np.diag([3.0, 1.0, 0.2]) @ np.linalg.qr(DRAW.normal(size=(3, 3)))[0]
DATA = DRAW.normal(size=(600, 3)) @ SHAPE + [5.0, 0.0, -1.0]
CLOUD = Cloud.of(DATA)


def test_distances_are_mahalanobis_with_the_shrunk_covariance():
    found = LedoitWolf().fit(DATA)
    inverse = np.linalg.inv(found.covariance_)
    for point in DATA[:5] + 1.0:
        expected = mahalanobis(point, found.location_, inverse) / np.sqrt(3)
        assert CLOUD.distances(point[None])[0] == pytest.approx(expected)


def test_percentiles_of_new_data_are_even():
    fresh = DRAW.normal(size=(2000, 3)) @ SHAPE + [5.0, 0.0, -1.0]
    found = CLOUD.percentiles(fresh)
    for wanted in (10, 50, 90):
        assert (found <= wanted).mean() == pytest.approx(wanted / 100, abs=0.05)


def test_data_are_held_against_clouds_they_do_not_belong_to():
    # With more units than codes each code would be near a cloud that was fitted to it.
    few = DRAW.normal(size=(40, 100))
    others = DRAW.normal(size=(200, 100))
    assert np.median(Cloud.of(few).percentiles(others)) == pytest.approx(50, abs=25)


def test_the_centre_is_near_and_what_is_far_is_off():
    assert CLOUD.percentiles(CLOUD.centre[None])[0] == 0
    assert CLOUD.percentiles(np.array([[100.0, 0.0, 0.0]]))[0] == 100
    thin = np.linalg.svd(SHAPE)[2][2]  # a step that is small beside the others, but odd here
    assert CLOUD.percentiles((CLOUD.centre + 2 * thin)[None])[0] > OFF
    assert CLOUD.percentiles((CLOUD.centre + 2 * np.linalg.svd(SHAPE)[2][0])[None])[0] < 60


def test_too_few_points_are_refused():
    with pytest.raises(BadInput, match="at least 10 points"):
        Cloud.of(np.zeros((9, 2)))
