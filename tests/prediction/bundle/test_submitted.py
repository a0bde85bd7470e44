"""The model.py of a bundle, without a network: resizing is held against the one of a training."""

import numpy as np
import pytest

from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.prediction.bundle import submitted

SIZES = [(64, 64), (128, 128), (96, 96), (17, 40), (130, 90), (33, 33)]


@pytest.mark.parametrize("fit", ["pad", "crop", "squash"])
@pytest.mark.parametrize("image_px", SIZES, ids=str)
def test_images_are_fitted_as_a_training_fits_them_to_the_last_bit(images, image_px, fit):
    wanted = [fit_image(image, ImageSettings(image_px, fit)) for image in images[:6]]
    np.testing.assert_array_equal(submitted._fitted(images[:6], image_px, fit), wanted)


def test_images_that_are_not_square_are_fitted_too(images):
    wide = images[:3, 10:70, :85]
    wanted = [fit_image(image, ImageSettings((48, 48), "pad")) for image in wide]
    np.testing.assert_array_equal(submitted._fitted(wide, (48, 48), "pad"), wanted)


def test_floats_are_rounded_and_held_within_the_range():
    given = np.array([[-3, 0.4, 0.6, 254.6, 300.0]])
    assert submitted._as_bytes(given).tolist() == [[0, 0, 1, 255, 255]]
    with pytest.raises(ValueError, match="not a number"):
        submitted._as_bytes(np.array([np.nan]))
