"""The body of a drawn disc is found among red discs, and its masks agree with one another."""

import numpy as np
import pytest

from buffycoat.images.cell import SIDE_PX, find_cell

GROUND, RED, BLUE, DARK = (235, 225, 205), (215, 165, 160), (150, 110, 190), (80, 50, 140)


def disc(image, centre, radius, colour):
    down, right = np.ogrid[: image.shape[0], : image.shape[1]]
    image[(down - centre[0]) ** 2 + (right - centre[1]) ** 2 <= radius**2] = colour


@pytest.fixture
def image():
    found = np.full((128, 128, 3), GROUND, np.uint8)
    disc(found, (20, 20), 25, RED)
    disc(found, (110, 100), 25, RED)
    disc(found, (64, 64), 24, BLUE)
    disc(found, (64, 64), 12, DARK)
    return found


def overlap(one, other):
    return (one & other).sum() / (one | other).sum()


def drawn(radius):
    mask = np.zeros((128, 128, 3), bool)
    disc(mask, (64, 64), radius, (True,) * 3)
    return mask[..., 0]


def test_body_and_chromatin_are_the_blue_discs(image):
    cell = find_cell(image)
    assert overlap(cell.body, drawn(24)) > 0.93
    assert overlap(cell.chromatin, drawn(12)) > 0.85
    assert cell.n_components == 1


def test_masks_do_not_contradict(image):
    cell = find_cell(image)
    assert not (cell.chromatin & ~cell.body).any()
    assert not (cell.surround & cell.body).any()
    assert not (cell.ground & cell.surround).any()
    assert (cell.outwards_px[cell.body] < 0).all()
    assert (cell.outwards_px[~cell.body] > 0).all()


def test_black_fill_is_not_seen(image):
    image[:, :30] = 3
    cell = find_cell(image)
    assert not cell.seen[:, :28].any()
    assert overlap(cell.body, drawn(24)) > 0.93


def test_area_of_measurement_is_the_same_for_every_size():
    for size in ((28, 28), (480, 640), (64, 256)):
        shape = find_cell(np.zeros((*size, 3), np.uint8)).seen.shape
        assert abs(shape[0] * shape[1] / SIDE_PX**2 - 1) < 0.03
        assert abs(shape[1] / shape[0] / (size[1] / size[0]) - 1) < 0.03
