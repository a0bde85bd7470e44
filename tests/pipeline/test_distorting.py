"""Augmentation, mixing, decoupled training and robustness through the command line."""

import shutil
from dataclasses import replace

import polars as pl
import pytest
from PIL import Image

from buffycoat.cli import main
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import read_samples, write_samples

SMALL = ["--model", "small_cnn", "--weights", "none", "--image-px", "32", "32", "--n-threads", "1"]
MIXED = ["--augmentation", "competition", "--mixing", "cutmix", "--curriculum", "0.5"]
DECOUPLED = ["--classifier-epochs", "1", "--average", "0.9", "--monitor", "distorted_loss"]


def call(*arguments, code=0):
    assert main([str(a) for a in arguments]) == code


@pytest.fixture(scope="module")
def run(table, place):
    rest = ["--epochs", "2", "--schedule", "plateau", "--l1", "1e-6"]
    call("train", table, *SMALL, *MIXED, *DECOUPLED, *rest, "--out", place / "a")
    return place / "a"


def test_the_head_learns_again_at_the_end_and_the_best_is_by_distorted_rows(run):
    facts = open_run(run).facts
    history = pl.read_csv(run / "history.csv")
    assert history["phase"].to_list() == ["all", "all", "classifier"]
    last = facts["steps"][-1]
    assert last["phase"] == "classifier"
    assert last["best_value"] == pytest.approx(history["distorted_loss"][2])
    assert (history["distorted_loss"] > 0).all()


def test_the_same_run_again_gives_the_same_answers(run, table, place):
    call("train", table, "--like", run, "--out", place / "again")
    one, other = (read_predictions(p / "predictions.parquet").frame for p in (run, place / "again"))
    assert one.drop("run_id").equals(other.drop("run_id"))


def test_robustness_answers_every_image_in_every_variant(run, place, capsys):
    few = ["--families", "optics", "mixed", "--severities", "1", "5"]
    call("robustness", run, *few, "--against", run, "--out", place / "page.html")
    said = capsys.readouterr().out
    assert "as they are" in said
    assert "errors relative to" in said
    frame = read_predictions(place / "distorted.parquet").frame
    counts = frame.group_by("variant", "severity").len()
    assert sorted(counts.select("variant", "severity").rows(), key=str) == [
        ("clean", None),
        ("mixed", 1),
        ("mixed", 5),
        ("optics", 1),
        ("optics", 5),
    ]
    assert counts["len"].n_unique() == 1
    clean = frame.filter(pl.col("variant") == "clean").sort("sample_id")
    own = read_predictions(run / "predictions.parquet").frame.filter(pl.col("split") == "test")
    assert clean["predicted"].equals(own.sort("sample_id")["predicted"])
    page = (place / "page.html").read_text()
    assert page.count("data:image/jpeg") >= 3 * 5
    assert "not a medical device" in page


def test_what_cannot_be_is_refused_before_training_starts(table, place, capsys):
    for flags, said in [
        (["--augmentation", "competitio"], "did you mean: competition"),
        (["--augmentation", '{name = "chain", steps = ["rotat"]}'], "did you mean: rotate"),
        (["--mixing", "mixdown"], "no mixing named 'mixdown'"),
        (["--curriculum", "2"], "share of the training"),
        (["--average", "1"], "lies between 0 and 1"),
        (["--schedule", '{name = "plateau", factor = 2.0}'], "a factor below 1"),
    ]:
        call("train", table, *SMALL, *flags, "--out", place / "never", code=2)
        assert said in capsys.readouterr().err
        assert not (place / "never").exists()


def test_a_sheet_shows_what_was_asked_for(table, place, capsys):
    names = ["--names", "blur", "competition", "--image-px", "32", "32"]
    call("augment-preview", table, *names, "--out", place / "few.png")
    with Image.open(place / "few.png") as sheet:
        assert sheet.size[1] < 260
    names = ["--names", "cutmix", "blur", "--image-px", "32", "32"]
    call("augment-preview", table, *names, "--out", place / "mixed.png")
    with Image.open(place / "few.png") as few, Image.open(place / "mixed.png") as mixed:
        assert mixed.size == few.size  # a block for each of the two kinds
    call("augment-preview", table, "--names", "blurr", "--out", place / "few.png", code=2)
    assert "did you mean: blur" in capsys.readouterr().err


