"""What is read of a file's header, with Pillow's writer as the judge."""

import numpy as np
import polars as pl
import pytest
from PIL import Image

from buffycoat.curation.properties.headers import read_headers

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 3)).astype(np.uint8))


@pytest.fixture
def folder(tmp_path):
    NOISE.save(tmp_path / "a.jpg", quality=75)
    NOISE.save(tmp_path / "b.jpg", quality=90, dpi=(300, 300), comment="batch two")
    NOISE.save(tmp_path / "c.jpg", quality=90, progressive=True, subsampling=0)
    NOISE.save(tmp_path / "d.PNG")
    (tmp_path / "e.png").write_bytes(b"no image at all")
    return tmp_path


def test_headers_tell_files_apart(folder):
    names = ["d.PNG", "a.jpg", "b.jpg", "c.jpg", "a.jpg", "x.npz/images"]
    found = read_headers(folder, pl.Series(names))
    assert found["path"].to_list() == ["a.jpg", "b.jpg", "c.jpg", "d.PNG"]
    assert found["suffix"].to_list() == [".jpg"] * 3 + [".png"]
    assert found["format"].to_list() == ["JPEG"] * 3 + ["PNG"]
    first, second, third, png = found["compression"]
    assert first.startswith("quality 75, baseline, 2x2 1x1 1x1, tables ")
    assert second.startswith("quality 90, baseline, 2x2")
    assert third.startswith("quality 90, progressive, 1x1")
    assert second[-6:] == third[-6:] != first[-6:]
    assert png == "none"
    assert found["metadata"][1] == "300x300 dpi, comment b'batch two'"
    assert found["n_bytes"][0] == (folder / "a.jpg").stat().st_size


def test_a_file_that_is_no_image_is_marked_and_the_others_go_on(folder):
    found = read_headers(folder, pl.Series(["e.png", "gone.png", "a.jpg"]))
    assert found["format"].to_list() == ["JPEG", None, None]
    assert found["failed"][0] is None
    assert found["failed"][2] == "the file is missing"


def test_progress_is_told(folder):
    told = []
    read_headers(folder, pl.Series(["a.jpg", "b.jpg"]), lambda done, n: told.append((done, n)))
    assert told == [(2, 2)]
