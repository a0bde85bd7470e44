"""Seconds of `buffycoat train` on PBC, start-up and answers included, and the accuracy it reaches.

From the given weights, with a warm store. What is trained with was chosen on the validation rows
of the same split; the test rows are answered once for each seed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

import polars as pl

from benchmarks import cells
from benchmarks.record import write_row
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions

SEEDS = (0, 1, 2)
GOAL = 0.985
FLAGS = ["--epochs", "3", "--image-px", "96", "96", "--views", "flips"]


def main() -> None:
    """Train once for each seed and write seconds and test accuracy."""
    table = cells.pbc()
    cells.rows(cells.read(table), 96, "test")  # the store is there before the clock runs
    seconds, accuracies = [], []
    for seed in SEEDS:
        out = cells.WORK / f"seconds-{seed}"
        command = ["train", table, "--weights", cells.WEIGHTS, *FLAGS, "--seed", seed]
        seconds.append(timed([*command, "--out", out, "--overwrite"]))
        figure = evaluate_table(read_predictions(out / "predictions.parquet")).figures["accuracy"]
        accuracies.append(figure.value)
        write_row(
            "seconds_to_accuracy",
            f"PBC, mobilenetv2_100, {' '.join(FLAGS)}, seed {seed}",
            "test accuracy",
            figure.value,
            low=figure.low,
            high=figure.high,
            data_hash=open_run(out).facts["data"]["data_hash"],
            note=f"{seconds[-1]:.0f} s, {epoch_seconds(out):.0f} s of them epochs; 95% by group",
        )
    n_reached = sum(accuracy >= GOAL for accuracy in accuracies)
    write_row(
        "seconds_to_accuracy",
        f"PBC, mobilenetv2_100, {' '.join(FLAGS)}",
        "seconds of the whole command",
        statistics.median(seconds),
        low=min(seconds),
        high=max(seconds),
        unit="s",
        note=f"median of {len(SEEDS)} seeds; {n_reached} of them reached {GOAL} on the test rows",
    )


def timed(arguments: list[object]) -> float:
    """Seconds of one command of ours."""
    buffycoat = str(Path(sys.executable).with_name("buffycoat"))
    began = time.perf_counter()
    subprocess.run([buffycoat, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def epoch_seconds(run: Path) -> float:
    """Seconds of a run's epochs, their validation included."""
    return float(pl.read_csv(run / "history.csv")["elapsed_s"].sum())


if __name__ == "__main__":
    main()
