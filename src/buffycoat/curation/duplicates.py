"""Exact copies: the same pixels under several names, with one label or with several."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from buffycoat.tables.samples import SampleTable

__all__ = ["COPY_KEY", "mark_conflicts"]

_PART_OF_FILE = pl.concat_str(
    "file_sha256",
    pl.col("item").cast(pl.String).fill_null(""),
    pl.col("box").cast(pl.List(pl.String)).list.join(" ").fill_null(""),
    separator="|",
)
COPY_KEY = pl.coalesce("pixels_sha256", _PART_OF_FILE)
"""Equal for exact copies: the pixels' hash, or the same part of equal files; null if unknown."""

N_NAMED = 5
"""Copies that a reason names before it counts the rest."""


def mark_conflicts(table: SampleTable) -> SampleTable:
    """The table in which identical pixels with different labels are excluded, with a reason.

    All copies of such an image are excluded, since nothing tells which label is right; the
    reason names the others. Copies with one label are kept and counted in a note. Rows that were
    excluded before, or have no label, neither make a conflict nor get another reason.
    """
    rows = table.frame.with_row_index("row").with_columns(key=COPY_KEY)
    copies = _copies(replace(table, frame=rows).usable)
    conflicting = copies.filter(pl.col("label").n_unique().over("key") > 1)
    agreeing = copies.filter(pl.col("label").n_unique().over("key") == 1)
    reasons = _reasons(conflicting)
    frame = rows.join(reasons, on="row", how="left", maintain_order="left").with_columns(
        excluded_because=pl.coalesce("excluded_because", "reason")
    )
    notes = [note for note in _said(conflicting, agreeing) if note not in table.notes]
    facts = {"n_excluded": conflicting.height, "n_copies_kept": agreeing.height}
    marked = table.stepped("mark conflicts", frame.select(table.frame.columns), **facts)
    return replace(marked, notes=(*table.notes, *notes))


def _copies(usable: pl.DataFrame) -> pl.DataFrame:
    several = pl.col("key").is_not_null() & pl.col("key").is_duplicated()
    return usable.filter(several).sort("sample_id")


def _reasons(conflicting: pl.DataFrame) -> pl.DataFrame:
    """Row and reason, which names the copies with another label."""
    reasons = []
    for (_,), copies in conflicting.group_by("key", maintain_order=True):
        for row, label in copies.select("row", "label").iter_rows():
            others = copies.filter(pl.col("label") != label).select("sample_id", "label")
            reasons.append((row, f"identical pixels carry another label: {_listed(others)}"))
    schema = {"row": conflicting.schema["row"], "reason": pl.String()}
    return pl.DataFrame(reasons, schema=schema, orient="row")


def _listed(others: pl.DataFrame) -> str:
    named = [f"{sample} ({label})" for sample, label in others.head(N_NAMED).iter_rows()]
    more = others.height - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _said(conflicting: pl.DataFrame, agreeing: pl.DataFrame) -> list[str]:
    """One note about the copies of each kind, where there are any."""
    notes = []
    if len(conflicting):
        counted = _counted(conflicting)
        notes.append(f"{counted} carry different labels; all of them are excluded.")
    if len(agreeing):
        counted = _counted(agreeing)
        notes.append(f"{counted} carry one label; they are kept, and each set is one group.")
    return notes


def _counted(copies: pl.DataFrame) -> str:
    n_sets, files = copies["key"].n_unique(), copies.group_by("key").agg(pl.col("file_sha256"))
    whole = pl.col("file_sha256").list.n_unique() == 1
    n_files = files.filter(whole & ~pl.col("file_sha256").list.contains(None)).height
    sets = f"{n_sets} set{'s' if n_sets > 1 else ''} of identical images"
    return f"{sets} ({copies.height} images; {n_files} of the sets byte-identical files)"
