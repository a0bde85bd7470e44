"""What a random validation split of augmented copies reports, against one by photograph.

Kaggle BCCD's TRAIN, the same network and recipe twice: once validated on a fifth of the images
drawn at random, once on a fifth of the photographs as `audit` finds them. TEST beside both.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import cells
from benchmarks.photographs import write_by_photograph
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import timed
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions

SETTING = "Kaggle BCCD, TRAIN, mobilenetv2_100 from ImageNet, 3 epochs at 96 px"
TRAIN = ["--weights", cells.WEIGHTS, "--epochs", 3, "--image-px", 96, 96, "--views", "flips"]
SKIP = ["--skip", "quality", "outliers", "shortcuts", "labels", "map"]
SPLIT = ["--validation", 0.2, "--test", 0]


def main() -> None:
    """Train twice and write the validation and test accuracy of each."""
    folder = cells.folder("bccd_kaggle")
    imported, audited = cells.WORK / "kaggle-train.parquet", cells.WORK / "kaggle-train-a.parquet"
    test = cells.WORK / "kaggle-test.parquet"
    timed(["import", folder / "TRAIN", "--out", imported])
    timed(["import", folder / "TEST", "--out", test.with_suffix(".all.parquet")])
    timed(["audit", imported, *SKIP, "--out", audited])
    timed(["audit", test.with_suffix(".all.parquet"), *SKIP, "--out", test])
    for name, table in (("random", imported), ("by photograph", audited)):
        _measure(name, table, test)


def _measure(name: str, table: Path, test: Path) -> None:
    place = cells.WORK / f"leaky-{name.split()[-1]}"
    split = place.with_suffix(".parquet")
    timed(["split", table, *SPLIT, "--out", split])
    timed(["train", split, *TRAIN, "--out", place, "--overwrite"])
    answers = place / "answers.parquet"
    timed(["predict", place, test, "--out", answers])
    hashed = open_run(place).facts["data"]["data_hash"]
    if name != "random":
        write_by_photograph("published.leaky_validation", SETTING, answers, hashed)
    for what, path, part in (
        ("validation", place / "predictions.parquet", "validation"),
        ("TEST", answers, None),
    ):
        predictions = read_predictions(path)
        found = evaluate_table(predictions, split=part) if part else evaluate_table(predictions)
        figure = found.figures["accuracy"]
        note = f"{found.n_images} images in {found.n_groups} groups; 95% by group"
        write_row(
            "published.leaky_validation",
            SETTING,
            f"{what} accuracy, validated {name}",
            figure.value,
            low=figure.low,
            high=figure.high,
            data_hash=hashed,
            note=note,
        )


if __name__ == "__main__":
    sys.exit(main())
