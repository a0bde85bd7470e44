"""Names that are finer than others, and rows whose name is too coarse beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from buffycoat.sources.listing import with_classes
from buffycoat.tables.samples import SampleTable

__all__ = ["SUBTYPES", "exclude_unspecified"]

SUBTYPES: Mapping[str, tuple[str, ...]] = {
    "immature granulocyte": ("promyelocyte", "myelocyte", "metamyelocyte"),
    "neutrophil": ("band neutrophil", "segmented neutrophil"),
}
"""Names that are finer than another standard name."""


def exclude_unspecified(table: SampleTable) -> SampleTable:
    """The table without usable rows that carry the coarse name of classes which it also has.

    Where cells are labelled band or segmented neutrophil, a plain neutrophil could be either.
    """
    coarse = {
        name: present
        for name, finer in SUBTYPES.items()
        if name in table.classes and (present := [f for f in finer if f in table.classes])
    }
    if not coarse:
        return table
    said = {
        name: f"unspecified {name}, beside {', '.join(finer)}" for name, finer in coarse.items()
    }
    is_coarse = pl.col("label").is_in(list(coarse)) & pl.col("excluded_because").is_null()
    reason = pl.when(is_coarse).then(pl.col("label").replace_strict(said, default=None))
    counts = dict(table.usable["label"].value_counts().iter_rows())
    notes = [f"{counts[name]} images are excluded as {why}" for name, why in said.items()]
    frame = table.frame.with_columns(
        pl.coalesce(reason, "excluded_because").alias("excluded_because")
    )
    return with_classes(replace(table, frame=frame, notes=(*table.notes, *notes)))
