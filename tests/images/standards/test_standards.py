"""A drawn smear tells what it was drawn with, and is brought to what another was drawn with."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import polars as pl
import pytest

from buffycoat.errors import SettingError, TableError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.standards.columns import estimate_columns, row_smears
from buffycoat.images.standards.correcting import stain_matrix, standardise_image
from buffycoat.images.standards.pooling import pool_signs
from buffycoat.images.standards.signs import Signs, read_signs
from buffycoat.images.standards.smear import Smear, StandardSettings

HERE = Smear(0.1, (240.0, 235.0, 220.0), (1.1, 1.6, 0.3), (0.15, 0.5, 0.35))
THERE = Smear(0.06, (200.0, 205.0, 210.0), (0.5, 0.8, 0.05), (0.1, 0.3, 0.4))
ALL = ("scale", "white", "stain")


def draw(smear: Smear, side_px: int = 240, seed: int = 0, *, n_red: int = 9) -> np.ndarray:
    """Red cells of 7.5 micrometres, and a nucleus of 9.5 in the middle."""
    rng, density = np.random.default_rng(seed), np.zeros((side_px, side_px, 3))
    spots = [(x, y) for x in (0.16, 0.5, 0.84) for y in (0.16, 0.5, 0.84) if (x, y) != (0.5, 0.5)]
    for x, y in spots[:n_red]:
        _disc(density, x * side_px, y * side_px, 3.75 / smear.um_per_px, smear.red_cell)
    _disc(density, side_px / 2, side_px / 2, 4.75 / smear.um_per_px, smear.nucleus)
    image = (np.array(smear.white) + 1) * np.exp(-density) - 1
    noisy = cv2.GaussianBlur(image, (0, 0), 1.0) + rng.normal(0, 1.5, image.shape)
    return np.clip(noisy.round(), 0, 255).astype(np.uint8)


def _disc(density, x, y, radius, colour):
    down, right = np.ogrid[: len(density), : len(density)]
    density[np.hypot(down - y, right - x) <= radius] = colour


def settings_to(smear: Smear, *standards: str, strength: float = 1.0) -> StandardSettings:
    return StandardSettings(standards, strength, 24.0, smear.white, smear.nucleus, smear.red_cell)


@pytest.mark.parametrize(("smear", "side_px"), [(HERE, 360), (THERE, 600)])
def test_signs_are_what_was_drawn(smear, side_px):
    signs = read_signs(draw(smear, side_px))
    np.testing.assert_allclose(signs.white, smear.white, atol=2)
    np.testing.assert_allclose(signs.nucleus, smear.nucleus, atol=0.04)
    np.testing.assert_allclose(signs.red_cell, smear.red_cell, atol=0.03)
    assert len(signs.red_cells_px) == 8
    np.testing.assert_allclose(signs.red_cells_px, 7.5 / smear.um_per_px, rtol=0.06)
    assert signs.cell_px == pytest.approx(9.5 / smear.um_per_px, rel=0.08)


def test_an_empty_image_tells_no_stain_and_no_scale():
    blank = np.full((100, 100, 3), 230, np.uint8)
    signs = read_signs(blank)
    assert signs.nucleus is None
    assert signs.red_cell is None
    assert signs.red_cells_px == ()
    black = read_signs(np.zeros((100, 100, 3), np.uint8))
    assert black == Signs()


def test_a_grey_image_tells_its_white_alone():
    grey = np.repeat(draw(HERE, 360).mean(axis=2, keepdims=True).round().astype(np.uint8), 3, 2)
    signs = read_signs(grey)
    assert signs == Signs(white=signs.white)
    np.testing.assert_allclose(signs.white, np.mean(HERE.white), atol=2)


def test_a_set_is_surer_than_an_image_and_its_order_does_not_matter():
    signs = [read_signs(draw(THERE, 500, seed)) for seed in range(3)]
    one, many = pool_signs(signs[:1]), pool_signs(signs)
    assert many == pool_signs(signs[::-1])
    assert many.smear.um_per_px == pytest.approx(0.06, rel=0.06)
    assert many.nucleus_doubt < one.nucleus_doubt
    assert many.um_per_px_doubt < one.um_per_px_doubt
    assert pool_signs([]).um_per_px_doubt is None


def test_crumbs_and_clumps_are_no_red_cells():
    sizes = (75.0, 74.0, 77.0, 12.0, 11.0, 13.0, 12.5, 190.0)
    found = pool_signs([Signs(red_cells_px=sizes)])
    assert found.n_red_cells == 3
    assert found.smear.um_per_px == pytest.approx(0.1)


def test_red_cells_and_nuclei_that_contradict_raise_the_doubt():
    agree = pool_signs([Signs(red_cells_px=(75.0, 75.0), cell_px=95.0)])
    contradict = pool_signs([Signs(red_cells_px=(75.0, 75.0), cell_px=300.0)])
    assert contradict.um_per_px_doubt > 2 * agree.um_per_px_doubt


@pytest.mark.parametrize(("n_images", "is_sure"), [(1, False), (4, False), (12, False), (25, True)])
def test_nuclei_of_a_few_images_alone_are_no_ruler(n_images, is_sure):
    nuclei, red_cells = Signs(cell_px=95.0), Signs(red_cells_px=(75.0, 74.0, 76.0))
    found = [pool_signs([nuclei] * n_images), pool_signs([nuclei] * n_images + [red_cells])]
    frame = pl.DataFrame({"path": ["a", "b"]}).with_columns(estimate_columns(found).values())
    alone, with_red_cells = row_smears(frame, StandardSettings(ALL))
    assert alone.um_per_px == (pytest.approx(0.1) if is_sure else 0.0)
    assert with_red_cells.um_per_px == pytest.approx(0.1, rel=0.02)


def test_one_smear_is_brought_to_the_other():
    moved = standardise_image(draw(THERE, 600), THERE, settings_to(HERE, "white", "stain"))
    signs = read_signs(moved)
    np.testing.assert_allclose(signs.white, HERE.white, atol=2)
    np.testing.assert_allclose(signs.nucleus, HERE.nucleus, atol=0.08)
    np.testing.assert_allclose(signs.red_cell, HERE.red_cell, atol=0.05)


def test_stain_matrix_takes_both_colours_to_the_standard_and_half_way():
    whole = stain_matrix(THERE, settings_to(HERE, "stain"))
    np.testing.assert_allclose(whole @ THERE.nucleus, HERE.nucleus)
    np.testing.assert_allclose(whole @ THERE.red_cell, HERE.red_cell)
    half = stain_matrix(THERE, settings_to(HERE, "stain", strength=0.5))
    np.testing.assert_allclose(half, (whole + np.eye(3)) / 2)


def test_nothing_absurd_happens():
    to = settings_to(HERE, *ALL)
    pale = replace(THERE, nucleus=(0.01, 0.01, 0.0))
    np.testing.assert_array_equal(stain_matrix(pale, to), np.eye(3))
    alike = replace(THERE, red_cell=tuple(0.4 * v for v in THERE.nucleus))
    matrix = stain_matrix(alike, to)
    np.testing.assert_allclose(matrix, matrix[0, 0] * np.eye(3), atol=1e-9)
    weak = replace(THERE, nucleus=(0.06, 0.08, 0.0), red_cell=(0.01, 0.06, 0.08))
    gains = np.linalg.svd(stain_matrix(weak, to))[1]
    assert gains.max() <= 3 + 1e-9
    assert gains.min() >= 0.5 - 1e-9
    image = draw(THERE)
    np.testing.assert_array_equal(standardise_image(image, Smear(), to), image)
    np.testing.assert_array_equal(standardise_image(image, Smear(um_per_px=0.001), to), image)


def test_scale_cuts_or_fills_about_the_middle():
    image, to = draw(HERE, 240), settings_to(HERE, "scale")
    np.testing.assert_array_equal(standardise_image(image, HERE, to), image)
    cut = standardise_image(image, Smear(0.2), to)
    np.testing.assert_array_equal(cut, image[60:180, 60:180])
    filled = standardise_image(image, Smear(0.08), to)
    assert filled.shape == (300, 300, 3)
    np.testing.assert_array_equal(filled[30:270, 30:270], image)
    tall = standardise_image(image[:, 60:180], HERE, to)
    assert tall.shape == (240, 240, 3)
    np.testing.assert_array_equal(tall[:, 60:180], image[:, 60:180])


def test_fit_uses_what_the_table_says_else_what_the_settings_assume():
    image = draw(THERE, 200)
    to = replace(settings_to(HERE, "white"), from_white=THERE.white)
    settings = ImageSettings((64, 64), standards=to)
    assumed = fit_image(image, settings)
    np.testing.assert_array_equal(assumed, fit_image(image, settings, THERE))
    plain = fit_image(image, ImageSettings((64, 64)))
    assert np.median(plain[:8]) < np.median(assumed[:8])


def test_columns_and_back():
    estimate = pool_signs([read_signs(draw(THERE, 600))] * 3)
    frame = pl.DataFrame({"path": ["a", "b"]}).with_columns(
        estimate_columns([estimate, pool_signs([])]).values()
    )
    assert frame.write_csv()  # a CSV cannot hold lists
    wanted = StandardSettings(ALL, from_um_per_px=0.5)
    known, unknown = row_smears(frame, wanted)
    assert known == estimate.smear
    assert unknown == Smear(0.5)
    doubtful = frame.with_columns(um_per_px_doubt=0.3)
    assert row_smears(doubtful, wanted)[0] == replace(estimate.smear, um_per_px=0.5)
    told = doubtful.with_columns(um_per_px=0.11)
    assert row_smears(told, wanted)[0].um_per_px == 0.11
    for nothing in (float("nan"), 0.0, -1.0):
        frame_of = frame.with_columns(um_per_px=pl.lit(nothing))
        assert row_smears(frame_of, wanted) == [known, unknown]
    with pytest.raises(TableError, match=r"um_per_px is .0,1.: it is micro"):
        row_smears(frame.with_columns(um_per_px=pl.lit("0,1")), wanted)
    with pytest.raises(TableError, match="white_estimated is 'pale': it is red"):
        row_smears(frame.with_columns(white_estimated=pl.lit("pale"), white_doubt=0.0), wanted)
    assert row_smears(frame, StandardSettings()) == [Smear(), Smear()]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"standards": ("size",)}, "can have scale, white, stain"),
        ({"stain_strength": 1.5}, "from 0 to 1"),
        ({"view_um": float("nan")}, "view_um is nan"),
        ({"to_white": (254.0, float("inf"), 202.0)}, "red, green and blue"),
        ({"view_um": 0.0}, "above 0"),
        ({"to_white": (1.0, 2.0)}, "red, green and blue"),
    ],
)
def test_impossible_settings(wrong, said):
    with pytest.raises(SettingError, match=said):
        StandardSettings(**wrong)


def test_discs_much_smaller_than_nuclei_are_no_red_cells():
    found = pool_signs([Signs(red_cells_px=(12.0, 13.0, 11.5), cell_px=95.0)] * 4)
    assert found.n_red_cells == 0
    assert found.smear.um_per_px == pytest.approx(0.1)
    platelets = pool_signs([Signs(red_cells_px=(75.0, 74.0), cell_px=25.0)] * 4)
    assert platelets.n_red_cells == 8
