"""Folds of whole groups for guesses: quick for a million groups, and blind to the order of rows."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl

__all__ = ["deal_folds", "groups_of"]


def groups_of(rows: pl.DataFrame) -> pl.Series:
    """The group (N,) of each row of a sample table; a row without one is its own."""
    return rows.select(pl.coalesce("group", "sample_id").alias("group")).to_series()


def deal_folds(labels: np.ndarray, groups: pl.Series, n_folds: int, seed: int = 0) -> np.ndarray:
    """The fold (N,), 0 to n_folds - 1, of each row: groups stay whole, classes are spread.

    Groups are dealt in turn, class by class, large ones first, otherwise in an order that the
    seed decides. `split` deals more evenly, and takes much longer for very many groups.

    Args:
        labels: Class ids (N,).
        groups: The group of each row (N,).
        n_folds: How many folds.
        seed: Decides the order.
    """
    rows = pl.DataFrame({"label": labels, "group": groups.cast(pl.String)})
    dealt = rows.group_by("group").agg(pl.col("label").min(), n=pl.len())
    order = [_order(name, seed) for name in dealt["group"]]
    size = pl.col("n").log(2).floor()  # sizes within a factor of two are alike
    dealt = dealt.with_columns(order=pl.Series(order, dtype=pl.String))
    dealt = dealt.sort("label", size, "order", descending=[False, True, False])
    dealt = dealt.with_row_index("turn").with_columns(fold=pl.col("turn") % n_folds)
    found = rows.join(dealt.select("group", "fold"), on="group", how="left", maintain_order="left")
    return found["fold"].cast(pl.Int64).to_numpy()


def _order(name: str, seed: int) -> str:
    return hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).hexdigest()
