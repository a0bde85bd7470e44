"""The background's colour is that of the bright border; as many batches as there are clouds."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from buffycoat.curation.properties.background import background_colour, batches_of


def test_colour_of_the_border_in_lab():
    image = np.full((100, 80, 3), (230, 215, 195), np.uint8)
    image[30:70, 25:55] = (80, 50, 140)
    image[:20, :20] = (200, 150, 150)
    image[-10:] = 0
    lab = ImageCms.createProfile("LAB")
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), lab, "RGB", "LAB")
    point = ImageCms.applyTransform(Image.new("RGB", (1, 1), (230, 215, 195)), to_lab)
    lightness = point.getpixel((0, 0))[0] / 255 * 100
    found = background_colour(image)
    assert found[0] == pytest.approx(lightness, abs=1)
    assert abs(found[1]) < 6
    assert found[2] > 8


@pytest.mark.parametrize("grey", [0, 255])
def test_empty_images_have_a_ground(grey):
    found = background_colour(np.full((16, 16, 3), grey, np.uint8))
    assert found == pytest.approx([grey / 2.55, 0, 0], abs=0.5)


def test_batches_are_the_clouds_there_are():
    rng = np.random.default_rng(0)
    cloud = rng.normal([85, 2, 12], [1, 0.5, 0.5], (400, 3))
    assert not batches_of(cloud).any()
    blue = rng.normal([85, 2, -6], [1, 0.5, 0.5], (60, 3))
    dark = rng.normal([60, 2, 12], [1, 0.5, 0.5], (100, 3))
    found = batches_of(np.concatenate([blue, cloud, dark]))
    assert found.tolist() == [2] * 60 + [0] * 400 + [1] * 100


def test_images_that_are_all_alike_are_one_batch():
    assert batches_of(np.ones((20, 3))).tolist() == [0] * 20
    assert len(batches_of(np.ones((0, 3)))) == 0


def test_an_odd_image_is_no_batch_and_hides_none():
    rng = np.random.default_rng(0)
    cloud = rng.normal([85, 2, 12], [1, 0.5, 0.5], (4000, 3))
    for place in range(6):  # where it is drawn from the rows or not
        odd = np.insert(cloud, place * 600, [0, 0, 0], axis=0)
        assert not batches_of(odd).any()
    blue = rng.normal([85, 2, -6], [1, 0.5, 0.5], (500, 3))
    found = batches_of(np.concatenate([[[0, 0, 0]], cloud, blue]))
    assert found[1:].tolist() == [0] * 4000 + [1] * 500
