"""An interruption at any moment: exit code 130, nothing half-written, and the way on is said."""

import itertools

import numpy as np
import polars as pl
import pytest

from buffycoat.batches import store_writer
from buffycoat.images import measure
from buffycoat.models import saving
from buffycoat.pipeline import answering, evaluating, fitting, folds
from buffycoat.runs import Run
from buffycoat.tables.predictions import read_predictions
from buffycoat.training.module import CellModule

FRAME = pl.DataFrame


def after(n, done=None):
    """A function that is interrupted when it is called for the n-th time."""
    calls = itertools.count(1)

    def interrupted(*arguments, **named):
        if next(calls) >= n:
            raise KeyboardInterrupt
        return done(*arguments, **named)

    return interrupted


def half_written(self, path, **_):
    path.write_bytes(b"half")
    raise KeyboardInterrupt


def leftovers(folder):
    marks = ("partial", ".lock", ".tmp")
    return [path.name for path in folder.rglob("*") if any(m in path.name for m in marks)]


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BUFFYCOAT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def interrupted(call, monkeypatch, tmp_path):
    """Give a command that is interrupted where one function of ours is called."""

    def interrupted(place, name, instead, *command):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, instead)
            answer = call(*command)
        assert answer.code == 130, answer
        assert answer.err == "buffycoat: interrupted; nothing half-written was left\n"
        assert leftovers(tmp_path) == []

    return interrupted


@pytest.mark.parametrize(
    ("place", "name", "instead"),
    [
        (measure, "pixels_sha256", after(20, measure.pixels_sha256)),
        (FRAME, "write_parquet", half_written),
    ],
)
def test_while_images_are_imported(place, name, instead, cells, tmp_path, interrupted, goes_on):
    command = ("import", cells, "--out", tmp_path / "s.parquet")
    interrupted(place, name, instead, *command)
    assert list(tmp_path.iterdir()) == []
    goes_on(*command)


def test_a_table_that_is_written_again_stays_as_it_was(cells, tmp_path, interrupted, goes_on):
    table = tmp_path / "s.parquet"
    goes_on("import", cells, "--out", table)
    before = table.read_bytes()
    interrupted(FRAME, "write_parquet", half_written, "split", table, "--out", table)
    assert table.read_bytes() == before


MOMENTS = {
    "the middle of the store": (store_writer, "crc32", after(50, store_writer.crc32)),
    "the facts of the store": (store_writer, "write_facts", after(1)),
    "building the network": (fitting, "build_network", after(1)),
    "the first step": (CellModule, "training_step", after(1)),
    "the second epoch": (CellModule, "training_step", after(2, CellModule.training_step)),
    "the end of an epoch": (CellModule, "on_train_epoch_end", after(1)),
    "the answers": (answering, "predict_rows", after(1)),
    "writing the baselines": (answering, "write_predictions", after(2, lambda *_: None)),
    "saving the network": (saving.safetensors.torch, "save_file", after(1)),
    "sealing": (Run, "sealed", after(1)),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_training_goes_on_where_it_was(
    moment, table, small, trained, tmp_path, empty_cache, interrupted, assert_refused, goes_on
):
    command = ("train", table, *small, "--epochs", 2, "--out", tmp_path / "r")
    interrupted(*MOMENTS[moment], *command)
    said = ["holds an interrupted run", "go on with --resume", "--overwrite"]
    assert_refused(*command, saying=said)
    assert_refused("evaluate", tmp_path / "r", saying=["was interrupted", "--resume"])
    goes_on(*command, "--resume")
    answers = read_predictions(tmp_path / "r" / "predictions.parquet").frame
    assert len(answers) == len(read_predictions(trained / "predictions.parquet").frame)
    assert leftovers(tmp_path) == []
    assert not (tmp_path / "r" / "checkpoints").exists()


def test_while_the_report_is_written(table, small, tmp_path, interrupted, assert_refused, goes_on):
    out = tmp_path / "r"
    command = ("train", table, *small, "--out", out)
    interrupted(evaluating, "build_report", after(1), *command)
    assert_refused(*command, saying=["holds a run already", f"buffycoat evaluate {out}"])
    assert_refused(*command, "--resume", saying=["is finished", f"buffycoat evaluate {out}"])
    goes_on("evaluate", out)
    assert (out / "report.html").is_file()


def test_the_whole_job_goes_on_where_it_was(cells, tmp_path, interrupted, assert_refused, goes_on):
    flags = ("--weights", "none", "--budget", "1s", "--out", tmp_path / "r")
    command = ("run", cells, *flags)
    interrupted(CellModule, "training_step", after(1), *command)
    assert_refused(*command, saying=["holds an interrupted run", "go on with --resume"])
    goes_on(*command, "--resume")
    assert (tmp_path / "r" / "report.html").is_file()


def test_the_whole_job_before_its_training_leaves_nothing(cells, tmp_path, interrupted):
    command = ("run", cells, "--weights", "none", "--out", tmp_path / "r")
    interrupted(measure, "pixels_sha256", after(9, measure.pixels_sha256), *command)
    assert list(tmp_path.iterdir()) == []


def test_all_folds_go_on_with_the_fold_that_was_left(
    cells, tmp_path, small, interrupted, assert_refused, goes_on
):
    table, out = tmp_path / "s.parquet", tmp_path / "r"
    goes_on("import", cells, "--slide-from", r"slide(\d+)", "--out", table)
    goes_on("split", table, "--folds", 2, "--out", table)
    command = ("train", table, *small, "--all-folds", "--out", out)
    interrupted(folds, "fit_run", after(2, folds.fit_run), *command)
    first = (out / "fold-0" / "run.json").read_bytes()
    assert_refused(*command, saying=["holds an interrupted run", "--resume"])
    goes_on(*command, "--resume")
    assert (out / "fold-0" / "run.json").read_bytes() == first
    assert len(read_predictions(out / "predictions.parquet").frame) == 150


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_while_predictions_are_written(kind, trained, cells, tmp_path, interrupted, goes_on):
    command = ("predict", trained, cells, "--out", tmp_path / f"p.{kind}")
    interrupted(FRAME, f"write_{kind}", half_written, *command)
    assert list(tmp_path.iterdir()) == []
    goes_on(*command)


def test_while_features_are_written(trained, table, tmp_path, interrupted, goes_on):
    command = ("embed", trained, table, "--out", tmp_path / "f.npy")
    interrupted(np, "save", after(1), *command)
    assert list(tmp_path.iterdir()) == []
    goes_on(*command)
