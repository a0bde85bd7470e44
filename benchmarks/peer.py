"""Beside a peer: Ultralytics' classifier trainer, yolo11n-cls, on the same images, size and cores.

It gets an environment of its own in the work folder (or the interpreter in $BUFFYCOAT_PEER), and
its own defaults but for size, batch and workers. Both start from scratch, because its weights
come from a server: ours is small_cnn, and mobilenetv2_100 with the given weights beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from benchmarks import cells
from benchmarks.environments import interpreter, result_of
from benchmarks.record import write_row
from benchmarks.seconds_to_accuracy import epoch_seconds, timed
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.runs import open_run
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import SampleTable

PX, BATCH, EPOCHS = 96, 64, 8

_TRAIN = """
import csv, json, sys, time
from ultralytics import YOLO
data, project, px, batch, epochs = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
model = YOLO("yolo11n-cls.yaml")
began = time.perf_counter()
model.train(data=data, epochs=epochs, imgsz=px, batch=batch, workers=2, device="cpu", seed=0,
            project=project, name="run", exist_ok=True, plots=False, pretrained=False)
seconds = time.perf_counter() - began
top1 = float(model.val(data=data, split="test", imgsz=px, plots=False, workers=2).top1)
with open(f"{project}/run/results.csv") as file:
    rows = [{k.strip(): v for k, v in row.items()} for row in csv.DictReader(file)]
epochs_s = [float(row["time"]) for row in rows]
print("RESULT", json.dumps({"seconds": seconds, "top1": top1, "epochs_s": epochs_s}))
"""


def main() -> None:
    """Train theirs, then ours, and write both rows and their ratios."""
    table = cells.read(cells.pbc())
    theirs = _theirs(table)
    n_train = len(table.usable.filter(pl.col("split") == "train"))
    gaps = [b - a for a, b in zip([0.0, *theirs["epochs_s"]], theirs["epochs_s"], strict=False)]
    epoch_s = sorted(gaps[1:] or gaps)[len(gaps[1:] or gaps) // 2]
    _row("yolo11n-cls from scratch", "images/s, validation included", n_train / epoch_s, "")
    note = f"{EPOCHS} epochs in {theirs['seconds']:.0f} s"
    _row("yolo11n-cls from scratch", "test accuracy", theirs["top1"], note)
    scratch = ["--model", "small_cnn", "--weights", "none", "--recipe", "scratch"]
    weights = ["--weights", str(cells.WEIGHTS), "--views", "flips"]
    for name, flags, epochs in (
        ("small_cnn from scratch", scratch, EPOCHS),
        ("mobilenetv2_100 from ImageNet", weights, 3),
    ):
        out = cells.WORK / f"peer-{name.split()[0]}"
        size = ["--image-px", PX, PX, "--batch-size", BATCH, "--epochs", epochs]
        seconds = timed(["train", cells.pbc(), *flags, *size, "--out", out, "--overwrite"])
        found = evaluate_table(read_predictions(out / "predictions.parquet")).figures["accuracy"]
        speed = epochs * n_train / epoch_seconds(out)
        _row(name, "images/s, validation included", speed, open_run(out).facts["device"])
        note = f"{epochs} epochs; command {seconds:.0f} s"
        _row(name, "test accuracy", found.value, note, low=found.low, high=found.high)
        if found.value >= theirs["top1"]:
            reached = seconds / theirs["seconds"]
            _row(name, "seconds to at least their accuracy / theirs", reached, note)


def _theirs(table: SampleTable) -> dict:
    """Seconds, test accuracy and the seconds at the end of each epoch."""
    data, project = cells.WORK / "peer-images", cells.WORK / "peer-runs"
    _link_images(table, data)
    python = interpreter("peer", ["ultralytics"])
    return result_of(python, _TRAIN, data, project, PX, BATCH, EPOCHS)


def _link_images(table: SampleTable, data: Path) -> None:
    """A folder per split and class, with links to the images."""
    names = {"train": "train", "validation": "val", "test": "test"}
    for row in table.usable.drop_nulls("split").iter_rows(named=True):
        place = data / names[row["split"]] / row["label"] / Path(row["path"]).name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.symlink_to((table.root / row["path"]).resolve())


def _row(setting: str, figure: str, value: float, note: str, **ends: float) -> None:
    write_row("peer", f"{setting}, {PX} px, batch {BATCH}", figure, value, note=note, **ends)


if __name__ == "__main__":
    sys.exit(main())
