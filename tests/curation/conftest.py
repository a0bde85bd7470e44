"""Sample tables for the curation room, made from a list of rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from buffycoat.tables.samples import SampleTable, check_samples

Make = Callable[..., SampleTable]


@pytest.fixture
def make_table() -> Make:
    """A function from columns (lists of the same length) to a checked sample table."""

    def make(classes: tuple[str, ...] = ("a", "b"), **columns: list[Any]) -> SampleTable:
        n = len(next(iter(columns.values())))
        names = [f"s{i:04d}" for i in range(n)]
        rows = {"sample_id": names, "path": [f"{name}.png" for name in names], **columns}
        frame = pl.DataFrame(rows)
        extra = [name for name in columns if name == "group_given"]
        return check_samples(SampleTable(frame, Path("images"), classes, {}, tuple(extra)))

    return make


@pytest.fixture
def photographs(make_table: Make) -> SampleTable:
    """71 photographs with 16 to 155 copies each, in classes of 13, 6, 4 and 48 photographs."""
    labels, fields = [], []
    for label, n in (("eosinophil", 13), ("lymphocyte", 6), ("monocyte", 4), ("neutrophil", 48)):
        for i in range(n):
            copies = 16 + (i * 67) % 140
            labels += [label] * copies
            fields += [f"{label}{i}"] * copies
    return make_table(tuple(sorted(set(labels))), label=labels, field=fields)
