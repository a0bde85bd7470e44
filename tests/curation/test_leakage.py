"""Leakage: counted by hand on a few rows."""

from __future__ import annotations

import polars as pl

from buffycoat.curation.leakage import find_leakage, find_shared


def test_groups_and_pixels_shared_with_an_earlier_part(make_table) -> None:
    table = make_table(
        label=["a", "b", "a", "b", "a", "b", "a"],
        group=["g1", "g2", "g1", "g3", "g2", "g4", "g4"],
        pixels_sha256=["1", "2", "3", "4", "2", "5", "6"],
        split=["train", "train", "validation", "validation", "test", "test", "train"],
    )
    found = find_leakage(table)
    assert found.flags.tolist() == [False, False, True, False, True, True, False]
    assert found.scores.tolist() == [0, 0, 0.9, 0, 1, 0.9, 0]
    assert found.level == "serious"
    assert found.reasons[2] == "train has its group, g1: s0000"
    assert found.reasons[4] == "train has the same pixels: s0001"
    assert found.said[0].startswith("2 of 2 images of test (100.0%) share their group")
    assert "1 have identical pixels" in found.said[0]


def test_unknown_pixels_are_not_the_same_pixels(make_table) -> None:
    table = make_table(
        label=["a", "b"], group=["g1", "g2"], pixels_sha256=[None, None], split=["train", "test"]
    )
    assert not find_leakage(table).flags.any()


def test_without_a_split_nothing_leaks(make_table) -> None:
    found = find_leakage(make_table(label=["a", "b"], group=["g", "g"]))
    assert found.level == "note"
    assert found.scores is None


def test_what_a_new_set_shares_with_an_old_one(make_table) -> None:
    both = make_table(label=["a"] * 5)
    cluster = pl.Series(["x", None, "y", "x", "z"])
    found = find_shared(both, 2, cluster)
    assert found.flags.tolist() == [True, False, False]
    assert found.reasons == {0: "the older set has s0003"}
    assert found.said == (
        "1 of 3 images (33.3%) show what the older set shows: a test on them is no test.",
    )


def test_rows_without_a_group_share_none(make_table) -> None:
    table = make_table(label=["a", "b"], group=[None, None], split=["train", "test"])
    assert not find_leakage(table).flags.any()


def test_what_was_excluded_of_a_new_set_is_not_compared(make_table) -> None:
    both = make_table(label=["a"] * 4, excluded_because=["by hand", None, None, None])
    found = find_shared(both, 1, pl.Series([None, "x", None, "x"]))
    assert found.said[0].startswith("1 of 2 images (50.0%)")
    assert [None if score != score else score for score in found.scores] == [None, 1, 0]


def test_a_group_in_several_folds_leaks_between_them(make_table) -> None:
    table = make_table(
        label=["a", "b"] * 3,
        group=["g1", "g1", "g2", "g3", "g4", None],
        split=["train", "train", "test", "train", "validation", "train"],
        fold=[1, 2, 0, 1, 2, 1],
    )
    found = find_leakage(table)
    assert found.scores.tolist() == [0, 0.9, 0, 0, 0, 0]
    assert found.reasons == {1: "fold 1 has its group, g1"}
    assert "Images that share their group with an earlier fold: 1." in found.said
    assert "splits anew" in found.said[-1]
