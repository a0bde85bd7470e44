"""Images that stand in the table several times, pixel by pixel, and which of them to leave out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from buffycoat.curation.duplicates import COPY_KEY
from buffycoat.curation.finding import Finding, Level
from buffycoat.tables.samples import SampleTable

__all__ = ["find_repeats"]

N_MANY = 10
"""Copies from which a set is named in a sentence of its own."""

_N_NAMED = 5
_N_BESIDE = 4


def find_repeats(samples: SampleTable, is_outlier: np.ndarray | None = None) -> Finding:
    """Which rows repeat another one exactly and should be left out.

    Of a set of copies all are to go where their labels differ (nothing tells which is right) or
    where the picture is an outlier; else all but one, the first by `sample_id` of those that have
    a label and were not excluded before. Rows that were excluded before are counted too: they say
    what is in the set. A copy without a label contradicts none.

    Args:
        samples: The table, N rows.
        is_outlier: Which rows (N,) are unlike the others, from `find_outliers`.
    """
    odd = np.zeros(len(samples.frame), bool) if is_outlier is None else is_outlier
    rows = samples.frame.with_row_index("row").with_columns(key=COPY_KEY, odd=pl.Series(odd))
    copies = rows.filter(pl.col("key").is_not_null() & pl.col("key").is_duplicated())
    is_worse = (pl.col("excluded_because").is_not_null(), pl.col("label").is_null())
    sets = _sets(copies.sort(*is_worse, "sample_id"))
    leave = sets.filter("is_out")
    scores, flags = np.zeros(len(rows)), np.zeros(len(rows), bool)
    at = leave["row"].to_numpy()
    scores[at], flags[at] = 1 - 1 / leave["n"].to_numpy(), True
    return Finding(
        "repeat",
        "The same image several times",
        said=tuple(_said(sets)),
        level=_level(sets),
        scores=scores,
        flags=flags,
        reasons=dict(zip(at.tolist(), leave["reason"], strict=True)),
        beside={row: tuple(others) for row, others in _beside(leave)},
        tables={"Sets of identical images": _table(sets)} if len(sets) else {},
        columns={"n_copies": _n_copies(sets, len(rows))},
        facts={"n_sets": sets["key"].n_unique(), "n_rows": len(sets), "n_left_out": len(leave)},
    )


def _sets(copies: pl.DataFrame) -> pl.DataFrame:
    """The copies with what is known of their set, and why each is to go."""
    per_set = {
        "n": pl.len().over("key"),
        "n_labels": pl.col("label").drop_nulls().n_unique().over("key"),
        "odd": pl.col("odd").any().over("key"),
        "first": pl.col("row").first().over("key"),
        "kept": pl.col("sample_id").first().over("key"),
        "some": pl.col("row").head(_N_BESIDE + 1).over("key", mapping_strategy="join"),
    }
    sets = copies.with_columns(**per_set)
    many = pl.format("one of {} identical images", "n")
    reason = (
        pl.when("odd")
        .then(pl.format("{} that are unlike the others", many))
        .when(pl.col("n_labels") > 1)
        .then(pl.format("{} that carry {} labels", many, "n_labels"))
        .when(pl.col("row") != pl.col("first"))
        .then(pl.format("{}; {} is kept", many, "kept"))
    )
    return sets.with_columns(reason=reason).with_columns(is_out=pl.col("reason").is_not_null())


def _level(sets: pl.DataFrame) -> Level:
    if not len(sets):
        return "note"
    is_bad = (sets["n_labels"] > 1).any() or sets["odd"].any() or sets["n"].max() >= N_MANY  # type: ignore[operator]
    return "serious" if is_bad else "look"


def _said(sets: pl.DataFrame) -> list[str]:
    if not len(sets):
        return ["No image stands in the table twice."]
    n_sets, n_out = sets["key"].n_unique(), int(sets["is_out"].sum())
    hold = "set of identical images holds" if n_sets == 1 else "sets of identical images hold"
    whole = f"{n_sets:,} {hold} {len(sets):,} rows"
    said = [f"{whole}; {n_out:,} of them should be left out."]
    one = sets.unique("key", keep="first", maintain_order=True).sort("n", "key", descending=True)
    for row in one.filter(pl.col("n") >= N_MANY).head(_N_NAMED).iter_rows(named=True):
        classes = f"{row['n_labels']} classes" if row["n_labels"] > 1 else "one class"
        said.append(f"{row['n']:,} identical images in {classes}, such as {row['kept']}.")
    n_split = one.filter(pl.col("n_labels") > 1).height
    if n_split:
        said.append(f"In {n_split:,} of the sets identical images carry different labels.")
    return said


def _table(sets: pl.DataFrame) -> pl.DataFrame:
    """One line for each set, the largest first."""
    found = sets.group_by("key", maintain_order=True).agg(
        pl.col("kept").first().alias("first"),
        pl.col("n").first().alias("copies"),
        pl.col("label").unique().sort().str.join(", ").alias("classes"),
        pl.col("is_out").sum().alias("to leave out"),
    )
    return found.sort("copies", "first", descending=[True, False]).drop("key").head(50)


def _beside(leave: pl.DataFrame) -> list[tuple[int, Sequence[int]]]:
    pairs = leave.select("row", "some").iter_rows()
    return [(row, [other for other in some if other != row][:_N_BESIDE]) for row, some in pairs]


def _n_copies(sets: pl.DataFrame, n_rows: int) -> pl.Series:
    found = np.ones(n_rows, np.int64)
    found[sets["row"].to_numpy()] = sets["n"].to_numpy()
    return pl.Series("n_copies", found)
