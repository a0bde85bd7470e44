"""LEAKY ON PURPOSE: rare classes repeated in the list before the split, as systems 2 and 5 did.

BCCD's four classes, eosinophils twice, lymphocytes five times, monocytes four times (system 2's
numbers), then a fifth of the rows held out at random: many of these have a twin that is learned
from. Beside it the same network on the same cells, split by field first, the rare classes drawn
more often in training. MobileNetV2 from the given weights in place of system 2's ResNet34.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import timed
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import SampleTable, read_samples, write_samples

TIMES = {"eosinophil": 2, "lymphocyte": 5, "monocyte": 4}
TRAIN = ["--recipe", "system-2-published", "--model", "mobilenetv2_100", "--head", "linear"]
SHORT = ["--image-px", 96, 96, "--epochs", 15, "--schedule", "one_cycle"]
SPLIT = ["--validation", 0.15, "--test", 0.2, "--leave-out", "basophil"]
SEEDS = (0, 1, 2)


def main() -> None:
    """Split and train both ways with each seed; write what each reports."""
    cells.WORK.mkdir(parents=True, exist_ok=True)
    whole = cells.WORK / "bccd-all.parquet"
    if not whole.is_file():
        timed(["import", cells.folder("bccd"), "--out", whole])
    repeated = cells.WORK / "bccd-repeated.parquet"
    write_samples(_repeated(read_samples(whole)), repeated)
    for name, table in (("copies before the split", repeated), ("split by field first", whole)):
        for seed in SEEDS:
            _measure(name, table, seed)


def _repeated(table: SampleTable) -> SampleTable:
    """Rows of rare classes several times, each row a group of its own."""
    parts = [table.frame]
    for label, n in TIMES.items():
        own = table.frame.filter(pl.col("label") == label)
        for k in range(2, n + 1):
            named = pl.concat_str(pl.col("sample_id"), pl.lit(f"#{k}")).alias("sample_id")
            parts.append(own.with_columns(named))
    frame = pl.concat(parts).with_columns(group=pl.col("sample_id"))
    return table.stepped("repeat", frame, times=TIMES)


def _measure(name: str, table: Path, seed: int) -> None:
    place = cells.WORK / f"published-2-{name.split()[0]}-{seed}"
    split = place.with_suffix(".parquet")
    timed(["split", table, *SPLIT, "--seed", seed, "--out", split])
    job = ["train", split, *TRAIN, *SHORT, "--weights", cells.WEIGHTS, "--seed", seed]
    timed([*job, "--out", place, "--overwrite"])
    found = evaluate_table(read_predictions(place / "predictions.parquet"))
    figure = found.figures["accuracy"]
    rows = read_samples(split).usable
    learned = rows.filter(pl.col("split") == "train")["pixels_sha256"]
    tested = rows.filter(pl.col("split") == "test")
    n_twins = len(tested.filter(pl.col("pixels_sha256").is_in(learned.to_list())))
    write_row(
        "published",
        f"system 2's preparation, {name}, seed {seed}",
        "held-out accuracy",
        figure.value,
        low=figure.low,
        high=figure.high,
        data_hash=open_run(place).facts["data"]["data_hash"],
        note=f"{found.n_images} rows, {n_twins} of them with a twin that was learned from",
    )


if __name__ == "__main__":
    main()
