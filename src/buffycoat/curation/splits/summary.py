"""How many images and groups of each class every split has."""

from __future__ import annotations

import polars as pl

from buffycoat.tables.samples import SPLITS, SampleTable

__all__ = ["split_summary"]


def split_summary(table: SampleTable) -> pl.DataFrame:
    """Images and groups per class and split, one row per class and a last one for all of them.

    The columns are `class` and, for each split that has rows, `<split>_images` and
    `<split>_groups`. A group that holds several classes counts once in the last row.
    """
    rows = table.usable.drop_nulls("split")
    splits = [split for split in SPLITS if split in set(rows["split"])]
    counts = [count for split in splits for count in _counts(split)]
    by_class = pl.DataFrame({"label": table.classes}, {"label": pl.String})
    by_class = by_class.join(
        rows.group_by("label").agg(counts), on="label", how="left", maintain_order="left"
    )
    both = pl.concat([by_class, rows.select(pl.lit("all").alias("label"), *counts)])
    return both.fill_null(0).rename({"label": "class"})


def _counts(split: str) -> tuple[pl.Expr, pl.Expr]:
    inside = pl.col("split") == split
    images = inside.sum().cast(pl.Int64).alias(f"{split}_images")
    groups = pl.col("group").filter(inside).n_unique().cast(pl.Int64).alias(f"{split}_groups")
    return images, groups
