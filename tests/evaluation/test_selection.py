"""Which rows count, and the sentences where none do."""

import polars as pl
import pytest

from buffycoat.errors import TableError
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.selection import as_answers, select_rows
from buffycoat.tables.predictions import PredictionTable, read_predictions


def changed(table, *columns, **named):
    return PredictionTable(table.frame.with_columns(*columns, **named), table.classes, table.facts)


def first(n, value, name, otherwise=None):
    """A column with a value in the first rows."""
    rest = pl.col(name) if otherwise is None else pl.lit(otherwise)
    return pl.when(pl.int_range(pl.len()) < n).then(pl.lit(value)).otherwise(rest).alias(name)


def test_failed_rows_are_counted_and_left_out(random_table):
    table = random_table(0, 40)
    missing = [first(3, None, name) for name in ("predicted", *(f"p_{c}" for c in table.classes))]
    failed = changed(table, *missing, first(3, "truncated", "failed_because"))
    found = evaluate_table(failed, n_resamples=20)
    rest = PredictionTable(table.frame[3:], table.classes, table.facts)
    assert (found.n_failed, found.n_images) == (3, 37)
    assert found.figures == evaluate_table(rest, n_resamples=20).figures
    assert sum(map(sum, found.confusion)) == 37
    assert "3 of 40 labelled images have no answer and are left out of every figure" in found.notes


def test_a_reason_to_fail_counts_more_than_an_answer(random_table):
    failed = changed(random_table(0, 40), first(3, "truncated", "failed_because"))
    assert evaluate_table(failed, n_resamples=20).n_failed == 3


def test_rows_without_a_label_are_left_out_and_not_counted(random_table):
    table = changed(random_table(0, 40), first(5, None, "label"))
    found = evaluate_table(table, n_resamples=20)
    assert (found.n_images, found.n_failed) == (35, 0)


def test_an_unknown_split_names_those_there_are(random_table):
    table = changed(random_table(0, 40), first(10, "validation", "split", "train"))
    with pytest.raises(
        TableError, match=r"split 'test': there are train \(30\), validation \(10\)"
    ):
        evaluate_table(table)


def test_a_table_without_splits_is_taken_as_a_whole(random_table):
    table = changed(random_table(0, 40), split=pl.lit(None, pl.String))
    found = evaluate_table(table, split="validation", n_resamples=20)
    assert (found.split, found.n_images) == ("given rows", 40)


def test_rows_without_a_label_alone_cannot_be_evaluated(random_table):
    table = changed(random_table(0, 40), label=pl.lit(None, pl.String))
    with pytest.raises(TableError, match="no row has a label: add a column `label`"):
        evaluate_table(table)


def test_an_empty_table_cannot_be_evaluated(random_table):
    table = random_table(0, 40)
    with pytest.raises(TableError, match="no row has a label"):
        evaluate_table(PredictionTable(table.frame.clear(), table.classes))


def test_rows_that_all_failed_give_the_reason(random_table):
    table = changed(random_table(0, 40), failed_because=pl.lit("truncated"))
    with pytest.raises(TableError, match="all 40 labelled rows of test failed: truncated"):
        evaluate_table(table)


@pytest.mark.parametrize("failed", [None, "truncated"], ids=["answered", "failed"])
def test_several_runs_are_refused_by_name(random_table, failed):
    table = random_table(0, 20)
    other = changed(table, run_id=pl.lit("b"), failed_because=pl.lit(failed, pl.String))
    both = PredictionTable(pl.concat([table.frame, other.frame]), table.classes)
    with pytest.raises(TableError, match=r"2 runs \(a, b\).*keep the rows of one"):
        evaluate_table(both)


def test_many_runs_are_not_all_named(random_table):
    tables = [changed(random_table(0, 5), run_id=pl.lit(f"r{i:02d}")).frame for i in range(12)]
    with pytest.raises(TableError, match=r"12 runs \(r00, .*, r07, \.\.\.\)"):
        evaluate_table(PredictionTable(pl.concat(tables), random_table(0, 5).classes))


@pytest.mark.parametrize("column", ["label", "predicted"])
def test_a_name_that_is_no_class_is_refused(random_table, column):
    table = changed(random_table(0, 20), first(1, "blast", column))
    with pytest.raises(TableError, match=f"{column} 'blast' is not among the classes"):
        evaluate_table(table)


def test_a_sample_named_like_a_group_does_not_join_it(make_table):
    labels = ["basophil"] * 4
    table = make_table(labels, labels, groups=["s0003", "s0003", None, None])
    assert as_answers(select_rows(table, "test").frame, table).groups.tolist() == [0, 0, 1, 2]


FOREIGN = "path,label,predicted,p_cat,p_dog\n1.png,cat,cat,.9,.1\n2.png,dog,cat,.6,.4\n"


def test_a_table_of_another_program_is_evaluated(tmp_path):
    path = tmp_path / "theirs.csv"
    path.write_text(FOREIGN)
    found = evaluate_table(read_predictions(path), n_resamples=20)
    assert (found.run_id, found.split, found.data_hash) == ("theirs", "given rows", None)
    assert found.confusion == [[1, 0], [1, 0]]
    assert found.figures["auc_one_vs_rest"].value == 1
    assert not found.groups_known
    assert found.mistakes[0].path == "2.png"


def test_a_table_of_another_program_may_hold_names_alone(tmp_path):
    path = tmp_path / "theirs.csv"
    path.write_text("label,predicted,patient\ncat,cat,1\ndog,cat,2\n,cat,3\n")
    found = evaluate_table(read_predictions(path), n_resamples=20)
    assert (found.n_images, found.classes) == (2, ("cat", "dog"))
    assert "log_loss" not in found.figures
    assert [note for note in found.notes if "holds no probabilities" in note]
