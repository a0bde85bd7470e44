"""The part of an image around its white cell, wherever in the field that lies."""

import numpy as np
import polars as pl
import pytest

from buffycoat.batches.store_folder import store_key
from buffycoat.errors import SettingError
from buffycoat.images.around import around_cell
from buffycoat.images.fit import ImageSettings, changes_aspect, fit_image

GROUND, RED, NUCLEUS = (235, 225, 205), (215, 165, 160), (80, 50, 140)


def field_with_cell(row, column, height=240, width=320):
    """Red discs all over, and one dark blue disc."""
    image = np.full((height, width, 3), GROUND, np.uint8)
    down, right = np.ogrid[:height, :width]
    for centre in ((40, 60), (200, 90), (60, 260), (180, 250)):
        image[(down - centre[0]) ** 2 + (right - centre[1]) ** 2 <= 22**2] = RED
    image[(down - row) ** 2 + (right - column) ** 2 <= 26**2] = NUCLEUS
    return image


@pytest.mark.parametrize(("row", "column"), [(120, 160), (90, 200), (150, 90)])
def test_the_cell_is_in_the_middle_of_the_square(row, column):
    found = around_cell(field_with_cell(row, column), 0.5)
    assert found.shape == (120, 120, 3)
    rows, columns = np.nonzero((found == NUCLEUS).all(2))
    assert (rows.mean(), columns.mean()) == pytest.approx((59.5, 59.5), abs=3)


def test_at_the_edge_the_square_stays_inside():
    image = field_with_cell(230, 310)
    np.testing.assert_array_equal(around_cell(image, 0.5), image[120:, 200:])


def test_without_a_cell_it_is_the_middle():
    image = np.full((100, 140, 3), GROUND, np.uint8)
    image[50, 70] = 0
    assert (around_cell(image, 0.4)[20, 20] == 0).all()


def test_images_are_fitted_from_the_square():
    image = field_with_cell(90, 200)
    settings = ImageSettings((64, 64), around_cell=0.5)
    wanted = fit_image(around_cell(image, 0.5), ImageSettings((64, 64)))
    np.testing.assert_array_equal(fit_image(image, settings), wanted)
    squashed = ImageSettings((64, 64), "squash", around_cell=0.5)
    assert not changes_aspect(320, 240, squashed)


def test_what_is_taken_decides_the_store():
    rows = pl.DataFrame({"pixels_sha256": ["a", "b"]})
    keys = [store_key(rows, ImageSettings(around_cell=share)) for share in (0, 0.5, 0.6)]
    assert len(set(keys)) == 3


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_that_cannot_be_is_refused(share):
    with pytest.raises(SettingError, match="it is a share of the shorter side"):
        ImageSettings(around_cell=share)
