"""The real images that the benchmarks run on, and the tables and stores made of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import polars as pl

from buffycoat import SplitSettings, import_samples, split_samples
from buffycoat.batches.store import open_store
from buffycoat.images.fit import ImageSettings
from buffycoat.tables.samples import SampleTable, read_samples, write_samples
from buffycoat.training.data import TrainingData

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("BUFFYCOAT_DATA", ROOT.parent / "shared" / "data"))
WEIGHTS = DATA.parent / "weights" / "mobilenetv2_100.imagenet.safetensors"
WORK = Path(os.environ.get("BUFFYCOAT_BENCH", ROOT / "benchmarks" / "work"))
"""Where tables and runs of the benchmarks are kept; git ignores it."""


def folder(name: str) -> Path:
    """A folder of real images, or an end with a sentence where it is not there."""
    if not (DATA / name).is_dir():
        sys.exit(f"{DATA / name} is not there: set BUFFYCOAT_DATA to the folder of the real images")
    return DATA / name


def pbc(*, seed: int = 0, folds: int = 0) -> Path:
    """The split table of PBC's eight classes."""
    name = f"pbc-{folds}-folds.parquet" if folds else f"pbc-seed-{seed}.parquet"
    if not (WORK / name).is_file():
        WORK.mkdir(parents=True, exist_ok=True)
        table = import_samples((folder("pbc"),))
        settings = SplitSettings(folds=folds, seed=seed) if folds else SplitSettings(seed=seed)
        write_samples(split_samples(table, settings=settings), WORK / name)
    return WORK / name


def rows(table: SampleTable, image_px: int, split: str) -> TrainingData:
    """The training rows of a table, and those of another split to validate on, from the store."""
    store = open_store(table, ImageSettings((image_px, image_px)))
    found = []
    for name in ("train", split):
        frame = table.usable.filter(pl.col("split") == name)
        labels = frame["label"].replace_strict(
            list(table.classes), list(range(len(table.classes))), return_dtype=pl.Int64
        )
        found += [store.rows_of(frame), labels.to_numpy(writable=True)]
    return TrainingData(store.pixels, *found)


def read(path: Path) -> SampleTable:
    """The table at a path."""
    return read_samples(path)
