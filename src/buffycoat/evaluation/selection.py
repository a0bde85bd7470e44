"""Which rows of a prediction table are evaluated, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from buffycoat.errors import TableError
from buffycoat.tables.predictions import PredictionTable, probabilities

__all__ = [
    "GIVEN_ROWS",
    "IS_ANSWERED",
    "IS_CLEAN",
    "IS_LABELLED",
    "Answers",
    "Selection",
    "as_answers",
    "class_ids",
    "group_ids",
    "knows_groups",
    "select_rows",
]

GIVEN_ROWS = "given rows"
"""What the split is called where the table knows none."""

_SHOWN = 8

IS_CLEAN = pl.col("variant") == "clean"
"""Rows of images as they are, not distorted."""

IS_LABELLED = IS_CLEAN & pl.col("label").is_not_null()
"""Rows that an answer can be held against; distorted variants are not among them."""

IS_ANSWERED = pl.col("failed_because").is_null() & pl.col("predicted").is_not_null()


@dataclass(frozen=True)
class Selection:
    """The labelled rows of one split."""

    split: str
    """`given rows` where the table knows no splits."""
    frame: pl.DataFrame
    """The answered rows, in order of their `sample_id`."""
    n_failed: int
    """Rows without an answer."""


@dataclass(frozen=True)
class Answers:
    """The answers of one run for N samples of G groups and C classes."""

    classes: tuple[str, ...]
    sample_ids: list[str]
    paths: list[str | None]
    labels: np.ndarray
    """Class ids, int64 (N,)."""
    predicted: np.ndarray
    """Class ids, int64 (N,)."""
    groups: np.ndarray
    """Group ids from 0 to G - 1, int64 (N,)."""
    p: np.ndarray | None
    """Probabilities, float64 (N, C), or None."""

    @property
    def n_images(self) -> int:
        """N."""
        return len(self.labels)

    @property
    def n_groups(self) -> int:
        """G."""
        return int(self.groups.max()) + 1

    @property
    def is_ungrouped(self) -> bool:
        """Whether every image is a group of its own."""
        return self.n_groups == self.n_images

    @property
    def class_sizes(self) -> np.ndarray:
        """Images by label, int64 (C,)."""
        return np.bincount(self.labels, minlength=len(self.classes))

    @property
    def is_right(self) -> np.ndarray:
        """Whether each answer is right, bool (N,)."""
        return np.asarray(self.labels == self.predicted)

    @property
    def confidence(self) -> np.ndarray | None:
        """The probability of each predicted class, float64 (N,)."""
        return None if self.p is None else self.p[np.arange(self.n_images), self.predicted]

    def groups_by(self, ids: np.ndarray) -> np.ndarray:
        """How many groups each class occurs in, int64 (C,); `ids` are labels or predictions."""
        pairs = np.unique(np.stack([ids, self.groups]), axis=1)
        return np.bincount(pairs[0], minlength=len(self.classes))


def select_rows(table: PredictionTable, split: str) -> Selection:
    """The clean, labelled rows of one split; all of them where the table has no splits at all.

    Raises:
        TableError: when there are none, none with an answer, or those of several runs; says what
            splits or runs there are.
    """
    frame = table.frame
    if frame["split"].null_count() < len(frame):
        frame = frame.filter(pl.col("split") == split)
    else:
        split = GIVEN_ROWS
    frame = frame.filter(IS_LABELLED)
    if not len(frame):
        raise TableError(_nothing_to_evaluate(table.frame, split))
    _check_one_run(frame)
    kept = frame.filter(IS_ANSWERED).sort("sample_id")
    if not len(kept):
        why = frame["failed_because"].drop_nulls().head(1).to_list() or ["no prediction"]
        raise TableError(f"all {len(frame)} labelled rows of {split} failed: {why[0]}")
    return Selection(split, kept, len(frame) - len(kept))


def knows_groups(table: PredictionTable, frame: pl.DataFrame) -> bool:
    """What the table says of its groups; without a word, whether these rows have any."""
    if "group_columns" in table.facts:
        return bool(table.facts["group_columns"])
    return frame["group"].null_count() < len(frame)


def _check_one_run(frame: pl.DataFrame) -> None:
    runs = frame["run_id"].unique().sort().to_list()
    if len(runs) > 1:
        named = ", ".join(map(str, runs[:_SHOWN])) + (", ..." if len(runs) > _SHOWN else "")
        said = "an evaluation is of one run: keep the rows of one of them"
        raise TableError(f"the table holds {len(runs)} runs ({named}); {said}")


def _nothing_to_evaluate(frame: pl.DataFrame, split: str) -> str:
    labelled = frame.filter(IS_LABELLED)
    if not len(labelled):
        return "no row has a label: add a column `label`, or join one with --samples"
    counts = labelled["split"].drop_nulls().value_counts().sort("split")
    said = ", ".join(f"{name} ({n})" for name, n in counts.iter_rows())
    return f"no labelled rows of split {split!r}: there are {said or 'rows without a split'}"


def as_answers(frame: pl.DataFrame, table: PredictionTable) -> Answers:
    """The arrays of some answered rows of a table.

    Raises:
        TableError: when they name a class that the table has not.
    """
    p = probabilities(table, frame) if table.has_probabilities else None
    return Answers(
        table.classes,
        frame["sample_id"].to_list(),
        frame["path"].to_list(),
        class_ids(frame, "label", table.classes),
        class_ids(frame, "predicted", table.classes),
        group_ids(frame),
        p if p is not None and np.isfinite(p).all() else None,
    )


def class_ids(frame: pl.DataFrame, column: str, classes: Sequence[str]) -> np.ndarray:
    """The place of each name of a column in the class order, int64 (N,).

    Raises:
        TableError: when a name is not among the classes.
    """
    ids = {name: i for i, name in enumerate(classes)}
    unknown = sorted(set(frame[column]) - set(ids))
    if unknown:
        raise TableError(f"{column} {unknown[0]!r} is not among the classes {tuple(classes)}")
    return np.array([ids[name] for name in frame[column]], np.int64)


def group_ids(frame: pl.DataFrame) -> np.ndarray:
    """Ids 0 to G - 1, int64 (N,); an image of unknown group is a group of its own."""
    # Two prefixes, so that a sample named like a group does not join it.
    own = pl.format("image {}", "sample_id")
    names = frame.select(pl.coalesce(pl.format("group {}", "group"), own)).to_series()
    return np.unique(names.to_numpy(), return_inverse=True)[1].astype(np.int64)
