"""Values and resamples brought together: each figure with its interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from buffycoat.evaluation.calibration import LARGEST_LOSS
from buffycoat.evaluation.figures import ClassFigures, Figure
from buffycoat.evaluation.intervals import (
    OVER_GROUPS,
    OVER_IMAGES,
    binomial_figure,
    resampled_figure,
)
from buffycoat.evaluation.scores import class_scores, overall_scores
from buffycoat.evaluation.selection import Answers

__all__ = ["class_figures", "groups_of_average", "overall_figures"]

_LIMITS = {
    "cohen_kappa": (-1.0, 1.0),
    "matthews": (-1.0, 1.0),
    "log_loss": (0.0, LARGEST_LOSS),
    "brier": (0.0, 2.0),
}
_CLASS_AVERAGES = {
    "balanced_accuracy",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "auc_one_vs_rest",
    "auc_one_vs_one",
}


def overall_figures(answers: Answers, resamples: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    """The figures of all classes together, by name.

    Accuracy is a proportion of independent images where every image is its own group; its
    interval is then the exact binomial one.
    """
    n_averaged = groups_of_average(answers)
    figures: dict[str, Figure] = {}
    for name, value in overall_scores(answers).items():
        n = n_averaged if name in _CLASS_AVERAGES else answers.n_groups
        limits = _LIMITS.get(name, (0.0, 1.0))
        figures[name] = resampled_figure(value, resamples[name], n, _method(answers), limits)
    if answers.is_ungrouped:
        figures["accuracy"] = binomial_figure(int(answers.is_right.sum()), answers.n_images)
    return figures


def class_figures(answers: Answers, resamples: Mapping[str, np.ndarray]) -> dict[str, ClassFigures]:
    """The figures of each class, by its name; recall by the exact binomial as accuracy is."""
    n_groups = answers.groups_by(answers.labels)
    n_called = answers.groups_by(answers.predicted)
    found: dict[str, ClassFigures] = {}
    for c, scores in enumerate(class_scores(answers)):
        n_images = int(answers.class_sizes[c])
        figures = {
            name: resampled_figure(
                value,
                resamples[name][:, c],
                int(n_called[c] if name == "precision" else n_groups[c]),
                _method(answers),
            )
            for name, value in scores.items()
        }
        if answers.is_ungrouped and n_images:
            n_right = int((answers.is_right & (answers.labels == c)).sum())
            figures["recall"] = binomial_figure(n_right, n_images)
        four = (figures.get(name) for name in ("precision", "recall", "f1", "auc"))
        found[answers.classes[c]] = ClassFigures(n_images, int(n_groups[c]), *four)
    return found


def _method(answers: Answers) -> str:
    return OVER_IMAGES if answers.is_ungrouped else OVER_GROUPS


def groups_of_average(answers: Answers) -> float:
    """The number of groups that an average over classes is worth: classes by harmonic mean.

    The variance of a mean of proportions is that of one proportion of so many trials; a class of
    few groups makes it small.
    """
    n_groups = answers.groups_by(answers.labels)
    present = n_groups[n_groups > 0]
    return min(float(len(present) ** 2 / (1 / present).sum()), float(answers.n_groups))