def test_robustness_of_what_is_not_there_is_refused(run, place, capsys):
    call("robustness", run, "--families", "optic", code=2)
    assert "did you mean: optics" in capsys.readouterr().err
    call("robustness", run, "--split", "validatio", "--out", place / "p.html", code=2)
    assert "did you mean: validation" in capsys.readouterr().err


def test_classifier_epochs_that_the_other_run_had_not_are_made(run, table, place):
    none = ["--classifier-epochs", "0", "--epochs", "1"]
    call("train", table, "--like", run, *none, "--out", place / "plain")
    call(
        "train", table, "--like", place / "plain", "--classifier-epochs", "1", "--out", place / "c"
    )
    assert pl.read_csv(place / "c" / "history.csv")["phase"].to_list() == ["all", "classifier"]


def test_what_is_compared_with_is_not_overwritten(run, place, capsys):
    few = ["--families", "optics", "optics", "--severities", "5", "--out", place / "p" / "a.html"]
    call("robustness", run, *few)
    kept = (place / "p" / "distorted.parquet").read_bytes()
    call("robustness", run, *few, "--against", place / "p" / "distorted.parquet", code=2)
    assert "give the page another folder" in capsys.readouterr().err
    assert (place / "p" / "distorted.parquet").read_bytes() == kept
    other = ["--against", place / "p" / "distorted.parquet", "--seed", "1"]
    call("robustness", run, *other, "--out", place / "q" / "a.html", code=2)
    assert "copies of seed 0, not of 1" in capsys.readouterr().err
    call("robustness", run, "--seed", "-1", "--out", place / "p" / "a.html", code=2)
    assert "seed is -1" in capsys.readouterr().err


def test_the_order_of_a_table_changes_no_distorted_image(run, place):
    samples = read_samples(run / "samples.parquet")
    back = replace(samples, frame=samples.frame.reverse())
    write_samples(back, place / "back.parquet")
    few = ["--families", "mixed", "--severities", "3"]
    found = []
    for name, table in (("one", run / "samples.parquet"), ("two", place / "back.parquet")):
        call("robustness", run, "--table", table, *few, "--out", place / name / "p.html")
        found.append(read_predictions(place / name / "distorted.parquet").frame)
    assert found[0].equals(found[1])


def test_rows_that_the_run_learned_from_are_left_out(run, place, capsys):
    """Of another table in which they are called test."""
    samples = read_samples(run / "samples.parquet")
    mixed = samples.frame.with_columns(
        split=pl.when(pl.col("split") != "validation").then(pl.lit("test"))
    )
    write_samples(replace(samples, frame=mixed), place / "mixed.parquet")
    few = ["--families", "light", "--severities", "1", "--out", place / "m" / "p.html"]
    call("robustness", run, "--table", place / "mixed.parquet", *few)
    assert "which a learned from or that share a group" in capsys.readouterr().out
    answered = read_predictions(place / "m" / "distorted.parquet").frame["sample_id"]
    test = samples.usable.filter(pl.col("split") == "test")["sample_id"]
    assert set(answered) == set(test)


def test_a_sheet_shows_what_can_be_read_and_takes_arguments(cells, place, tmp_path, capsys):
    copy = shutil.copytree(cells, tmp_path / "cells")
    call("import", copy, "--out", tmp_path / "s.parquet")
    first = read_samples(tmp_path / "s.parquet").frame.sort("label")["path"][0]
    (copy / first).unlink()
    chosen = '{name = "colour_transfer", mean = [65.0, 15.0, -15.0]}'
    call("augment-preview", tmp_path / "s.parquet", "--names", chosen, "--out", tmp_path / "a.png")
    call(
        "augment-preview",
        tmp_path / "s.parquet",
        "--names",
        "colour_transfer",
        "--out",
        tmp_path / "b.png",
    )
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()
    shutil.rmtree(copy)
    rest = ["--image-px", "40", "40", "--out", tmp_path / "c.png"]
    call("augment-preview", tmp_path / "s.parquet", *rest, code=2)
    assert "no image to show can be read" in capsys.readouterr().err
