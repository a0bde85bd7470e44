"""The rows of a split table as a training takes them: places in the store, and class ids."""

from __future__ import annotations

import numpy as np
import polars as pl

from buffycoat.batches.store import Store
from buffycoat.errors import InputError
from buffycoat.evaluation.selection import class_ids, group_ids
from buffycoat.tables.samples import SampleTable
from buffycoat.training.data import TrainingData

__all__ = ["rows_by_split"]


def rows_by_split(samples: SampleTable, store: Store) -> TrainingData:
    """Rows and class ids of the training and validation samples that have an image.

    Raises:
        InputError: when none of one of them is there any more.
    """
    train, train_rows = _there(samples, store, "train")
    validation, validation_rows = _there(samples, store, "validation")
    return TrainingData(
        store.pixels,
        train_rows,
        class_ids(train, "label", samples.classes),
        validation_rows,
        class_ids(validation, "label", samples.classes),
        train_groups=group_ids(train),
    )


def _there(samples: SampleTable, store: Store, split: str) -> tuple[pl.DataFrame, np.ndarray]:
    """The usable rows of one split that are in the store, and where."""
    frame = samples.usable.filter(pl.col("split") == split)
    rows = store.rows_of(frame)
    if (rows < 0).all():
        said = f"the first was {frame['path'][0]} in {samples.root}"
        raise InputError(f"no {split} image is there any more ({said}): import again")
    return frame.filter(pl.Series(rows >= 0)), rows[rows >= 0]
