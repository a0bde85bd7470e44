"""Tests beside the bootstrap: McNemar, Welch over replicates, and Holm for many pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t
from statsmodels.stats.contingency_tables import mcnemar

__all__ = ["McNemar", "holm", "mcnemar_test", "welch_reach"]


@dataclass(frozen=True)
class McNemar:
    """The exact test of two classifiers on the same images, each image taken as independent."""

    n_first_only: int
    """Images that the first alone has right."""
    n_second_only: int
    """Images that the second alone has right."""
    p: float
    """Two-sided."""
    p_corrected: float | None = None
    """After the correction for all pairs that were tested (Holm)."""


def mcnemar_test(first_right: np.ndarray, second_right: np.ndarray) -> McNemar:
    """Whether one of two classifiers is right more often, from the images that tell them apart.

    >>> test = mcnemar_test(np.array([True] * 9 + [False]), np.array([False] * 9 + [True]))
    >>> test.n_first_only, test.n_second_only, round(test.p, 4)
    (9, 1, 0.0215)

    Args:
        first_right: Whether the first is right about each image, bool (N,).
        second_right: The same for the second.

    Source:
        McNemar, Psychometrika 12 (1947) 153-157.
    """
    first_only = int((first_right & ~second_right).sum())
    second_only = int((second_right & ~first_right).sum())
    both, neither = (
        int((first_right & second_right).sum()),
        int((~first_right & ~second_right).sum()),
    )
    p = mcnemar([[both, first_only], [second_only, neither]], exact=True).pvalue
    return McNemar(first_only, second_only, float(p))


def holm(p: Sequence[float]) -> list[float]:
    """Each p after the correction for all of them, in the order they were given.

    statsmodels' `multipletests` gives the same, and in each call has Python collect its garbage:
    a fifth of a second where torch is loaded (docs/decisions/0009-holm-in-numpy.md).

    >>> [round(q, 2) for q in holm([0.04, 0.01, 0.03])]
    [0.06, 0.03, 0.06]

    Source:
        Holm, Scandinavian Journal of Statistics 6 (1979) 65-70.
    """
    ascending = np.argsort(p)
    times_left = np.asarray(p)[ascending] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[ascending] = np.minimum(1.0, np.maximum.accumulate(times_left))
    return [float(q) for q in corrected]


def welch_reach(first: Sequence[float], second: Sequence[float]) -> float:
    """Half the 95% interval of the difference of two means of replicates, two or more of each.

    Source:
        Welch, Biometrika 34 (1947) 28-35.
    """
    parts = [float(np.var(values, ddof=1)) / len(values) for values in (first, second)]
    if not sum(parts):
        return 0.0
    scaled = (p**2 / (len(v) - 1) for p, v in zip(parts, (first, second), strict=True))
    return float(t.ppf(0.975, sum(parts) ** 2 / sum(scaled)) * np.sqrt(sum(parts)))
