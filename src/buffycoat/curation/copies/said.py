"""Sentences and counts about copies: images beside the photographs that they came from."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.tables.samples import SampleTable

__all__ = ["count_photographs", "said_of_copies", "said_of_fields"]

_FEW = 20
"""A class with fewer photographs than this in a split is named in a sentence."""


def count_photographs(samples: SampleTable, photograph: np.ndarray) -> pl.DataFrame:
    """Images, photographs and the largest number of copies, by split (where known) and class."""
    rows = samples.frame.with_columns(photograph=pl.Series(photograph))
    rows = rows.filter(pl.col("excluded_because").is_null())
    by = ["split", "label"] if rows["split"].null_count() < len(rows) else ["label"]
    largest = pl.col("photograph").value_counts(sort=True).struct.field("count").first()
    counts = rows.group_by(by).agg(
        images=pl.len(), photographs=pl.col("photograph").n_unique(), largest=largest
    )
    return counts.sort(by).rename({"label": "class", "largest": "most copies"})


def said_of_copies(samples: SampleTable, photograph: np.ndarray) -> tuple[str, ...]:
    """What matters about copies of one photograph, most important first."""
    kept = samples.frame["excluded_because"].is_null().to_numpy()
    _, sizes = np.unique(photograph[kept], return_counts=True)
    if not len(sizes) or sizes.max() < 2:
        return (
            "No image is a copy of another, by any rotation, mirroring, shift, scale or shear.",
        )
    several = sizes[sizes > 1]
    spread = f"{several.min()} to {several.max()}" if several.min() < several.max() else several[0]
    if len(several) == len(sizes):
        whole = (
            f"The {sizes.sum():,} images are {len(sizes):,} photographs, {spread} copies of each"
        )
    else:
        whole = f"{several.sum():,} of {sizes.sum():,} images are {len(several):,} photographs"
        whole += f", {spread} copies of each; in all there are {len(sizes):,} photographs"
    closing = "copies stay in one group, and the honest number of samples is that of photographs"
    return (f"{whole}; {closing}.", *_few(count_photographs(samples, photograph)))


def _few(counts: pl.DataFrame) -> list[str]:
    """A sentence for each class that rests on few photographs, fewest first."""
    few = counts.filter(
        (pl.col("photographs") < _FEW) & (pl.col("images") >= 2 * pl.col("photographs"))
    ).sort("photographs", "class")
    said = []
    for row in few.iter_rows(named=True):
        of = f"{row['split']}'s " if row.get("split") else "the "
        said.append(
            f"{of}{row['images']:,} images of {row['class']} are {row['photographs']} photographs."
        )
    return [text[0].upper() + text[1:] for text in said]


def said_of_fields(
    samples: SampleTable, photograph: np.ndarray, field: np.ndarray
) -> tuple[str, ...]:
    """What matters about different photographs that show the same cells."""
    kept = samples.frame["excluded_because"].is_null().to_numpy()
    pairs = np.unique(np.stack([field, photograph], 1)[kept], axis=0)
    _, n_photographs = np.unique(pairs[:, 0], return_counts=True)
    several = n_photographs[n_photographs > 1]
    if not len(several):
        return ("No two photographs show the same field.",)
    spread = f"{several.sum()} photographs show {len(several)} fields more than once"
    note = "the same cells, taken again or overlapping: they are kept in one group"
    return (f"{spread}: {note}.",)
