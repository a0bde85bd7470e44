"""Accuracy on BCCD: its own fields, and the augmented copies of them that Kaggle has."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import cells
from benchmarks.seconds_to_accuracy import timed
from benchmarks.trained import made

WEIGHTS = ["--weights", cells.WEIGHTS]
FROM_PBC = ["--standards", "scale", "white", "stain", "--image-px", 128, 128, "--views", "flips"]
FROM_PBC += ["--epochs", 15, "--learning-rate", "1e-3", "--balance", "square-root-sampling"]
FROM_PBC += ["--augmentation", "microscopy"]
FROM_PBC += ["--loss", '{name = "cross_entropy", label_smoothing = 0.1}']
"""Chosen on the folds' validation rows."""


def kaggle() -> None:
    """TRAIN to TEST as published."""
    out = cells.WORK / "kaggle"
    split = cells.WORK / "kaggle.parquet"
    if not split.is_file():
        timed(["import", cells.folder("bccd_kaggle"), "--out", cells.WORK / "kaggle-all.parquet"])
        timed(["split", cells.WORK / "kaggle-all.parquet", "--out", split])
    job = ["train", split, *WEIGHTS, "--epochs", 3, "--views", "flips", "--out", out]
    made("Kaggle BCCD, TRAIN to TEST, by image", out, job)


def bccd() -> None:
    """Four classes of the original fields, out of fold."""
    table, out = cells.WORK / "bccd.parquet", cells.WORK / "bccd"
    if not table.is_file():
        timed(["import", cells.folder("bccd"), "--out", cells.WORK / "bccd-all.parquet"])
        few = ["--folds", 5, "--leave-out", "basophil"]
        timed(["split", cells.WORK / "bccd-all.parquet", *few, "--out", table])
    job = ["train", table, *WEIGHTS, "--epochs", 20, "--views", "flips", "--all-folds"]
    made("BCCD, four classes, 5 folds by field", out, [*job, "--out", out])
    _bccd_from_pbc(table)


def _bccd_from_pbc(table: Path) -> None:
    """Three seeds that begin with what a run on PBC has learned, at PBC's standards."""
    told = cells.WORK / "bccd-std.parquet"
    if not told.is_file():
        timed(["standardise", table, "--out", told])
    start = cells.WORK / "pbc-0" / "network.safetensors"
    if not start.is_file():
        sys.exit(f"{start} is not there: run `accuracy pbc`")
    for seed in range(3):
        out = cells.WORK / f"bccd-from-pbc-{seed}"
        job = ["train", told, "--weights", start, *FROM_PBC, "--all-folds", "--seed", seed]
        name = f"BCCD, four classes, 5 folds by field, from a run on PBC, seed {seed}"
        made(name, out, [*job, "--out", out])
