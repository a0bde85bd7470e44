"""Samples that a source lists more than once."""

from __future__ import annotations

import polars as pl

__all__ = ["exclude_repeats"]

_SAMPLE = pl.concat_str(
    "path",
    pl.col("item").cast(pl.String).fill_null(""),
    pl.col("box").cast(pl.List(pl.Int64)).cast(pl.List(pl.String)).list.join(" ").fill_null(""),
    separator="\n",
)


def exclude_repeats(frame: pl.DataFrame, place: pl.Series) -> pl.DataFrame:
    """The frame in which a sample listed twice is kept once, and not at all with two labels.

    Rows that were excluded before count as not listed.

    Args:
        frame: Rows of a sample table with `path`, `item`, `box`, `label`, `excluded_because`.
        place: Where each row stands in its source, for the reasons: "row 7".
    """
    listed = pl.when(pl.col("excluded_because").is_null()).then(_SAMPLE)
    rows = frame.with_columns(place.alias("place"), listed.alias("sample"))
    is_repeated = pl.col("sample").is_not_null() & (pl.len().over("sample") > 1)
    n_labels = pl.col("label").drop_nulls().n_unique().over("sample")
    places = pl.col("place").implode().over("sample").list.join(" and ")
    labels = pl.col("label").drop_nulls().unique().sort().implode().over("sample").list.join(", ")
    first = pl.col("place").first().over("sample")
    conflict = pl.format("{} give one image different labels: {}", places, labels)
    repeat = pl.when(pl.col("place") != first).then(pl.format("repeats {}", first))
    reason = pl.when(is_repeated).then(pl.when(n_labels > 1).then(conflict).otherwise(repeat))
    return rows.with_columns(
        excluded_because=pl.coalesce("excluded_because", reason),
    ).drop("place", "sample")
