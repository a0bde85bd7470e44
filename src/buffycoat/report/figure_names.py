"""The figures of an evaluation: what each is called and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buffycoat.report.numbers import decimal, interval, percent

if TYPE_CHECKING:
    from buffycoat.evaluation.evaluate import Evaluation

__all__ = ["FIGURES", "FigureName", "FigureRow", "figure_rows"]


@dataclass(frozen=True)
class FigureName:
    """One figure in words."""

    title: str
    meaning: str
    is_share: bool = True
    """Written as a percentage."""


FIGURES = {
    "accuracy": FigureName("Accuracy", "share of all images that are named right"),
    "balanced_accuracy": FigureName(
        "Balanced accuracy", "mean recall of the classes: rare ones count as much as common ones"
    ),
    "macro_precision": FigureName(
        "Macro precision", "mean over the classes of the share of answers that are right"
    ),
    "macro_recall": FigureName(
        "Macro recall", "mean over the classes of the share of cells that are found"
    ),
    "macro_f1": FigureName("Macro F1", "mean over the classes of precision and recall together"),
    "weighted_f1": FigureName("Weighted F1", "mean F1, each class weighted by its images"),
    "cohen_kappa": FigureName(
        "Cohen’s kappa", "agreement beyond chance: 0 is chance, 1 is perfect", False
    ),
    "matthews": FigureName(
        "Matthews correlation", "correlation of label and answer: 0 is none, 1 is perfect", False
    ),
    "auc_one_vs_rest": FigureName(
        "AUC, one versus rest", "how well each class is ranked above all others", False
    ),
    "auc_one_vs_one": FigureName(
        "AUC, one versus one", "how well each class is ranked above each other", False
    ),
    "log_loss": FigureName(
        "Log loss", "penalty for confident mistakes: 0 is perfect, lower is better", False
    ),
    "brier": FigureName(
        "Brier score", "squared error of the probabilities: 0 is perfect, lower is better", False
    ),
    "expected_calibration_error": FigureName(
        "Expected calibration error", "mean distance of confidence from the share that is right"
    ),
}
"""Title and meaning of each figure, in the order of the page."""


@dataclass(frozen=True)
class FigureRow:
    """One line of the table of all figures."""

    name: FigureName
    value: str
    interval: str
    method: str
    beside: str
    """The same on the validation split, with its interval."""


def figure_rows(evaluation: Evaluation, validation: Evaluation | None = None) -> list[FigureRow]:
    """All figures in the order of `FIGURES`; one that is new here keeps its own name."""
    names = [*(n for n in FIGURES if n in evaluation.figures)]
    names += [n for n in evaluation.figures if n not in FIGURES]
    rows = []
    for key in names:
        figure = evaluation.figures[key]
        name = FIGURES.get(key, FigureName(key.replace("_", " ").capitalize(), "", False))
        write = percent if name.is_share else decimal
        ends = interval(figure, as_percent=name.is_share)
        other = validation.figures.get(key) if validation else None
        beside = (
            f"{write(other.value)} ({interval(other, as_percent=name.is_share)})" if other else ""
        )
        rows.append(FigureRow(name, write(figure.value), ends, figure.method, beside))
    return rows
