"""Images are brought to size without changing what they show."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from buffycoat.errors import SettingError
from buffycoat.images.fit import ImageSettings, changes_aspect, fit_image

SIZES = [(224, 224), (96, 96), (50, 60), (300, 97), (8, 500), (2000, 1500)]


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("fit", ["crop", "pad", "squash"])
@pytest.mark.parametrize("size", SIZES)
def test_size_type_and_plain_areas(fit, size):
    plain = np.broadcast_to(np.array([3, 128, 252], np.uint8), (*size, 3))
    fitted = fit_image(plain, ImageSettings((96, 64), fit))
    assert fitted.shape == (96, 64, 3)
    assert fitted.dtype == np.uint8
    assert (fitted == plain[0, 0]).all()


@pytest.mark.parametrize("size", [(224, 224), (360, 363), (1000, 900)])
def test_brightness_is_kept_and_detail_is_averaged_not_skipped(size):
    image = noise(*size)
    fitted = fit_image(image, ImageSettings((96, 96), "squash")).astype(float)
    assert np.abs(fitted.mean((0, 1)) - image.mean((0, 1))).max() < 0.7
    assert fitted.std() < 0.7 * image.std()  # taking every nth pixel would keep it


def test_shrinking_to_half_of_a_checkerboard_is_grey():
    board = (np.indices((128, 128)).sum(0) % 2 * 255).astype(np.uint8)
    fitted = fit_image(np.stack([board] * 3, 2), ImageSettings((64, 64)))
    assert np.abs(fitted[4:-4, 4:-4].astype(int) - 127).max() <= 3


def test_against_the_average_of_blocks():
    """A smooth image, shrunk by a whole factor, is near the mean of each block."""
    y, x = np.mgrid[:192, :192] / 192
    smooth = np.stack([255 * x, 255 * y, 127 + 127 * np.sin(5 * x * y)], 2).astype(np.uint8)
    blocks = smooth.reshape(96, 2, 96, 2, 3).mean((1, 3))
    fitted = fit_image(smooth, ImageSettings((96, 96)))
    assert np.abs(fitted - blocks)[2:-2, 2:-2].max() < 2


def test_an_image_of_that_size_is_left_alone():
    image = noise(96, 96)
    for fit in ("crop", "pad", "squash"):
        np.testing.assert_array_equal(fit_image(image, ImageSettings(fit=fit)), image)


def test_crop_takes_the_middle():
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, 50:150] = 255
    fitted = fit_image(image, ImageSettings((50, 50), "crop"))
    assert fitted.min() == 255 or (fitted[:, 1:-1] == 255).all()
    tall = fit_image(np.swapaxes(image, 0, 1), ImageSettings((50, 50), "crop"))
    np.testing.assert_array_equal(tall, np.swapaxes(fitted, 0, 1))


def test_pad_shows_everything_on_the_colour_of_the_border():
    image = np.full((100, 200, 3), (230, 210, 220), np.uint8)
    image[30:70, 60:140] = (90, 20, 120)
    image[0, :20] = 0  # a mark at the edge does not decide the colour
    fitted = fit_image(image, ImageSettings((96, 96), "pad"))
    assert (fitted[:24] == (230, 210, 220)).all()
    assert (fitted[-24:] == (230, 210, 220)).all()
    inside = np.asarray(Image.fromarray(image).resize((96, 48), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(fitted[24:72], inside)


def test_squash_shows_everything_stretched():
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, 100:] = 255
    fitted = fit_image(image, ImageSettings((60, 60), "squash"))
    assert fitted[:, :28].max() == 0
    assert fitted[:, 32:].min() == 255


def test_changes_aspect():
    squash = ImageSettings((96, 96), "squash")
    assert changes_aspect(320, 240, squash)
    assert changes_aspect(240, 320, squash)
    assert not changes_aspect(360, 363, squash)
    assert not changes_aspect(320, 240, ImageSettings((96, 128), "squash"))
    assert not changes_aspect(320, 240, ImageSettings((96, 96), "pad"))


@pytest.mark.parametrize(
    "wrong", [(96,), (96, 96, 3), (0, 96), (7, 96), (96, 5000), (96.0, 96), (True, 96)]
)
def test_wrong_sizes(wrong):
    with pytest.raises(SettingError, match="image_px"):
        ImageSettings(wrong)


def test_wrong_fit_and_a_list_from_json():
    with pytest.raises(SettingError, match="crop, pad, squash"):
        ImageSettings(fit="stretch")  # type: ignore[arg-type]
    assert ImageSettings(json.loads("[96, 64]")) == ImageSettings((96, 64))
