"""Accuracy on BCCD: its own fields, and the augmented copies of them that Kaggle has.

Each from ImageNet's weights, and from a run on PBC at PBC's scale, white and stain. The fields also
from that of `robust`: its three seeds had .910 on validation rows, their mean answer .925; those of
the plain one .903 and .905.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import cells
from benchmarks.photographs import write_by_photograph
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import timed
from benchmarks.trained import made
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions

WEIGHTS = ["--weights", cells.WEIGHTS]
FROM_PBC = ["--standards", "scale", "white", "stain", "--image-px", 128, 128, "--views", "flips"]
FROM_PBC += ["--learning-rate", "1e-3", "--augmentation", "microscopy"]
FROM_PBC += ["--loss", '{name = "cross_entropy", label_smoothing = 0.1}']
CELLS = [*FROM_PBC, "--epochs", 15, "--balance", "square-root-sampling", "--all-folds"]
"""Chosen on the folds' validation rows, from three tries."""
COPIES = [*FROM_PBC, "--epochs", 2, "--balance", "group-sampling", "--around-cell", 0.6]
"""As for the cells; the last two on TRAIN's photographs, from four tries."""


def kaggle() -> None:
    """TRAIN to TEST as published."""
    out = cells.WORK / "kaggle"
    split = cells.WORK / "kaggle.parquet"
    if not split.is_file():
        timed(["import", cells.folder("bccd_kaggle"), "--out", cells.WORK / "kaggle-all.parquet"])
        timed(["split", cells.WORK / "kaggle-all.parquet", "--out", split])
    job = ["train", split, *WEIGHTS, "--epochs", 3, "--views", "flips", "--out", out]
    made("Kaggle BCCD, TRAIN to TEST, by image", out, job)
    _kaggle_from_pbc()


def _kaggle_from_pbc() -> None:
    """TRAIN validated by photograph, to TEST, counted by photograph as well."""
    told = {
        name: cells.WORK / f"{name}-std.parquet" for name in ("leaky-photograph", "kaggle-test")
    }
    for name, table in told.items():
        plain = cells.WORK / f"{name}.parquet"
        if not plain.is_file():
            sys.exit(f"{plain} is not there: run published.leaky_validation")
        timed(["standardise", plain, "--out", table])
    train, test = told.values()
    out = cells.WORK / "kaggle-from-pbc"
    answers = out / "answers.parquet"
    if not answers.is_file():
        timed(["train", train, "--weights", _run("pbc-0"), *COPIES, "--out", out, "--overwrite"])
        timed(["predict", out, test, "--out", answers])
    hashed, setting = (
        open_run(out).facts["data"]["data_hash"],
        "Kaggle BCCD, TEST, from a run on PBC",
    )
    found = evaluate_table(read_predictions(answers))
    figure, note = found.figures["accuracy"], f"{found.n_images} images in {found.n_groups} groups"
    ends = {"low": figure.low, "high": figure.high, "data_hash": hashed, "note": note}
    write_row("accuracy", setting, "test accuracy by image", figure.value, **ends)
    write_by_photograph("accuracy", setting, answers, hashed)


def bccd() -> None:
    """Four classes of the original fields, out of fold."""
    table, out = cells.WORK / "bccd.parquet", cells.WORK / "bccd"
    if not table.is_file():
        timed(["import", cells.folder("bccd"), "--out", cells.WORK / "bccd-all.parquet"])
        few = ["--folds", 5, "--leave-out", "basophil"]
        timed(["split", cells.WORK / "bccd-all.parquet", *few, "--out", table])
    job = ["train", table, *WEIGHTS, "--epochs", 20, "--views", "flips", "--all-folds"]
    made("BCCD, four classes, 5 folds by field", out, [*job, "--out", out])
    told = cells.WORK / "bccd-std.parquet"
    timed(["standardise", table, "--out", told])
    for name in ("pbc", "robust"):
        _bccd_from(name, told)


def _bccd_from(name: str, told: Path) -> None:
    """Three seeds from a run on PBC, and the mean of their answers."""
    run = {"pbc": "pbc-0", "robust": "robust-robust-0"}[name]
    setting, outs = "BCCD, four classes, 5 folds by field, from ", []
    setting += {"pbc": "a run on PBC", "robust": "`robust` on PBC"}[name]
    for seed in range(3):
        outs.append(cells.WORK / f"bccd-from-{name}-{seed}")
        job = ["train", told, "--weights", _run(run), *CELLS, "--seed", seed]
        made(f"{setting}, seed {seed}", outs[-1], [*job, "--out", outs[-1]])
    _mean_answer(setting, outs)


def _mean_answer(setting: str, runs: list[Path]) -> None:
    """The accuracy of the mean of the runs' answers, out of fold."""
    out = cells.WORK / "bccd-mean-answer.parquet"
    timed(["ensemble", *runs, "--out", out])
    figure = evaluate_table(read_predictions(out), split="test").figures["accuracy"]
    ends = {"low": figure.low, "high": figure.high}
    ends["data_hash"] = open_run(runs[0]).facts["data"]["data_hash"]
    write_row("accuracy", f"{setting}, mean of the answers", "test accuracy", figure.value, **ends)


def _run(name: str) -> Path:
    weights = cells.WORK / name / "network.safetensors"
    if not weights.is_file():
        sys.exit(f"{weights} is not there: run `accuracy pbc` and `robust`")
    return weights
