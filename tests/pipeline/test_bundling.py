"""`bundle` and `bundle-check` through the command line, on a run trained for nothing."""

import zipfile
from dataclasses import replace

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.pipeline import bundle_checking
from buffycoat.tables.samples import read_samples, write_samples

MODEL = ["--model", '{name = "small_cnn", width = 8}', "--weights", "none"]
FEW = ["--image-px", "24", "24", "--epochs", "1", "--views", "one", "--n-threads", "1"]


def call(*arguments, code=0):
    assert main([str(a) for a in arguments]) == code


@pytest.fixture(scope="module")
def run(cells, place):
    call("import", cells, "--slide-from", r"slide(\d+)", "--out", place / "s.parquet")
    call("split", place / "s.parquet", "--out", place / "split.parquet")
    call("train", place / "split.parquet", *MODEL, *FEW, "--out", place / "run")
    return place / "run"


@pytest.fixture(scope="module")
def other(run, place):
    """Of another size, seed and set of views."""
    larger = ["--image-px", "32", "32", "--seed", "1", "--views", "turns"]
    call("train", place / "split.parquet", *MODEL, *FEW, *larger, "--out", place / "other")
    return place / "other"


@pytest.fixture(scope="module")
def submission(run, place):
    call("bundle", run, "--out", place / "b.zip", "--backend", "torch", "--views", "flips")
    return place / "b.zip"


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(bundle_checking, "_N_MANY", 70)


def test_a_bundle_passes_its_check_and_answers_as_its_run(submission, run, capsys):
    call("bundle-check", submission, "--run", run)
    said = capsys.readouterr().out
    assert "passes  answers as the run does" in said
    assert "passes  n = 70 (" in said
    assert f"{submission} passes all 18 checks" in said


def test_a_bundle_that_answers_otherwise_than_the_run_fails(run, place, capsys):
    with zipfile.ZipFile(place / "o.zip", "w") as archive:
        corner = "return (X[:, 0, 0, 0] % 3).astype(int)"
        archive.writestr("model.py", f"class Model:\n    def predict(self, X): {corner}")
    call("bundle-check", place / "o.zip", "--run", run, code=2)
    told = capsys.readouterr()
    assert "it answers otherwise than the run on" in told.err
    assert "fails 1 of 18 checks" in told.err
    assert "Traceback" not in told.err


def test_a_bundle_of_several_runs_is_held_against_their_mean(run, other, place, capsys):
    zipped = place / "both.zip"
    call("bundle", run, other, "--out", zipped, "--backend", "torch")
    assert "the mean of 2 runs, views one, turns" in capsys.readouterr().out
    call("bundle-check", zipped, "--run", other, run)  # in any order
    told = capsys.readouterr().out
    assert "passes  answers as its 2 runs do on average" in told
    assert "right on" in told
    call("bundle-check", zipped, "--run", run, code=2)
    assert "the bundle is of 2 runs (run, other), and --run names 1" in capsys.readouterr().err


def test_runs_that_have_no_mean_are_refused(run, place, capsys):
    fewer = read_samples(place / "split.parquet")
    without = fewer.frame.filter(pl.col("label") != fewer.classes[0])
    table = replace(fewer, frame=without, classes=fewer.classes[1:])
    write_samples(table, place / "fewer.parquet")
    call("train", place / "fewer.parquet", *MODEL, *FEW, "--out", place / "fewer")
    call("bundle", run, place / "fewer", "--out", place / "no.zip", code=2)
    assert f"has other classes ({fewer.classes[0]}) than" in capsys.readouterr().err
    call("bundle", run, run, "--out", place / "no.zip", code=2)
    assert "a run is given twice" in capsys.readouterr().err
    assert not (place / "no.zip").exists()


def test_a_submission_of_anyone_is_checked_on_drawn_cells(place, capsys):
    with zipfile.ZipFile(place / "hand.zip", "w") as archive:
        archive.writestr("model.py", "class Model:\n    def predict(self, X): return X.mean()")
    call("bundle-check", place / "hand.zip", code=2)
    told = capsys.readouterr()
    assert "n = 1: predict gives float64" in told.err
    assert "passes  Model() is made" in told.out


def test_flags_that_cannot_be_are_refused_before_any_work(submission, run, place, capsys):
    refused = {
        "ends in .zip": ("bundle", run, "--out", place / "b.tar"),
        "name=0,name=1": ("bundle", run, "--out", place / "c.zip", "--class-ids", "a"),
        "no class of the run": ("bundle", run, "--out", place / "c.zip", "--class-ids", "a=0"),
        "give --run with it": ("bundle-check", submission, "--table", place / "split.parquet"),
        "more than 0": ("bundle-check", submission, "--seconds", "0"),
        "there is no file": ("bundle-check", place / "none.zip"),
    }
    for said, arguments in refused.items():
        call(*arguments, code=2)
        assert said in capsys.readouterr().err
    assert not (place / "c.zip").exists()
