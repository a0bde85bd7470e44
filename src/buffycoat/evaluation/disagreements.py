"""Where several methods part: images that some name right and some wrong, and the hard ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from buffycoat.evaluation.selection import Answers

__all__ = ["Disagreement", "MethodAnswer", "list_disagreements", "list_shared_mistakes"]


@dataclass(frozen=True)
class MethodAnswer:
    """What one method says of one image."""

    predicted: str
    probability: float | None
    """Of that class, averaged over replicates; None where a table holds no probabilities."""
    is_right: bool


@dataclass(frozen=True)
class Disagreement:
    """One image and what every method says of it."""

    sample_id: str
    path: str | None
    label: str
    taken_for: str
    """The wrong answer, the most confident one where there are several."""
    answers: tuple[MethodAnswer, ...]
    """By method, in the order of the comparison."""


def list_disagreements(methods: Sequence[Sequence[Answers]]) -> list[Disagreement]:
    """The images that some methods name right and some wrong.

    Those on which both sides are sure come first: they are ordered by the confidence of the less
    confident side. Where confidence is not known they stand in the order of their `sample_id`.

    Args:
        methods: The replicates of each method, all of the same samples. Replicates answer
            together: the class with the highest mean probability, or else the commonest answer.
    """
    predicted, confidence = _joint(methods)
    is_right = predicted == methods[0][0].labels
    rows = np.flatnonzero(is_right.any(0) & ~is_right.all(0))
    sides = np.where(is_right, confidence, 0).max(0), np.where(is_right, 0, confidence).max(0)
    return _listed(methods, predicted, confidence, rows, np.minimum(*sides))


def list_shared_mistakes(methods: Sequence[Sequence[Answers]]) -> list[Disagreement]:
    """The images that every method names wrong; first those where the least sure is most sure."""
    predicted, confidence = _joint(methods)
    rows = np.flatnonzero((predicted != methods[0][0].labels).all(0))
    return _listed(methods, predicted, confidence, rows, confidence.min(0))


def _joint(methods: Sequence[Sequence[Answers]]) -> tuple[np.ndarray, np.ndarray]:
    """The class ids and confidences of all methods, int64 and float64 (M, N); NaN if unknown."""
    each = [_joint_of(replicates) for replicates in methods]
    return np.stack([ids for ids, _ in each]), np.stack([sure for _, sure in each])


def _joint_of(replicates: Sequence[Answers]) -> tuple[np.ndarray, np.ndarray]:
    first = replicates[0]
    given = [a.p for a in replicates if a.p is not None]
    if len(given) == len(replicates):
        p = np.mean(given, axis=0)
        ids = first.predicted if len(replicates) == 1 else p.argmax(1)
        return ids, p[np.arange(len(ids)), ids]
    votes = sum(np.eye(len(first.classes))[a.predicted] for a in replicates)
    return np.asarray(votes).argmax(1), np.full(first.n_images, np.nan)


def _listed(
    methods: Sequence[Sequence[Answers]],
    predicted: np.ndarray,
    confidence: np.ndarray,
    rows: np.ndarray,
    weight: np.ndarray,
) -> list[Disagreement]:
    order = rows[np.argsort(-np.nan_to_num(weight[rows]), kind="stable")]
    first = methods[0][0]
    return [_disagreement(first, int(i), predicted[:, i], confidence[:, i]) for i in order]


def _disagreement(
    rows: Answers, i: int, predicted: np.ndarray, confidence: np.ndarray
) -> Disagreement:
    is_wrong = predicted != rows.labels[i]
    surest = int(np.where(is_wrong, np.nan_to_num(confidence), -1).argmax())
    answers = tuple(
        MethodAnswer(rows.classes[c], None if np.isnan(sure) else float(sure), not wrong)
        for c, sure, wrong in zip(predicted, confidence, is_wrong.tolist(), strict=True)
    )
    label, taken_for = rows.classes[rows.labels[i]], rows.classes[predicted[surest]]
    return Disagreement(rows.sample_ids[i], rows.paths[i], label, taken_for, answers)
