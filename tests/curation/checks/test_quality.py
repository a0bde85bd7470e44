"""Scores by hand on images whose answer is known."""

import numpy as np
import pytest
from scipy import ndimage

from buffycoat.curation.checks import quality


def plain(value, px=20):
    return np.full((px, px, 3), value, np.uint8)


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)


def test_blurring_lowers_the_sharpness_step_by_step(noise):
    blurred = [ndimage.gaussian_filter(noise, (s, s, 0)) for s in (1.0, 2.0, 3.0)]
    scores = [quality.blurred(image) for image in (noise, *blurred)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 0.05 * scores[0]


def test_sharpness_does_not_depend_on_contrast(noise):
    faint = (noise // 2 + 60).astype(np.uint8)
    assert quality.blurred(faint) == pytest.approx(quality.blurred(noise), rel=0.02)


def test_white_noise_has_the_sharpness_of_its_formula():
    # The Laplacian of white noise has (4^2 + 4 * 1) times its variance.
    grey = np.random.default_rng(1).integers(50, 200, (224, 224, 1), dtype=np.uint8)
    assert quality.blurred(grey.repeat(3, axis=2)) == pytest.approx(20, rel=0.03)


def test_a_photograph_has_about_the_same_sharpness_however_large_it_was_stored():
    rng = np.random.default_rng(2)
    picture = ndimage.gaussian_filter(rng.normal(0, 1, (448, 448)), 4)
    picture = np.clip(128 + picture / picture.std() * 40, 0, 255).astype(np.uint8)
    large = picture[..., None].repeat(3, axis=2)
    small = large.reshape(224, 2, 224, 2, 3).mean((1, 3)).astype(np.uint8)
    larger = large.repeat(2, 0).repeat(2, 1)
    sharp = quality.blurred(small)
    assert quality.blurred(large) == pytest.approx(sharp, rel=0.05)
    assert quality.blurred(larger) == pytest.approx(sharp, rel=0.05)


def test_brightness_and_contrast_of_two_halves():
    image = plain(0)
    image[:, 10:] = 255
    assert quality.dark_or_bright(image) == pytest.approx(0.5)
    assert quality.low_contrast(image) == pytest.approx(0.5)
    assert quality.low_contrast(plain(90)) == pytest.approx(0, abs=1e-6)


def test_pixels_are_clipped_when_all_channels_are():
    image = plain(100)
    image[0] = 0
    image[1] = 255
    image[2] = (255, 0, 0)
    assert quality.clipped(image) == pytest.approx(2 / 20)


def test_uniform_counts_what_is_unlike_the_median_colour():
    image = plain(200)
    image[0, :] = 190
    image[1, :] = 189
    assert quality.uniform(image) == pytest.approx(1 / 20)
    assert quality.uniform(plain(7)) == 0


def test_colour_is_the_distance_of_the_channels():
    assert quality.greyscale(plain(77)) == 0
    assert quality.greyscale(plain((255, 0, 0))) == 1
    assert quality.greyscale(plain((100, 151, 120))) == pytest.approx(0.2)


def test_black_border_counts_each_outermost_pixel_once():
    image = plain(200)
    assert quality.black_border(image) == 0
    image[0] = 5
    assert quality.black_border(image) == pytest.approx(20 / 76)
    image[5:15, 5:15] = 0
    assert quality.black_border(image) == pytest.approx(20 / 76)
