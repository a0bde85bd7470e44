"""`buffycoat ensemble`: several runs that answer together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import polars as pl

from buffycoat.errors import SettingError
from buffycoat.evaluation.ensemble import average_answers, refuse_learned, refuse_namesakes
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.pipeline.adaptation.learned import learned_rows
from buffycoat.pipeline.console import say
from buffycoat.pipeline.predicting import predict
from buffycoat.pipeline.summary import say_evaluation
from buffycoat.prediction.views import ViewName
from buffycoat.runs import Run, open_run
from buffycoat.tables.files import check_table_place
from buffycoat.tables.predictions import PredictionTable, read_predictions, write_predictions
from buffycoat.tables.samples import read_samples

__all__ = ["ensemble"]


def ensemble(
    runs: tuple[Path, ...],
    /,
    *,
    out: Path,
    weights: tuple[float, ...] = (),
    split: Literal["validation", "test"] = "test",
    images: tuple[str, ...] = (),
    views: ViewName | None = None,
) -> PredictionTable:
    """The mean of several runs' probabilities, scored on rows that no member learned from.

    The table that comes out is evaluated and compared like any other. With `--images` the runs
    answer new images instead, and nothing is scored.

    Args:
        runs: Two or more run folders with the same classes.
        out: The prediction table to write (Parquet, or CSV).
        weights: One for each run; by default all alike. Choose them by validation rows.
        split: The rows to score.
        images: New images for the runs to answer: files, folders, globs, or one sample table.
        views: Views that answers to new images are averaged over; by default each run's own.

    Raises:
        SettingError: when there are fewer than two runs, weights that cannot be, views without
            new images, or a table's name that ends in neither .csv nor .parquet.
        TableError: when classes differ, or a member learned from rows that would be scored.
        RunError: when a run is incomplete or altered.
    """
    check_table_place(out)
    shares = _shares(runs, weights)
    if views and not images:
        said = "the members have answered their rows already, each over its own views"
        raise SettingError(f"{said}: --views is for --images")
    opened = [open_run(Path(run)) for run in runs]
    name = "+".join(run.run_id for run in opened)
    if images:
        tables = [predict(run.path, images, views=views) for run in opened]
        table = average_answers(tables, shares, name)
    else:
        table = _scored(opened, shares, split, name)
        say_evaluation(evaluate_table(table, split=split))
    write_predictions(table, out)
    say(f"prediction table: {out}")
    return table


def _shares(runs: Sequence[Path], weights: Sequence[float]) -> list[float]:
    if len(runs) < 2:
        raise SettingError("an ensemble needs two or more runs: buffycoat ensemble RUN RUN")
    if len({Path(run).resolve() for run in runs}) < len(runs):
        raise SettingError("a run is given twice: give it a larger weight instead")
    are_shares = len(weights) == len(runs) and all(0 <= w < math.inf for w in weights)
    if weights and not (are_shares and sum(weights) > 0):
        said = f"weights are {', '.join(f'{w:g}' for w in weights)}"
        raise SettingError(f"{said}: give {len(runs)}, none negative and not all 0")
    return list(weights) or [1.0] * len(runs)


def _scored(runs: Sequence[Run], shares: Sequence[float], split: str, name: str) -> PredictionTable:
    """The mean answers to the rows that are of this split for every member."""
    tables = [_of_split(read_predictions(run.part("predictions.parquet")), split) for run in runs]
    known = [read_samples(run.part("samples.parquet")).frame for run in runs]
    scored = pl.concat([table.frame.select("sample_id") for table in tables]).unique()
    hashes = pl.concat([f.select("sample_id", "pixels_sha256") for f in known])
    hashes = hashes.drop_nulls("pixels_sha256").unique()
    scored = scored.join(hashes, on="sample_id", how="left")
    # By path: two runs of different folders can have one name.
    refuse_learned(scored, {str(run.path): _learned(run, split) for run in runs}, split)
    refuse_namesakes(scored)
    return average_answers(tables, shares, name)


def _of_split(table: PredictionTable, split: str) -> PredictionTable:
    frame = table.frame.filter(pl.col("split") == split)
    return PredictionTable(frame, table.classes, table.facts)


def _learned(run: Run, split: str) -> pl.DataFrame:
    """The rows that a run learned from, or chose its epoch by; of folds, none that it answers."""
    if "steps" not in run.facts:  # each fold answered what it had not seen
        return learned_rows(run, ())
    return learned_rows(run, ["train"] if split == "validation" else ["train", "validation"])
