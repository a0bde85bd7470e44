"""The prediction table: one row per run, sample and variant, from any program."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs

from buffycoat.errors import TableError, first_line
from buffycoat.tables.files import write_frame

__all__ = ["PredictionTable", "probabilities", "read_predictions", "write_predictions"]

SCHEMA: dict[str, pl.DataType] = {
    "run_id": pl.String(),
    "sample_id": pl.String(),
    "variant": pl.String(),
    "severity": pl.Int64(),
    "path": pl.String(),
    "group": pl.String(),
    "split": pl.String(),
    "fold": pl.Int64(),
    "label": pl.String(),
    "predicted": pl.String(),
    "failed_because": pl.String(),
}
"""The columns before the probabilities `p_<class>`, which follow in class order."""

_WORDS = cs.by_name("label", "predicted", "split", require_all=False)


@dataclass(frozen=True)
class PredictionTable:
    """Answers of one or more runs, with the class order and what is known of the data."""

    frame: pl.DataFrame
    """The columns of `SCHEMA`, then `p_<class>` for each class (null where a row failed)."""
    classes: tuple[str, ...]
    """Class names in the order of the probabilities."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """`data_hash`, `group_columns`, `root`, `notes` and the run's own facts, where known;
    `ids_are_rows` where `sample_id` is no more than the number of the row."""

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        said = f"{len(self.frame)} answers, {len(self.classes)} classes"
        return f"<p>{said}</p>{self.frame._repr_html_()}"

    @property
    def has_probabilities(self) -> bool:
        """Whether every class has its `p_<class>` column."""
        return all(f"p_{name}" in self.frame.columns for name in self.classes)


def probabilities(table: PredictionTable, frame: pl.DataFrame | None = None) -> np.ndarray:
    """The probabilities (N, C) as float64, of the whole table or of some of its rows."""
    rows = table.frame if frame is None else frame
    return rows.select(f"p_{name}" for name in table.classes).to_numpy().astype(np.float64)


def write_predictions(table: PredictionTable, path: Path) -> Path:
    """Write Parquet, or CSV where the name ends so (CSV holds the rows alone).

    Raises:
        DiskError: when it cannot be written.
        SettingError: when the name ends in neither .csv nor .parquet.
    """
    path = Path(path)
    meta = json.dumps({"classes": table.classes, "facts": dict(table.facts)})
    return write_frame(table.frame, path, buffycoat=meta)


def read_predictions(path: Path) -> PredictionTable:
    """Read predictions that Buffycoat (Parquet, CSV) or any other program (CSV) wrote.

    A foreign CSV needs `predicted` or one `p_<class>` per class, and `label` to be evaluated;
    `sample_id` or `path`, `group`, `split` and `run_id` are used where it has them.

    Raises:
        TableError: when the file is missing, is no table, or has impossible values, with the row.
    """
    path = Path(path)
    if not path.is_file():
        raise TableError(f"{path} does not exist: give a run folder or a table of predictions")
    if path.suffix.lower() == ".csv":
        return _spelled_alike(_completed(_read_csv(path), (), {}, path), path)
    try:
        meta = json.loads(pl.read_parquet_metadata(path).get("buffycoat", "{}"))
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise TableError(f"{path} is no Parquet table: {first_line(error)}") from error
    return _completed(frame, tuple(meta.get("classes", ())), meta.get("facts", {}), path)


def _read_csv(path: Path) -> pl.DataFrame:
    """The cells, with names and labels as texts, so that a class `01` stays what it is."""
    texts = [name for name, kind in SCHEMA.items() if kind == pl.String()]
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            names = next(csv.reader(file), [])  # Polars leaves the quotes in a header doubled
        return pl.read_csv(
            path,
            infer_schema_length=None,
            new_columns=names,
            schema_overrides=dict.fromkeys(texts, pl.String()),
        ).with_columns(_WORDS.str.strip_chars())
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError, csv.Error) as error:
        said = f"{path} cannot be read as UTF-8 CSV with commas"
        raise TableError(f"{said}: {first_line(error)}") from error


def _spelled_alike(table: PredictionTable, path: Path) -> PredictionTable:
    """The table, unless two of its classes are one in two spellings."""
    spelled: dict[str, str] = {}
    for name in table.classes:
        if (other := spelled.setdefault(name.casefold(), name)) != name:
            said = f"classes {other!r} and {name!r} differ in case alone"
            raise TableError(f"{path}: {said}: spell each class in one way")
    return table


def _completed(
    frame: pl.DataFrame, classes: tuple[str, ...], facts: Mapping[str, Any], path: Path
) -> PredictionTable:
    given = [name.removeprefix("p_") for name in frame.columns if name.startswith("p_")]
    if not {"sample_id", "path"} & set(frame.columns):
        facts = {**facts, "ids_are_rows": True}
    frame = _with_defaults(_with_predicted(frame, given, path), path)
    names = classes or tuple(given) or _names_in(frame)
    ordered = [*SCHEMA, *(f"p_{n}" for n in names if f"p_{n}" in frame.columns)]
    frame = frame.select([*ordered, *(n for n in frame.columns if n not in ordered)])
    table = PredictionTable(frame, names, facts)
    _check(table, path)
    return table


def _with_predicted(frame: pl.DataFrame, given: list[str], path: Path) -> pl.DataFrame:
    if not given and "predicted" not in frame.columns:
        said = "it has neither a column `predicted` nor columns `p_<class>`"
        raise TableError(f"{path} holds no predictions: {said}; its columns are {frame.columns}")
    try:
        frame = frame.with_columns(pl.col([f"p_{n}" for n in given]).cast(pl.Float64))
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path}: a probability is not a number: {first_line(error)}") from error
    if "predicted" in frame.columns:
        return frame
    best = pl.concat_list([f"p_{n}" for n in given]).list.arg_max()
    return frame.with_columns(best.replace_strict(dict(enumerate(given))).alias("predicted"))


def _with_defaults(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    row = pl.int_range(pl.len()).cast(pl.String)
    name = pl.col("path") if "path" in frame.columns else row
    defaults = {"sample_id": name, "run_id": pl.lit(path.stem), "variant": pl.lit("clean")}
    missing = [d.alias(n) for n, d in defaults.items() if n not in frame.columns]
    frame = frame.with_columns(missing)
    absent = [pl.lit(None, dtype=t).alias(n) for n, t in SCHEMA.items() if n not in frame.columns]
    try:
        return frame.with_columns(absent).cast(SCHEMA)  # type: ignore[arg-type]
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path}: a column has the wrong type: {first_line(error)}") from error


def _names_in(frame: pl.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(set(frame["label"].drop_nulls()) | set(frame["predicted"].drop_nulls())))


def _check(table: PredictionTable, path: Path) -> None:
    rows = table.frame.with_row_index("row", offset=1)
    for column in ("label", "predicted"):
        wrong = rows.filter(~pl.col(column).is_in(table.classes))
        if len(wrong):
            said = f"{column} {wrong[column][0]!r} is not among the classes {table.classes}"
            raise TableError(f"{path}, row {wrong['row'][0]}: {said}")
    key = ["run_id", "sample_id", "variant", "severity"]
    doubled = rows.filter(pl.struct(key).is_duplicated())
    if len(doubled):
        said = f"sample {doubled['sample_id'][0]!r} is predicted twice by the same run"
        raise TableError(f"{path}, row {doubled['row'][0]}: {said}")
    if table.has_probabilities:
        _check_probabilities(table, rows, path)


def _check_probabilities(table: PredictionTable, rows: pl.DataFrame, path: Path) -> None:
    good = rows.filter(pl.col("failed_because").is_null())
    p = probabilities(table, good)
    bad = ~np.isfinite(p).all(1) | (p < -1e-6).any(1) | (np.abs(p.sum(1) - 1) > 1e-2)
    if bad.any():
        row = good["row"][int(np.flatnonzero(bad)[0])]
        said = "probabilities must be numbers from 0 to 1 that sum to 1"
        raise TableError(f"{path}, row {row}: {said}")
