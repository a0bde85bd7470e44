"""Nuclei that are drawn by hand: discs of violet on a film with red cells."""

import cv2
import numpy as np
import pytest

from buffycoat.curation.checks.cells import cut_off, several_cells
from buffycoat.curation.checks.nuclei import find_nuclei
from buffycoat.sources.drawn.cells import draw_cell, draw_slide

GROUND, RED, VIOLET, CYTOPLASM = (250, 230, 205), (205, 165, 160), (90, 50, 150), (225, 200, 205)


def film(*discs, size=(224, 224)):
    """Discs (x, y, radius, colour) on empty ground, one over the other."""
    image = np.full((*size, 3), GROUND, np.uint8)
    for x, y, radius, colour in discs:
        cv2.circle(image, (x, y), radius, colour, -1, cv2.LINE_AA)
    return image


RED_CELLS = tuple((x, y, 30, RED) for x in (0, 112, 224) for y in (0, 224))


def test_red_cells_at_the_edge_are_no_cut_cell():
    assert cut_off(film(*RED_CELLS, (112, 112, 35, VIOLET))) == 0
    assert cut_off(film(*RED_CELLS)) == several_cells(film(*RED_CELLS)) == 0


@pytest.mark.parametrize("x", [0, 15, 30, 40])
def test_a_nucleus_at_the_edge_is_as_long_there_as_its_chord(x):
    # A disc of radius 35 whose centre is x inside has a chord of 2 sqrt(35^2 - x^2).
    area = 35**2 * (np.pi - np.arccos(min(x / 35, 1))) + x * np.sqrt(max(35**2 - x**2, 0))
    diameter = 2 * np.sqrt(area / np.pi)
    chord = 2 * np.sqrt(max(35**2 - x**2, 0))
    assert cut_off(film((x, 112, 35, VIOLET))) == pytest.approx(chord / diameter, abs=0.15)


def test_a_cell_beside_black_fill_is_cut_too():
    image = film((112, 112, 35, VIOLET))
    assert cut_off(image) == 0
    image[:, :112] = 0
    assert cut_off(image) > 0.5


def test_two_cells_are_several_and_the_lobes_of_one_are_not():
    two = film((60, 112, 45, CYTOPLASM), (165, 112, 45, CYTOPLASM))
    for x in (60, 165):
        cv2.circle(two, (x, 112), 32, VIOLET, -1, cv2.LINE_AA)
    assert several_cells(two) == pytest.approx(1, abs=0.1)
    lobes = [(90, 95, 17, VIOLET), (131, 95, 17, VIOLET), (112, 132, 17, VIOLET)]
    assert several_cells(film((112, 110, 60, CYTOPLASM), *lobes)) == 0
    assert len(find_nuclei(film((112, 110, 60, CYTOPLASM), *lobes)).areas) == 1


def test_a_platelet_beside_a_cell_does_not_count():
    assert several_cells(film((112, 112, 40, VIOLET), (200, 30, 9, VIOLET))) == 0


def test_many_cells_score_worse_than_two():
    two = film((40, 40, 25, VIOLET), (180, 40, 25, VIOLET))
    four = film(*((x, y, 25, VIOLET) for x in (40, 180) for y in (40, 180)))
    assert several_cells(four) == pytest.approx(3, abs=0.2)
    assert several_cells(four) > several_cells(two)


@pytest.mark.parametrize("px", [48, 96, 224, 448])
def test_the_size_of_the_image_hardly_matters(px):
    image = cv2.resize(
        film((30, 112, 35, VIOLET), (170, 112, 30, VIOLET)), (px, px), interpolation=cv2.INTER_AREA
    )
    assert several_cells(image) == pytest.approx((30 / 35) ** 2, abs=0.2)
    assert cut_off(image) == pytest.approx(0.5, abs=0.2)


def test_drawn_neutrophils_are_one_cell_each():
    rng = np.random.default_rng(7)
    slides = [draw_slide(rng) for _ in range(5)]
    images = [draw_cell("neutrophil", slide, rng, image_px=96) for slide in slides * 4]
    assert sum(several_cells(image) > 0.4 for image in images) == 0


@pytest.mark.parametrize("value", [0, 100, 255])
def test_where_nothing_is_violet_nothing_is_said(value):
    image = np.full((50, 70, 3), value, np.uint8)
    assert cut_off(image) == several_cells(image) == 0
    assert find_nuclei(image).areas.shape == (0,)


def test_an_image_that_was_changed_is_looked_at_anew():
    image = film((112, 112, 35, VIOLET))
    assert cut_off(image) == 0
    image[:, :112] = 0
    assert cut_off(image) > 0.5
    image.flags.writeable = False
    assert find_nuclei(image) is find_nuclei(image)
