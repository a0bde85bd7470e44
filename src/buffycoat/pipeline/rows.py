"""The rows of a split table as a training takes them: places in the store, and class ids."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.batches.store import Store
from buffycoat.errors import InputError
from buffycoat.tables.samples import SampleTable
from buffycoat.training.module import TrainingData

__all__ = ["rows_by_split", "training_groups"]


def rows_by_split(samples: SampleTable, store: Store) -> TrainingData:
    """Rows and class ids of the training and validation samples that have an image.

    Raises:
        InputError: when none of one of them is there any more.
    """
    ids = {name: i for i, name in enumerate(samples.classes)}
    found: list[np.ndarray] = []
    for split in ("train", "validation"):
        frame, rows = _there(samples, store, split)
        labels = np.array([ids[label] for label in frame["label"]], np.int64)
        found += [rows, labels]
    return TrainingData(store.pixels, *found)


def training_groups(samples: SampleTable, store: Store) -> np.ndarray:
    """The group of each training row of `rows_by_split`, as numbers (N,)."""
    groups = _there(samples, store, "train")[0]["group"].to_numpy()
    numbers: np.ndarray = np.unique(groups, return_inverse=True)[1]
    return numbers


def _there(samples: SampleTable, store: Store, split: str) -> tuple[pl.DataFrame, np.ndarray]:
    """The usable rows of one split that are in the store, and where."""
    frame = samples.usable.filter(pl.col("split") == split)
    rows = store.rows_of(frame)
    if (rows < 0).all():
        said = f"the first was {frame['path'][0]} in {samples.root}"
        raise InputError(f"no {split} image is there any more ({said}): import again")
    return frame.filter(pl.Series(rows >= 0)), rows[rows >= 0]
