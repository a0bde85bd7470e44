"""`buffycoat evaluate` and `buffycoat report`: figures with intervals, and the page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from buffycoat.errors import InputError, TableError
from buffycoat.evaluation.baselines import label_baselines
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.figures import Evaluation
from buffycoat.pipeline.console import say
from buffycoat.pipeline.summary import say_evaluation
from buffycoat.report.build import build_report
from buffycoat.report.data import write_figures
from buffycoat.runs import Run, open_run
from buffycoat.tables.predictions import PredictionTable, read_predictions
from buffycoat.tables.samples import SampleTable, data_hash, read_samples

__all__ = ["evaluate", "write_report"]


def evaluate(
    given: Path,
    /,
    *,
    out: Path | None = None,
    split: Literal["train", "validation", "test"] = "test",
    samples: Path | None = None,
    anonymise: bool = False,
) -> Evaluation:
    """Evaluate a run, or the predictions of any other program, and write the report.

    Args:
        given: A run folder, or a table with `label` and `predicted` or `p_<class>` columns.
        out: The report (HTML); in the run folder, or beside the table, when not given.
        split: The rows to evaluate.
        samples: The sample table that the predictions belong to, for pictures and origins.
        anonymise: Leave paths out of the report.

    Raises:
        RunError: when the run is incomplete or altered.
        TableError: when the table has no labelled predictions.
    """
    material = _material(Path(given), samples)
    figures = _figures(material, split)
    say_evaluation(figures)
    given = Path(given)
    beside = given / "report.html" if given.is_dir() else given.with_suffix(".html")
    page = Path(out) if out else beside
    _write_page(page, material, figures, anonymise)
    say(f"report: {page}")
    return figures


def write_report(
    given: Path,
    /,
    *,
    out: Path,
    format: Literal["html", "json", "csv"] = "json",  # noqa: A002
    split: Literal["train", "validation", "test"] = "test",
    anonymise: bool = False,
) -> Path:
    """Write the figures of a run or a prediction table as a page or as data.

    Args:
        given: A run folder, or a table of predictions.
        out: The file to write.
        format: html is the page; json and csv hold the same numbers.
        split: The rows to evaluate.
        anonymise: Leave paths out.

    Raises:
        RunError: when the run is incomplete or altered.
        TableError: when the table has no labelled predictions.
    """
    out, material = Path(out), _material(Path(given), None)
    figures = _figures(material, split)
    if format == "html":
        return _write_page(out, material, figures, anonymise)
    return write_figures(figures, out, format, anonymise=anonymise)


@dataclass(frozen=True)
class _Material:
    predictions: PredictionTable
    baselines: PredictionTable | None
    samples: SampleTable | None
    run: Run | None


def _material(given: Path, samples: Path | None) -> _Material:
    known = read_samples(samples) if samples else None
    if not given.exists():
        raise InputError(f"{given} does not exist: give a run folder or a prediction table")
    if not given.is_dir():
        predictions = _joined(read_predictions(given), known)
        return _Material(predictions, label_baselines(predictions), known, None)
    run = open_run(given)
    return _Material(
        read_predictions(run.part("predictions.parquet")),
        read_predictions(run.part("baselines.parquet")),
        known or read_samples(run.part("samples.parquet")),
        run,
    )


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
    frame = frame.with_columns(
        pl.coalesce(name, f"{name}_known").alias(name) for name in wanted
    ).select(predictions.frame.columns)
    known = {"group_columns": list(samples.group_columns), "data_hash": data_hash(samples)}
    return PredictionTable(frame, predictions.classes, {**known, **predictions.facts})


def _figures(material: _Material, split: str) -> Evaluation:
    return evaluate_table(material.predictions, split=split, baselines=material.baselines)


def _write_page(page: Path, material: _Material, figures: Evaluation, anonymise: bool) -> Path:
    run = material.run
    validation = None
    if run and figures.split == "test" and "steps" in run.facts:
        validation = _figures(material, "validation")
    history = run.part("history.csv") if run else None
    return build_report(
        page,
        evaluation=figures,
        validation=validation,
        samples=material.samples,
        history=pl.read_csv(history) if history and history.is_file() else None,
        facts=run.facts if run else None,
        anonymise=anonymise,
    )
