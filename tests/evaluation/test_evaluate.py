"""Degenerate tables give what figures there are, finite, and say in a note which are not."""

import json
import math

import numpy as np
import polars as pl
import pytest

from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.tables.predictions import PredictionTable

CLASSES = ("basophil", "monocyte", "platelet")
OF_P = {"auc_one_vs_rest", "auc_one_vs_one", "log_loss", "brier", "expected_calibration_error"}
OF_SEVERAL = {"cohen_kappa", "matthews", "auc_one_vs_rest", "auc_one_vs_one"}
DEGENERATE = {
    "one class": (["basophil"] * 6, ["basophil", "monocyte"] * 3),
    "one class, all right": (["basophil"] * 6, ["basophil"] * 6),
    "one class, all wrong": (["basophil"] * 6, ["monocyte"] * 6),
    "a class without rows": (["basophil", "monocyte"] * 3, ["basophil"] * 3 + ["monocyte"] * 3),
    "a class never predicted": (list(CLASSES) * 2, ["basophil", "monocyte"] * 3),
    "one class predicted": (list(CLASSES) * 2, ["platelet"] * 6),
    "perfect": (list(CLASSES) * 2, list(CLASSES) * 2),
    "all wrong": (list(CLASSES) * 2, [*CLASSES[1:], CLASSES[0]] * 2),
    "one image, right": (["basophil"], ["basophil"]),
    "one image, wrong": (["basophil"], ["platelet"]),
}


def numbers_in(value):
    """All numbers of nested lists and dictionaries."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for item in value for number in numbers_in(item)]
    return [value] if isinstance(value, float | int) else []


@pytest.mark.parametrize("has_p", [True, False], ids=["p", "no p"])
@pytest.mark.parametrize("grouping", [None, "one", "two"])
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_answers_give_finite_figures(make_table, name, grouping, has_p):
    labels, predicted = DEGENERATE[name]
    n = len(labels)
    groups = {None: None, "one": ["g"] * n, "two": ["g"] + ["h"] * (n - 1)}[grouping]
    p = np.eye(3)[[CLASSES.index(c) for c in predicted]] if has_p else None
    with np.errstate(all="raise", under="ignore"):
        evaluation = evaluate_table(
            make_table(labels, predicted, groups=groups, p=p), n_resamples=40
        )
    numbers = numbers_in(json.loads(json.dumps(evaluation.as_dict(), allow_nan=False)))
    assert all(map(math.isfinite, numbers))
    absent = (OF_P if not has_p else set()) | (OF_SEVERAL if len(set(labels)) == 1 else set())
    assert not set(evaluation.figures) & absent
    assert set(evaluation.figures) | absent >= OF_P | OF_SEVERAL
    assert evaluation.figures["accuracy"].value == sum(map(str.__eq__, labels, predicted)) / n
    assert evaluation.n_images == n


def test_a_single_group_is_one_trial(make_table):
    labels = list(CLASSES) * 4
    evaluation = evaluate_table(make_table(labels, labels, groups=["g"] * 12), n_resamples=20)
    accuracy = evaluation.figures["accuracy"]
    assert (evaluation.n_groups, accuracy.low, accuracy.high) == (1, pytest.approx(0.025), 1)


def test_answers_without_probabilities_have_no_curves(make_table):
    evaluation = evaluate_table(make_table(["basophil", "monocyte"], ["basophil"] * 2))
    assert evaluation.reliability == []
    assert evaluation.roc == evaluation.precision_recall == {}
    assert all(of_class.auc is None for of_class in evaluation.per_class.values())


def test_a_class_without_rows_or_predictions_has_no_figures_of_its_own(make_table):
    labels, predicted = ["basophil", "monocyte"], ["basophil", "basophil"]
    by_class = evaluate_table(make_table(labels, predicted), n_resamples=20).per_class
    absent, silent = by_class["platelet"], by_class["monocyte"]
    assert (absent.n_images, absent.precision, absent.recall, absent.f1) == (0, None, None, None)
    assert (silent.precision, silent.recall.value, silent.f1.value) == (None, 0, 0)


def test_folds_are_one_result(random_table):
    table = random_table(1, 60, 10)
    fold = pl.int_range(pl.len()) % 5
    folded = PredictionTable(table.frame.with_columns(fold=fold), table.classes, table.facts)
    assert evaluate_table(folded, n_resamples=20) == evaluate_table(table, n_resamples=20)


def test_only_the_clean_rows_of_the_split_count(random_table):
    table = random_table(1, 60)
    frame = table.frame
    distorted = frame.with_columns(
        variant=pl.lit("blur"), severity=pl.lit(1, pl.Int64), predicted=pl.lit("x")
    )
    elsewhere = frame.with_columns(split=pl.lit("validation"), sample_id="t" + pl.col("sample_id"))
    more = PredictionTable(pl.concat([distorted, frame, elsewhere]), table.classes, table.facts)
    assert evaluate_table(more, n_resamples=20) == evaluate_table(table, n_resamples=20)


def test_what_the_table_knows_of_its_data_is_passed_on(make_table):
    table = make_table(["basophil", "monocyte"], ["basophil"] * 2, groups=["g", "h"])
    facts = {"data_hash": "f00", "group_columns": [], "notes": ["taken at night"]}
    evaluation = evaluate_table(PredictionTable(table.frame, table.classes, facts))
    assert (evaluation.data_hash, evaluation.groups_known) == ("f00", False)
    assert evaluation.notes[0] == "taken at night"
    assert evaluate_table(table).groups_known


def test_baselines_are_scored_on_the_same_images_as_the_run(random_table):
    table, rival = random_table(0, 80, 10), random_table(5, 80, 10)
    frame = rival.frame.drop("label", "group").join(
        table.frame.select("sample_id", "label", "group"), on="sample_id"
    )
    frame = frame.select(table.frame.columns).with_columns(run_id=pl.lit("majority class"))
    alone = evaluate_table(PredictionTable(frame, table.classes), n_resamples=30)
    found = evaluate_table(table, baselines=PredictionTable(frame, table.classes), n_resamples=30)
    of_rival = found.baselines["majority class"]
    assert list(of_rival) == ["accuracy", "balanced_accuracy", "macro_f1"]
    assert of_rival == {name: alone.figures[name] for name in of_rival}
    assert not [note for note in found.notes if "baseline" in note]


def test_what_a_baseline_says_of_other_images_does_not_count(random_table):
    table = random_table(0, 60)
    half = PredictionTable(table.frame.head(30), table.classes)
    found = evaluate_table(half, baselines=table, n_resamples=20)
    assert found.baselines["a"]["accuracy"] == found.figures["accuracy"]
    assert not [note for note in found.notes if "baseline" in note]


def test_a_baseline_that_misses_images_is_noted(random_table):
    table = random_table(0, 30)
    few = PredictionTable(table.frame.head(20).with_columns(run_id=pl.lit("r")), table.classes)
    found = evaluate_table(table, baselines=few, n_resamples=20)
    assert "baseline r: answers 20 of the 30 images" in found.notes


def test_distorted_answers_of_a_baseline_do_not_count(random_table):
    table = random_table(0, 30)
    blurred = table.frame.with_columns(variant=pl.lit("blur"), severity=pl.lit(1, pl.Int64))
    both = PredictionTable(pl.concat([table.frame, blurred]), table.classes)
    found = evaluate_table(table, baselines=both, n_resamples=20).baselines["a"]
    assert found["macro_f1"] == evaluate_table(table, n_resamples=20).figures["macro_f1"]
