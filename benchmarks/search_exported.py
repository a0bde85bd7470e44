"""The first published system's search by the command line, and what it exports on its schedule.

`search architecture` by DARTS over the eight networks on Kaggle's TRAIN at 80 x 60, in ten minutes,
the honest parts included, and photographs of TRAIN as its test rows; then `best.py` for the
published 50 epochs at 160 x 120, a fifth of TRAIN's photographs for validation, the best epoch by
those. TEST is answered once. The published accuracy is .4910. `published.leaky_validation` makes
the tables.
"""

from __future__ import annotations

import json
import sys

import polars as pl

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import epoch_seconds, timed
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions

PUBLISHED, EPOCHS, MINUTES = 0.4910, 50, 60


def main() -> None:
    """Search, export, train, and write the accuracy on TEST."""
    train, test = cells.WORK / "leaky-photograph.parquet", cells.WORK / "kaggle-test.parquet"
    if not (train.is_file() and test.is_file()):
        sys.exit(f"{train} is not there: run published.leaky_validation first")
    split = cells.WORK / "kaggle-train-split.parquet"
    found, out = cells.WORK / "search-exported", cells.WORK / "exported"
    if not (found / "search.html").is_file():
        how = ["--space", "published", "--strategy", "darts", "--image-px", 60, 80]
        how += ["--seeds", 1, "--budget", "10m", "--out", found]
        timed(["split", cells.WORK / "kaggle-train-a.parquet", "--out", split])
        timed(["search", "architecture", split, *how])
    if not (out / "report.html").is_file():
        how = ["--recipe", "system-1-fixed", "--model", f"{found / 'best.py'}:network"]
        how += ["--image-px", 120, 160, "--epochs", EPOCHS, "--budget", f"{MINUTES}m"]
        timed(["train", train, *how, "--out", out, "--overwrite"])
    answers = out / "answers.parquet"
    if not answers.is_file():
        timed(["predict", out, test, "--out", answers])
    chosen = json.loads((found / "best.json").read_text())["architecture"]
    n_epochs = pl.read_csv(out / "history.csv").height
    figures = evaluate_table(read_predictions(answers))
    note = f"{json.dumps(chosen)}; {n_epochs} epochs in {epoch_seconds(out):.0f} s"
    note += f", published {PUBLISHED}; {figures.n_images} images in {figures.n_groups} groups"
    write_row(
        "search_exported",
        "the exported network, 160 x 120",
        "TEST accuracy, 95% by photograph",
        figures.figures["accuracy"].value,
        low=figures.figures["accuracy"].low,
        high=figures.figures["accuracy"].high,
        data_hash=open_run(out).facts["data"]["data_hash"],
        note=note,
    )


if __name__ == "__main__":
    main()
