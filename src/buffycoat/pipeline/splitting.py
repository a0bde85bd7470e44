"""`buffycoat split`: which groups are for training, validation and test."""

from __future__ import annotations

from pathlib import Path

from buffycoat.curation.splits.split import SplitSettings
from buffycoat.curation.splits.split import split_samples as split_table
from buffycoat.pipeline.console import say
from buffycoat.pipeline.summary import say_split
from buffycoat.tables.files import check_table_place
from buffycoat.tables.samples import SampleTable, read_samples, write_samples

__all__ = ["split_samples"]


def split_samples(
    table: Path | SampleTable,
    /,
    *,
    out: Path | None = None,
    settings: SplitSettings | None = None,
) -> SampleTable:
    """Split a sample table into training, validation and test rows by whole groups.

    Args:
        table: A sample table.
        out: The split table to write; nothing is written without it.
        settings: Shares, folds and seed.

    Raises:
        SplitError: when a class has fewer groups than there are parts.
        SettingError: when the table's name ends in neither .csv nor .parquet.
        DiskError: when the table cannot be written.
    """
    if out:
        check_table_place(out)
    samples = table if isinstance(table, SampleTable) else read_samples(table)
    samples = split_table(samples, settings or SplitSettings())
    say_split(samples)
    if out:
        write_samples(samples, out)
        say(f"split table: {out}")
    return samples
