from __future__ import annotations

from buffycoat.curation.duplicates import mark_conflicts


def test_all_copies_with_different_labels_are_excluded_and_name_each_other(make_table):
    table = make_table(label=["a", "b", "b", "a"], pixels_sha256=["x", "x", "x", "y"])
    reasons = mark_conflicts(table).frame["excluded_because"].to_list()
    assert reasons == [
        "identical pixels carry another label: s0001 (b), s0002 (b)",
        "identical pixels carry another label: s0000 (a)",
        "identical pixels carry another label: s0000 (a)",
        None,
    ]


def test_copies_with_one_label_are_kept_and_counted(make_table):
    table = mark_conflicts(
        make_table(
            label=["a", "a", "b", "b", "b"],
            pixels_sha256=["x", "x", "y", "y", "y"],
            file_sha256=["f", "f", "g", "h", "g"],
        )
    )
    assert table.frame["excluded_because"].null_count() == 5
    counted = "2 sets of identical images (5 images; 1 of the sets byte-identical files)"
    assert table.notes == (f"{counted} carry one label; they are kept, and each set is one group.",)
    assert table.steps[-1] == {"step": "mark conflicts", "n_excluded": 0, "n_copies_kept": 5}


def test_an_earlier_reason_stays_and_makes_no_conflict(make_table):
    table = make_table(
        label=["a", "b", None, "a"],
        pixels_sha256=["x"] * 4,
        excluded_because=["two cell types", None, None, None],
    )
    reasons = mark_conflicts(table).frame["excluded_because"].to_list()
    assert reasons[0] == "two cell types"
    assert reasons[1] == "identical pixels carry another label: s0003 (a)"
    assert reasons[2] is None
    assert reasons[3] == "identical pixels carry another label: s0001 (b)"


def test_unknown_pixels_are_no_copies_of_each_other(make_table):
    table = make_table(label=["a", "b", "a"], pixels_sha256=[None, None, None])
    assert mark_conflicts(table).frame.equals(table.frame)


def test_a_long_list_of_copies_is_shortened(make_table):
    table = make_table(label=["a"] + ["b"] * 12, pixels_sha256=["x"] * 13)
    reason = mark_conflicts(table).frame["excluded_because"][0]
    assert reason.endswith("s0005 (b) and 7 more")


def test_marking_twice_changes_nothing(make_table):
    table = make_table(label=["a", "b", "a", "a"], pixels_sha256=["x", "x", "y", "y"])
    once = mark_conflicts(table)
    twice = mark_conflicts(once)
    assert twice.frame.equals(once.frame)
    assert twice.notes == once.notes
    assert len(once.notes) == 2
