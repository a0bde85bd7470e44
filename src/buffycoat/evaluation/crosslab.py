"""How runs do on other laboratories' images: a figure for each pair, over the classes of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from buffycoat.errors import TableError
from buffycoat.evaluation.estimates import class_figures, overall_figures
from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.resampling import resample
from buffycoat.evaluation.selection import (
    IS_ANSWERED,
    IS_LABELLED,
    Answers,
    as_answers,
    knows_groups,
)
from buffycoat.tables.predictions import PredictionTable

__all__ = ["CrossLab", "Pair", "measure_pair", "restricted"]

FIGURES = ("balanced_accuracy", "accuracy")


@dataclass(frozen=True)
class Pair:
    """One run's answers to one laboratory's images."""

    run_id: str
    laboratory: str
    classes: tuple[str, ...]
    """The classes that the run answers and the laboratory's images have."""
    n_images: int
    n_groups: int
    groups_known: bool
    n_other_class: int
    """Labelled images of classes that the run does not answer: left out."""
    n_learned: int
    """Images that the run learned from or chose its epoch by, with their groups: left out."""
    n_seen: int
    """Images among those measured that the run was adapted to without their labels."""
    n_failed: int
    """Images without an answer: left out."""
    data_hash: str | None
    any_answer: Mapping[str, Figure]
    """Accuracy and balanced accuracy with all answers of the run allowed."""
    known_answers: Mapping[str, Figure]
    """The same with only the classes of both allowed."""
    recall: Mapping[str, tuple[int, Figure | None]]
    """Images and recall of each class, with only the classes of both allowed."""


@dataclass(frozen=True)
class CrossLab:
    """The matrix of runs and laboratories."""

    runs: tuple[str, ...]
    laboratories: tuple[str, ...]
    pairs: Mapping[tuple[str, str], Pair]
    """By run and laboratory."""


def measure_pair(
    table: PredictionTable,
    laboratory: str,
    *,
    n_learned: int = 0,
    n_seen: int = 0,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Pair:
    """The figures of one run on one laboratory's images, with intervals by group.

    Args:
        table: The run's answers with probabilities; labels may be of classes it does not answer.
        laboratory: What it is called.
        n_learned: Images that were left out since the run knows them.
        n_seen: Images that it was adapted to without their labels.
        n_resamples: Resamples of each interval.
        seed: Of the resampling.

    Raises:
        TableError: when no labelled image is of a class that the run answers.
    """
    labelled = table.frame.filter(IS_LABELLED)
    known = labelled.filter(pl.col("label").is_in(table.classes))
    rows = known.filter(IS_ANSWERED).sort("sample_id")
    if not len(rows):
        said = f"its classes are {', '.join(table.classes)}"
        raise TableError(f"{laboratory} has no labelled image that the run can answer: {said}")
    there = set(rows["label"])
    classes = tuple(name for name in table.classes if name in there)
    all_answers = as_answers(rows, table)
    few = restricted(table, classes)
    answers = as_answers(few.frame.filter(IS_LABELLED & IS_ANSWERED).sort("sample_id"), few)
    drawn = resample(answers, n_resamples, seed)
    recalls = class_figures(answers, drawn)
    return Pair(
        run_id=str(rows["run_id"][0]),
        laboratory=laboratory,
        classes=classes,
        n_images=answers.n_images,
        n_groups=answers.n_groups,
        groups_known=knows_groups(table, rows),
        n_other_class=len(labelled) - len(known),
        n_learned=n_learned,
        n_seen=n_seen,
        n_failed=len(known) - len(rows),
        data_hash=table.facts.get("data_hash"),
        any_answer=_figures(all_answers, resample(all_answers, n_resamples, seed)),
        known_answers=_figures(answers, drawn),
        recall={name: (own.n_images, own.recall) for name, own in recalls.items()},
    )


def _figures(answers: Answers, drawn: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    found = overall_figures(answers, drawn)
    return {name: found[name] for name in FIGURES}


def restricted(table: PredictionTable, classes: Sequence[str]) -> PredictionTable:
    """The answers with only some classes allowed, their probabilities brought to a sum of 1.

    Rows whose label is of another class are left out.
    """
    frame = table.frame.filter(pl.col("label").is_null() | pl.col("label").is_in(classes))
    total = pl.sum_horizontal(f"p_{name}" for name in classes)
    shares = [
        pl.when(total > 0)
        .then(pl.col(f"p_{n}") / total)
        .otherwise(1 / len(classes))
        .alias(f"p_{n}")
        for n in classes
    ]
    others = [f"p_{name}" for name in table.classes if name not in classes]
    answered = pl.col("failed_because").is_null()
    frame = frame.with_columns(pl.when(answered).then(one) for one in shares).drop(others)
    best = pl.concat_list([f"p_{n}" for n in classes]).list.arg_max()
    names = best.replace_strict(dict(enumerate(classes)), return_dtype=pl.String)
    frame = frame.with_columns(predicted=pl.when(answered).then(names))
    return PredictionTable(frame, tuple(classes), table.facts)
