from pathlib import Path

import polars as pl
import pytest

from buffycoat.errors import InputError
from buffycoat.exports.plan import class_numbers, plan_export
from buffycoat.tables.samples import SampleTable, check_samples


def table(classes="abc", **facts):
    frame = pl.DataFrame(
        {
            "sample_id": list("12345"),
            "path": list("12345"),
            "label": ["b", "a", "c", None, "a"],
            "group": list("xxyyz"),
            "split": ["train", "test", None, "train", "train"],
            "excluded_because": [None, None, None, None, "unreadable"],
        }
    )
    return check_samples(SampleTable(frame, Path(), tuple(classes), **facts))


def test_numbers_are_the_sources_own_and_free_ones_for_the_others():
    assert class_numbers(table()) == {"a": 0, "b": 1, "c": 2}
    assert class_numbers(table(class_ids={"c": 0, "a": 7, "b": 2})) == {"c": 0, "b": 2, "a": 7}
    assert class_numbers(table(class_ids={"b": 0})) == {"b": 0, "a": 1, "c": 2}
    assert list(class_numbers(table(class_ids={"b": 0}))) == ["b", "a", "c"]
    assert not plan_export(table(class_ids={"b": 0})).numbers_known


def test_what_is_not_exported_has_its_reason():
    plan = plan_export(table(), by="split")
    assert plan.rows["sample_id"].to_list() == ["1", "2"]
    assert plan.rows["class_id"].to_list() == [1, 0]
    reasons = dict(plan.left_out.select("sample_id", "excluded_because").iter_rows())
    assert reasons == {"3": "no split", "4": "no label", "5": "unreadable"}


def test_groups_without_a_known_origin_are_not_passed_on():
    assert plan_export(table()).rows["group"].null_count() == 3
    known = plan_export(table(group_columns=("slide",)))
    assert known.rows["group"].to_list() == ["x", "x", "y"]


def test_nothing_to_export_is_said():
    with pytest.raises(InputError, match="no usable image of the table has a fold"):
        plan_export(table(), by="fold")
    none = table().frame.with_columns(excluded_because=pl.lit("blurred"))
    with pytest.raises(InputError, match="nothing to export"):
        plan_export(SampleTable(none, Path(), ("a",)))
