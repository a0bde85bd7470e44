"""Ensembles through the command line: the mean of runs, and what they refuse."""

import polars as pl
import pytest

from buffycoat.cli import main
from buffycoat.errors import TableError
from buffycoat.evaluation.ensemble import average_answers
from buffycoat.tables.predictions import PredictionTable, probabilities, read_predictions

SMALL = ["--model", "small_cnn", "--weights", "none", "--image-px", "32", "32", "--n-threads", "1"]


def call(*arguments, code=0):
    assert main([str(a) for a in arguments]) == code


@pytest.fixture(scope="module")
def runs(cells, place):
    call("import", cells, "--slide-from", r"slide(\d+)", "--out", place / "s.parquet")
    for seed in (0, 5):
        call("split", place / "s.parquet", "--seed", seed, "--out", place / f"split-{seed}.parquet")
    made = {}
    for name, table, seed in (("a", 0, 0), ("b", 0, 1), ("other", 5, 0)):
        made[name] = place / name
        flags = ["--epochs", "2", "--seed", seed, "--out", made[name]]
        call("train", place / f"split-{table}.parquet", *SMALL, *flags)
    return made


def test_answers_are_the_weighted_mean_of_the_members(runs, place):
    both = [runs["a"], runs["b"]]
    call("ensemble", *both, "--weights", "3", "1", "--out", place / "e.parquet")
    found = read_predictions(place / "e.parquet")
    own = [read_predictions(run / "predictions.parquet") for run in both]
    rows = [t.frame.filter(pl.col("split") == "test").sort("sample_id") for t in own]
    wanted = 0.75 * probabilities(own[0], rows[0]) + 0.25 * probabilities(own[1], rows[1])
    frame = found.frame.sort("sample_id")
    assert probabilities(found, frame) == pytest.approx(wanted, abs=1e-6)
    assert frame["label"].equals(rows[0]["label"])
    assert set(frame["run_id"]) == {"a+b"}
    best = [found.classes[i] for i in wanted.argmax(1)]
    assert frame["predicted"].to_list() == best


def test_rows_that_a_member_learned_from_are_refused(runs, place, capsys):
    call("ensemble", runs["a"], runs["other"], "--out", place / "no.parquet", code=2)
    said = capsys.readouterr().err
    assert "none of its members has seen" in said
    assert "other learned from or chose by" in said
    assert not (place / "no.parquet").exists()


def test_new_images_are_answered_by_all(runs, place, cells):
    call("ensemble", *runs.values(), "--images", cells, "--out", place / "new.parquet")
    single = place / "single.parquet"
    frames = []
    for run in runs.values():
        call("predict", run, cells, "--out", single)
        frames.append(probabilities(read_predictions(single)))
    found = probabilities(read_predictions(place / "new.parquet"))
    assert found == pytest.approx(sum(frames) / 3, abs=1e-6)


def test_what_cannot_be_is_refused(runs, place, capsys):
    out = ["--out", place / "no.parquet"]
    for given, said in [
        ([runs["a"]], "two or more runs"),
        ([runs["a"], runs["a"]], "given twice"),
        ([runs["a"], runs["b"], "--weights", "1"], "give 2"),
        ([runs["a"], place], "no run folder"),
        ([runs["a"], runs["b"], "--views", "turns"], "--views is for --images"),
    ]:
        call("ensemble", *given, *out, code=2)
        assert said in capsys.readouterr().err


def test_runs_of_one_name_are_each_looked_at(runs, place, capsys):
    namesake = place / "elsewhere" / "a"
    flags = ["--epochs", "1", "--out", namesake]
    call("train", place / "split-5.parquet", *SMALL, *flags)
    capsys.readouterr()
    call("ensemble", namesake, runs["a"], "--out", place / "no.parquet", code=2)
    assert capsys.readouterr().err.count("learned from or chose by") == 2


def test_weights_of_no_number_and_a_run_in_two_spellings_are_refused(runs, place, capsys):
    out = ["--out", place / "no.parquet"]
    call("ensemble", runs["a"], runs["b"], "--weights", "nan", "1", *out, code=2)
    assert "weights are nan" in capsys.readouterr().err
    call("ensemble", runs["a"], runs["a"] / ".." / "a", *out, code=2)
    assert "given twice" in capsys.readouterr().err


def test_other_images_and_labels_under_one_name_are_refused(runs):
    table = read_predictions(runs["a"] / "predictions.parquet")
    other = table.frame.with_columns(label=pl.lit(table.classes[0]))
    with pytest.raises(TableError, match=f"{table.classes[0]} for another"):
        average_answers([table, PredictionTable(other, table.classes)], [1, 1], "x")
