"""What an audit suggests as decisions."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from buffycoat.curation.finding import Finding
from buffycoat.pipeline.audit.results import suggest_decisions
from buffycoat.tables.samples import SampleTable, check_samples


@pytest.mark.parametrize("is_weak", [False, True])
def test_labels_are_not_changed_on_the_word_of_what_is_often_wrong(tmp_path, is_weak):
    frame = {"sample_id": ["s", "t"], "path": ["s.png", "t.png"], "label": ["a", "b"]}
    samples = check_samples(SampleTable(pl.DataFrame(frame), None, ("a", "b")))
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
