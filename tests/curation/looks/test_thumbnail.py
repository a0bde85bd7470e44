"""What an image looks like in small."""

import numpy as np
import pytest

from buffycoat.curation.looks.thumbnail import THUMBNAIL, make_thumbnail


@pytest.mark.parametrize("shape", [(64, 64), (224, 224), (240, 320), (500, 20), (3, 5), (1, 1)])
def test_every_image_becomes_a_square_of_its_own_colours(shape):
    rng = np.random.default_rng(0)
    image = rng.integers(90, 110, (*shape, 3), dtype=np.uint8)
    image.flags.writeable = False
    small = make_thumbnail(image)
    assert small.shape == THUMBNAIL.shape
    assert small.dtype == THUMBNAIL.dtype
    assert small.min() >= image.min()
    assert small.max() <= image.max()


def test_an_image_of_this_size_stays_as_it_is():
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    np.testing.assert_array_equal(make_thumbnail(image), image)


def test_a_pixel_is_the_mean_of_what_it_covers():
    image = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    means = image.reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert np.abs(make_thumbnail(image) - means).max() <= 0.5


def test_a_wide_image_is_padded_with_the_colour_of_its_border():
    image = np.full((20, 40, 3), 200, np.uint8)
    image[5:15, 10:30] = 50
    small = make_thumbnail(image)
    assert (small[:16] == 200).all()
    assert (small[-16:] == 200).all()
    assert (small[30:34, 30:34] == 50).all()
