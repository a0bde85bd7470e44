"""Colour, shape and texture against values by hand, by NumPy and by a plain loop."""

import numpy as np
import pytest

from buffycoat.curation.cell.colour import _moments, profiles
from buffycoat.curation.cell.shape import _of_mask
from buffycoat.curation.cell.texture import _codes, grain
from buffycoat.images.cell import find_cell

AROUND = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))


def ellipse(long, short):
    down, right = np.ogrid[-64:64, -64:64]
    return (right / long) ** 2 + (down / short) ** 2 <= 1


def test_quantiles_of_a_histogram_are_those_of_the_values():
    values = np.random.default_rng(0).integers(20, 230, 5001)
    found = _moments(np.bincount(values, minlength=256)) * 255
    known = np.quantile(values, [0.1, 0.5, 0.9], method="inverted_cdf")
    assert found[:3] == pytest.approx(known, abs=1)
    assert found[3:] == pytest.approx([values.mean(), values.std()])
    assert not _moments(np.zeros(256)).any()


def test_a_disc_is_round_and_an_ellipse_as_long_as_drawn():
    disc, long = _of_mask(ellipse(30, 30)), _of_mask(ellipse(40, 20))
    assert disc[0] == pytest.approx(np.pi * 30**2 / 128**2, rel=0.01)
    assert disc[1] == 1
    assert disc[4] > 0.85
    assert disc[11] < 0.05
    assert long[11] == pytest.approx(np.sqrt(1 - 0.25), abs=0.01)
    assert not _of_mask(np.zeros((128, 128), bool)).any()


def test_lobes_are_counted_and_holes_measured():
    mask = ellipse(60, 10)
    mask[:, 60:68] = False
    assert _of_mask(mask)[1] == 2
    ring = ellipse(30, 30) & ~ellipse(15, 15)
    assert _of_mask(ring)[10] == pytest.approx(15**2 / (30**2 - 15**2), rel=0.12)


def test_patterns_are_those_of_a_plain_loop():
    grey = np.random.default_rng(1).integers(0, 255, (9, 11)).astype(np.uint8)
    found = _codes(grey, 1)
    for down in range(1, 8):
        for right in range(1, 10):
            bits = [grey[down + d, right + r] > grey[down, right] for d, r in AROUND]
            n_changes = sum(a != b for a, b in zip(bits, bits[1:] + bits[:1], strict=True))
            assert found[down - 1, right - 1] == (sum(bits) if n_changes <= 2 else 9)


def test_fine_grain_stands_in_the_first_scale_and_coarse_in_a_later_one():
    image = np.full((128, 128, 3), (235, 225, 205), int)
    image[ellipse(50, 50)] = (150, 110, 190)
    rng = np.random.default_rng(2)
    fine = rng.integers(-40, 40, (128, 128))
    coarse = np.kron(rng.integers(-40, 40, (16, 16)), np.ones((8, 8), int))
    found = []
    for noise in (fine, coarse):
        rough = np.clip(image + noise[..., None] * ellipse(50, 50)[..., None], 0, 255)
        found.append(grain(find_cell(rough.astype(np.uint8))).reshape(4, 3, 3)[:, 1, 0])
    fine_found, coarse_found = found
    assert fine_found[0] > coarse_found[0] + 0.3
    assert (coarse_found[2:] > fine_found[2:] + 0.2).all()


def test_profiles_share_out_all_pixels():
    image = np.random.default_rng(3).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    found = profiles(find_cell(image))
    assert found[36:48].sum() == pytest.approx(1)
    assert found[-8:].sum() == pytest.approx(1)
