"""What the source itself gave as train, validation and test, as far as it can be kept."""

from __future__ import annotations

import warnings
from dataclasses import replace

import polars as pl

from buffycoat.curation.splits.classes import LEFT_OUT
from buffycoat.errors import BuffycoatWarning
from buffycoat.tables.samples import SampleTable

__all__ = ["forget_given", "keep_given", "restore_given"]

_CROSSES = "shares a group with the given test set"


def restore_given(table: SampleTable) -> SampleTable:
    """The table as before it was split, with the source's own split in `split_given` too."""
    is_split = any(step["step"] == "split" for step in table.steps)
    if not is_split or "split_given" not in table.frame.columns:
        return replace(table, frame=table.frame.with_columns(split_given="split"))
    reason = pl.col("excluded_because")
    ours = reason.str.starts_with(_CROSSES) | reason.str.starts_with(LEFT_OUT)
    frame = table.frame.with_columns(
        split="split_given", excluded_because=pl.when(~ours).then(reason)
    )
    back = table.frame.filter(ours)["label"].unique().sort()
    return replace(table, frame=frame, classes=tuple(dict.fromkeys([*table.classes, *back])))


def forget_given(table: SampleTable) -> SampleTable:
    """The table without any split."""
    return replace(table, frame=table.frame.with_columns(split=pl.lit(None, pl.String)))


def keep_given(table: SampleTable) -> SampleTable:
    """The table in which only rows of a kept test or validation set have a `split`.

    A given test set is kept whole; other rows of its groups are excluded with a reason. A given
    validation set is kept unless one of its groups is in train too: then both are cut anew.
    """
    table = _exclude_crossing(table)
    crossing = _groups_in(table, "train") & _groups_in(table, "validation")
    kept = ["test"] if crossing else ["test", "validation"]
    if crossing:
        said = f"The given validation set shares {len(crossing)} groups with train: it is cut anew."
        table = _told(table, said)
    usable = table.usable["sample_id"].implode()
    fixed = pl.col("split").is_in(kept) & pl.col("sample_id").is_in(usable)
    table = replace(table, frame=table.frame.with_columns(split=pl.when(fixed).then("split")))
    return _with_absent_classes_told(table)


def _groups_in(table: SampleTable, split: str) -> set[str]:
    return set(table.usable.filter(pl.col("split") == split)["group"])


def _exclude_crossing(table: SampleTable) -> SampleTable:
    tested = pl.col("group").is_in(sorted(_groups_in(table, "test")))
    crossing = table.usable.filter(tested & pl.col("split").ne_missing("test"))["sample_id"]
    reason = pl.format(f"{_CROSSES}: {{}}", "group")
    crosses = pl.when(pl.col("sample_id").is_in(crossing.implode())).then(reason)
    frame = table.frame.with_columns(excluded_because=pl.coalesce("excluded_because", crosses))
    table = replace(table, frame=frame)
    said = f"{len(crossing)} images share a group with the given test set and are excluded."
    return _told(table, said) if len(crossing) else table


def _with_absent_classes_told(table: SampleTable) -> SampleTable:
    for split, rows in table.usable.drop_nulls("split").group_by("split", maintain_order=True):
        absent = sorted(set(table.classes) - set(rows["label"]))
        if absent:
            said = f"The given {split[0]} set has no image of: {', '.join(absent)}."
            table = _told(table, said)
    return table


def _told(table: SampleTable, said: str) -> SampleTable:
    """The table with a note, which is a warning at the same time."""
    warnings.warn(said, BuffycoatWarning, stacklevel=2)
    return table if said in table.notes else replace(table, notes=(*table.notes, said))
