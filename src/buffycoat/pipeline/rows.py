"""The rows of a split table as a training takes them: places in the store, and class ids."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.batches.store import Store
from buffycoat.errors import InputError
from buffycoat.tables.samples import SampleTable
from buffycoat.training.module import TrainingData

__all__ = ["rows_by_split"]


def rows_by_split(samples: SampleTable, store: Store) -> TrainingData:
    """Rows and class ids of the training and validation samples that have an image.

    Raises:
        InputError: when none of one of them is there any more.
    """
    ids = {name: i for i, name in enumerate(samples.classes)}
    found: list[np.ndarray] = []
    groups: list[np.ndarray] = []
    for split in ("train", "validation"):
        frame, rows = _there(samples, store, split)
        labels = np.array([ids[label] for label in frame["label"]], np.int64)
        found += [rows, labels]
        groups.append(_numbers(frame))
    return TrainingData(store.pixels, *found, train_groups=groups[0])


def _numbers(frame: pl.DataFrame) -> np.ndarray:
    """The groups as numbers from 0 (N,); a row of unknown group is its own."""
    names = frame.select(pl.coalesce("group", "sample_id")).to_series().to_numpy()
    numbers: np.ndarray = np.unique(names, return_inverse=True)[1]
    return numbers


def _there(samples: SampleTable, store: Store, split: str) -> tuple[pl.DataFrame, np.ndarray]:
    """The usable rows of one split that are in the store, and where."""
    frame = samples.usable.filter(pl.col("split") == split)
    rows = store.rows_of(frame)
    if (rows < 0).all():
        said = f"the first was {frame['path'][0]} in {samples.root}"
        raise InputError(f"no {split} image is there any more ({said}): import again")
    return frame.filter(pl.Series(rows >= 0)), rows[rows >= 0]
