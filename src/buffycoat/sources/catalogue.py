"""The data sets that Buffycoat knows, and their reading by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from buffycoat.errors import InputError
from buffycoat.sources.data_sets import bccd, bccd_kaggle, bloodmnist, pbc, raabin
from buffycoat.sources.names import standard_name
from buffycoat.sources.record import SourceRecord, record_of, sources
from buffycoat.sources.spelling import plain
from buffycoat.tables.samples import SampleTable

__all__ = ["BUILT_IN", "known_records", "own_names", "read_data_set"]

BUILT_IN = (bccd, bccd_kaggle, bloodmnist, pbc, raabin)
"""The files that register the data sets of this package; a user's own file adds others."""


def known_records() -> list[SourceRecord]:
    """The records of all data sets, by name."""
    return [record_of(name) for name in sources]


def read_data_set(name: str, root: Path) -> SampleTable:
    """The sample table of a data set, with what is known to be wrong with it among the notes.

    Labels are the set's own; `own_names` has what they are called otherwise.

    Args:
        name: A data set.
        root: The folder that it was unpacked to, one above it, or its one file.

    Raises:
        UnknownNameError: when there is no such data set.
        InputError: when what lies there is not that data set.
    """
    reader, record = sources.get(name), record_of(name)
    if not Path(root).exists():
        raise InputError(f"{root} does not exist: `buffycoat fetch {name}` gets this data set")
    table = reader(Path(root))
    notes = [
        *table.notes,
        *(f"{name}: {fault}" for fault in record.faults),
        f"{name}: cite {record.citation}; licence: {record.licence}",
    ]
    frame = table.frame.with_columns(source=pl.lit(name))
    return replace(table, frame=frame, notes=tuple(dict.fromkeys(notes)))


def own_names(name: str, labels: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """New names for those labels of a data set that only its own record knows.

    Args:
        name: The data set.
        labels: The labels that occur.
        given: New names that the user gave, which win.
    """
    known = {plain(own): standard for own, standard in record_of(name).classes.items()}
    renamed = {plain(label) for label in given}
    return {
        label: known[plain(label)]
        for label in labels
        if plain(label) in known and plain(label) not in renamed and not standard_name(label)
    }
