"""Which images the page shows."""

import numpy as np
import pytest

from buffycoat.curation.finding import Finding
from buffycoat.report.audit import choice
from buffycoat.report.audit.choice import choose_rows, ranked_rows


def finding(n, rows, scores=None, beside=None, name="odd"):
    flags = np.zeros(n, bool)
    flags[list(rows)] = True
    return Finding(name, "Odd", ("Some.",), "look", scores, flags, {}, beside or {})


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(choice, "MAX_PICTURES", 10)
    monkeypatch.setattr(choice, "MAX_ROWS", 14)
    monkeypatch.setattr(choice, "_N_SAMPLE", 3)


def test_the_worst_score_comes_first_and_none_comes_last():
    scores = np.array([0.2, np.nan, 0.9, 0.5, 0.9, 1.0])
    assert ranked_rows(finding(6, [0, 1, 2, 3, 4], scores)).tolist() == [2, 4, 3, 0, 1]
    assert ranked_rows(finding(6, [4, 1])).tolist() == [1, 4]
    assert not len(ranked_rows(Finding("balance", "Balance", ("Even.",), "note")))


def test_a_small_table_is_shown_whole_with_the_flagged_ones_together():
    chosen = choose_rows(8, [finding(8, [6, 3]), finding(8, [1, 3], beside={1: (7,)})])
    assert chosen.rows.tolist() == [3, 6, 1, 7, 0, 2, 4, 5]
    assert (chosen.n_pictures, chosen.n_flagged, chosen.n_sampled) == (8, 3, None)


def test_nothing_flagged_and_nothing_at_all():
    assert choose_rows(3, []).rows.tolist() == [0, 1, 2]
    assert choose_rows(0, []).rows.tolist() == []


def test_of_a_large_table_the_flagged_ones_and_a_sample_are_shown(small):
    chosen = choose_rows(100, [finding(100, [50, 60], beside={60: (70,)})])
    assert set(chosen.rows[:3]) == {50, 60, 70}
    assert (len(chosen.rows), chosen.n_pictures, chosen.n_sampled) == (6, 6, 3)
    assert (
        chosen.rows.tolist()
        == choose_rows(100, [finding(100, [50, 60], beside={60: (70,)})]).rows.tolist()
    )


def test_where_too_many_are_flagged_every_finding_gets_its_share(small):
    many, few = finding(100, range(40)), finding(100, [97, 98, 99])
    chosen = choose_rows(100, [many, few])
    assert {97, 98, 99} <= set(chosen.rows[: chosen.n_pictures].tolist())
    assert (len(chosen.rows), chosen.n_pictures, chosen.n_sampled) == (14, 10, 0)
    assert len(set(chosen.rows.tolist())) == 14
    assert chosen.n_flagged == 43
