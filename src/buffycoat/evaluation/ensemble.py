"""The mean of several runs' answers, on rows that none of them learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from buffycoat.errors import TableError
from buffycoat.evaluation.selection import IS_CLEAN
from buffycoat.tables.predictions import PredictionTable, probabilities

__all__ = ["average_answers", "refuse_learned", "refuse_namesakes"]

_SHOWN = 3


def average_answers(
    tables: Sequence[PredictionTable], weights: Sequence[float], run_id: str
) -> PredictionTable:
    """The weighted mean of the probabilities of the clean rows that all tables hold.

    Args:
        tables: Answers of the members, with probabilities.
        weights: One for each.
        run_id: What the ensemble is called.

    Raises:
        TableError: when classes or labels differ, probabilities lack, or no row is in all of them.
    """
    first = tables[0]
    for table in tables:
        if table.classes != first.classes:
            said = f"{', '.join(first.classes)} and {', '.join(table.classes)}"
            raise TableError(f"the members answer other classes, or in another order: {said}")
        if not table.has_probabilities:
            raise TableError("a member has answers without probabilities, which are averaged")
    frames = [table.frame.filter(IS_CLEAN) for table in tables]
    shared = frames[0].select("sample_id")
    for frame in frames[1:]:
        shared = shared.join(frame.select("sample_id"), on="sample_id", how="semi")
    shared = shared.unique().sort("sample_id")
    if not len(shared):
        raise TableError("there is no row that all members answered: train them on one table")
    ordered = [_rows(frame, shared) for frame in frames]
    for other in ordered[1:]:
        _check_labels(ordered[0], other)
    averaged = _averaged(first, ordered, np.asarray(weights, float), run_id)
    notes = dict.fromkeys(note for table in tables for note in table.facts.get("notes", ()))
    return replace(averaged, facts={**first.facts, "notes": list(notes)})


def _rows(frame: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    rows = shared.join(frame, on="sample_id", how="left", maintain_order="left")
    if len(rows) != len(shared):
        raise TableError("a member answers a sample several times: give one run's answers")
    return rows


def _check_labels(first: pl.DataFrame, other: pl.DataFrame) -> None:
    """Let pass rows of the same samples that carry the same labels, where both carry one."""
    differ = (first["label"] != other["label"]).fill_null(value=False)
    if differ.any():
        name, own = first.filter(differ).select("sample_id", "label").row(0)
        said = f"{name} is {own} for one member and {other.filter(differ)['label'][0]} for another"
        raise TableError(f"{said}: train them on one table")


def _averaged(
    like: PredictionTable, ordered: Sequence[pl.DataFrame], weights: np.ndarray, run_id: str
) -> PredictionTable:
    """The rows of the first member with the mean of all members' probabilities."""
    shares = weights / weights.sum()
    p = sum(
        share * probabilities(like, frame) for share, frame in zip(shares, ordered, strict=True)
    )
    failed = pl.coalesce(pl.Series("failed_because", f["failed_because"]) for f in ordered)
    frame = ordered[0].with_columns(failed.alias("failed_because"), run_id=pl.lit(run_id))
    has = np.isfinite(p).all(axis=1)
    best = np.where(has, np.nan_to_num(p).argmax(axis=1), -1)
    names = [like.classes[i] if i >= 0 else None for i in best]
    columns = [
        pl.Series(f"p_{name}", p[:, c].astype(np.float32), nan_to_null=True)
        for c, name in enumerate(like.classes)
    ]
    frame = frame.with_columns(pl.Series("predicted", names, dtype=pl.String), *columns)
    return PredictionTable(frame.select(like.frame.columns), like.classes, like.facts)


def refuse_learned(scored: pl.DataFrame, learned: Mapping[str, pl.DataFrame], split: str) -> None:
    """Let pass rows that no member learned from or chose its epoch by.

    Args:
        scored: Rows with `sample_id`, and `pixels_sha256` where it is known.
        learned: By member, the rows that it learned from or chose by, with the same columns.
        split: What the scored rows are called.

    Raises:
        TableError: when there are others; says how many, and of which member.
    """
    bad = []
    for name, rows in learned.items():
        same = pl.lit(False)
        for column in ("sample_id", "pixels_sha256"):
            if column in rows.columns and column in scored.columns:
                same = same | pl.col(column).is_in(rows[column].drop_nulls().unique().to_list())
        n = len(scored.filter(same))
        bad += [f"{name} learned from or chose by {n:,} of them"] if n else []
    if bad:
        said = f"an ensemble is scored on {split} rows that none of its members has seen"
        more = f", and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
        way = "train the members on one split table"
        raise TableError(f"{said}; {'; '.join(bad[:_SHOWN])}{more}: {way}")


def refuse_namesakes(scored: pl.DataFrame) -> None:
    """Let pass rows whose `sample_id` is one image for all members.

    Args:
        scored: `sample_id` and `pixels_sha256`, a row for each pair that a member knows.

    Raises:
        TableError: when one name stands for two images.
    """
    twice = scored.filter(pl.col("sample_id").is_duplicated())["sample_id"].unique().sort()
    if len(twice):
        said = f"{twice[0]} is one image for one member and another for another"
        more = f" ({len(twice):,} samples are)" if len(twice) > 1 else ""
        raise TableError(f"{said}{more}: train them on one table")
