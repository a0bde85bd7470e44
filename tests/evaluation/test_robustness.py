import numpy as np
import polars as pl
import pytest

from buffycoat.errors import TableError
from buffycoat.evaluation.robustness import measure_robustness
from buffycoat.tables.answers import answer_rows
from buffycoat.tables.predictions import PredictionTable

VARIANTS = [("clean", None, 0.02), ("optics", 1, 0.1), ("optics", 5, 0.5), ("light", 3, 0.2)]


def answers(share=1.0, variants=VARIANTS, n=400, run="ours"):
    """Answers of which a share is wrong, the first rows of each variant."""
    ids = [f"s{i:03}" for i in range(n)]
    labels = ["a" if i % 2 else "b" for i in range(n)]
    known = {"sample_id": ids, "label": labels, "split": ["test"] * n}
    frame = pl.DataFrame({**known, "group": [f"g{i // 10}" for i in range(n)]})
    right = np.array([[0.9, 0.1] if label == "a" else [0.1, 0.9] for label in labels])
    tables = []
    for name, severity, wrong in variants:
        p = right.copy()
        n_wrong = round(n * wrong * share)
        p[:n_wrong] = p[:n_wrong, ::-1]
        table = answer_rows(frame, p, ("a", "b"), run).frame
        level = pl.lit(severity, dtype=pl.Int64).alias("severity")
        tables.append(table.with_columns(level, variant=pl.lit(name)))
    return PredictionTable(pl.concat(tables), ("a", "b"), {"group_columns": ["slide"]})


def test_accuracies_and_their_means():
    found = measure_robustness(answers())
    assert found.clean.value == pytest.approx(0.98)
    assert found.by_variant["optics", 5].value == pytest.approx(0.5)
    assert found.by_family["optics"].value == pytest.approx(0.7)
    assert found.mean.value == pytest.approx((0.7 + 0.8) / 2)
    assert found.mean.low < 0.75 < found.mean.high
    assert (found.n_images, found.n_groups, found.groups_known) == (400, 40, True)
    assert found.corruption_error is None


def test_errors_relative_to_a_plain_run_by_hand():
    found = measure_robustness(answers(share=0.5), reference=answers(run="plain"))
    assert found.corruption_error.value == pytest.approx(0.5)
    assert found.reference == "plain"
    same = measure_robustness(answers(), reference=answers())
    assert same.corruption_error.value == pytest.approx(1)


def test_paired_resamples_of_one_run_with_itself_agree():
    figure = measure_robustness(answers(), reference=answers(), n_resamples=200).corruption_error
    assert figure.low <= 1 <= figure.high


def test_a_table_without_distorted_rows_is_refused():
    with pytest.raises(TableError, match="no distorted rows"):
        measure_robustness(answers(variants=VARIANTS[:1]))


def test_a_reference_with_other_rows_is_refused():
    with pytest.raises(TableError, match="other families and severities"):
        measure_robustness(answers(), reference=answers(variants=VARIANTS[:3]))
    with pytest.raises(TableError, match="other images"):
        measure_robustness(answers(), reference=answers(n=398))


def test_a_variant_that_lacks_rows_is_refused():
    table = answers()
    kept = table.frame.filter(~((pl.col("variant") == "light") & (pl.col("sample_id") == "s007")))
    with pytest.raises(TableError, match="light 3 is not answered for 1 images"):
        measure_robustness(PredictionTable(kept, table.classes, table.facts))


def test_a_reference_without_errors_counts_ten_times_at_most():
    perfect = answers(share=0.0, run="plain")
    found = measure_robustness(answers(), reference=perfect, n_resamples=50).corruption_error
    assert found.value == pytest.approx(10)
    assert 0 <= found.low <= found.high <= 10
    assert measure_robustness(perfect, reference=perfect).corruption_error.value == pytest.approx(1)
