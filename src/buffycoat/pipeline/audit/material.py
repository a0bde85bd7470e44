"""What networks know of the images of a table already: features, and answers out of fold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from buffycoat.errors import InputError
from buffycoat.tables.predictions import read_predictions
from buffycoat.tables.samples import SampleTable

__all__ = ["Known", "read_known"]


@dataclass(frozen=True)
class Known:
    """What networks know of the N rows of a table."""

    embeddings: np.ndarray | None = None
    """Features (N, D); NaN where there are none."""
    probabilities: np.ndarray | None = None
    """Answers (N, C) of a network that did not learn from the row; NaN where there are none."""

    def of_rows(self, rows: np.ndarray) -> Known:
        """What is known of these rows (M,), in their order."""
        given = (self.embeddings, self.probabilities)
        return Known(*(None if array is None else array[rows] for array in given))


def read_known(
    samples: SampleTable, embeddings: Path | None = None, predictions: Path | None = None
) -> Known:
    """What files know of a table.

    Args:
        samples: The table, N rows.
        embeddings: A .npy file (N, D) that `buffycoat embed` made of this table.
        predictions: A prediction table whose rows are out of fold.

    Raises:
        InputError: when a file is not of this table.
    """
    return Known(
        _embeddings(samples, Path(embeddings)) if embeddings else None,
        _probabilities(samples, Path(predictions)) if predictions else None,
    )


def _embeddings(samples: SampleTable, path: Path) -> np.ndarray:
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        said = f"{path} cannot be read as .npy ({error}): `buffycoat embed` makes one"
        raise InputError(said) from error
    if not isinstance(found, np.ndarray) or found.ndim != 2 or len(found) != len(samples.frame):
        shape = getattr(found, "shape", "several arrays")
        said = f"{path} has shape {shape} and the table {len(samples.frame)} rows"
        raise InputError(f"{said}: `buffycoat embed RUN` of this very table makes it")
    if found.dtype.kind not in "fiu" or not found.shape[1]:
        said = f"{path} holds {found.dtype} in {found.shape[1]} columns, and features are numbers"
        raise InputError(f"{said}: `buffycoat embed` makes them")
    return np.asarray(found, np.float32)


def _probabilities(samples: SampleTable, path: Path) -> np.ndarray:
    """Answers in the rows and classes of the table; rows that the network learned from left out."""
    table = read_predictions(path)
    if set(table.classes) != set(samples.classes):
        said = f"{path} answers for {', '.join(table.classes)}"
        raise InputError(f"{said}, and the table has {', '.join(samples.classes)}")
    if not table.has_probabilities:
        said = f"{path} has answers without probabilities, and labels are judged by these"
        raise InputError(f"{said}: it needs a column p_<class> for each class")
    columns = [f"p_{name}" for name in samples.classes]
    # a network is sure of what it learned from: that says nothing about the label
    held = table.frame.filter((pl.col("variant") == "clean") & (pl.col("split") == "test"))
    answers = held.group_by("sample_id").agg(pl.col(columns).mean())
    if not len(answers.join(samples.frame, on="sample_id", how="semi")):
        said = f"{path} has no answers for the table's images that are out of fold"
        raise InputError(f"{said}: `buffycoat train --all-folds` makes them")
    rows = samples.frame.select("sample_id").join(
        answers, on="sample_id", how="left", maintain_order="left"
    )
    return rows.select(pl.col(columns).cast(pl.Float64).fill_null(float("nan"))).to_numpy()
