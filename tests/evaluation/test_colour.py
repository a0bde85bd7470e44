"""Features of colour against numpy on whole images, and blind to where a pixel stands."""

import numpy as np
import pytest

from buffycoat.evaluation.colour import colour_features


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (7, 5, 20, 3)).astype(np.uint8) // np.uint8(3)


def test_features_are_mean_spread_and_quantiles_of_each_channel(images):
    pixels = images.reshape(7, -1, 3).astype(float)
    quantiles = np.quantile(pixels, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1, method="inverted_cdf")
    expected = np.concatenate([pixels.mean(1), pixels.std(1), *quantiles], axis=1)
    np.testing.assert_allclose(colour_features(images), expected, atol=1e-9)


def test_shuffled_pixels_have_the_same_features(images):
    order = np.random.default_rng(1).permutation(100)
    shuffled = images.reshape(7, 100, 3)[:, order].reshape(images.shape)
    np.testing.assert_array_equal(colour_features(shuffled), colour_features(images))


def test_rows_are_given_in_the_order_asked_for_and_chunks_change_nothing(images, monkeypatch):
    whole = colour_features(images)
    monkeypatch.setattr("buffycoat.evaluation.colour._CHUNK_BYTES", 700)
    rows = np.array([5, 0, 5])
    np.testing.assert_array_equal(colour_features(images, rows), whole[rows])
    assert colour_features(images, np.array([], int)).shape == (0, 21)
