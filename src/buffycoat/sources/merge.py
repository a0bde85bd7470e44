"""Several sources as one table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from buffycoat.errors import InputError
from buffycoat.sources.listing import with_classes, with_origins
from buffycoat.sources.repeats import exclude_repeats
from buffycoat.sources.spelling import common_spelling
from buffycoat.tables.samples import SampleTable, check_samples

__all__ = ["merge"]


def merge(tables: Sequence[SampleTable]) -> SampleTable:
    """The rows of all tables under one root, with their classes in order of first appearance.

    Sources get different names; sample ids and values of origins begin with them, so that
    patient 1 of two sources is two patients. An image that stands in two sources is kept once.
    Groups and folds, which were derived from one source alone, are forgotten.

    Raises:
        InputError: when there is no table, or their images lie on several disks.
    """
    if len(tables) < 2:
        if not tables:
            raise InputError("no source was given: name a folder, a CSV, an .npz or a VOC folder")
        return tables[0]
    root = _common_root(tables)
    names = _source_names(tables)
    frames = [_placed(table, root, name) for table, name in zip(tables, names, strict=True)]
    frame = pl.concat(frames, how="diagonal_relaxed")
    spelling, merged_labels = common_spelling(frame["label"])
    frame = frame.with_columns(pl.col("label").replace(spelling))
    frame = exclude_repeats(frame, frame["sample_id"])
    notes = [note for table in tables for note in table.notes] + merged_labels
    merged = SampleTable(
        frame,
        root,
        tuple(
            dict.fromkeys(spelling.get(name, name) for table in tables for name in table.classes)
        ),
        _common_ids(tables),
        tuple(dict.fromkeys(name for table in tables for name in table.group_columns)),
        tuple(dict.fromkeys(notes)),
        tuple(step for table in tables for step in table.steps),
    )
    merged = with_origins(with_classes(check_samples(merged, "merged sources")))
    merged = replace(merged, notes=(*merged.notes, *_lone_classes(merged)))
    return merged.stepped("merge", merged.frame, sources=names)


def _common_root(tables: Sequence[SampleTable]) -> Path:
    try:
        return Path(os.path.commonpath([table.root.resolve() for table in tables]))
    except ValueError as error:
        raise InputError("the sources lie on several disks: bring them to one") from error


def _source_names(tables: Sequence[SampleTable]) -> list[str]:
    """The name of each source, with a number where another has the same."""
    names: list[str] = []
    for table in tables:
        first = next(iter(table.frame["source"].drop_nulls()), table.root.name)
        numbered = (first if n == 1 else f"{first}-{n}" for n in range(1, len(tables) + 1))
        names.append(next(name for name in numbered if name not in names))
    return names


def _placed(table: SampleTable, root: Path, source: str) -> pl.DataFrame:
    """The rows with paths from the common root, and with the source before what it named."""
    below = table.root.resolve().relative_to(root).as_posix()
    before = "" if below == "." else f"{below}/"
    is_single = table.frame["source"].drop_nulls().n_unique() < 2
    origins = [pl.format("{}:{}", pl.lit(source), name).alias(name) for name in table.group_columns]
    return table.frame.with_columns(
        *origins,
        path=pl.lit(before) + pl.col("path"),
        sample_id=pl.lit(f"{source}/") + pl.col("sample_id"),
        source=pl.lit(source) if is_single else pl.lit(f"{source}/") + pl.col("source"),
        group=pl.lit(None, pl.String),
        fold=pl.lit(None, pl.Int64),
    )


def _common_ids(tables: Sequence[SampleTable]) -> dict[str, int]:
    """The numbers of the classes, where all sources number them alike."""
    numbers: dict[str, int] = {}
    for table in tables:
        for name, number in table.class_ids.items():
            if numbers.setdefault(name, number) != number:
                return {}
    return numbers if len(set(numbers.values())) == len(numbers) else {}


def _lone_classes(table: SampleTable) -> list[str]:
    sources = table.usable.group_by("label").agg(pl.col("source").unique())
    lone = sources.filter(pl.col("source").list.len() == 1).sort("label")
    said = "whatever is particular to that source gives it away"
    return [f"class {name!r} is in source {s[0]!r} alone: {said}" for name, s in lone.iter_rows()]
