"""Bootstrap over groups: every figure of every resample, many resamples at once.

A resample draws as many groups as there are, with replacement, and takes each with all its
images; it is held as the number of times that each group was drawn.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csr_array

from buffycoat.evaluation.confusion_figures import confusion_figures
from buffycoat.evaluation.probability_figures import ProbabilityFigures
from buffycoat.evaluation.selection import Answers

__all__ = ["group_counts", "resample"]

_CHUNK = 1_000_000  # numbers in one array of weights: 8 MB, whatever the size of the table


def resample(answers: Answers, n_resamples: int, seed: int) -> dict[str, np.ndarray]:
    """Every figure of R resamples: (R,), or (R, C) for `precision`, `recall`, `f1` and `auc`.

    NaN where a resample does not define a figure, for want of images of a class.
    """
    cells = _cells_by_group(answers)
    of_p = None if answers.p is None else ProbabilityFigures(answers, answers.p)
    n_at_once = max(1, _CHUNK // answers.n_images)
    parts: list[dict[str, np.ndarray]] = []
    for counts in group_counts(answers.n_groups, n_resamples, seed, n_at_once):
        n_classes = len(answers.classes)
        confusion = np.asarray(cells @ counts).T.reshape(-1, n_classes, n_classes)
        figures = confusion_figures(confusion)
        if of_p is not None:
            figures |= of_p.resampled(counts[answers.groups])
        parts.append(figures)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def group_counts(
    n_groups: int, n_resamples: int, seed: int, n_at_once: int
) -> Iterator[np.ndarray]:
    """How often each group is drawn, float64 (G, r), in chunks of up to `n_at_once` resamples."""
    rng = np.random.default_rng(seed)
    for start in range(0, n_resamples, n_at_once):
        r = min(n_at_once, n_resamples - start)
        drawn = rng.integers(n_groups, size=(r, n_groups)) * r + np.arange(r)[:, None]
        yield np.bincount(drawn.ravel(), minlength=n_groups * r).reshape(n_groups, r).astype(float)


def _cells_by_group(answers: Answers) -> csr_array:
    """Images by cell of the confusion matrix and group, sparse (C * C, G)."""
    n_classes = len(answers.classes)
    cells = answers.labels * n_classes + answers.predicted
    ones = np.ones(answers.n_images)
    return csr_array((ones, (cells, answers.groups)), shape=(n_classes**2, answers.n_groups))
