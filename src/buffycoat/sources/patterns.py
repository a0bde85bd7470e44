"""What a path tells of a sample, taken by a pattern: its group, patient, slide, field or label."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal, get_args

import polars as pl

from buffycoat.errors import InputError, SettingError
from buffycoat.sources.listing import GIVEN_GROUP, NO_LABEL, with_classes, with_origins
from buffycoat.sources.spelling import common_spelling
from buffycoat.tables.samples import SampleTable

__all__ = ["Taken", "take_from_path", "with_labels"]

Taken = Literal["group", "patient", "slide", "field", "label"]


def take_from_path(table: SampleTable, column: Taken, pattern: str) -> SampleTable:
    r"""The table with a column taken from `path` by a regular expression.

    The value is what the first group in parentheses matched, or the whole match. Rows without a
    match get nothing, and for labels a reason. Groups go to `group_given`, since `group` is
    derived; a former label goes to `label_coarse`.

    Args:
        table: A sample table.
        column: What to take.
        pattern: Searched in each path relative to the root, for example `([A-Z]+)_\d+\.jpg`.

    Raises:
        SettingError: when it is no regular expression, or the column cannot be taken.
        InputError: when it matches no path.
    """
    if column not in get_args(Taken):
        raise SettingError(f"{column!r} cannot be taken from a path; {get_args(Taken)} can")
    found = _matches(table, column, pattern)
    n_without = found.null_count()
    note = f"{column} was taken from the path by '{pattern}'"
    if n_without:
        first = table.frame.filter(found.is_null())["path"][0]
        note += f"; {n_without} of {len(found)} paths do not match, the first is {first!r}"
    table = replace(table, notes=(*table.notes, note))
    if column == "label":
        return with_labels(table, found, f"pattern '{pattern}' found no label")
    name = GIVEN_GROUP if column == "group" else column
    return with_origins(table.stepped("pattern", table.frame.with_columns(found.alias(name))))


def with_labels(table: SampleTable, labels: pl.Series, reason: str) -> SampleTable:
    """The table with new labels; usable rows that got none are excluded with a reason.

    The source's word becomes the new one, and the label before it is kept as `label_coarse`.
    """
    spelling, notes = common_spelling(labels)
    before = pl.when(pl.col("excluded_because") != NO_LABEL).then("excluded_because")
    bare = pl.when(labels.is_null()).then(pl.lit(reason))
    frame = table.frame.with_columns(
        labels.replace(spelling).alias("label"),
        labels.alias("label_given"),
        pl.col("label").alias("label_coarse"),
        pl.coalesce(before, bare).alias("excluded_because"),
    )
    if not table.frame["label"].count():
        frame = frame.drop("label_coarse")
    return with_classes(replace(table, frame=frame, notes=(*table.notes, *notes), class_ids={}))


def _matches(table: SampleTable, column: str, pattern: str) -> pl.Series:
    try:
        searched = re.compile(pattern)
    except re.error as error:
        said = f"'{pattern}' is no regular expression: {error}"
        raise SettingError(f"{said}; take {column} with one like '([^/]+)_[0-9]+'") from error
    first = 1 if searched.groups else 0
    matches = (searched.search(path) for path in table.frame["path"])
    found = [(match[first] or None) if match else None for match in matches]
    if not any(found):
        said = f"{column}: pattern '{pattern}' matches no path"
        raise InputError(f"{said}; a path is for example {table.frame['path'][0]!r}")
    return pl.Series(column, found, pl.String())
