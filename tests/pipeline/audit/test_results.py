"""What an audit suggests as decisions."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.finding import Finding
from buffycoat.pipeline.audit.results import say_findings, suggest_decisions
from buffycoat.tables.samples import SampleTable, check_samples


@pytest.fixture
def samples():
    frame = {"sample_id": ["s", "t"], "path": ["s.png", "t.png"], "label": ["a", "b"]}
    return check_samples(SampleTable(pl.DataFrame(frame), None, ("a", "b")))


@pytest.mark.parametrize(("level", "n"), [("look", 1), ("note", 0)])
def test_a_note_counts_no_image_as_flagged(samples, capsys, level, n):
    flags = np.array([True, False])
    say_findings(samples, [Finding("x", "X", ("said",), level, flags * 1.0, flags, {0: "odd"})])
    assert f"{n} of 2 images are flagged" in capsys.readouterr().out


@pytest.mark.parametrize("is_weak", [False, True])
def test_labels_are_not_changed_on_the_word_of_what_is_often_wrong(samples, tmp_path, is_weak):
    found = Finding(
        "label_error",
        "Labels",
        ("said",),
        "look",
        scores=np.array([0.9, 0.1]),
        flags=np.array([True, False]),
        reasons={0: "looks like b"},
        columns={"label_suggested": pl.Series(["b", None])},
        facts={"is_weak": is_weak},
    )
    assert suggest_decisions(samples, [found], tmp_path / "d.csv") == (0 if is_weak else 1)
    assert ("relabel,b" in (tmp_path / "d.csv").read_text()) != is_weak
