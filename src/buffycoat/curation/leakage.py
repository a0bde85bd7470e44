"""Leakage: what a given split shares between its parts, and a new set with an old one."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.curation.duplicates import COPY_KEY
from buffycoat.curation.finding import Finding
from buffycoat.tables.samples import SPLITS, SampleTable

__all__ = ["find_leakage", "find_shared"]

_N_BESIDE = 3


def find_leakage(samples: SampleTable) -> Finding:
    """Images outside train whose group, or whose pixels, are in an earlier part too.

    The parts are those that the table came with. Train is compared with validation and test,
    validation with test; the image in the later part is flagged: it tests what was learned. So is
    an image whose group is in an earlier fold too.

    Args:
        samples: The table with its groups derived, copies among them.
    """
    rows = samples.usable.select("sample_id", "group", "split", "fold", key=COPY_KEY)
    if rows["split"].drop_nulls().n_unique() < 2:
        said = (
            "The set came without a split, so nothing can have leaked; a split keeps groups whole."
        )
        return Finding("leak", "Leakage between splits", (said,), "note")
    numbered = samples.frame.with_row_index("row").select("row", "sample_id")
    rows = rows.join(numbered, on="sample_id", maintain_order="left").drop_nulls("split")
    order = {name: place for place, name in enumerate(SPLITS)}
    rows = rows.with_columns(part=pl.col("split").replace_strict(order, return_dtype=pl.Int64))
    rows = rows.with_columns(
        is_same=pl.col("key").is_not_null() & (pl.col("part").min().over("key") < pl.col("part")),
        is_leak=pl.col("group").is_not_null()
        & (pl.col("part").min().over("group") < pl.col("part")),
    )
    fold = pl.col("fold")
    is_across = pl.col("group").is_not_null() & (fold.min().over("group") < fold)
    return _found(samples, rows.with_columns(is_across=is_across.fill_null(value=False)))


def _found(samples: SampleTable, rows: pl.DataFrame) -> Finding:
    n = len(samples.frame)
    scores = np.full(n, np.nan)
    worth = (
        pl.when("is_same")
        .then(1.0)
        .when(pl.col("is_leak") | pl.col("is_across"))
        .then(0.9)
        .otherwise(0.0)
    )
    scores[rows["row"].to_numpy()] = rows.select(worth).to_series().to_numpy()
    flags = np.nan_to_num(scores) > 0.5
    counts = _counts(rows)
    return Finding(
        name="leak",
        title="Leakage between splits",
        said=_said(rows, counts),
        level="serious" if flags.any() else "note",
        scores=scores,
        flags=flags,
        reasons=_reasons(rows),
        beside=_beside(rows),
        tables={"Shared between splits": counts},
        facts={"n_leaking": int(flags.sum())},
    )


def _counts(rows: pl.DataFrame) -> pl.DataFrame:
    """For each later part: images, those that leak, those with identical pixels, and groups."""
    later = rows.filter(pl.col("part") > rows["part"].min())
    counts = later.group_by("part", "split").agg(
        images=pl.len(),
        leaking=pl.col("is_leak").sum(),
        identical=pl.col("is_same").sum(),
        groups=pl.col("group").n_unique(),
        groups_leaking=pl.col("group").filter("is_leak").n_unique(),
    )
    return counts.sort("part").drop("part")


def _said(rows: pl.DataFrame, counts: pl.DataFrame) -> tuple[str, ...]:
    said = []
    for row in counts.sort("leaking", descending=True).iter_rows(named=True):
        share = row["leaking"] / max(1, row["images"])
        text = (
            f"{row['leaking']:,} of {row['images']:,} images of {row['split']} ({share:.1%}) share"
        )
        identical = (
            f"; {row['identical']:,} have identical pixels there" if row["identical"] else ""
        )
        said.append(f"{text} their group with an earlier part{identical}.")
    if n_across := int(rows["is_across"].sum()):
        said.append(f"Images that share their group with an earlier fold: {n_across:,}.")
    if rows["is_leak"].any() or n_across:
        said.append("`buffycoat split --no-keep-given` splits anew, by whole groups.")
    return tuple(said)


def _reasons(rows: pl.DataFrame) -> dict[int, str]:
    leaking = rows.filter("is_leak")
    first = (
        rows.sort("part")
        .group_by("group")
        .agg(pl.col("split").first().alias("in"), pl.col("sample_id").first().alias("other"))
    )
    named = leaking.join(first, on="group", maintain_order="left")
    across = rows.filter("is_across")
    earliest = rows.group_by("group").agg(pl.col("fold").min().alias("in"))
    across = across.join(earliest, on="group", maintain_order="left").select("row", "in", "group")
    return {row: f"fold {k} has its group, {group}" for row, k, group in across.iter_rows()} | {
        row: f"{split} has {'the same pixels' if same else f'its group, {group}'}: {other}"
        for row, split, same, group, other in named.select(
            "row", "in", "is_same", "group", "other"
        ).iter_rows()
    }


def _beside(rows: pl.DataFrame) -> dict[int, tuple[int, ...]]:
    """For each leaking row, rows of its group in the earliest part."""
    earliest = rows.filter(pl.col("part") == pl.col("part").min().over("group"))
    others = earliest.group_by("group").agg(pl.col("row").head(_N_BESIDE).alias("others"))
    named = rows.filter("is_leak").join(others, on="group", maintain_order="left")
    return {row: tuple(some) for row, some in named.select("row", "others").iter_rows()}


def find_shared(samples: SampleTable, n_old: int, cluster: pl.Series) -> Finding:
    """Images of a new set that an old one has too, as copies or as photographs of one field.

    Args:
        samples: The new set's N rows, followed by the old set's.
        n_old: How many of the last rows are the old set's.
        cluster: The cluster of each row (N + n_old,), empty where it stands alone.
    """
    n = len(samples.frame) - n_old
    kept = samples.frame["excluded_because"][:n].is_null().to_numpy()
    rows = samples.frame.select("sample_id").with_row_index("row").with_columns(cluster=cluster)
    old = rows[n:].drop_nulls("cluster").group_by("cluster")
    partners = old.agg(pl.col("sample_id").first().alias("other"), pl.len().alias("n"))
    new = rows[:n].join(partners, on="cluster", maintain_order="left")
    flags = np.zeros(n, bool)
    flags[new["row"].to_numpy()] = True
    flags &= kept
    share = f"{flags.sum():,} of {kept.sum():,} images ({flags.sum() / max(1, kept.sum()):.1%})"
    return Finding(
        name="shared",
        title="Shared with the older set",
        said=(f"{share} show what the older set shows: a test on them is no test.",)
        if flags.any()
        else (f"None of the {kept.sum():,} images shows what the older set shows.",),
        level="serious" if flags.any() else "note",
        scores=np.where(kept, flags, np.nan),
        flags=flags,
        reasons={
            row: f"the older set has {other} and {count - 1} more such"
            if count > 1
            else f"the older set has {other}"
            for row, other, count in new.select("row", "other", "n").iter_rows()
        },
        facts={"n_shared": int(flags.sum())},
    )
