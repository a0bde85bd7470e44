"""The sample table: one row per cell image, and what is known of all of them together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from buffycoat.errors import TableError
from buffycoat.tables.files import is_csv, replacing

__all__ = [
    "ORIGINS",
    "SPLITS",
    "SampleTable",
    "check_samples",
    "data_hash",
    "read_samples",
    "write_samples",
]

SPLITS = ("train", "validation", "test")
"""The names a split can have."""

ORIGINS = ("patient", "slide", "field", "copy_cluster")
"""What may be known of where an image comes from; `group` is derived from these."""

SCHEMA: dict[str, pl.DataType] = {
    "sample_id": pl.String(),
    "path": pl.String(),
    "item": pl.Int64(),
    "box": pl.List(pl.Int64()),
    "label": pl.String(),
    "label_given": pl.String(),
    "source": pl.String(),
    "patient": pl.String(),
    "slide": pl.String(),
    "field": pl.String(),
    "copy_cluster": pl.String(),
    "group": pl.String(),
    "split": pl.String(),
    "fold": pl.Int64(),
    "width_px": pl.Int64(),
    "height_px": pl.Int64(),
    "file_sha256": pl.String(),
    "pixels_sha256": pl.String(),
    "excluded_because": pl.String(),
}
"""The columns that every sample table has, with their types; others are kept beside them."""

HASHED = ("pixels_sha256", "label", "group", "split", "excluded_because")


@dataclass(frozen=True)
class SampleTable:
    """Cell images with their labels and origins; stages return a new one and never drop a row."""

    frame: pl.DataFrame
    """One row per cell image; the columns of `SCHEMA`, then whatever the source knew."""
    root: Path
    """The folder that `path` is relative to."""
    classes: tuple[str, ...]
    """Class names in their order."""
    class_ids: Mapping[str, int] = field(default_factory=dict)
    """The source's own number of each class, where it had numbers."""
    group_columns: tuple[str, ...] = ()
    """The origin columns that `group` was derived from; empty where no origin is known."""
    notes: tuple[str, ...] = ()
    """Sentences about the data that a report must repeat."""
    steps: tuple[Mapping[str, Any], ...] = ()
    """What was done so far, oldest first: `{"step": name, ...settings and counts}`."""

    def stepped(self, step: str, frame: pl.DataFrame, **facts: Any) -> SampleTable:
        """The table after one more step."""
        return replace(self, frame=frame, steps=(*self.steps, {"step": step, **facts}))

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        said = f"{len(self.usable)} usable of {len(self.frame)} images, {len(self.classes)} classes"
        return f"<p>{said}</p>{self.frame._repr_html_()}"

    @property
    def usable(self) -> pl.DataFrame:
        """The rows that carry a label and were not excluded."""
        kept = pl.col("excluded_because").is_null() & pl.col("label").is_not_null()
        return self.frame.filter(kept)


def check_samples(table: SampleTable, where: str = "sample table") -> SampleTable:
    """The table with all columns in their types and order.

    Raises:
        TableError: for a missing, doubled or impossible value, with the row.
    """
    frame = _typed(table.frame, where)
    doubled = frame.filter(pl.col("sample_id").is_duplicated())
    if len(doubled):
        raise TableError(f"{where}: sample_id {doubled['sample_id'][0]!r} stands in several rows")
    _only(frame, "split", SPLITS, where)
    labels = frame.filter(pl.col("excluded_because").is_null())["label"].drop_nulls().unique()
    unknown = sorted(set(labels) - set(table.classes))
    if unknown:
        raise TableError(f"{where}: label {unknown[0]!r} is not among its classes {table.classes}")
    return replace(table, frame=frame)


def _typed(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    for name in ("sample_id", "path"):
        if name not in frame.columns or frame[name].null_count():
            raise TableError(f"{where}: column {name!r} is missing or has empty rows")
    missing = [pl.lit(None, dtype=t).alias(n) for n, t in SCHEMA.items() if n not in frame.columns]
    try:
        frame = frame.with_columns(missing).cast(SCHEMA)  # type: ignore[arg-type]
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{where}: a column has the wrong type: {error}") from error
    return frame.select([*SCHEMA, *(n for n in frame.columns if n not in SCHEMA)])


def _only(frame: pl.DataFrame, column: str, allowed: tuple[str, ...], where: str) -> None:
    wrong = frame.with_row_index("row").filter(~pl.col(column).is_in(allowed))
    if len(wrong):
        row, value = wrong["row"][0] + 1, wrong[column][0]
        raise TableError(f"{where}, row {row}: {column} is {value!r}; it can be {allowed}")


def data_hash(table: SampleTable) -> str:
    """SHA-256 (hexadecimal) over the sorted pixels, labels, groups, splits and exclusions.

    Two tables have the same hash when the same images play the same parts, wherever they lie.
    """
    rows = sorted(json.dumps(row) for row in table.frame.select(HASHED).iter_rows())
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def write_samples(table: SampleTable, path: Path) -> Path:
    """Write Parquet, or CSV where the name ends so (CSV holds the rows alone).

    Raises:
        DiskError: when it cannot be written.
        SettingError: when the name ends in neither .csv nor .parquet.
        TableError: when the table is not a valid one.
    """
    path, table = Path(path), check_samples(table)
    as_csv = is_csv(path)
    facts = {
        "root": str(table.root.resolve()),
        "classes": table.classes,
        "class_ids": dict(table.class_ids),
        "group_columns": table.group_columns,
        "notes": table.notes,
        "steps": table.steps,
    }
    with replacing(path) as beside:
        if as_csv:
            boxes = pl.col("box").cast(pl.List(pl.String)).list.join(" ")
            table.frame.with_columns(boxes).write_csv(beside)
        else:
            table.frame.write_parquet(beside, metadata={"buffycoat": json.dumps(facts)})
    return path


def read_samples(path: Path) -> SampleTable:
    """Read a sample table that `write_samples` wrote as Parquet.

    Raises:
        TableError: when the file is missing or is no sample table.
    """
    path = Path(path)
    if not path.is_file():
        raise TableError(f"{path} does not exist: `buffycoat import` makes a sample table")
    try:
        facts = json.loads(pl.read_parquet_metadata(path)["buffycoat"])
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, KeyError, OSError, ValueError) as error:
        said = f"{path} is no sample table: `buffycoat import` makes one from images or a CSV"
        raise TableError(said) from error
    table = SampleTable(
        frame,
        Path(facts["root"]),
        tuple(facts["classes"]),
        facts["class_ids"],
        tuple(facts["group_columns"]),
        tuple(facts["notes"]),
        tuple(facts["steps"]),
    )
    return check_samples(table, str(path))
