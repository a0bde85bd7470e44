import numpy as np
import polars as pl
import pytest

from buffycoat.curation.looks.look import Looked
from buffycoat.curation.outliers.appearance import APPEARANCE, appearance
from buffycoat.tables.samples import SampleTable, check_samples


def draw(rng, px=48):
    """A dark disc on a light ground, with a few pale ones beside it."""
    y, x = np.mgrid[:px, :px]
    image = np.full((px, px, 3), (250, 235, 205), float) + rng.normal(0, 2, 3)
    for _ in range(3):
        a, b = rng.uniform(0, px, 2)
        image[np.hypot(y - a, x - b) < px / 7] = (200, 170, 160)
    middle, radius = px / 2 + rng.normal(0, px / 30, 2), px * rng.uniform(0.18, 0.32)
    image[np.hypot(y - middle[0], x - middle[1]) < radius] = np.array((110, 70, 150)) + rng.normal(
        0, 6, 3
    )
    return np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


def foreign(px=48):
    image = np.full((px, px, 3), (40, 180, 60), np.uint8)
    image[::4] = (10, 10, 250)
    return image


@pytest.fixture(scope="session")
def cells():
    """300 images, uint8."""
    rng = np.random.default_rng(3)
    return [draw(rng) for _ in range(300)]


@pytest.fixture
def make():
    """A table of images, and what was seen of them."""

    def made(images, labels=None, keys=None, excluded=()):
        n = len(images)
        frame = pl.DataFrame(
            {
                "sample_id": [f"s{i:04d}" for i in range(n)],
                "path": [f"s{i:04d}.png" for i in range(n)],
                "label": labels or ["a"] * n,
                "pixels_sha256": keys or [str(hash(image.tobytes())) for image in images],
                "excluded_because": ["told so" if i in excluded else None for i in range(n)],
            }
        )
        table = check_samples(SampleTable(frame, None, tuple(sorted(set(frame["label"])))))
        has = np.array([i not in excluded for i in range(n)])
        seen = np.stack([appearance(image) for image in images])
        seen[~has] = np.nan
        return table, Looked({APPEARANCE.name: seen}, {APPEARANCE.name: has})

    return made


@pytest.fixture
def foreign_image():
    return foreign()
