"""Import, split, a short training, prediction and evaluation on the three real sets."""

import polars as pl

from buffycoat.cli import main
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import read_samples, write_samples

SHORT = ["--epochs", "1", "--image-px", "48", "48", "--n-threads", "2"]


def call(*arguments):
    assert main([str(a) for a in arguments]) == 0


def thinned(table, n_per_class, place):
    """A copy of a table whose other rows are excluded, so that a training takes seconds."""
    samples = read_samples(table)
    rank = pl.int_range(pl.len()).over("label", "split")
    beyond = pl.when(rank >= n_per_class).then(pl.lit("left out of the short test"))
    frame = samples.frame.with_columns(
        pl.coalesce("excluded_because", beyond).alias("excluded_because")
    )
    return write_samples(samples.stepped("thin", frame), place / "thin.parquet")


def test_pbc_from_the_given_weights(data, weights, tmp_path):
    call("import", data / "pbc", "--out", tmp_path / "s.parquet")
    assert len(read_samples(tmp_path / "s.parquet").usable) == 13_720
    thin = thinned(tmp_path / "s.parquet", 150, tmp_path)
    call("split", thin, "--out", tmp_path / "split.parquet")
    run = tmp_path / "run"
    call(
        "train",
        tmp_path / "split.parquet",
        "--weights",
        weights,
        *SHORT,
        "--epochs",
        "3",
        "--out",
        run,
    )
    answers = read_predictions(run / "predictions.parquet").frame
    assert (answers["label"] == answers["predicted"]).mean() > 0.75
    assert open_run(run).facts["network"]["licence"] == "unknown"  # a file does not say
    call("predict", run, data / "pbc" / "basophil", "--out", tmp_path / "p.parquet", "--review", 5)
    assert len(read_predictions(tmp_path / "p.parquet").frame) == 978
    call("evaluate", run, "--anonymise", "--out", tmp_path / "a.html")
    assert str(data) not in (tmp_path / "a.html").read_text()


def test_kaggle_bccd_keeps_its_test_set(data, weights, tmp_path, capsys):
    call("import", data / "bccd_kaggle", "--out", tmp_path / "s.parquet")
    assert "may share source photographs with train" in capsys.readouterr().err
    thin = thinned(tmp_path / "s.parquet", 60, tmp_path)
    call("split", thin, "--out", tmp_path / "split.parquet")
    frame = read_samples(tmp_path / "split.parquet").usable
    assert set(frame.filter(pl.col("path").str.starts_with("TEST"))["split"]) == {"test"}
    call(
        "train",
        tmp_path / "split.parquet",
        "--weights",
        weights,
        "--fit",
        "crop",
        *SHORT,
        "--out",
        tmp_path / "run",
    )
    call("evaluate", tmp_path / "run")


def test_bccd_fields_by_their_boxes(data, weights, tmp_path):
    call("import", data / "bccd", "--out", tmp_path / "s.parquet")
    samples = read_samples(tmp_path / "s.parquet")
    assert samples.group_columns == ("field",)
    counts = dict(samples.usable["label"].value_counts().iter_rows())
    assert counts == {
        "neutrophil": 202,
        "eosinophil": 84,
        "lymphocyte": 33,
        "monocyte": 20,
        "basophil": 2,
    }
    assert main(["split", str(tmp_path / "s.parquet"), "--folds", "2"]) == 2
    call(
        "split",
        tmp_path / "s.parquet",
        "--folds",
        2,
        "--leave-out",
        "basophil",
        "--out",
        tmp_path / "f.parquet",
    )
    call(
        "train",
        tmp_path / "f.parquet",
        "--all-folds",
        "--weights",
        weights,
        *SHORT,
        "--out",
        tmp_path / "run",
    )
    assert len(read_predictions(tmp_path / "run" / "predictions.parquet").frame) == 339


def test_run_within_its_budget(data, weights, tmp_path, capsys):
    call("run", data / "bccd", "--weights", weights, "--budget", "60s", "--out", tmp_path / "run")
    said = capsys.readouterr().out
    assert "class 'basophil' is left out: 2 groups" in said
    facts = open_run(tmp_path / "run").facts
    assert {choice["choice"] for choice in facts["plan"]} >= {"model", "image_px", "epochs"}
    assert facts["elapsed_s"] < 60
