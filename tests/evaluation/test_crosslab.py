"""Figures over the classes of both, worked out by hand."""

from __future__ import annotations

import polars as pl
import pytest
from sklearn.metrics import balanced_accuracy_score

from buffycoat.errors import TableError
from buffycoat.evaluation.crosslab import measure_pair, restricted
from buffycoat.tables.predictions import SCHEMA, PredictionTable

CLASSES = ("a", "b", "c")
ROWS = [  # label, p_a, p_b, p_c, reason
    ("a", 0.5, 0.3, 0.2, None),
    ("a", 0.2, 0.3, 0.5, None),  # c, which is not there: b among a and b
    ("b", 0.1, 0.2, 0.7, None),  # c: b among a and b
    ("b", 0.6, 0.3, 0.1, None),
    ("b", 0.0, 0.9, 0.1, None),
    ("z", 0.9, 0.1, 0.0, None),  # the run does not answer it
    ("b", None, None, None, "broken"),
    (None, 0.2, 0.2, 0.6, None),
]


def table(rows=ROWS) -> PredictionTable:
    names = ["label", "p_a", "p_b", "p_c", "failed_because"]
    frame = pl.DataFrame(rows, names, orient="row", infer_schema_length=None)
    best = pl.concat_list("p_a", "p_b", "p_c").list.arg_max()
    frame = frame.with_columns(
        pl.int_range(pl.len()).cast(pl.String).alias("sample_id"),
        run_id=pl.lit("r"),
        variant=pl.lit("clean"),
        predicted=best.replace_strict(dict(enumerate(CLASSES)), return_dtype=pl.String),
    )
    absent = [pl.lit(None, dtype=t).alias(n) for n, t in SCHEMA.items() if n not in frame.columns]
    frame = frame.with_columns(absent).select(*SCHEMA, "p_a", "p_b", "p_c")
    return PredictionTable(frame, CLASSES, {"data_hash": "d"})


def test_by_hand():
    pair = measure_pair(table(), "there", n_learned=4)
    assert pair.classes == ("a", "b")
    counted = (pair.n_images, pair.n_other_class, pair.n_learned, pair.n_failed)
    assert counted == (5, 1, 4, 1)
    assert pair.any_answer["accuracy"].value == pytest.approx(2 / 5)
    any_answer = balanced_accuracy_score(list("aabbb"), list("accab"))
    assert pair.any_answer["balanced_accuracy"].value == pytest.approx(any_answer)
    assert pair.known_answers["accuracy"].value == pytest.approx(3 / 5)
    known = (1 / 2 + 2 / 3) / 2
    assert pair.known_answers["balanced_accuracy"].value == pytest.approx(known)
    assert {name: n for name, (n, _) in pair.recall.items()} == {"a": 2, "b": 3}
    assert pair.recall["b"][1].value == pytest.approx(2 / 3)
    for figures in (pair.any_answer, pair.known_answers):
        assert all(f.low <= f.value <= f.high for f in figures.values())


def test_restricting_keeps_failed_rows_and_sums_to_one():
    few = restricted(table(), ("a", "b"))
    assert few.classes == ("a", "b")
    assert few.frame.filter(pl.col("failed_because").is_not_null())["predicted"].to_list() == [None]
    answered = few.frame.filter(pl.col("failed_because").is_null())
    sums = answered["p_a"] + answered["p_b"]
    assert sums.to_list() == pytest.approx([1.0] * 6)
    nothing = restricted(table([("a", 0.0, 0.0, 1.0, None)]), ("a", "b"))
    assert nothing.frame.select("p_a", "p_b").row(0) == (0.5, 0.5)


def test_nothing_in_common():
    with pytest.raises(TableError, match="its classes are a, b, c"):
        measure_pair(table([("z", 0.9, 0.1, 0.0, None)]), "there")


def test_one_class_in_common_has_figures_too():
    pair = measure_pair(table(ROWS[:2]), "there")
    assert pair.classes == ("a",)
    assert pair.any_answer["balanced_accuracy"].value == pytest.approx(1 / 2)
    assert pair.known_answers["balanced_accuracy"].value == 1
    assert pair.recall["a"][0] == 2
