"""What is exported of a table: the usable rows, their class numbers, and why others are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from buffycoat.errors import InputError
from buffycoat.tables.samples import SampleTable

__all__ = ["Plan", "class_numbers", "plan_export"]


@dataclass(frozen=True)
class Plan:
    """The rows of an export and the rows that are left out."""

    rows: pl.DataFrame
    """Usable rows with `class_id`, in the order of the table."""
    left_out: pl.DataFrame
    """The others, with a reason each in `excluded_because`."""
    root: Path
    """The folder that `path` is relative to."""
    numbers: Mapping[str, int]
    """Class names and their numbers, by number."""
    numbers_known: bool
    """Whether all numbers are the source's own."""


def plan_export(table: SampleTable, *, by: str | None = None) -> Plan:
    """The plan of an export.

    Args:
        table: A sample table.
        by: A column without which a row is left out, such as split.

    Raises:
        InputError: when no row can be exported.
    """
    reason = pl.coalesce(
        "excluded_because", pl.when(pl.col("label").is_null()).then(pl.lit("no label"))
    )
    table = _without_made_up_groups(table)
    if by:
        if not table.usable[by].count():
            said = "`buffycoat split` gives it one"
            raise InputError(f"no usable image of the table has a {by}: {said}")
        reason = pl.coalesce(reason, pl.when(pl.col(by).is_null()).then(pl.lit(f"no {by}")))
    frame = table.frame.with_columns(reason.alias("excluded_because"))
    rows = frame.filter(pl.col("excluded_because").is_null())
    if not len(rows):
        raise InputError("no image of the table can be used: there is nothing to export")
    numbers = class_numbers(table)
    rows = rows.with_columns(
        class_id=pl.col("label").replace_strict(numbers, return_dtype=pl.Int64)
    )
    left_out = frame.filter(pl.col("excluded_because").is_not_null())
    known = set(table.classes) <= set(table.class_ids)
    return Plan(rows, left_out, table.root, numbers, known)


def _without_made_up_groups(table: SampleTable) -> SampleTable:
    """The table without groups where no origin is known: each image would be one of its own."""
    if table.group_columns:
        return table
    return replace(table, frame=table.frame.with_columns(group=pl.lit(None, pl.String)))


def class_numbers(table: SampleTable) -> dict[str, int]:
    """Each class's number: the source's own, or the lowest that is free, in the table's order."""
    numbers = {name: table.class_ids[name] for name in table.classes if name in table.class_ids}
    for name in table.classes:
        if name not in numbers:
            numbers[name] = next(n for n in range(len(numbers) + 1) if n not in numbers.values())
    return dict(sorted(numbers.items(), key=lambda item: item[1]))
