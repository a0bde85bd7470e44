"""Ways against imbalance on a long tail cut from PBC's eleven fine classes: one sweep, three seeds.

Training rows are cut by seed to 1,000 of the largest class down to 13 of the smallest; validation
and test rows stay whole. Ways are compared on the validation rows, and the test figures of all of
them stand beside, as the tail's three rarest classes need a table of their own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from benchmarks import cells
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import timed
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import read_samples, write_samples

LARGEST, SMALLEST = 1000, 13
SEEDS = (0, 1, 2)
EPOCHS = 8

WAYS: dict[str, list[str]] = {
    "plain": [],
    "class weights": ["--balance", "class-weights"],
    "effective number": ["--balance", "effective-number"],
    "balanced sampling": ["--balance", "sampling"],
    "square-root sampling": ["--balance", "square-root-sampling"],
    "resampled to the mean": ["--balance", "mean-sampling"],
    "decoupled": ["--classifier-epochs", "2"],
}


def main() -> None:
    """Cut, train each way with each seed, write the figures."""
    cells.WORK.mkdir(parents=True, exist_ok=True)
    whole = cells.WORK / "fine.parquet"
    if not whole.is_file():
        names = ["--label-from", r"([A-Z]+)_\d+\.jpg"]
        timed(["import", cells.folder("pbc"), *names, "--out", cells.WORK / "fine-all.parquet"])
        timed(["split", cells.WORK / "fine-all.parquet", "--out", whole])
    for way, flags in WAYS.items():
        for seed in SEEDS:
            out = cells.WORK / f"tail-{way.replace(' ', '-')}-{seed}"
            if not (out / "report.html").is_file():
                job = ["train", _cut(whole, seed), "--weights", cells.WEIGHTS, "--seed", seed]
                sized = ["--image-px", 64, 64, "--views", "flips", "--epochs", EPOCHS]
                timed([*job, *sized, *flags, "--out", out])
        _write(way)


def _cut(whole: Path, seed: int) -> Path:
    """The table with a long tail among its training rows; the others are left out of it."""
    path = cells.WORK / f"tail-{seed}.parquet"
    if path.is_file():
        return path
    table = read_samples(whole)
    frame = table.frame
    rows = frame.with_row_index("row").filter(
        (pl.col("split") == "train") & pl.col("excluded_because").is_null()
    )
    sizes = rows["label"].value_counts(sort=True)
    wanted = np.geomspace(LARGEST, SMALLEST, len(sizes)).round().astype(int)
    rng, left_out = np.random.default_rng(seed), []
    for label, n in zip(sizes["label"], wanted, strict=True):
        own = rows.filter(pl.col("label") == label)["row"].to_numpy()
        left_out.append(rng.permutation(own)[n:])
    drop = np.zeros(len(frame), bool)
    drop[np.concatenate(left_out)] = True
    why = pl.when(pl.Series(drop)).then(pl.lit("not in the long tail"))
    frame = frame.with_columns(pl.coalesce("excluded_because", why).alias("excluded_because"))
    write_samples(table.stepped("cut", frame, seed=seed), path)
    return path


def _write(way: str) -> None:
    """Mean over seeds of macro F1 and of the F1 of the three rarest, on validation and test."""
    runs = [cells.WORK / f"tail-{way.replace(' ', '-')}-{seed}" for seed in SEEDS]
    counts = read_samples(runs[0] / "samples.parquet").usable.filter(pl.col("split") == "train")
    rare = counts["label"].value_counts(sort=True)["label"].to_list()[-3:]
    data = open_run(runs[0]).facts["data"]["data_hash"]
    for split in ("validation", "test"):
        found = [
            evaluate_table(read_predictions(r / "predictions.parquet"), split=split) for r in runs
        ]
        macro = [one.figures["macro_f1"] for one in found]
        ends = {"low": min(f.low for f in macro), "high": max(f.high for f in macro)}
        mean = float(np.mean([f.value for f in macro]))
        spread = float(np.std([f.value for f in macro], ddof=1))
        note = f"mean of seeds 0 to 2 (sd {spread:.4f}); widest interval; {EPOCHS} epochs at 64 px"
        write_row("long_tail", way, f"{split} macro F1", mean, data_hash=data, note=note, **ends)
        f1 = [float(np.mean([one.per_class[c].f1.value for c in rare])) for one in found]
        ends = {"low": min(f1), "high": max(f1)}
        note = f"{', '.join(rare)}; mean, smallest and largest of seeds 0 to 2"
        write_row(
            "long_tail",
            way,
            f"{split} F1 of the three rarest",
            float(np.mean(f1)),
            data_hash=data,
            note=note,
            **ends,
        )


if __name__ == "__main__":
    main()
