"""The whole job through the command line, on drawn cells."""

import json
import shutil

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from buffycoat.cli import main
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import read_samples

SMALL = ["--model", "small_cnn", "--weights", "none", "--image-px", "32", "32", "--n-threads", "1"]


def call(*arguments):
    assert main([str(a) for a in arguments]) == 0


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("flow")


@pytest.fixture(scope="module")
def table(cells, place):
    call("import", cells, "--slide-from", r"slide(\d+)", "--out", place / "samples.parquet")
    out = place / "split.parquet"
    call("split", place / "samples.parquet", "--folds", 2, "--out", out)
    return out


@pytest.fixture(scope="module")
def run(table, place):
    call("train", table, *SMALL, "--epochs", 3, "--out", place / "a")
    return place / "a"


def test_slides_stay_together(table):
    frame = read_samples(table).frame
    assert frame["slide"].n_unique() == 10
    assert frame.group_by("slide").agg(pl.col("split").n_unique())["split"].max() == 1
    assert set(frame["split"]) == {"train", "validation", "test"}


def test_a_run_holds_everything_that_evaluation_needs(run, table):
    facts = open_run(run).facts
    images = facts["images"]
    assert (images["image_px"], images["fit"]) == ([32, 32], "pad")
    assert images["standards"]["standards"] == []
    assert facts["data"]["group_columns"] == ["slide"]
    assert facts["steps"][0]["n_epochs"] == 3
    answers = read_predictions(run / "predictions.parquet")
    expected = read_samples(table).usable.filter(pl.col("split") != "train")
    assert sorted(answers.frame["sample_id"]) == sorted(expected["sample_id"])
    page = (run / "report.html").read_text()
    assert "not a medical device" in page
    assert not any(tag in page for tag in ('src="http', 'href="http', "@import"))


def test_a_training_from_a_run_keeps_the_answers_of_the_classes_that_it_knows(
    run, table, place, capsys
):
    weights = ["--weights", run / "network.safetensors", "--learning-rate", "1e-9"]
    call("train", table, *SMALL, *weights, "--epochs", 1, "--out", place / "from")
    classes = open_run(run).facts["classes"]
    assert f"which know {len(classes)} of {len(classes)} classes" in capsys.readouterr().out
    found = open_run(place / "from")
    assert found.facts["network"]["classes_kept"] == classes
    # A rate of next to nothing: what it answers after an epoch is what the run had learned.
    heads = [load_file(r / "network.safetensors")["head.weight"] for r in (run, found.path)]
    torch.testing.assert_close(*heads)


def test_a_network_that_begins_from_scratch_where_weights_were_wanted_is_said(table, place, capsys):
    flags = ["--model", "mobilenetv3_small_050", "--image-px", "32", "32", "--epochs", 1]
    flags += ["--freeze-blocks", "blocks.0", "--n-threads", "1"]
    call("train", table, *flags, "--out", place / "scratch")
    said = " ".join(capsys.readouterr().out.split())
    assert "it begins from scratch" in said
    assert "freezes parts of it (--freeze-blocks): that is for pretrained weights" in said


def test_the_best_epoch_is_the_one_that_answers(run):
    history = pl.read_csv(run / "history.csv")
    best = history.filter(pl.col("validation_loss") == history["validation_loss"].min())
    assert open_run(run).facts["best"]["epoch"] == best["epoch"][0]
    answers = read_predictions(run / "predictions.parquet").frame
    rows = answers.filter(pl.col("split") == "validation")
    right = (rows["label"] == rows["predicted"]).mean()
    assert right == pytest.approx(best["validation_accuracy"][0], abs=1e-6)


def test_predict_gives_the_answers_that_training_wrote(run, cells, place):
    call("predict", run, cells, "--out", place / "p.csv", "--review", 3)
    again = read_predictions(place / "p.csv").frame
    first = read_predictions(run / "predictions.parquet").frame
    both = first.join(again, on="sample_id", suffix="_again")
    assert len(both) == len(first)
    p = [c for c in first.columns if c.startswith("p_")]
    off = np.abs(both.select(p).to_numpy() - both.select(f"{c}_again" for c in p).to_numpy())
    assert off.max() < 0.02
    sure = again.select(pl.max_horizontal(p))["p_lymphocyte"].to_list()
    assert sure == sorted(sure)


