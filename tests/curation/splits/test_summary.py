from __future__ import annotations

from buffycoat.curation.groups import derive_groups
from buffycoat.curation.splits.summary import split_summary


def test_images_and_groups_are_counted_by_class_and_split(make_table):
    table = derive_groups(
        make_table(
            ("b", "a", "c"),
            label=["a", "a", "b", "b", "a", "b"],
            slide=["1", "1", "1", "2", "3", None],
            split=["train", "train", "train", "test", "test", None],
        )
    )
    assert split_summary(table).rows(named=True) == [
        {"class": "b", "train_images": 1, "train_groups": 1, "test_images": 1, "test_groups": 1},
        {"class": "a", "train_images": 2, "train_groups": 1, "test_images": 1, "test_groups": 1},
        {"class": "c", "train_images": 0, "train_groups": 0, "test_images": 0, "test_groups": 0},
        {"class": "all", "train_images": 3, "train_groups": 1, "test_images": 2, "test_groups": 2},
    ]


def test_excluded_rows_do_not_count(make_table):
    table = derive_groups(
        make_table(label=["a", "b"], split=["train", "train"], excluded_because=["torn", None])
    )
    assert split_summary(table)["train_images"].to_list() == [0, 1, 1]


def test_a_table_without_a_split_has_its_classes_alone(make_table):
    summary = split_summary(make_table(label=["a", "b"]))
    assert summary["class"].to_list() == ["a", "b", "all"]
    assert summary.columns == ["class"]
