"""Two laboratories' smears tell their scale and stain, and one is brought to the other."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from buffycoat.images.read import read_image
from buffycoat.images.standards.correcting import standardise_image
from buffycoat.images.standards.pooling import pool_signs
from buffycoat.images.standards.signs import read_signs
from buffycoat.images.standards.smear import StandardSettings
from buffycoat.sources.folder import read_folder

N_IMAGES = 160


def some(folder, n=N_IMAGES):
    paths = sorted(folder.rglob("*.jpg"))
    return [read_image(path) for path in paths[:: len(paths) // n]]


@pytest.fixture(scope="module")
def here(data):
    return pool_signs([read_signs(image) for image in some(data / "pbc")])


@pytest.fixture(scope="module")
def fields(data):
    return some(data / "bccd" / "images")


@pytest.fixture(scope="module")
def there(fields):
    return pool_signs([read_signs(image) for image in fields])


def test_pbc_has_the_scale_of_its_red_cells(here):
    # Red cells lie between 67 and 82 px across in the 224 px crops, with a median of 73.
    assert here.smear.um_per_px == pytest.approx(7.5 / 73, rel=0.1)
    assert here.um_per_px_doubt < 0.1
    np.testing.assert_allclose(here.smear.white, (254, 228, 202), atol=4)


def test_bccd_fields_are_at_another_scale_and_paler(here, there):
    assert there.smear.um_per_px / here.smear.um_per_px == pytest.approx(0.79, abs=0.08)
    assert np.linalg.norm(there.smear.nucleus) < 0.5 * np.linalg.norm(here.smear.nucleus)
    assert there.n_red_cells > 50


def test_recoloured_fields_tell_the_other_laboratorys_white_and_stain(here, fields, there):
    home = here.smear
    to = StandardSettings(("white", "stain"), 1.0, 22.8, home.white, home.nucleus, home.red_cell)
    moved = [standardise_image(image, there.smear, to) for image in fields[::2]]
    found = pool_signs([read_signs(image) for image in moved]).smear
    np.testing.assert_allclose(found.white, home.white, atol=6)
    np.testing.assert_allclose(found.nucleus, home.nucleus, rtol=0.2, atol=0.1)


def test_every_class_of_pbc_tells_much_the_same(data):
    table = read_folder(data / "pbc")
    whites, reds = [], []
    for label in table.classes:
        rows = table.frame.filter(pl.col("label") == label)["path"].gather_every(60)
        found = pool_signs([read_signs(read_image(table.root / path)) for path in rows]).smear
        whites.append(found.white)
        reds.append(found.red_cell)
    assert np.ptp(whites, axis=0).max() <= 8
    assert np.ptp(reds, axis=0).max() <= 0.15