def test_a_table_is_answered_from_the_store_as_from_its_files(run, cells, table, place):
    call("predict", run, cells, "--out", place / "files.parquet")
    call("predict", run, table, "--out", place / "table.parquet")
    found = [read_predictions(place / f"{n}.parquet").frame for n in ("files", "table")]
    columns = [name for name in found[0].columns if name.startswith("p_")]
    by_file, by_table = (f.sort("sample_id").select(columns).to_numpy() for f in found)
    assert len(by_file) == len(by_table) > 0
    np.testing.assert_allclose(by_file, by_table, atol=1e-6)


def test_an_image_without_pixels_is_a_row_with_a_reason(run, cells, place):
    copied = place / "copied"
    shutil.copytree(cells, copied)
    broken = sorted(copied.rglob("*.png"))[0]
    broken.write_bytes(broken.read_bytes()[:90])
    call("import", copied, "--out", place / "copied.parquet")
    call("predict", run, place / "copied.parquet", "--out", place / "left.parquet")
    frame = read_predictions(place / "left.parquet").frame
    lost = frame.filter(pl.col("failed_because").is_not_null())
    assert lost["path"].to_list() == [str(broken.relative_to(copied))]
    assert lost["predicted"].to_list() == [None]


def test_like_repeats_the_figures_exactly(run, table, place):
    call("train", table, "--like", run, "--out", place / "again")
    both = (run, place / "again")
    first, again = (read_predictions(r / "predictions.parquet").frame for r in both)
    assert first.drop("run_id").equals(again.drop("run_id"))


def test_embed_gives_a_row_for_each_sample(run, table, place):
    call("embed", run, table, "--out", place / "f.npy")
    features = np.load(place / "f.npy")
    assert len(features) == len(read_samples(table).frame)
    assert np.isfinite(features).all()


def test_the_report_as_data_holds_the_same_numbers(run, place, capsys):
    call("report", run, "--format", "json", "--out", place / "r.json")
    call("report", run, "--out", place / "r.csv")
    said = capsys.readouterr().out
    assert f"figures (json): {place / 'r.json'}" in said
    assert f"figures (csv): {place / 'r.csv'}" in said
    figures = json.loads((place / "r.json").read_text())["figures"]
    rows = pl.read_csv(place / "r.csv")
    value = rows.filter((pl.col("figure") == "accuracy") & pl.col("class").is_null())["value"][0]
    assert figures["accuracy"]["value"] == pytest.approx(value)


def test_all_folds_answer_every_row_once(table, place):
    call("train", table, *SMALL, "--epochs", 1, "--all-folds", "--out", place / "folds")
    answers = read_predictions(place / "folds" / "predictions.parquet").frame
    assert sorted(answers["sample_id"]) == sorted(read_samples(table).usable["sample_id"])
    assert set(answers["fold"]) == {0, 1}


def test_a_split_without_a_test_is_reported_on_validation(table, place, capsys):
    samples = place / "no-test.parquet"
    call("split", table, "--validation", 0.3, "--test", 0, "--out", samples)
    call("train", samples, *SMALL, "--epochs", 1, "--out", place / "no-test")
    said = capsys.readouterr().out
    assert "the split has no test: the figures are of the rows that chose the epoch" in said
    assert (place / "no-test" / "report.html").is_file()


def test_an_existing_run_is_not_overwritten(run, table, capsys):
    before = (run / "run.json").read_bytes()
    assert main(["train", str(table), *SMALL, "--out", str(run)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (run / "run.json").read_bytes() == before


def test_python_takes_plain_strings_too(cells, place):
    import buffycoat as bc

    samples = bc.import_samples(str(cells), settings=bc.SourceSettings(slide_from=r"slide(\d+)"))
    split = bc.split_samples(samples, out=str(place / "py.parquet"))
    settings = bc.TrainSettings(
        network=bc.ModelSettings(model=bc.Choice("small_cnn"), weights="none"),
        images=bc.ImageSettings((32, 32)),
        learning=bc.LearningSettings(epochs=1),
    )
    run = bc.train(split, out=str(place / "py"), settings=settings)
    assert bc.evaluate(str(place / "py")).split == "test"
    assert len(bc.predict(str(place / "py"), str(cells / "platelet")).frame) > 0
    assert "<iframe" in run._repr_html_()
