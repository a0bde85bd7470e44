"""Which classes take part in a split."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from buffycoat.errors import BuffycoatWarning, SplitError, UnknownNameError
from buffycoat.tables.samples import SampleTable

__all__ = ["LEFT_OUT", "learnable_classes", "leave_out_classes"]

LEFT_OUT = "class is left out of the split"
"""How the reason of a row begins whose class was left out."""


def leave_out_classes(table: SampleTable, names: Iterable[str]) -> SampleTable:
    """The table in which the images of some classes are excluded with a reason.

    Raises:
        UnknownNameError: when the table has no such class.
    """
    names = tuple(names)
    for name in set(names) - set(table.classes):
        raise UnknownNameError("class", name, table.classes)
    reason = pl.when(pl.col("label").is_in(names)).then(pl.format(f"{LEFT_OUT}: {{}}", "label"))
    frame = table.frame.with_columns(excluded_because=pl.coalesce("excluded_because", reason))
    classes = tuple(name for name in table.classes if name not in names)
    return replace(table, frame=frame, classes=classes)


def learnable_classes(table: SampleTable) -> SampleTable:
    """The table without classes that have no usable image.

    Raises:
        SplitError: when fewer than two classes remain.
    """
    present = set(table.usable["label"])
    classes = tuple(name for name in table.classes if name in present)
    if len(classes) < 2:
        has = f"only images of class {classes[0]!r}" if classes else "no image"
        raise SplitError(f"{has} can be used: a classifier needs at least two classes with labels")
    if empty := sorted(set(table.classes) - present):
        said = f"Without a usable image, and therefore no class any more: {', '.join(empty)}."
        warnings.warn(said, BuffycoatWarning, stacklevel=3)
        return replace(table, classes=classes, notes=(*table.notes, said))
    return table
