"""`buffycoat evaluate` and `buffycoat report`: figures with intervals, and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import polars as pl

from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.figures import Evaluation
from buffycoat.pipeline.console import say
from buffycoat.pipeline.material import Material, read_material
from buffycoat.pipeline.summary import say_evaluation
from buffycoat.report.build import build_report
from buffycoat.report.data import write_figures
from buffycoat.tables.files import check_writable

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
        DiskError: when the file cannot be written.
    """
    given = Path(given)
    material = read_material(given, samples)
    beside = given / "report.html" if given.is_dir() else given.with_suffix(".html")
    page = Path(out) if out else beside
    check_writable(page)
    figures = _figures(material, split)
    say_evaluation(figures)
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
        DiskError: when the file cannot be written.
    """
    out, material = Path(out), read_material(Path(given), None)
    check_writable(out)
    figures = _figures(material, split)
    if format == "html":
        return _write_page(out, material, figures, anonymise)
    return write_figures(figures, out, format, anonymise=anonymise)


def _figures(material: Material, split: str) -> Evaluation:
    return evaluate_table(material.predictions, split=split, baselines=material.baselines)


def _write_page(page: Path, material: Material, figures: Evaluation, anonymise: bool) -> Path:
    run = material.run
    validation = None
    if run and figures.split == "test" and "steps" in run.facts and "adapted" not in run.facts:
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
