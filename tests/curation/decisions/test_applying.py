"""What decisions make of a table: by hand, twice, and after a split."""

from __future__ import annotations

import polars as pl
import pytest

from buffycoat.curation.decisions.applying import BY_AUDIT, apply_decisions
from buffycoat.curation.decisions.decision import Decision
from buffycoat.curation.duplicates import mark_conflicts
from buffycoat.curation.splits.given import _CROSSES
from buffycoat.curation.splits.split import split_samples
from buffycoat.sources.listing import NO_LABEL


@pytest.fixture
def table(make_table):
    """Ten rows: five of a, five of b; s0006 to s0009 are out for different reasons."""
    reasons = [None] * 6 + [
        f"{BY_AUDIT}foreign",
        "unreadable: cut short",
        NO_LABEL,
        f"{_CROSSES}: g",
    ]
    labels = ["a", "b"] * 4 + [None, "b"]
    return make_table(label=labels, label_given=["A", None] * 5, excluded_because=reasons)


def row(applied, number):
    return applied.samples.frame.row(number, named=True)


def test_excluding_gives_the_reason_or_says_that_a_person_did(table):
    applied = apply_decisions(
        table, [Decision("s0000", "exclude", reason="two cells"), Decision("s0001", "exclude")]
    )
    assert row(applied, 0)["excluded_because"] == "decision: two cells"
    assert row(applied, 1)["excluded_because"] == "decision: excluded by hand"
    assert applied.excluded == ("s0000", "s0001")
    assert applied.samples.frame.columns == table.frame.columns


def test_relabelling_keeps_what_the_source_gave(table):
    decisions = [
        Decision("s0000", "relabel", "b", "three lobes"),
        Decision("s0001", "relabel", "a"),
        Decision("s0003", "relabel", "b"),
    ]
    applied = apply_decisions(table, decisions)
    found = applied.samples.frame.select("label", "label_given", "relabelled_because")
    assert found.row(0) == ("b", "A", "decision: three lobes")
    assert found.row(1) == ("a", "b", "decision: relabelled by hand")
    assert found.row(3) == ("b", None, None)
    assert applied.relabelled == ("s0000", "s0001")
    assert applied.samples.steps[-1] == {
        "step": "exclude",
        "n_relabel": 3,
        "relabelled": {"b: three lobes": 1, "a: relabelled by hand": 1, "b: relabelled by hand": 1},
    }


def test_keep_brings_back_what_can_be_used_and_names_what_cannot(table):
    applied = apply_decisions(table, [Decision(f"s{i:04}", "keep") for i in range(10)])
    assert applied.brought_back == ("s0006",)
    assert applied.left_out == {
        "s0007": "unreadable: cut short",
        "s0008": NO_LABEL,
        "s0009": f"{_CROSSES}: g",
    }


def test_relabelling_brings_back_what_had_no_label(table):
    applied = apply_decisions(
        table, [Decision("s0006", "relabel", "b"), Decision("s0008", "relabel", "b")]
    )
    assert applied.brought_back == ("s0006", "s0008")
    assert row(applied, 8)["label"] == "b"
    assert row(applied, 8)["label_given"] == "A"


def test_a_decision_outlasts_the_next_split_and_an_unreadable_image_stays_so(table):
    applied = apply_decisions(table, [Decision(f"s000{i}", "exclude") for i in (6, 7, 9)])
    reasons = applied.samples.frame["excluded_because"].to_list()
    assert reasons[6] == reasons[9] == "decision: excluded by hand"
    assert reasons[7] == "unreadable: cut short"
    assert applied.excluded == ()


def test_keep_settles_a_conflict_of_labels(make_table):
    table = mark_conflicts(make_table(label=["a", "b", "a"], pixels_sha256=["x", "x", "y"]))
    assert len(table.usable) == 1
    applied = apply_decisions(table, [Decision("s0000", "keep")])
    assert applied.samples.usable["sample_id"].to_list() == ["s0000", "s0002"]


@pytest.mark.parametrize("n_times", [2, 3])
def test_the_same_decisions_again_change_nothing(table, n_times):
    decisions = [
        Decision("s0000", "relabel", "b", "x"),
        Decision("s0001", "exclude", reason="y"),
        Decision("s0006", "keep"),
        Decision("s0008", "relabel", "a"),
    ]
    once = apply_decisions(table, decisions).samples
    again = once
    for _ in range(n_times):
        applied = apply_decisions(again, decisions)
        again = applied.samples
    assert again.frame.equals(once.frame)
    assert again.steps == once.steps
    assert applied.excluded == applied.relabelled == applied.brought_back == ()


def test_an_exclusion_is_taken_back_by_a_later_file(table):
    out = apply_decisions(table, [Decision("s0000", "exclude")]).samples
    back = apply_decisions(out, [Decision("s0000", "keep")])
    assert back.brought_back == ("s0000",)
    assert back.samples.frame.equals(table.frame)


def test_after_a_split_excluded_rows_have_no_part_and_relabelled_ones_keep_theirs(make_table):
    split = split_samples(make_table(label=["a", "b"] * 20))
    parts = split.frame["split"].to_list()
    applied = apply_decisions(
        split, [Decision("s0000", "exclude"), Decision("s0001", "relabel", "a")]
    )
    assert applied.samples.frame["split"].to_list() == [None, *parts[1:]]
    assert applied.lost_part == ("s0000",)
    assert applied.kept_part == ("s0001",)


def test_a_table_may_have_columns_of_these_names(make_table):
    table = make_table(label=["a", "b"], decision=["x", "y"], why=["p", "q"], reason=["r", "s"])
    applied = apply_decisions(table, [Decision("s0000", "exclude", reason="z")])
    assert applied.samples.frame.select("decision", "why", "reason").row(0) == ("x", "p", "r")
    assert applied.samples.frame["excluded_because"].to_list() == ["decision: z", None]


def test_the_order_of_rows_stays_in_a_large_table(make_table):
    table = make_table(label=["a", "b"] * 5000)
    frame = table.frame.sample(fraction=1, shuffle=True, seed=1)
    shuffled = table.stepped("x", frame)
    applied = apply_decisions(shuffled, [Decision("s0007", "exclude")])
    assert applied.samples.frame["sample_id"].equals(frame["sample_id"])
    assert applied.samples.frame.filter(pl.col("excluded_because").is_not_null()).height == 1
