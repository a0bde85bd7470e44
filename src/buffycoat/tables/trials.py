"""The trial table: one row per trial of a sweep or a search, and what it was asked to do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import polars as pl

from buffycoat.errors import TableError
from buffycoat.tables.files import write_frame

__all__ = ["STATUSES", "TrialTable", "check_trials", "read_trials", "write_trials"]

STATUSES = ("waiting", "finished", "failed", "pruned")
"""What can be said of a trial: not finished yet; finished; ended by an error; given up by a search
because others were better at the same epoch."""

SCHEMA: dict[str, pl.DataType] = {
    "trial_id": pl.Int64(),
    "run": pl.String(),
    "status": pl.String(),
    "reason": pl.String(),
    "seed": pl.Int64(),
    "validation_accuracy": pl.Float64(),
    "validation_balanced_accuracy": pl.Float64(),
    "validation_macro_f1": pl.Float64(),
    "validation_log_loss": pl.Float64(),
    "elapsed_s": pl.Float64(),
    "n_epochs": pl.Float64(),
    "epoch_s": pl.Float64(),
    "n_parameters": pl.Int64(),
    "multiply_adds": pl.Int64(),
}
"""The columns that every trial table has, with their types: the trial's number from 1; its run
folder, relative to the table's; its status, and the reason where it failed; the
seed; figures on the validation rows; seconds of the whole training (all folds together), epochs (of
one fold), seconds of one epoch; parameters, and multiply-adds for one image. The varied settings
follow."""


@dataclass(frozen=True)
class TrialTable:
    """The trials of a sweep or a search, in the order in which they are made."""

    frame: pl.DataFrame
    """One row per trial; the columns of `SCHEMA`, then one for each varied setting."""
    varied: tuple[str, ...]
    """The settings that were varied, by dotted name, such as `learning.learning_rate`; `seed`
    stands in its own column."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for: `kind`, the base settings, the values, `data_hash`."""

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        n = len(self.frame.filter(pl.col("status") == "finished"))
        said = f"{n} of {len(self.frame)} trials finished"
        return f"<p>{said}</p>{self.frame._repr_html_()}"

    @property
    def titles(self) -> dict[str, str]:
        """What each varied setting is called on a page: its last name, where no other has that."""
        last = {name: name.rpartition(".")[2] for name in self.varied}
        n = Counter(last.values())
        return {name: short if n[short] == 1 else name for name, short in last.items()}

    def with_row(self, trial_id: int, **values: Any) -> TrialTable:
        """The table with other values in the row of one trial."""
        is_it = pl.col("trial_id") == trial_id
        changes = [
            pl.when(is_it)
            .then(pl.lit(value, dtype=self.frame.schema[name]))
            .otherwise(name)
            .alias(name)
            for name, value in values.items()
        ]
        return replace(self, frame=self.frame.with_columns(changes))


def check_trials(table: TrialTable, where: str = "trial table") -> TrialTable:
    """The table with all columns in their types and order.

    Raises:
        TableError: for a missing, doubled or impossible value, with the row.
    """
    frame = _typed(table, where)
    for column in ("trial_id", "run"):
        doubled = frame.filter(pl.col(column).is_duplicated())
        if len(doubled):
            raise TableError(f"{where}: {column} {doubled[column][0]!r} stands in several rows")
    for row, (run, status) in enumerate(frame.select("run", "status").iter_rows(), start=1):
        if status not in STATUSES:
            said = f"status is {status!r}; it can be {', '.join(STATUSES)}"
            raise TableError(f"{where}, row {row}: {said}")
        if not _stays_inside(run):
            raise TableError(f"{where}, row {row}: run {run!r} does not lie in the table's folder")
    return replace(table, frame=frame)


def _typed(table: TrialTable, where: str) -> pl.DataFrame:
    frame = table.frame
    for name in ("trial_id", "run", "status", *table.varied):
        if name not in frame.columns:
            raise TableError(f"{where}: column {name!r} is missing")
        if name in SCHEMA and name != "seed" and frame[name].null_count():
            raise TableError(f"{where}: column {name!r} has empty rows")
    missing = [pl.lit(None, dtype=t).alias(n) for n, t in SCHEMA.items() if n not in frame.columns]
    try:
        frame = frame.with_columns(missing).cast(SCHEMA)  # type: ignore[arg-type]
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{where}: a column has the wrong type: {error}") from error
    return frame.select([*SCHEMA, *(n for n in frame.columns if n not in SCHEMA)])


def _stays_inside(run: str) -> bool:
    path = PurePosixPath(run)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def write_trials(table: TrialTable, path: Path) -> Path:
    """Write Parquet, or CSV where the name ends so (CSV holds the rows alone).

    Raises:
        DiskError: when it cannot be written.
        SettingError: when the name ends in neither .csv nor .parquet.
        TableError: when the table is not a valid one.
    """
    path, table = Path(path), check_trials(table)
    meta = json.dumps({"varied": table.varied, "facts": dict(table.facts)})
    return write_frame(table.frame, path, **{"buffycoat trials": meta})


def read_trials(path: Path) -> TrialTable:
    """Read a trial table that `write_trials` wrote as Parquet.

    Raises:
        TableError: when the file is missing or is no trial table.
    """
    path = Path(path)
    if not path.is_file():
        raise TableError(f"{path} does not exist: `buffycoat sweep` makes a trial table")
    try:
        meta = json.loads(pl.read_parquet_metadata(path)["buffycoat trials"])
        table = TrialTable(pl.read_parquet(path), tuple(meta["varied"]), meta["facts"])
    except (pl.exceptions.PolarsError, KeyError, OSError, ValueError, TypeError) as error:
        said = f"{path} is no trial table: `buffycoat sweep` makes one"
        raise TableError(said) from error
    return check_trials(table, str(path))
