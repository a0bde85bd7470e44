import numpy as np
import pytest

from buffycoat.augmentations.distorted import (
    FAMILIES,
    SEVERITIES,
    distort,
    distort_blocks,
)
from buffycoat.augmentations.operations.catalogue import operations
from buffycoat.errors import SettingError, UnknownNameError


@pytest.fixture
def cells():
    rng = np.random.default_rng(0)
    rough = rng.integers(30, 226, (12, 8, 8, 3))
    return np.kron(rough, np.ones((1, 4, 4, 1))).astype(np.uint8)


@pytest.mark.parametrize("family", FAMILIES)
def test_copies_are_the_same_again_and_others_for_another_seed(family, cells):
    once = distort(cells, family, 4)
    assert once.shape == cells.shape
    assert once.dtype == np.uint8
    assert (once == distort(cells, family, 4)).all()
    assert (once != distort(cells, family, 4, seed=1)).any()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_higher_severity_changes_more(family, cells):
    many = np.tile(cells, (8, 1, 1, 1)).astype(float)
    apart = [np.abs(distort(many.astype(np.uint8), family, s) - many).mean() for s in SEVERITIES]
    assert apart[4] > apart[2] > apart[0] > 0


def test_families_are_made_of_operations_that_there_are():
    assert {name for names in FAMILIES.values() for name in names} <= set(operations)


def test_blocks_are_the_rows_that_were_asked_for(cells):
    rows = np.array([3, 1, 3])
    blocks = np.concatenate(list(distort_blocks(cells, rows, "optics", 2)))
    assert (blocks == distort(cells[rows], "optics", 2)).all()


def test_the_same_image_in_two_places_is_distorted_in_two_ways(cells):
    twice = distort(np.repeat(cells[:1], 12, 0), "mixed", 5)
    assert len({image.tobytes() for image in twice}) > 9


def test_unknown_families_and_severities_are_refused(cells):
    with pytest.raises(UnknownNameError, match="did you mean: optics"):
        distort(cells, "optic", 1)
    with pytest.raises(SettingError, match="severity is 6"):
        distort(cells, "optics", 6)
