"""Pictures hold the right pixels, and are read once."""

import base64
from dataclasses import replace
from io import BytesIO

import numpy as np
import polars as pl
from PIL import Image

from buffycoat.report.thumbnails import THUMBNAIL_PX, example_ids, take_pictures


def pixels(picture):
    kind, data = picture.uri.split(",", 1)
    assert kind == "data:image/jpeg;base64"
    return np.asarray(Image.open(BytesIO(base64.b64decode(data))), float)


def test_each_sample_has_its_own_picture(samples):
    pictures = take_pictures(["s25", "s1", "s1"], samples)
    assert list(pictures) == ["s1", "s25"]
    for name, shade in (("s1", 8), ("s25", 200)):
        shown = pixels(pictures[name])
        assert shown.shape == (THUMBNAIL_PX, THUMBNAIL_PX, 3)
        assert np.abs(shown - shade).max() < 3


def test_a_box_is_cut_out(samples):
    image = np.zeros((40, 40, 3), np.uint8)
    image[10:20, 10:20] = 255
    Image.fromarray(image).save(samples.root / samples.frame["path"][0])
    frame = samples.frame.with_columns(pl.lit([10, 10, 20, 20], pl.List(pl.Int64)).alias("box"))
    shown = pixels(take_pictures(["s0"], replace(samples, frame=frame))["s0"])
    assert shown.min() > 250


def test_a_root_that_was_moved_can_be_given(samples, tmp_path):
    moved = samples.root.rename(tmp_path / "moved")
    assert take_pictures(["s0"], samples)["s0"].problem == "the file is missing"
    assert take_pictures(["s0"], samples, moved)["s0"].uri


def test_an_unknown_sample_says_so(samples):
    assert take_pictures(["nobody"], samples)["nobody"].problem == "not in the sample table"


def test_examples_are_no_mistakes_and_of_the_split(evaluation, samples):
    assert example_ids(evaluation, samples, 40) == {
        "blast": "s0",
        "monocyte": "s10",
        "platelet": "s20",
    }
    first = replace(evaluation.mistakes[0], sample_id="s0")
    other = replace(evaluation, mistakes=[first])
    assert example_ids(other, samples, 1) == {"blast": "s1"}
