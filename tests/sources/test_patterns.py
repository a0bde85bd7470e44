"""Origins and labels taken from paths by regular expressions."""

from __future__ import annotations

import pytest

from buffycoat.errors import InputError, SettingError
from buffycoat.sources.listing import list_samples
from buffycoat.sources.patterns import take_from_path

PATHS = ["n/SNE_p1_s2.png", "n/BNE_p1_s3.png", "m/MO_p2_s2.png", "m/odd.png"]


@pytest.fixture
def table(tmp_path):
    columns = {"sample_id": PATHS, "path": PATHS, "label": [path[0] for path in PATHS]}
    return list_samples(columns, root=tmp_path, origin=tmp_path)


def test_the_first_group_in_parentheses_is_the_value(table):
    taken = take_from_path(table, "patient", r"_p(\d+)_s(\d+)")
    assert taken.frame["patient"].to_list() == ["1", "1", "2", None]
    assert taken.group_columns == ("patient",)
    (note,) = taken.notes
    assert r"taken from the path by '_p(\d+)_s(\d+)';" in note
    assert "1 of 4 paths do not match, the first is 'm/odd.png'" in note


def test_without_parentheses_the_whole_match_is(table):
    assert take_from_path(table, "slide", r"s\d").frame["slide"].to_list() == [
        "s2",
        "s3",
        "s2",
        None,
    ]


def test_groups_go_beside_the_derived_column(table):
    taken = take_from_path(take_from_path(table, "group", "^."), "field", "(s.)")
    assert taken.frame["group_given"].to_list() == ["n", "n", "m", "m"]
    assert taken.frame["group"].null_count() == 4
    assert taken.group_columns == ("field", "group_given")


def test_finer_labels(table):
    taken = take_from_path(table, "label", r"([A-Z]+)_")
    assert taken.classes == ("BNE", "MO", "SNE")
    assert taken.frame["label_coarse"].to_list() == ["n", "n", "m", "m"]
    assert taken.frame["label_given"].to_list() == ["SNE", "BNE", "MO", None]
    assert taken.frame["excluded_because"].to_list() == [
        None,
        None,
        None,
        "pattern '([A-Z]+)_' found no label",
    ]


def test_a_label_found_heals_a_missing_one(tmp_path):
    columns = {"sample_id": PATHS, "path": PATHS, "excluded_because": ["no label", "x", None, None]}
    table = list_samples(columns, root=tmp_path, origin=tmp_path, min_classes=0)
    taken = take_from_path(table, "label", r"(p\d|odd)")
    assert taken.frame["excluded_because"].to_list() == [None, "x", None, None]
    assert "label_coarse" not in taken.frame.columns


@pytest.mark.parametrize("pattern", ["x(y)", "()", "(z)?"])
def test_a_pattern_that_finds_nothing_is_refused_with_an_example(table, pattern):
    with pytest.raises(InputError, match=r"matches no path.*'n/SNE_p1_s2.png'"):
        take_from_path(table, "field", pattern)


def test_wrong_patterns_and_columns_are_refused(table):
    with pytest.raises(SettingError, match=r"'\(\\d' is no regular expression: .*unterminated"):
        take_from_path(table, "field", r"(\d")
    with pytest.raises(SettingError, match="'split' cannot be taken"):
        take_from_path(table, "split", "a")
