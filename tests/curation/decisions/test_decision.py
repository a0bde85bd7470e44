"""Decisions written for a person, and read again."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from buffycoat.curation.decisions.decision import Decision, flagged_decisions, write_decisions
from buffycoat.curation.decisions.reading import read_decisions
from buffycoat.curation.finding import Finding
from buffycoat.errors import InputError


@pytest.fixture
def table(make_table):
    return make_table(label=["a", "b", "a", "b"])


def test_what_is_written_is_read_again(table, tmp_path):
    decisions = [
        Decision("s0000", "exclude", reason='a "quoted", reason\nin two lines'),
        Decision("s0001", "relabel", "a", because="looks so"),
        Decision("s0002", "keep"),
    ]
    path = write_decisions(decisions, tmp_path / "d.csv")
    found = read_decisions([path], table)
    assert [(d.sample_id, d.decision, d.label, d.reason) for d in found] == [
        (d.sample_id, d.decision, d.label, d.reason) for d in decisions
    ]
    assert found[1].where == f"{path}, line 4"


def test_one_image_suggested_twice_is_one_line_with_both_reasons(tmp_path):
    path = tmp_path / "d.csv"
    write_decisions(
        [Decision("x", "exclude", because="dark"), Decision("x", "exclude", because="cut")], path
    )
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["sample_id", "decision", "label", "reason", "because"],
            ["x", "exclude", "", "", "dark; cut"],
        ]


def test_no_cell_is_a_formula_and_such_a_name_is_found_again(make_table, tmp_path):
    table = make_table(label=["a", "b"])
    frame = table.frame.with_columns(sample_id=table.frame["sample_id"].replace("s0000", "=1+1"))
    table = table.stepped("x", frame)
    path = write_decisions([Decision("=1+1", "exclude", because="@x")], tmp_path / "d.csv")
    assert path.read_text().splitlines()[1] == "'=1+1,exclude,,,'@x"
    assert read_decisions([path], table)[0].sample_id == "=1+1"


def test_flagged_rows_are_suggested_from_the_worst_on(table):
    finding = Finding(
        "cut_off",
        "Cut off",
        ("x",),
        "look",
        scores=np.array([0.6, np.nan, 0.9, 0.1]),
        flags=np.array([True, False, True, False]),
        reasons={2: "1.2 diameters"},
    )
    found = flagged_decisions(table, finding)
    assert [(d.sample_id, d.because) for d in found] == [
        ("s0002", "Cut off: 1.2 diameters"),
        ("s0000", "Cut off"),
    ]
    assert flagged_decisions(table, Finding("b", "B", ("x",), "note")) == []


def test_files_that_agree_are_one_and_the_first_reason_counts(table, tmp_path):
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    one.write_text("sample_id,decision,reason\ns0000,Exclude,first\n")
    two.write_bytes("\ufeffsample_id;decision;reason\r\ns0000;exclude;other\r\n".encode())
    found = read_decisions([one, two], table)
    assert [(d.sample_id, d.decision, d.reason) for d in found] == [("s0000", "exclude", "first")]


def test_files_that_disagree_are_refused_with_both_places(table, tmp_path):
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    one.write_text("sample_id,decision\ns0001,keep\ns0000,exclude\n")
    two.write_text("sample_id,decision,label\ns0000,relabel,b\n")
    with pytest.raises(
        InputError, match=r"2\.csv, line 2.*relabel as 'b'.*exclude in .*1\.csv, line 3"
    ):
        read_decisions([one, two], table)
