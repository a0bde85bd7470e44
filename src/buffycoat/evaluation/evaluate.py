"""From a prediction table to its figures: every one with an interval, a split and a data hash."""

from __future__ import annotations

import polars as pl

from buffycoat.evaluation.calibration import reliability_bins
from buffycoat.evaluation.curves import precision_recall_curves, roc_curves
from buffycoat.evaluation.estimates import class_figures, overall_figures
from buffycoat.evaluation.figures import Evaluation, Figure
from buffycoat.evaluation.mistakes import confused_pairs, confusion_matrix, list_mistakes
from buffycoat.evaluation.notes import data_notes, figure_notes
from buffycoat.evaluation.resampling import resample
from buffycoat.evaluation.selection import (
    IS_ANSWERED,
    IS_LABELLED,
    Selection,
    as_answers,
    knows_groups,
    select_rows,
)
from buffycoat.tables.predictions import PredictionTable

__all__ = ["Evaluation", "evaluate_table"]

_OF_BASELINES = ("accuracy", "balanced_accuracy", "macro_f1")


def evaluate_table(
    table: PredictionTable,
    *,
    split: str = "test",
    baselines: PredictionTable | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """All figures of one run on the clean, labelled rows of one split.

    Rows of several folds are one out-of-fold result. Intervals resample whole groups; an image
    without a group is a group of its own. The order of the rows does not matter.

    Args:
        table: Answers of one run.
        split: The rows; a table without any split is taken as a whole.
        baselines: Answers of simple rivals to the same samples.
        n_resamples: Resamples of each interval.
        seed: Of the resampling.

    Raises:
        TableError: when there are no labelled answers, or those of several runs.
    """
    selection = select_rows(table, split)
    answers = as_answers(selection.frame, table)
    resamples = resample(answers, n_resamples, seed)
    figures = overall_figures(answers, resamples)
    groups_known = knows_groups(table, selection.frame)
    notes = [*data_notes(selection, answers, groups_known), *figure_notes(answers, figures)]
    rivals, missing = _baselines(baselines, selection, n_resamples, seed)
    return Evaluation(
        run_id=str(selection.frame["run_id"][0]),
        split=selection.split,
        n_images=answers.n_images,
        n_groups=answers.n_groups,
        groups_known=groups_known,
        n_failed=selection.n_failed,
        data_hash=table.facts.get("data_hash"),
        classes=table.classes,
        figures=figures,
        per_class=class_figures(answers, resamples),
        confusion=confusion_matrix(answers),
        baselines=rivals,
        reliability=reliability_bins(answers),
        roc=roc_curves(answers),
        precision_recall=precision_recall_curves(answers),
        confused_pairs=confused_pairs(answers),
        mistakes=list_mistakes(answers),
        notes=[*table.facts.get("notes", ()), *notes, *missing],
    )


def _baselines(
    table: PredictionTable | None, selection: Selection, n_resamples: int, seed: int
) -> tuple[dict[str, dict[str, Figure]], list[str]]:
    """Figures of each baseline on the evaluated samples, and what is to be said of them."""
    if table is None:
        return {}, []
    samples = selection.frame.select("sample_id")
    figures: dict[str, dict[str, Figure]] = {}
    notes: list[str] = []
    for (name,), frame in table.frame.group_by("run_id", maintain_order=True):
        rows = frame.filter(IS_LABELLED & IS_ANSWERED)
        rows = rows.join(samples, on="sample_id", how="semi").sort("sample_id")
        if len(rows) < len(samples):
            notes.append(f"baseline {name}: answers {len(rows)} of the {len(samples)} images")
        if len(rows):
            figures[str(name)] = _baseline_figures(rows, table, n_resamples, seed)
    return figures, notes


def _baseline_figures(
    rows: pl.DataFrame, table: PredictionTable, n_resamples: int, seed: int
) -> dict[str, Figure]:
    bare = rows.drop([f"p_{name}" for name in table.classes], strict=False)
    answers = as_answers(bare, PredictionTable(bare, table.classes))
    found = overall_figures(answers, resample(answers, n_resamples, seed))
    return {name: found[name] for name in _OF_BASELINES}
