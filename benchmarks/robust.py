"""What the `robust` recipe holds on distorted images, and what it pays for that on clean ones.

A plain network (the same weights and size, light augmentation, six epochs) and the recipe, both on
the split of `accuracy pbc`, both answering the same mixed copies of its test rows: one to four of
the competition's operations for each image, at five severities. What the recipe is made of was
chosen on validation rows and their copies. `python -m benchmarks.robust [SEED ...]`, 0 by default.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import epoch_seconds, timed
from buffycoat import compare
from buffycoat.augmentations.distorted import MIXED
from buffycoat.evaluation.robustness import measure_robustness
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions

PLAIN = ["--image-px", 96, 96, "--views", "flips", "--epochs", 6]
ROBUST = ["--recipe", "robust"]


def main() -> None:
    """Train what is not there yet, measure it, and pair it with the plain network."""
    table = cells.WORK / "pbc-0" / "samples.parquet"
    if not table.is_file():
        sys.exit(f"{table} is not there: run `accuracy pbc`")
    plain = _measured("plain", table, 0, PLAIN)
    for seed in map(int, sys.argv[1:] or [0]):
        robust = _measured("robust", table, seed, ROBUST)
        _pair(robust, plain, seed)


def _measured(name: str, table: Path, seed: int, flags: list[object]) -> Path:
    """The run, with a row for clean test rows and one for each severity of their mixed copies."""
    out = cells.WORK / f"robust-{name}-{seed}"
    if not (out / "report.html").is_file():
        job = ["train", table, *flags, "--weights", cells.WEIGHTS, "--seed", seed]
        timed([*job, "--out", out, "--overwrite"])
    if not (out / "distorted.parquet").is_file():
        timed(["robustness", out, "--families", MIXED])
    found = measure_robustness(read_predictions(out / "distorted.parquet"))
    facts = {"data_hash": open_run(out).facts["data"]["data_hash"]}
    facts["note"] = f"{found.n_images} test images in {found.n_groups} groups; "
    facts["note"] += f"epochs took {epoch_seconds(out):.0f} s"
    figures = {"test accuracy, clean": found.clean}
    for (family, severity), figure in found.by_variant.items():
        figures[f"test accuracy, {family} {severity}"] = figure
    for what, figure in figures.items():
        ends = {"low": figure.low, "high": figure.high}
        write_row("robust", f"{name}, seed {seed}", what, figure.value, **ends, **facts)
    return out


def _pair(robust: Path, plain: Path, seed: int) -> None:
    """The paired difference on the clean test rows."""
    named = (f"robust={robust}", f"plain={plain}")
    for pair in compare(named, out=cells.WORK / "comparison.html").pairs:
        figure = pair.differences["accuracy"]
        what = f"clean accuracy, {pair.first} - {pair.second}"
        ends = {"low": figure.low, "high": figure.high, "note": "paired, 95% by group"}
        write_row("robust", f"seed {seed}", what, figure.value, **ends)


if __name__ == "__main__":
    main()
