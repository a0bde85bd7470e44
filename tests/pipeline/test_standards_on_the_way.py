"""Estimates of scale, white and stain as an option of import and of prediction."""

import numpy as np
import pytest

from buffycoat.cli import main
from buffycoat.tables.predictions import probabilities, read_predictions
from buffycoat.tables.samples import read_samples

SMALL = ["--model", "small_cnn", "--weights", "none", "--image-px", "24", "24", "--epochs", "1"]


def call(*arguments, code=0):
    assert main([str(a) for a in arguments]) == code


@pytest.fixture(scope="module")
def told(table, place):
    """The split table with its estimates."""
    call("standardise", table, "--out", place / "told.parquet")
    return place / "told.parquet"


def test_import_gives_what_standardise_adds(cells, place):
    call("import", cells, "--out", place / "plain.parquet")
    call("standardise", place / "plain.parquet", "--out", place / "after.parquet")
    call("import", cells, "--standardise", "--out", place / "at-once.parquet")
    one, two = (read_samples(place / f"{name}.parquet") for name in ("after", "at-once"))
    assert one.frame.equals(two.frame)
    assert two.steps[-1]["step"] == "standardise"


def test_prediction_answers_what_it_would_for_images_that_were_told_of(told, cells, place, capsys):
    call("train", told, *SMALL, "--standards", "white", "stain", "--out", place / "run")
    call("standardise", cells, "--out", place / "new.parquet")
    call("predict", place / "run", place / "new.parquet", "--out", place / "a.parquet")
    capsys.readouterr()
    call("predict", place / "run", cells, "--standardise", "--out", place / "b.parquet")
    assert "do not tell their" not in "".join(capsys.readouterr())
    call("predict", place / "run", cells, "--out", place / "c.parquet")
    assert "do not tell their white" in " ".join("".join(capsys.readouterr()).split())
    a, b, c = (read_predictions(place / f"{name}.parquet") for name in "abc")
    p = [probabilities(t, t.frame.sort("path")) for t in (a, b, c)]
    off = np.abs(p[0] - p[1]).max()  # of the store, and of the files
    assert off < 0.001
    assert np.abs(p[1] - p[2]).max() > 3 * off


def test_a_run_without_standards_has_none_to_bring_images_to(table, cells, place, capsys):
    call("train", table, *SMALL, "--out", place / "plain")
    call("predict", place / "plain", cells, "--standardise", code=2)
    assert "run plain brings images to no standard" in capsys.readouterr().err
