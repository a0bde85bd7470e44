"""`bundle` and `bundle-check` through the command line, on a run trained for nothing."""

import zipfile

import pytest

from buffycoat.cli import main
from buffycoat.pipeline import bundle_checking

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
