from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.outliers.repeats import find_repeats

BLANK = np.zeros((4, 4, 3), np.uint8)


def test_no_repeats_is_said(make):
    table, _ = make([BLANK] * 3, keys=["a", "b", "c"])
    found = find_repeats(table)
    assert found.said == ("No image stands in the table twice.",)
    assert found.level == "note"
    assert not found.flags.any()


def test_of_a_cell_that_is_there_twice_the_first_is_kept(make):
    table, _ = make([BLANK] * 4, keys=["a", "b", "a", "c"])
    found = find_repeats(table)
    assert found.flags.tolist() == [False, False, True, False]
    assert found.scores.tolist() == [0, 0, 0.5, 0]
    assert found.reasons == {2: "one of 2 identical images; s0000 is kept"}
    assert found.beside == {2: (0,)}
    assert found.columns["n_copies"].to_list() == [2, 1, 2, 1]
    assert found.level == "look"


def test_all_copies_of_an_outlier_go_and_all_with_several_labels(make):
    labels = ["a", "a", "a", "a", "b", "a"]
    table, _ = make([BLANK] * 6, labels=labels, keys=["x", "x", "x", "y", "y", "z"])
    found = find_repeats(table, np.array([True, True, True, False, False, False]))
    assert found.flags.tolist() == [True] * 5 + [False]
    assert found.reasons[0] == "one of 3 identical images that are unlike the others"
    assert found.reasons[3] == "one of 2 identical images that carry 2 labels"
    assert found.level == "serious"


def test_a_picture_in_many_classes_is_named_though_it_was_excluded_before(make):
    labels = list("abcd") * 5 + ["a"]
    table, _ = make([BLANK] * 21, labels=labels, keys=["x"] * 20 + ["y"], excluded=range(20))
    found = find_repeats(table)
    assert found.said[1] == "20 identical images in 4 classes, such as s0000."
    assert found.scores[0] == pytest.approx(0.95)
    assert found.level == "serious"


def test_rows_without_hashes_repeat_nothing(make):
    table, _ = make([BLANK] * 3, keys=[None] * 3)
    assert not find_repeats(table).flags.any()


def test_a_copy_without_a_label_contradicts_none_and_is_not_the_one_that_stays(make):
    table, _ = make([BLANK] * 3, labels=["a", "a", "b"], keys=["x", "x", "y"])
    frame = table.frame.with_columns(label=pl.Series([None, "a", "b"]))
    found = find_repeats(replace(table, frame=frame))
    assert found.reasons == {0: "one of 2 identical images; s0001 is kept"}
    assert found.level == "look"


def test_what_was_excluded_before_is_not_the_one_that_stays(make):
    table, _ = make([BLANK] * 2, keys=["x", "x"], excluded={0})
    assert find_repeats(table).reasons == {0: "one of 2 identical images; s0001 is kept"}
