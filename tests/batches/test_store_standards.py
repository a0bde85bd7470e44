"""What a table says of its images' smears decides which store they are in, and their pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.batches.store import open_store
from buffycoat.images.fit import ImageSettings
from buffycoat.images.measure import measure_images
from buffycoat.images.standards.smear import StandardSettings
from buffycoat.tables.samples import SampleTable, check_samples

SETTINGS = ImageSettings((16, 24), "pad")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def table(tmp_path: Path) -> SampleTable:
    """Four noisy images, and a copy of the first."""
    noise = np.random.default_rng(1).integers(0, 256, (4, 20, 20, 3), np.uint8)
    names = [f"{i}.png" for i in range(4)] + ["copy.png"]
    for name, pixels in zip(names, [*noise, noise[0]], strict=True):
        Image.fromarray(pixels).save(tmp_path / name)
    frame = pl.DataFrame({"sample_id": names, "path": names, "label": "a"})
    return check_samples(SampleTable(measure_images(tmp_path, frame), tmp_path, ("a",)))


def test_standards_and_what_a_table_says_of_them_decide_the_store(table, cache):
    plain = open_store(table, SETTINGS, cache=cache)
    white = StandardSettings(("white",))
    settings = replace(SETTINGS, standards=white)
    told = replace(table, frame=table.frame.with_columns(white_estimated=pl.lit("100 110 120")))
    untold, standard = (open_store(t, settings, cache=cache) for t in (table, told))
    assert len({plain.path, untold.path, standard.path}) == 3
    np.testing.assert_array_equal(plain.pixels, untold.pixels)
    assert np.mean(standard.pixels[..., 0]) > np.mean(plain.pixels[..., 0]) + 20
    again = open_store(told, settings, cache=cache)
    assert again.path == standard.path


def test_of_copies_that_tell_otherwise_the_first_decides_pixels_and_store(table, cache):
    settings = replace(SETTINGS, standards=StandardSettings(("white",)))
    is_copy = pl.col("path") == "copy.png"
    told = pl.when(is_copy).then(pl.lit("100 110 120")).otherwise(pl.lit("200 200 200"))
    frame = table.frame.with_columns(white_estimated=told)
    stores = [
        open_store(replace(table, frame=rows), settings, cache=cache)
        for rows in (frame, frame.sort(is_copy, descending=True))
    ]
    assert stores[0].path != stores[1].path
    shown = [s.pixels[s.rows_of(frame.filter(is_copy))].mean() for s in stores]
    assert shown[1] > shown[0] + 20
