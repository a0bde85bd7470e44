from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from buffycoat.curation.groups import derive_groups
from buffycoat.errors import TableError


def groups_of(table):
    return derive_groups(table).frame["group"].to_list()


def test_rows_of_one_slide_are_one_group_that_is_called_after_it(make_table):
    table = derive_groups(make_table(label=["a"] * 3, slide=["03", "04", "03"]))
    assert table.frame["group"].to_list() == ["slide:03", "slide:04", "slide:03"]
    assert table.group_columns == ("slide",)
    assert table.steps[-1] == {"step": "group", "columns": ["slide"], "n_groups": 2}


def test_a_chain_over_several_columns_is_one_group(make_table):
    found = groups_of(
        make_table(
            label=["a"] * 4,
            patient=["p", "p", None, None],
            slide=[None, "1", "1", None],
            pixels_sha256=[None, None, "x", "x"],
        )
    )
    assert found == ["patient:p"] * 4


def test_equal_values_of_different_columns_never_meet(make_table):
    found = groups_of(make_table(label=["a", "a"], patient=["1", None], slide=[None, "1"]))
    assert found == ["patient:1", "slide:1"]


def test_empty_values_join_nothing_and_name_nothing(make_table):
    table = derive_groups(make_table(label=["a"] * 4, slide=[None, None, "", "  "]))
    assert table.frame["group"].to_list() == ["s0000", "s0001", "s0002", "s0003"]
    assert table.group_columns == ()


def test_copies_join_but_are_no_known_origin(make_table):
    table = derive_groups(make_table(label=["a"] * 3, pixels_sha256=["x", "y", "x"]))
    assert table.frame["group"].to_list() == ["s0000", "s0001", "s0000"]
    assert table.group_columns == ()


def test_equal_files_join_only_where_the_same_part_of_them_is_meant(make_table):
    table = make_table(
        label=["a"] * 4,
        file_sha256=["f"] * 4,
        box=[[0, 0, 9, 9], [5, 5, 9, 9], [0, 0, 9, 9], None],
    )
    assert groups_of(table) == ["s0000", "s0001", "s0000", "s0003"]


def test_a_column_of_the_user_is_an_origin_too(make_table):
    table = derive_groups(
        make_table(label=["a"] * 3, group_given=["x", "y", "x"], slide=[None] * 3)
    )
    assert table.frame["group"].to_list() == ["group_given:x", "group_given:y", "group_given:x"]
    assert table.group_columns == ("group_given",)


def test_a_named_column_that_is_missing_is_an_error(make_table):
    table = replace(make_table(label=["a"]), group_columns=("smear",))
    with pytest.raises(TableError, match="'smear'"):
        derive_groups(table)


def test_the_name_is_the_first_value_of_the_coarsest_column(make_table):
    table = make_table(label=["a"] * 3, slide=["9", "2", "2"], patient=[None, "q", "q"])
    linked = replace(table, frame=table.frame.with_columns(field="path").with_columns(field=None))
    assert groups_of(linked) == ["slide:9", "patient:q", "patient:q"]
    both = make_table(label=["a"] * 2, slide=["9", "2"], copy_cluster=["c", "c"])
    assert groups_of(both) == ["slide:2", "slide:2"]


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_those_that_passing_numbers_on_finds(make_table, seed):
    rng = np.random.default_rng(seed)
    columns = ("patient", "slide", "field", "copy_cluster", "pixels_sha256")
    drawn = rng.integers(0, 90, (len(columns), 80))
    values = {
        name: [str(v) if v < 45 else None for v in row]
        for name, row in zip(columns, drawn, strict=True)
    }
    found = groups_of(make_table(label=["a"] * 80, **values))
    number = np.arange(80)
    for _ in range(80):
        for row in drawn:
            for value in range(45):
                number[row == value] = number[row == value].min(initial=80)
    assert len(set(found)) == len(set(number)) == len(set(zip(found, number, strict=True)))
    assert 10 < len(set(found)) < 70


def test_groups_do_not_depend_on_the_order_of_rows_and_are_stable(make_table):
    table = make_table(
        label=["a"] * 6, slide=["2", "1", None, "2", None, "1"], field=list("uvwxww")
    )
    once = derive_groups(table)
    turned = derive_groups(replace(table, frame=table.frame.reverse()))
    assert turned.frame.reverse().equals(once.frame)
    assert derive_groups(once).frame.equals(once.frame)
