"""Differences between two methods on the same samples: paired bootstrap over groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from buffycoat.evaluation.difference import Difference, Telling, make_difference
from buffycoat.evaluation.estimates import groups_of_average
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
    rows, every = first.answers[0], np.ones(first.answers[0].n_images, bool)
    found = {}
    for name in COMPARED:
        gaps = first.resamples[name] - second.resamples[name]
        n = rows.n_groups if name == "accuracy" else groups_of_average(rows)
        telling = _telling(first, second, every, n, by_answer=name == "macro_f1")
        value = first.value(name) - second.value(name)
        found[name] = make_difference(value, gaps, telling, _method(rows))
    gaps = first.resamples["recall"] - second.resamples["recall"]
    n_groups = rows.groups_by(rows.labels)
    for c in np.flatnonzero(rows.class_sizes):
        telling = _telling(first, second, rows.labels == c, int(n_groups[c]))
        value = float(first.recalls[c] - second.recalls[c])
        name = f"recall of {rows.classes[c]}"
        found[name] = make_difference(value, gaps[:, c], telling, _method(rows))
    return found


def _telling(
    first: Method, second: Method, chosen: np.ndarray, n_groups: float, *, by_answer: bool = False
) -> Telling:
    """In which groups the methods differ among the chosen samples, bool (N,).

    Args:
        first: One method.
        second: Another one.
        chosen: The samples that the figure is of.
        n_groups: Groups that the figure rests on.
        by_answer: Whether one wrong answer in the place of another makes a difference.
    """
    groups = first.answers[0].groups
    ahead = np.bincount(groups, np.where(chosen, first.right - second.right, 0))
    differs = first.right != second.right
    if by_answer:
        both = np.stack([a.predicted for a in (*first.answers, *second.answers)])
        differs |= (both != both[0]).any(0)
    told = np.bincount(groups, chosen & differs) > 0
    n_first, n_second = (told & (ahead >= 0)).sum(), (told & (ahead <= 0)).sum()
    return Telling(int(n_first), int(n_second), int(told.sum()), n_groups)


def _method(rows: Answers) -> str:
    return f"paired {OVER_IMAGES if rows.is_ungrouped else OVER_GROUPS}"
