"""Samples that some methods answered and others did not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from buffycoat.evaluation.selection import GIVEN_ROWS, IS_CLEAN, IS_LABELLED, Selection
from buffycoat.tables.predictions import PredictionTable

__all__ = ["LeftOut", "list_left_out"]


@dataclass(frozen=True)
class LeftOut:
    """Images that some but not all contenders answered."""

    name: str
    """The contender that did not answer them."""
    reason: str
    n_images: int


def list_left_out(
    asked: Sequence[tuple[str, PredictionTable]],
    selections: Sequence[Selection],
    common: pl.DataFrame,
) -> tuple[LeftOut, ...]:
    """Who did not answer the samples that some were asked, and why; most first.

    Args:
        asked: Name and table of each method; replicates share a name.
        selections: The rows of each table that were asked and answered.
        common: The `sample_id` of the samples that all answered.
    """
    ids = [_labelled_ids(t, s.split) for (_, t), s in zip(asked, selections, strict=True)]
    missing = pl.concat(ids).unique().join(common, on="sample_id", how="anti")
    found: dict[tuple[str, str], set[str]] = {}
    for (name, table), selection in zip(asked, selections, strict=True):
        lacking = missing.join(selection.frame, on="sample_id", how="anti")
        rows = lacking.join(table.frame.filter(IS_CLEAN), on="sample_id", how="left")
        for row in rows.iter_rows(named=True):
            found.setdefault((name, _why(row, selection.split)), set()).add(row["sample_id"])
    counted = [LeftOut(name, reason, len(ids)) for (name, reason), ids in found.items()]
    return tuple(sorted(counted, key=lambda left: (-left.n_images, left.name, left.reason)))


def _labelled_ids(table: PredictionTable, split: str) -> pl.DataFrame:
    rows = table.frame.filter(IS_LABELLED)
    if split != GIVEN_ROWS:
        rows = rows.filter(pl.col("split") == split)
    return rows.select("sample_id")


def _why(row: Mapping[str, Any], split: str) -> str:
    if row["run_id"] is None:
        return "not in its table"
    if row["split"] is not None and row["split"] != split:
        return f"in its {row['split']} split"
    if row["label"] is None:
        return "no label in its table"
    return "its image could not be read" if row["failed_because"] else "no answer in its table"
