"""Several sources as one table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from buffycoat.errors import InputError
from buffycoat.sources.listing import list_samples
from buffycoat.sources.merge import merge


def source(root, labels, **rest):
    paths = [f"{n}.png" for n in range(len(labels))]
    columns = {"sample_id": paths, "path": paths, "label": labels, **rest}
    return list_samples(columns, root=root, origin=root, min_classes=1)


def test_paths_ids_and_origins_tell_the_sources_apart(tmp_path):
    one = source(tmp_path / "x" / "one", ["a", "b"], patient=["1", None], batch=["q", "r"])
    two = source(tmp_path / "two", ["b", "c"], patient=["1", "2"], group_given=["g", "g"])
    merged = merge([one, two])
    frame = merged.frame
    assert merged.root == tmp_path
    assert frame["path"].to_list() == ["x/one/0.png", "x/one/1.png", "two/0.png", "two/1.png"]
    assert frame["sample_id"].to_list() == ["one/0.png", "one/1.png", "two/0.png", "two/1.png"]
    assert frame["source"].to_list() == ["one", "one", "two", "two"]
    assert frame["patient"].to_list() == ["one:1", None, "two:1", "two:2"]
    assert frame["group_given"].to_list() == [None, None, "two:g", "two:g"]
    assert frame["batch"].to_list() == ["q", "r", None, None]
    assert merged.group_columns == ("patient", "group_given")
    assert merged.classes == ("a", "b", "c")
    assert any("class 'a' is in source 'one' alone" in note for note in merged.notes)
    assert not any("class 'b'" in note for note in merged.notes)
    assert [step["step"] for step in merged.steps] == ["read", "read", "merge"]


def test_sources_of_one_name_are_numbered(tmp_path):
    tables = [source(tmp_path / place / "cells", ["a", "b"]) for place in "xyz"]
    assert merge(tables).frame["source"].unique(maintain_order=True).to_list() == [
        "cells",
        "cells-2",
        "cells-3",
    ]


def test_an_image_in_two_sources_is_kept_once(tmp_path):
    one, two = source(tmp_path, ["a", "b"]), source(tmp_path, ["a", "c"])
    reasons = merge([one, two]).frame["excluded_because"].to_list()
    assert reasons[0] is None
    assert reasons[2] == f"repeats {tmp_path.name}/0.png"
    assert "give one image different labels: b, c" in reasons[1]
    assert reasons[1] == reasons[3]


def test_labels_that_differ_in_case_are_one_class(tmp_path):
    merged = merge([source(tmp_path / "x", ["Mono", "b"]), source(tmp_path / "y", ["mono"])])
    assert merged.classes == ("Mono", "b")


def test_class_numbers_stay_where_all_agree(tmp_path):
    one, two = source(tmp_path / "x", ["a", "b"]), source(tmp_path / "y", ["b", "c"])
    one = replace(one, class_ids={"a": 0, "b": 1})
    assert merge([one, replace(two, class_ids={"b": 1, "c": 2})]).class_ids == {
        "a": 0,
        "b": 1,
        "c": 2,
    }
    assert merge([one, replace(two, class_ids={"b": 0, "c": 1})]).class_ids == {}
    assert merge([one, replace(two, class_ids={"c": 0})]).class_ids == {}


def test_what_one_source_derived_is_forgotten(tmp_path):
    one, two = source(tmp_path / "x", ["a"], group=["g"], fold=[1]), source(tmp_path / "y", ["b"])
    merged = merge([one, two])
    assert merged.frame["group"].null_count() == merged.frame["fold"].null_count() == 2


def test_one_source_is_left_as_it_is_and_none_is_refused(tmp_path):
    table = source(tmp_path, ["a", "b"])
    assert merge([table]) is table
    with pytest.raises(InputError, match="no source was given"):
        merge([])
