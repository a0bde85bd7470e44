"""Checks on real cells: sound as they are, and flagged after what the check is for was done."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from buffycoat.curation.checks.catalogue import BUILT_IN
from buffycoat.curation.checks.check import build_check
from buffycoat.images.read import read_image
from buffycoat.registry import Choice

assert BUILT_IN, "the import registers them"


@pytest.fixture(scope="module")
def cells(data):
    """Every seventieth image of PBC, about 200 of all classes."""
    files = sorted((data / "pbc").glob("*/*.jpg"))[::70]
    return [read_image(file) for file in files]


def share_flagged(name, images):
    check = build_check(Choice(name))
    measures = np.array([float(check.measure(image)) for image in images])
    return check.limits.outside(measures).mean()


@pytest.mark.parametrize(
    "name",
    [
        "black_border",
        "blurred",
        "clipped",
        "dark_or_bright",
        "greyscale",
        "low_contrast",
        "uniform",
    ],
)
def test_nothing_is_wrong_with_the_images_of_pbc(cells, name):
    assert share_flagged(name, cells) == 0


def test_few_cells_of_pbc_are_cut_or_not_alone(cells):
    assert share_flagged("cut_off", cells) < 0.04
    assert share_flagged("several_cells", cells) < 0.02


def test_cells_cut_through_the_middle_are_flagged(cells):
    assert share_flagged("cut_off", [image[:, :112] for image in cells]) > 0.95


def test_neutrophils_side_by_side_are_several(data):
    files = sorted((data / "pbc" / "neutrophil").glob("*.jpg"))[::100]
    images = [read_image(file) for file in files]
    pairs = [np.hstack([a[:, 30:194], b[:, 30:194]]) for a, b in pairwise(images)]
    assert share_flagged("several_cells", pairs) > 0.9


def test_blurred_cells_are_flagged_at_any_size(cells):
    blurred = [cv2.GaussianBlur(image, (0, 0), 2.5) for image in cells]
    assert share_flagged("blurred", blurred) > 0.95
    large = [cv2.resize(image, (448, 448), interpolation=cv2.INTER_CUBIC) for image in blurred]
    assert share_flagged("blurred", large) > 0.95
    sound = [cv2.resize(image, (448, 448), interpolation=cv2.INTER_CUBIC) for image in cells]
    assert share_flagged("blurred", sound) == 0


def test_the_black_that_the_kaggle_set_was_filled_with_is_seen(data):
    files = sorted((data / "bccd_kaggle" / "TEST").glob("*/*.jpeg"))[::50]
    assert share_flagged("black_border", [read_image(file) for file in files]) == 1
