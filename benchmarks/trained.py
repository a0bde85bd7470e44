"""Training where there is no such run yet, and its test figures as rows."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import epoch_seconds, timed
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions


def made(setting: str, out: Path, command: list[object]) -> None:
    """Train where there is no such run yet, and write its test figures."""
    seconds = 0.0 if (out / "report.html").is_file() else timed(command)
    predictions = read_predictions(out / "predictions.parquet")
    found = evaluate_table(predictions)
    facts = open_run(out).facts
    folds = sorted(out.glob("fold-*")) or [out]
    spent = sum(map(epoch_seconds, folds))
    px = facts["images"]["image_px"][0]
    n_epochs = sum(len(pl.read_csv(f / "history.csv")) for f in folds)
    note = f"{found.n_images} test images in {found.n_groups} groups; {px} px; {n_epochs} epochs"
    note += f" in {spent:.0f} s" + (f", command {seconds:.0f} s" if seconds else "")
    for name in ("accuracy", "macro_f1", "balanced_accuracy"):
        figure = found.figures[name]
        ends = {"low": figure.low, "high": figure.high, "data_hash": facts["data"]["data_hash"]}
        write_row("accuracy", setting, f"test {name}", figure.value, note=note, **ends)
