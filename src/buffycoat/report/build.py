"""One HTML page from tables alone: the report of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buffycoat.report.anonymous import anonymous_evaluation, without_paths_in
from buffycoat.report.card import commands, exclusions, flat, origins, split_counts, summary_facts
from buffycoat.report.curves import (
    confidence_histogram,
    precision_recall_panels,
    reliability_chart,
    roc_panels,
)
from buffycoat.report.figure_names import FIGURES, figure_rows
from buffycoat.report.figures import accuracy_rows, class_rows, confusion_rows, recall_axis
from buffycoat.report.gallery import Gallery, make_gallery
from buffycoat.report.learning_curves import learning_charts
from buffycoat.report.rendering import write_page
from buffycoat.report.verdict import accuracy_in_words, find
from buffycoat.tables.samples import SPLITS

if TYPE_CHECKING:
    import polars as pl

    from buffycoat.evaluation.evaluate import Evaluation
    from buffycoat.tables.samples import SampleTable

__all__ = ["build_report"]


def build_report(
    out: Path,
    *,
    evaluation: Evaluation,
    validation: Evaluation | None = None,
    samples: SampleTable | None = None,
    root: Path | None = None,
    history: pl.DataFrame | None = None,
    facts: Mapping[str, Any] | None = None,
    anonymise: bool = False,
) -> Path:
    """The page, written whole or not at all; the same input gives the same bytes.

    Args:
        out: The HTML file.
        evaluation: What the page is about.
        validation: The same run on the rows by which its best epoch was chosen.
        samples: Where the images lie; without it the page has no pictures.
        root: The folder of the images where it is no longer that of the sample table.
        history: One row per epoch.
        facts: The run's `run.json`; without it the page says nothing of the training.
        anonymise: Leave out every path and file name.

    Raises:
        DiskError: when it cannot be written.
    """
    gallery = make_gallery(evaluation, samples, root, anonymise=anonymise)
    said: Mapping[str, Any] = dict(facts or {})
    if anonymise:
        evaluation, said = anonymous_evaluation(evaluation), without_paths_in(said)
    left_out = exclusions(samples, said.get("data", {}))
    return write_page(
        out,
        "page.html",
        **_first_screen(evaluation, validation, gallery, _group_columns(samples, said)),
        **_details(evaluation, validation, gallery),
        **_background(evaluation, samples, said),
        exclusions=without_paths_in(left_out) if anonymise else left_out,
        learning=[] if history is None else learning_charts(history, said.get("best", {})),
    )


def _group_columns(samples: SampleTable | None, facts: Mapping[str, Any]) -> list[str]:
    known = samples.group_columns if samples else facts.get("data", {}).get("group_columns", ())
    return list(known)


def _first_screen(
    evaluation: Evaluation,
    validation: Evaluation | None,
    gallery: Gallery,
    group_columns: list[str],
) -> dict[str, Any]:
    accuracy = evaluation.figures["accuracy"]
    return {
        "evaluation": evaluation,
        "split": f"{evaluation.split} split" if evaluation.split in SPLITS else evaluation.split,
        "accuracy": accuracy,
        "in_words": accuracy_in_words(accuracy),
        "origins": origins(evaluation, group_columns),
        "accuracy_rows": accuracy_rows(evaluation, "this classifier"),
        "findings": find(evaluation, validation),
        "class_rows": class_rows(evaluation, gallery.examples),
        "recall_axis": recall_axis(evaluation),
    }


def _details(
    evaluation: Evaluation, validation: Evaluation | None, gallery: Gallery
) -> dict[str, Any]:
    return {
        "gallery": gallery,
        "validation": validation,
        "confusion": confusion_rows(evaluation.confusion, evaluation.classes),
        "figure_rows": figure_rows(evaluation, validation),
        "names": FIGURES,
        "baseline_figures": ("accuracy", "balanced_accuracy", "macro_f1"),
        "roc": roc_panels(evaluation),
        "precision_recall": precision_recall_panels(evaluation),
        "reliability": reliability_chart(evaluation),
        "histogram": confidence_histogram(evaluation),
    }


def _background(
    evaluation: Evaluation, samples: SampleTable | None, facts: Mapping[str, Any]
) -> dict[str, Any]:
    data = facts.get("data", {})
    return {
        "plan": facts.get("plan", ()),
        "splits": split_counts(samples, data, evaluation.classes),
        "summary": summary_facts(facts),
        "settings": flat(facts.get("settings", {}).get("resolved", {})),
        "environment": flat(facts.get("environment", {})),
        "commands": commands(evaluation, facts),
    }
