"""The value of every figure, by scikit-learn."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from sklearn import metrics

from buffycoat.evaluation.calibration import calibration_error, row_losses
from buffycoat.evaluation.selection import Answers

__all__ = ["class_scores", "overall_scores"]


def overall_scores(answers: Answers) -> dict[str, float]:
    """The figures of all classes together, without those that the answers do not define.

    Averages are over the classes that occur among the labels. A class that is never predicted
    counts 0 in the macro precision.
    """
    y, predicted = answers.labels, answers.predicted
    present = np.flatnonzero(answers.class_sizes)
    over = {"labels": present, "zero_division": 0}
    macro = metrics.precision_recall_fscore_support(y, predicted, average="macro", **over)[:3]
    scores = {
        "accuracy": metrics.accuracy_score(y, predicted),
        "balanced_accuracy": macro[1],
        **dict(zip(("macro_precision", "macro_recall", "macro_f1"), macro, strict=True)),
        "weighted_f1": metrics.f1_score(y, predicted, average="weighted", **over),
    }
    if len(present) > 1:
        scores["cohen_kappa"] = metrics.cohen_kappa_score(y, predicted)
        scores["matthews"] = metrics.matthews_corrcoef(y, predicted)
    return {name: float(value) for name, value in {**scores, **_of_p(answers)}.items()}


def _of_p(answers: Answers) -> dict[str, float]:
    """The figures that need probabilities."""
    if answers.p is None:
        return {}
    losses = row_losses(answers.labels, answers.p)
    scores = {name: float(loss.mean()) for name, loss in losses.items()}
    scores["expected_calibration_error"] = calibration_error(answers)
    present = np.flatnonzero(answers.class_sizes).tolist()
    if len(present) < 2:
        return scores
    rest = [_area_under_roc(answers.labels == c, answers.p[:, c]) for c in present]
    pairs = [_pair_area(answers.labels, answers.p, a, b) for a, b in permutations(present, 2)]
    areas = {"auc_one_vs_rest": float(np.mean(rest)), "auc_one_vs_one": float(np.mean(pairs))}
    return {**areas, **scores}


def _area_under_roc(is_class: np.ndarray, p: np.ndarray) -> float:
    """The chance that an image of the class has the higher probability; ties count half."""
    return float(metrics.roc_auc_score(is_class, p))


def _pair_area(labels: np.ndarray, p: np.ndarray, a: int, b: int) -> float:
    """Class a against class b alone, by the probability of a.

    Source:
        Hand and Till, Machine Learning 45 (2001) 171-186.
    """
    rows = (labels == a) | (labels == b)
    return _area_under_roc(labels[rows] == a, p[rows, a])


def class_scores(answers: Answers) -> list[dict[str, float]]:
    """Precision, recall, F1 and AUC of each class in class order, where they are defined."""
    ids = np.arange(len(answers.classes))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        answers.labels, answers.predicted, labels=ids, zero_division=0
    )
    called = np.bincount(answers.predicted, minlength=len(ids))
    scores: list[dict[str, float]] = []
    for c, n in enumerate(answers.class_sizes):
        of_class: dict[str, float] = {}
        if n:
            of_class = {"recall": float(recall[c]), "f1": float(f1[c])}
        if n and called[c]:
            of_class["precision"] = float(precision[c])
        if answers.p is not None and 0 < n < answers.n_images:
            of_class["auc"] = _area_under_roc(answers.labels == c, answers.p[:, c])
        scores.append(of_class)
    return scores
