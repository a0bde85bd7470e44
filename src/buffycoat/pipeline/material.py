"""What a command is given to judge: a run folder, or the predictions of any other program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from buffycoat.errors import InputError, TableError
from buffycoat.evaluation.baselines import label_baselines
from buffycoat.runs import Run, open_run
from buffycoat.tables.predictions import PredictionTable, read_predictions
from buffycoat.tables.samples import SampleTable, data_hash, read_samples

__all__ = ["Material", "is_there", "read_material"]


@dataclass(frozen=True)
class Material:
    """Answers, and what is known beside them."""

    predictions: PredictionTable
    baselines: PredictionTable | None
    """Answers of simple rivals to the same samples."""
    samples: SampleTable | None
    """Where the images lie."""
    run: Run | None
    """The run that answered; None for another program's table."""


def read_material(given: Path, samples: Path | None) -> Material:
    """The answers of a run folder or of a prediction table.

    Args:
        given: The folder, or the table.
        samples: A sample table, for labels, origins and pictures that the answers lack.

    Raises:
        InputError: when there is nothing, or no table of predictions.
        RunError: when the run is incomplete or altered.
    """
    known = read_samples(samples) if samples else None
    if not is_there(given):
        raise InputError(f"{given} does not exist: give a run folder or a prediction table")
    if not given.is_dir():
        predictions = _joined(read_predictions(given), known)
        return Material(predictions, label_baselines(predictions), known, None)
    run = open_run(given)
    return Material(
        read_predictions(run.part("predictions.parquet")),
        read_predictions(run.part("baselines.parquet")),
        known or read_samples(run.part("samples.parquet")),
        run,
    )


def is_there(path: Path) -> bool:
    """Whether something lies there that can be looked at; a name that no file can have is none."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _joined(predictions: PredictionTable, samples: SampleTable | None) -> PredictionTable:
    """Predictions with label, group and split from the sample table where they lack them."""
    if samples is None:
        return predictions
    wanted = ["label", "group", "split", "fold"]
    frame = predictions.frame.join(
        samples.frame.select("sample_id", *wanted), on="sample_id", how="left", suffix="_known"
    )
    if len(frame) and frame["label_known"].null_count() == len(frame):
        raise TableError("no sample_id of the predictions stands in the sample table")
    has_groups = len(frame) and frame["group"].null_count() < len(frame)
    frame = frame.with_columns(
        pl.coalesce(name, f"{name}_known").alias(name) for name in wanted
    ).select(predictions.frame.columns)
    columns = ["group"] if has_groups else list(samples.group_columns)
    known = {"group_columns": columns, "data_hash": data_hash(samples)}
    return PredictionTable(frame, predictions.classes, {**known, **predictions.facts})
