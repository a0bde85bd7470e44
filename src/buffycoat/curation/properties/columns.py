"""The properties of a table's images apart from the cell, as columns."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.curation.looks.look import Looked
from buffycoat.curation.properties.background import BACKGROUND, batches_of
from buffycoat.curation.properties.headers import read_headers
from buffycoat.tables.samples import SampleTable

__all__ = ["as_numbers", "batch_column", "property_values"]


def batch_column(samples: SampleTable, looked: Looked) -> pl.Series:
    """The batch of each row of the table, from 1; null where there is no background."""
    order = samples.frame["sample_id"].arg_sort().to_numpy()
    order = order[looked.has[BACKGROUND.name][order]]
    found = np.full(len(samples.frame), -1, np.int64)
    if len(order):
        found[order] = batches_of(looked.arrays[BACKGROUND.name][order])
    column = pl.Series("background_batch", found + 1)
    return column.to_frame().select(pl.when(column > 0).then(column)).to_series()


def property_values(
    samples: SampleTable, rows: pl.DataFrame, looked: Looked, batch: pl.Series
) -> dict[str, pl.DataFrame]:
    """By property, what the rows have of it in one column or some."""
    headers = read_headers(samples.root, rows["path"])
    files = rows.join(headers, on="path", how="left", maintain_order="left")
    width, height = pl.col("width_px"), pl.col("height_px")
    places = rows["row"].to_numpy()
    background = pl.DataFrame(
        looked.arrays[BACKGROUND.name][places], schema=["L", "a", "b"], orient="row"
    )
    return {
        "size": rows.select(width, height, aspect=width / height),
        "format": files.select("suffix", "format", "mode"),
        "compression": files.select("compression"),
        "file_size": files.select(_bytes_per_pixel()),
        "metadata": files.select("metadata"),
        "background": background.with_columns(pl.all().fill_nan(None)),
        "batch": batch[places].to_frame(),
    }


def _bytes_per_pixel() -> pl.Expr:
    whole = pl.col("item").is_null() & pl.col("box").is_null()  # a part of a file has no bytes
    area = pl.col("width_px") * pl.col("height_px")
    return pl.when(whole).then(pl.col("n_bytes") / area).alias("bytes_per_pixel")


def as_numbers(values: pl.DataFrame) -> np.ndarray:
    """Columns as numbers (N, k): text by its place among the kinds, commonest first."""
    found = []
    for column in values:
        known = _ranks(column) if column.dtype == pl.String else column
        found.append(known.cast(pl.Float64).fill_null(np.nan).to_numpy())
    return np.column_stack(found)


def _ranks(column: pl.Series) -> pl.Series:
    kinds = column.drop_nulls().value_counts()
    kinds = kinds.sort(["count", column.name], descending=[True, False])
    ranks = {kind: i for i, kind in enumerate(kinds[column.name])}
    return column.replace_strict(ranks, default=None, return_dtype=pl.Float64)
