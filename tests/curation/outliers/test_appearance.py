import numpy as np
import pytest

from buffycoat.curation.outliers.appearance import BLOCKS, appearance


def block(found, name):
    start = 0
    for other, n in BLOCKS.items():
        if other == name:
            return found[start : start + n]
        start += n
    raise KeyError(name)


def test_a_turned_image_looks_the_same_but_for_the_direction_of_its_edges(cells):
    one, turned = appearance(cells[0]), appearance(np.rot90(cells[0]))
    other = appearance(cells[1])
    for name in ("stain", "colours", "levels", "rings"):
        near, far = (np.linalg.norm(block(x, name) - block(one, name)) for x in (turned, other))
        assert near < far / 100


def test_shares_of_colours_sum_to_one(cells):
    assert (block(appearance(cells[0]), "colours") ** 2).sum() == pytest.approx(1, abs=1e-3)


def test_a_dimmer_lamp_changes_colours_more_than_the_stain(cells):
    one = appearance(cells[0])
    dim = appearance((cells[0] * 0.85).astype(np.uint8))
    moved = {name: np.linalg.norm(block(dim, name) - block(one, name)) for name in BLOCKS}
    assert moved["stain"] < moved["colours"] / 3


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("shape", [(1, 1), (8, 300), (500, 500)])
def test_a_plain_image_has_no_stain_and_no_edges(level, shape):
    found = appearance(np.full((*shape, 3), level, np.uint8))
    assert np.isfinite(found).all()
    assert not block(found, "stain").any()
    assert block(found, "edges")[-1] == 1


def test_black_corners_of_a_rotation_change_no_levels():
    image = np.full((64, 64, 3), (240, 220, 200), np.uint8)
    image[20:40, 20:40] = (110, 70, 150)
    filled = image.copy()
    filled[:8, :20] = 0
    found, usual = (block(appearance(each), "levels") for each in (filled, image))
    assert found == pytest.approx(usual, abs=0.1)
    assert np.isfinite(appearance(np.zeros((8, 8, 3), np.uint8))).all()
