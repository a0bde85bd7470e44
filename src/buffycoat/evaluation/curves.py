"""ROC and precision-recall curves of each class against all others, thinned for drawing."""

from __future__ import annotations

import numpy as np
from sklearn import metrics

from buffycoat.evaluation.selection import Answers

__all__ = ["precision_recall_curves", "roc_curves"]

_MOST_POINTS = 200
Curve = list[tuple[float, float]]


def roc_curves(answers: Answers) -> dict[str, Curve]:
    """(false positive rate, true positive rate), both rising, by class."""
    curves: dict[str, Curve] = {}
    for name, is_class, p in _by_class(answers):
        false_positive, true_positive, _ = metrics.roc_curve(is_class, p)
        curves[name] = _thinned(false_positive, true_positive)
    return curves


def precision_recall_curves(answers: Answers) -> dict[str, Curve]:
    """(recall, precision), recall rising, by class."""
    curves: dict[str, Curve] = {}
    for name, is_class, p in _by_class(answers):
        precision, recall, _ = metrics.precision_recall_curve(is_class, p, drop_intermediate=True)
        curves[name] = _thinned(recall[::-1], precision[::-1])
    return curves


def _by_class(answers: Answers) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name, membership and probability of the classes that occur, but not alone."""
    if answers.p is None:
        return []
    sizes = answers.class_sizes
    drawable = np.flatnonzero((sizes > 0) & (sizes < answers.n_images))
    return [(answers.classes[c], answers.labels == c, answers.p[:, c]) for c in drawable]


def _thinned(x: np.ndarray, y: np.ndarray) -> Curve:
    """At most 200 points, evenly along the length of the curve, with both ends."""
    if len(x) > _MOST_POINTS:
        length = np.concatenate([[0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
        wanted = np.linspace(0, length[-1], _MOST_POINTS)
        kept = np.unique(np.searchsorted(length, wanted))
        x, y = x[kept], y[kept]
    return list(zip(x.tolist(), y.tolist(), strict=True))
