"""Answers to augmented copies, counted by the photograph that they are copies of."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from statsmodels.stats.proportion import proportion_confint

from benchmarks.record import write_row
from buffycoat.tables.predictions import read_predictions


def write_by_photograph(benchmark: str, setting: str, answers: Path, hashed: str) -> None:
    """TEST's photographs, each answered by the mean over its copies, and those that are wrong."""
    table = read_predictions(answers)
    columns = [f"p_{name}" for name in table.classes]
    rows = table.frame.group_by("group", maintain_order=True).agg(
        pl.col("sample_id", "label").first(), pl.col(columns).mean(), n=pl.len()
    )
    best = rows.select(pl.concat_list(columns).list.arg_max()).to_series()
    rows = rows.with_columns(predicted=pl.Series([table.classes[i] for i in best]))
    n_right = int((rows["label"] == rows["predicted"]).sum())
    low, high = proportion_confint(n_right, len(rows), method="beta")
    wrong = rows.filter(pl.col("label") != pl.col("predicted")).sort("label", "sample_id")
    named = [
        f"{name} ({n} copies): {label} taken for {predicted}"
        for name, n, label, predicted in wrong.select(
            "sample_id", "n", "label", "predicted"
        ).iter_rows()
    ]
    note = f"{n_right} of {len(rows)} photographs; wrong: {'; '.join(named) or 'none'}"
    figure = "TEST accuracy by photograph, mean over copies"
    ends = {"low": low, "high": high, "data_hash": hashed}
    write_row(benchmark, setting, figure, n_right / len(rows), note=note, **ends)
