"""The answers of a trial's run, those of its folds together."""

from __future__ import annotations

import polars as pl

from buffycoat.evaluation.selection import IS_ANSWERED, IS_LABELLED
from buffycoat.runs import Run, open_run
from buffycoat.tables.predictions import PredictionTable, read_predictions

__all__ = ["answers_of"]


def answers_of(run: Run, split: str) -> PredictionTable:
    """The labelled answers to one split, in order of their `sample_id`.

    The test rows of folds are answered out of fold. A validation row of several folds is taken from
    the first of them, which is the same one for every setting. It is a test row of another fold:
    what is chosen by these rows has a test figure that is a little too good.
    """
    is_folds = run.facts.get("kind") == "folds" and split == "validation"
    places = sorted(run.path.glob("fold-*")) if is_folds else [run.path]
    tables = [read_predictions(open_run(p).part("predictions.parquet")) for p in places]
    frame = pl.concat([table.frame for table in tables], how="vertical_relaxed")
    kept = frame.filter((pl.col("split") == split) & IS_LABELLED & IS_ANSWERED)
    once = kept.unique("sample_id", keep="first", maintain_order=True).sort("sample_id")
    one_run = once.with_columns(pl.lit(run.run_id).alias("run_id"))
    return PredictionTable(one_run, tables[0].classes, tables[0].facts)
