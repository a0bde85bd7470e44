"""What went wrong: the confusion matrix, the confused pairs and every wrong answer."""

from __future__ import annotations

import numpy as np
from sklearn import metrics

from buffycoat.evaluation.figures import ConfusedPair, Mistake
from buffycoat.evaluation.selection import Answers

__all__ = ["confused_pairs", "confusion_matrix", "list_mistakes"]


def confusion_matrix(answers: Answers) -> list[list[int]]:
    """Images by label (rows) and predicted class (columns), in class order."""
    ids = np.arange(len(answers.classes))
    matrix = metrics.confusion_matrix(answers.labels, answers.predicted, labels=ids)
    return [[int(n) for n in row] for row in matrix]


def list_mistakes(answers: Answers) -> list[Mistake]:
    """Every wrong answer, the most confident first."""
    confidence = answers.confidence
    return [
        Mistake(
            answers.sample_ids[i],
            answers.paths[i],
            answers.classes[answers.labels[i]],
            answers.classes[answers.predicted[i]],
            None if confidence is None else float(confidence[i]),
        )
        for i in _wrong_rows(answers)
    ]


def confused_pairs(answers: Answers) -> list[ConfusedPair]:
    """Each pair of label and wrong answer, the most frequent first."""
    rows_by_pair: dict[tuple[int, int], list[int]] = {}
    for i in _wrong_rows(answers):
        pair = int(answers.labels[i]), int(answers.predicted[i])
        rows_by_pair.setdefault(pair, []).append(i)
    by_size = sorted(rows_by_pair.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        ConfusedPair(
            answers.classes[label],
            answers.classes[predicted],
            len(rows),
            len(np.unique(answers.groups[rows])),
            [answers.sample_ids[i] for i in rows],
        )
        for (label, predicted), rows in by_size
    ]


def _wrong_rows(answers: Answers) -> list[int]:
    """The most confident first; as they stand where confidence is equal or not known."""
    rows = np.flatnonzero(~answers.is_right)
    if answers.confidence is not None:
        rows = rows[np.argsort(-answers.confidence[rows], kind="stable")]
    return [int(i) for i in rows]
