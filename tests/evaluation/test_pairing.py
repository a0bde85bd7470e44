import numpy as np
import polars as pl
import pytest

from buffycoat.errors import TableError
from buffycoat.evaluation.left_out import LeftOut
from buffycoat.evaluation.pairing import Contender, pair_answers
from buffycoat.tables.predictions import PredictionTable, read_predictions

LABELS = ["basophil", "monocyte", "platelet", "platelet", "basophil", "basophil"]


@pytest.fixture
def tables(make_table):
    """Two tables of six samples; the second is in another order and of other groups."""
    first = make_table(LABELS, LABELS, groups=list("aabbcd"))
    second = make_table(LABELS, LABELS[::-1], groups=list("efghhi"))
    return first, PredictionTable(second.frame.reverse(), second.classes, second.facts)


def paired(*tables, **more):
    named = zip(["first", "second", "third"][: len(tables)], tables, strict=True)
    return pair_answers([Contender(name, (table,)) for name, table in named], **more)


def changed(table, *columns, **facts):
    return PredictionTable(
        table.frame.with_columns(*columns), table.classes, {**table.facts, **facts}
    )


def test_rows_are_found_by_sample_and_groups_joined_over_all_tables(tables):
    found = paired(*tables)
    assert found.rows.sample_ids == [f"s{i:04d}" for i in range(6)]
    assert found.replicates[0][0].is_right.all()
    assert found.replicates[1][0].is_right.tolist() == [True, False, True, True, False, True]
    assert found.rows.groups.tolist() == [0, 0, 1, 1, 1, 2]
    assert found.groups_known


def test_only_rows_that_all_answered_are_taken_and_the_others_counted(tables):
    first, second = tables
    failed = pl.when(pl.col("sample_id") == "s0000").then(pl.lit("no file")).alias("failed_because")
    train = pl.when(pl.col("sample_id") != "s0001").then(pl.lit("test")).otherwise(pl.lit("train"))
    fewer = PredictionTable(second.frame.filter(pl.col("sample_id") != "s0005"), second.classes)
    found = paired(changed(first, failed), changed(fewer, train.alias("split")))
    assert found.rows.sample_ids == ["s0002", "s0003", "s0004"]
    assert set(found.left_out) == {
        LeftOut("first", "its image could not be read", 1),
        LeftOut("second", "in its train split", 1),
        LeftOut("second", "not in its table", 1),
    }


def test_a_table_without_splits_is_held_against_the_test_rows(tables):
    whole = changed(tables[1], pl.lit(None, pl.String).alias("split"))
    partly = tables[0].frame.head(4)
    found = paired(PredictionTable(partly, tables[0].classes), whole)
    assert found.rows.n_images == 4
    assert found.left_out == (LeftOut("first", "not in its table", 2),)
    assert paired(whole, tables[0]).split == "test"
    assert paired(whole, whole).split == "given rows"


def test_classes_of_all_are_joined_and_probabilities_stay_with_theirs(make_table):
    p = np.array([[0.1, 0.9], [0.6, 0.4]])
    first = make_table(["a", "b"], ["b", "a"], classes=("a", "b"), p=p)
    second = make_table(["a", "b"], ["b", "c"], classes=("c", "b", "a"))
    found = paired(first, second)
    assert found.rows.classes == ("a", "b", "c")
    assert found.replicates[0][0].p.tolist() == [[0.1, 0.9, 0], [0.6, 0.4, 0]]
    assert found.replicates[1][0].predicted.tolist() == [1, 2]
    assert found.replicates[1][0].labels.tolist() == [0, 1]
    assert [note for note in found.notes if "first has no class 'c'" in note]


def test_different_data_is_said(tables):
    found = paired(tables[0], changed(tables[1], data_hash="other"))
    assert "the data hashes differ (first abc, second other)" in found.notes[0]
    assert not paired(*tables).notes


def test_what_cannot_be_paired_is_refused(tables, make_table):
    first, second = tables
    with pytest.raises(TableError, match=r"no sample is answered by all.*'s0000'.*'xs0"):
        paired(first, changed(second, pl.format("x{}", "sample_id").alias("sample_id")))
    wrong = pl.when(pl.col("sample_id") == "s0001").then(pl.lit("platelet"))
    wrong = wrong.otherwise("label").alias("label")
    said = (
        r"contradict each other for 1 of 6 .*'s0001' is 'monocyte' in first and 'platelet' in sec"
    )
    with pytest.raises(TableError, match=said):
        paired(first, changed(second, wrong))
    with pytest.raises(TableError, match=r"no class is in common: first names .* second names 'x'"):
        paired(first, make_table(["x"], ["x"], classes=("x",)))
    capitals = make_table(["Monocyte"], ["Monocyte"], classes=("Monocyte", "platelet"))
    with pytest.raises(TableError, match="'monocyte' and 'Monocyte' differ in case alone"):
        paired(first, capitals)
    two = make_table(["MONOCYTE"], ["PLATELET"], classes=("PLATELET", "MONOCYTE", "platelet"))
    with pytest.raises(TableError, match="'platelet' and 'PLATELET' differ in case alone"):
        paired(first, two)
    with pytest.raises(TableError, match="second: no labelled rows of split 'test'"):
        paired(first, changed(second, pl.lit("train").alias("split")))


def test_rows_without_a_name_are_not_paired_by_their_number(tables, tmp_path):
    (tmp_path / "a.csv").write_text("label,predicted\nmonocyte,monocyte\n")
    nameless = read_predictions(tmp_path / "a.csv")
    with pytest.raises(TableError, match=r"second: .* give both a column sample_id or path"):
        paired(tables[0], nameless)
    (tmp_path / "b.csv").write_text("path,label,predicted\ns0001,monocyte,monocyte\n")
    assert paired(tables[0], read_predictions(tmp_path / "b.csv")).rows.n_images == 1
