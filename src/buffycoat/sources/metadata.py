"""A table of what is known beside the images, joined by the name of each image."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import polars as pl

from buffycoat.errors import InputError
from buffycoat.sources.columns import kept_columns, read_splits
from buffycoat.sources.listing import GIVEN_GROUP, with_origins
from buffycoat.sources.patterns import with_labels
from buffycoat.tables.csv_text import CsvText, read_csv_text
from buffycoat.tables.samples import ORIGINS, SCHEMA, SampleTable

__all__ = ["JoinKey", "join_metadata"]

JoinKey = Literal["sample_id", "path", "name", "stem"]


def join_metadata(table: SampleTable, csv: Path, on: JoinKey = "name") -> SampleTable:
    """The table with the columns of a CSV beside it.

    `patient`, `slide`, `field`, `group`, `split` and `label` are taken as what they are; other
    columns are kept. Where the CSV has labels, an image without one is excluded with a reason.

    Args:
        table: A sample table.
        csv: The CSV, with a column called as `on` is.
        on: What its rows name: the sample, the path relative to the root, the file's name, or
            that name without its ending.

    Raises:
        InputError: when the CSV names an image twice, or no image of the table, or when several
            files have the same name.
    """
    text = read_csv_text(Path(csv))
    key_column = text.needed(on)
    keys = _keys(table, on)
    rows = _rows(text, key_column)
    found = [rows.get(key) for key in keys]
    n_found = sum(row is not None for row in found)
    if not n_found:
        said = f"none of its {len(rows)} rows names an image by its {on}"
        raise InputError(f"{csv}: {said}; an image is for example {keys[0]!r}")
    n_unused = len(rows) - len(set(keys) & set(rows))
    note = f"{text.path.name} was joined on {on}: {n_found} of {len(keys)} samples are in it"
    note += f", {n_unused} of its rows name no sample" if n_unused else ""
    table = replace(table, notes=(*table.notes, *text.notes, note))
    return _joined(table, text, key_column, found)


def _keys(table: SampleTable, on: JoinKey) -> list[str]:
    if on == "sample_id":
        return table.frame["sample_id"].to_list()
    paths = table.frame["path"].to_list()
    if on == "path":
        return paths
    keys = [
        PurePosixPath(path).name if on == "name" else PurePosixPath(path).stem for path in paths
    ]
    shared = Counter(key for key, _ in set(zip(keys, paths, strict=True)))
    doubled = [key for key, n in shared.items() if n > 1]
    if doubled:
        said = f"{shared[doubled[0]]} files have the {on} {doubled[0]!r}"
        raise InputError(f"{said}: join on path, with the folder in each row")
    return keys


def _rows(text: CsvText, key_column: str) -> dict[str, int]:
    """The row of each key."""
    rows: dict[str, int] = {}
    for index, key in enumerate(text.known(key_column)):
        if key is None:
            raise InputError(f"{text.row(index)}: {key_column} is empty")
        if key in rows:
            said = f"{key!r} stands on line {text.lines[rows[key]]} too"
            raise InputError(f"{text.row(index)}: {said}; keep one row for each image")
        rows[key] = index
    return rows


def _joined(
    table: SampleTable, text: CsvText, key_column: str, found: list[int | None]
) -> SampleTable:
    labels = None
    for given, name in kept_columns(text, without=key_column).items():
        cells: list[Any] = read_splits(text, given) if name == "split" else text.known(given)
        values = pl.Series(
            [None if row is None else cells[row] for row in found], dtype=pl.String()
        )
        if name == "label":
            labels = values
        else:
            table = replace(table, frame=_with_column(table.frame, name, values))
    if labels is not None:
        table = with_labels(table, labels, f"{text.path.name} has no label for it")
    return with_origins(table.stepped("metadata", table.frame, file=text.path.name))


def _with_column(frame: pl.DataFrame, name: str, values: pl.Series) -> pl.DataFrame:
    """The frame with what is known of an origin added, or a further column."""
    if name in (*ORIGINS, GIVEN_GROUP, "split") and name in frame.columns:
        return frame.with_columns(pl.coalesce(values.alias(name), name))
    free = name if name not in frame.columns and name not in SCHEMA else f"{name}_joined"
    return frame.with_columns(values.alias(free))
