"""Differences between two methods on the same samples: paired bootstrap over groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm, t

from buffycoat.evaluation.estimates import groups_of_average
from buffycoat.evaluation.intervals import (
    BINOMIAL,
    OVER_GROUPS,
    OVER_IMAGES,
    binomial_figure,
    resampled_figure,
)
from buffycoat.evaluation.resampling import resample
from buffycoat.evaluation.scores import class_scores, overall_scores
from buffycoat.evaluation.selection import Answers

__all__ = ["COMPARED", "Difference", "Method", "bootstrap_p", "differences", "make_method"]

COMPARED = ("accuracy", "balanced_accuracy", "macro_f1")
"""The figures that methods are compared by."""

FEW = 6
"""A sign test of fewer pairs cannot show anything at 5%."""

_SAME = 1e-9  # resamples differ by rounding alone


@dataclass(frozen=True)
class Difference:
    """The first method's figure minus the second's, with its 95% interval."""

    value: float
    low: float
    high: float
    method: str
    """How the interval was made."""
    p: float
    """Two-sided; below .05 just where the interval leaves out 0."""
    p_corrected: float | None = None
    """After the correction for all pairs that were compared (Holm)."""
    n_telling: int = 0
    """Groups in which the two methods differ; the others tell nothing."""


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
    n_of_averages = groups_of_average(rows)
    right, changed = first.right != second.right, _answers_differ(first, second)
    found = {}
    for name in COMPARED:
        told = changed if name == "macro_f1" else right
        n = rows.n_groups if name == "accuracy" else n_of_averages
        gaps = first.resamples[name] - second.resamples[name]
        value = first.value(name) - second.value(name)
        found[name] = _difference(value, gaps, _n_groups(rows, told), n, _method(rows))
    gaps = first.resamples["recall"] - second.resamples["recall"]
    for c in np.flatnonzero(rows.class_sizes):
        told, n = right & (rows.labels == c), int(rows.groups_by(rows.labels)[c])
        value = float(first.recalls[c] - second.recalls[c])
        n_told = _n_groups(rows, told)
        name = f"recall of {rows.classes[c]}"
        found[name] = _difference(value, gaps[:, c], n_told, n, _method(rows))
    return found


def _answers_differ(first: Method, second: Method) -> np.ndarray:
    """Whether the answers to each sample differ in any replicate, bool (N,)."""
    both = np.stack([a.predicted for a in (*first.answers, *second.answers)])
    return np.asarray((both != both[0]).any(0))


def _n_groups(rows: Answers, chosen: np.ndarray) -> int:
    return len(np.unique(rows.groups[chosen]))


def _method(rows: Answers) -> str:
    return f"paired {OVER_IMAGES if rows.is_ungrouped else OVER_GROUPS}"


def _difference(
    value: float, resamples: np.ndarray, n_telling: int, n_groups: float, method: str
) -> Difference:
    """A difference with its interval and p.

    A group in which both methods do alike tells nothing of which is better, however many there
    are; the interval is as wide as the number of telling groups asks. Where they are fewer than
    `FEW`, it also holds the exact binomial limit of so many telling groups in either direction.
    """
    finite = resamples[np.isfinite(resamples)]
    is_steady = finite.size == 0 or np.ptp(finite) < _SAME
    p = bootstrap_p(finite, n_telling)
    if is_steady and n_telling >= FEW and abs(value) > _SAME:
        exact = binomial_figure(abs(value) * n_groups, n_groups)
        low, high = sorted((np.sign(value) * exact.low, np.sign(value) * exact.high))
        return Difference(value, float(low), float(high), BINOMIAL, p, n_telling=n_telling)
    low = high = value
    if not is_steady:
        figure = resampled_figure(value, finite, n_telling, method, (-1.0, 1.0))
        low, high = figure.low, figure.high
    if n_telling < FEW or is_steady:
        limit = binomial_figure(min(n_telling, FEW - 1, n_groups), n_groups).high
        low, high, method = min(low, -limit), max(high, limit), BINOMIAL
    return Difference(value, low, high, method, p, n_telling=n_telling)


def bootstrap_p(resamples: np.ndarray, n_telling: int) -> float:
    """The two-sided p at which the interval of a difference just touches 0.

    The share of resamples beyond 0 is widened as the percentiles of the interval are: by
    Student's distribution of as many groups as tell the two apart.

    Args:
        resamples: The difference in each resample, finite, float64 (R,).
        n_telling: Groups in which the two methods differ.

    Source:
        Hesterberg, The American Statistician 69 (2015) 371-386 (expanded percentiles).
    """
    if n_telling < 2 or not resamples.size:
        return 1.0
    beyond = min((resamples <= _SAME).sum(), (resamples >= -_SAME).sum())
    share = min((beyond + 1) / (resamples.size + 1), 0.5)
    reach = norm.isf(share) * np.sqrt((n_telling - 1) / n_telling)
    return min(1.0, float(2 * t.sf(reach, n_telling - 1)))
