"""Differences between two methods on the same samples: paired bootstrap over groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from buffycoat.evaluation.difference import Difference, Telling, make_difference
from buffycoat.evaluation.intervals import OVER_GROUPS, OVER_IMAGES
from buffycoat.evaluation.resampling import resample
from buffycoat.evaluation.scores import class_scores, overall_scores
from buffycoat.evaluation.selection import Answers

__all__ = ["COMPARED", "Difference", "Method", "differences", "make_method"]

COMPARED = ("accuracy", "balanced_accuracy", "macro_f1")
"""The figures that methods are compared by."""


@dataclass(frozen=True)
class Method:
    """Figures of one method, averaged over its K replicates, with R resamples of each."""

    answers: tuple[Answers, ...]
    """Of each replicate, for the same samples."""
    replicates: Mapping[str, tuple[float, ...]]
    """Each figure of each replicate, (K,)."""
    recalls: np.ndarray
    """By class, averaged, float64 (C,); NaN for a class without images."""
    resamples: Mapping[str, np.ndarray]
    """Of each figure, averaged, float64 (R,), and of `recall` (R, C)."""

    @property
    def right(self) -> np.ndarray:
        """The share of replicates that are right about each sample, float64 (N,)."""
        return np.asarray(np.mean([a.is_right for a in self.answers], axis=0))

    def value(self, name: str) -> float:
        """One figure, averaged over the replicates."""
        return float(np.mean(self.replicates[name]))


def make_method(answers: Sequence[Answers], *, n_resamples: int = 2000, seed: int = 0) -> Method:
    """The figures of a method, and the resamples that its differences are made of.

    Methods with the same samples, groups and seed get the same resamples: they are paired.

    Args:
        answers: Of each replicate, for the same samples in the same order.
        n_resamples: Resamples of the groups.
        seed: Of the resampling.
    """
    bare = [replace(a, p=None) for a in answers]  # no figure here needs probabilities
    scores = [overall_scores(a) for a in bare]
    recalls = [[s.get("recall", np.nan) for s in class_scores(a)] for a in bare]
    drawn = [resample(a, n_resamples, seed) for a in bare]
    return Method(
        tuple(answers),
        {name: tuple(s[name] for s in scores) for name in COMPARED},
        np.mean(recalls, axis=0),
        {name: np.mean([d[name] for d in drawn], axis=0) for name in (*COMPARED, "recall")},
    )


def differences(first: Method, second: Method) -> dict[str, Difference]:
    """First minus second for each figure of `COMPARED`, and `recall of <class>` for each class.

    Args:
        first: One method.
        second: Another one, of the same samples and resamples.
    """
    rows = first.answers[0]
    n_present = np.count_nonzero(rows.class_sizes)
    by_class = np.divide(
        1 / n_present, rows.class_sizes, where=rows.class_sizes > 0, out=np.zeros(len(rows.classes))
    )
    found = {}
    for name in COMPARED:
        gaps = first.resamples[name] - second.resamples[name]
        weights = by_class[rows.labels]
        if name == "accuracy":
            weights = np.full(rows.n_images, 1 / rows.n_images)
        telling = _telling(first, second, weights, by_class if name == "macro_f1" else None)
        value = first.value(name) - second.value(name)
        found[name] = make_difference(value, gaps, telling, _method(rows))
    gaps = first.resamples["recall"] - second.resamples["recall"]
    for c in np.flatnonzero(rows.class_sizes):
        telling = _telling(first, second, (rows.labels == c) / rows.class_sizes[c])
        value = float(first.recalls[c] - second.recalls[c])
        name = f"recall of {rows.classes[c]}"
        found[name] = make_difference(value, gaps[:, c], telling, _method(rows))
    return found


def _telling(
    first: Method, second: Method, weights: np.ndarray, by_class: np.ndarray | None = None
) -> Telling:
    """In which groups the methods differ among the samples that the figure is of.

    Groups of unequal weight are worth fewer of equal weight (Kish, Survey Sampling, 1965).

    Args:
        first: One method.
        second: Another one.
        weights: Of each sample in the figure, (N,), 1 in all; 0 for those that it is not of.
        by_class: The weight of a sample of each class, (C,), where one wrong answer in the place
            of another makes a difference; a sample then weighs as much as any class named for it.
    """
    groups = first.answers[0].groups
    chosen, moved = weights > 0, weights
    ahead = np.bincount(groups, np.where(chosen, first.right - second.right, 0))
    differs = first.right != second.right
    if by_class is not None:
        both = np.stack([a.predicted for a in (*first.answers, *second.answers)])
        differs |= (both != both[0]).any(0)
        moved = np.maximum(weights, by_class[both].max(0))
    told = np.bincount(groups, chosen & differs) > 0
    moved_by_group = np.bincount(groups, moved)
    sides = (told & (ahead >= 0), told & (ahead <= 0))
    first_share, second_share = (min(1.0, float(moved_by_group[s].sum())) for s in sides)
    n_groups = 1 / np.square(np.bincount(groups, weights)).sum()
    return Telling(first_share, second_share, int(told.sum()), float(n_groups))


def _method(rows: Answers) -> str:
    return f"paired {OVER_IMAGES if rows.is_ungrouped else OVER_GROUPS}"
