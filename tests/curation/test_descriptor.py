"""A descriptor has one length for every image and hardly changes when a cell is turned."""

import numpy as np
import pytest
from PIL import Image

from buffycoat.curation.descriptor import DESCRIPTOR, N_FEATURES, describe
from buffycoat.sources.drawn.cells import draw_cell, draw_slide


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(0)
    slide = draw_slide(rng)
    kinds = ("lymphocyte", "neutrophil", "platelet", "eosinophil")
    return [draw_cell(kind, slide, rng, image_px=128) for kind in kinds]


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (16, 300), (480, 640)])
@pytest.mark.parametrize("kind", ["black", "white", "grey", "noise"])
def test_every_image_has_a_descriptor(size, kind):
    noise = np.random.default_rng(0).integers(0, 255, (*size, 3))
    image = {"black": noise * 0, "white": noise * 0 + 255, "grey": noise[..., :1].repeat(3, 2)}
    found = describe(image.get(kind, noise).astype(np.uint8))
    assert found.shape == (N_FEATURES,) == DESCRIPTOR.shape
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_images_are_not_written_to(drawn):
    image = drawn[0].copy()
    image.flags.writeable = False
    np.testing.assert_array_equal(describe(image), describe(image))


def test_turned_mirrored_and_resized_cells_stay_nearest_to_themselves(drawn):
    known = np.stack([describe(image) for image in drawn])
    scale = known.std(axis=0) + 1e-6
    for i, image in enumerate(drawn):
        small = np.asarray(Image.fromarray(image).resize((96, 96), Image.Resampling.BOX))
        for other in (np.rot90(image), image[:, ::-1], image[::-1].transpose(1, 0, 2), small):
            apart = np.abs((describe(np.ascontiguousarray(other)) - known) / scale).mean(axis=1)
            assert apart.argmin() == i
            assert apart[i] < 0.35 * np.delete(apart, i).min()
