"""`buffycoat evaluate` and `buffycoat report`: figures with intervals, and the page."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import polars as pl

from buffycoat.errors import SettingError
from buffycoat.evaluation.evaluate import evaluate_table
from buffycoat.evaluation.figures import Evaluation
from buffycoat.pipeline.console import say
from buffycoat.pipeline.material import Material, read_material
from buffycoat.pipeline.summary import say_evaluation
from buffycoat.report.build import build_report
from buffycoat.report.data import write_figures
from buffycoat.tables.files import check_writable

__all__ = ["evaluate", "write_report"]

_FORMATS = ("html", "json", "csv")


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
    format: Literal["html", "json", "csv"] | None = None,  # noqa: A002
    split: Literal["train", "validation", "test"] = "test",
    anonymise: bool = False,
) -> Path:
    """Write the figures of a run or a prediction table as a page or as data.

    Args:
        given: A run folder, or a table of predictions.
        out: The file to write: .html is the page; .json and .csv hold the same numbers.
        format: What to write, where the file's name does not end so.
        split: The rows to evaluate.
        anonymise: Leave paths out.

    Raises:
        SettingError: when neither the name nor `format` says what to write, or they differ.
        RunError: when the run is incomplete or altered.
        TableError: when the table has no labelled predictions.
        DiskError: when the file cannot be written.
    """
    out = Path(out)
    check_writable(out)
    wanted = _format_of(out, format)
    material = read_material(Path(given), None)
    figures = _figures(material, split)
    if wanted == "html":
        _write_page(out, material, figures, anonymise)
    else:
        write_figures(figures, out, "csv" if wanted == "csv" else "json", anonymise=anonymise)
    say(f"report: {out}" if wanted == "html" else f"figures ({wanted}): {out}")
    return out


def _format_of(out: Path, asked: str | None) -> str:
    """What to write: what the file's name says, or what was asked for where it says nothing."""
    ending = out.suffix.lower().removeprefix(".")
    said = ending if ending in _FORMATS else None
    if asked and said and asked != said:
        raise SettingError(f"--format {asked} contradicts --out {out}: leave one of them out")
    chosen = asked or said
    if not chosen:
        ways = ", ".join(f".{name}" for name in _FORMATS)
        raise SettingError(f"--out {out} must end in one of {ways}; or give --format")
    return chosen


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
