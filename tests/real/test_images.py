"""Real images are read, measured and stored as any other program sees them."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.batches.store import open_store
from buffycoat.errors import ImageError
from buffycoat.images.fit import ImageSettings, fit_image
from buffycoat.images.measure import measure_images
from buffycoat.images.stream import stream_images
from buffycoat.tables.samples import SampleTable, check_samples

DATA = Path(os.environ.get("BUFFYCOAT_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def folder(name: str) -> Path:
    if not (DATA / name).is_dir():
        pytest.skip(f"no real images at {DATA / name}: set BUFFYCOAT_DATA")
    return DATA / name


@pytest.fixture(scope="module")
def pbc() -> SampleTable:
    """Every fortieth image, and the pair of identical files with two labels."""
    root = folder("pbc")
    files = sorted(root.glob("*/*.jpg"))
    chosen = {*files[::40], *root.glob("*/EO_225902.jpg"), *root.glob("*/BNE_191112.jpg")}
    paths = sorted(file.relative_to(root).as_posix() for file in chosen)
    frame = pl.DataFrame({"sample_id": paths, "path": paths})
    return check_samples(SampleTable(measure_images(root, frame), root, ()))


def boxes(path: Path) -> list[list[int]]:
    tree = ElementTree.parse(path)
    ends = ("xmin", "ymin", "xmax", "ymax")
    return [[int(b.findtext(end) or -1) for end in ends] for b in tree.iter("bndbox")]


def test_pbc_is_read_as_pillow_reads_it(pbc):
    assert len(pbc.frame) >= 345
    for row, image in stream_images(pbc.root, pbc.frame):
        with Image.open(pbc.root / pbc.frame["path"][row]) as expected:
            np.testing.assert_array_equal(image, np.asarray(expected.convert("RGB")))


def test_pbc_has_one_size_and_its_known_copy(pbc):
    assert pbc.frame["excluded_because"].null_count() == len(pbc.frame)
    assert pbc.frame.select("width_px", "height_px").unique().rows() == [(224, 224)]
    copies = pbc.frame.filter(pl.col("pixels_sha256").is_duplicated())
    stems = sorted(Path(path).stem for path in copies["path"])
    assert stems == ["BNE_191112", "EO_225902"]
    assert copies["file_sha256"].n_unique() == 1


@pytest.mark.parametrize("fit", ["crop", "pad", "squash"])
def test_pbc_is_stored_with_its_brightness_kept(pbc, tmp_path, fit):
    settings = ImageSettings((96, 96), fit)
    store = open_store(pbc, settings, cache=tmp_path)
    rows = store.rows_of(pbc.frame)
    assert store.pixels.shape == (len(pbc.frame) - 1, 96, 96, 3)
    for row, image in stream_images(pbc.root, pbc.frame):
        stored = store.pixels[rows[row]]
        np.testing.assert_array_equal(stored, fit_image(image, settings))
        assert np.abs(stored.mean((0, 1)) - image.mean((0, 1))).max() < 0.7


def test_boxes_of_bccd_fields(tmp_path):
    root = folder("bccd")
    rows = [
        (f"images/{xml.stem}.jpg", box)
        for xml in sorted((root / "annotations").glob("*.xml"))[:60]
        for box in boxes(xml)
    ]
    frame = pl.DataFrame(rows, {"path": pl.String, "box": pl.List(pl.Int64)}, orient="row")
    assert len(frame) > 600
    measured = measure_images(root, frame)
    for (row, image), (path, (left, top, right, bottom)) in zip(
        stream_images(root, frame), rows, strict=True
    ):
        if isinstance(image, ImageError):
            assert measured["excluded_because"][row] == f"unreadable: {image}"
            continue
        with Image.open(root / path) as field:
            expected = np.asarray(field)[top:bottom, left:right]
        np.testing.assert_array_equal(image, expected)
        assert measured.row(row, named=True)["width_px"] == expected.shape[1]
    assert measured["file_sha256"].n_unique() == 60
    assert measured["excluded_because"].null_count() > 0.99 * len(frame)
