"""One difference of two methods: its interval and its p, from paired resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

from buffycoat.evaluation.intervals import BINOMIAL, binomial_figure, resampled_figure

__all__ = ["FEW", "Difference", "Telling", "bootstrap_p", "make_difference"]

FEW = 6
"""A sign test of fewer pairs cannot show anything at 5%."""

_LEVEL = 0.05
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
class Telling:
    """Groups in which two methods differ."""

    first: float
    """The weight in the figure, of 1 in all, of those in which the first may be the better one."""
    second: float
    """Of those in which the second may be; a group in which it cannot be told counts in both."""
    n: int
    """How many they are."""
    n_groups: float
    """How many groups of one size the figure is worth."""

    @property
    def limits(self) -> tuple[float, float]:
        """The exact binomial bounds of the weights on which either may be better."""
        trials = ((share * self.n_groups, self.n_groups) for share in (self.second, self.first))
        second, first = (binomial_figure(*each).high for each in trials)
        return -second, first


def make_difference(
    value: float, resamples: np.ndarray, telling: Telling, method: str
) -> Difference:
    """A difference with its interval and p.

    A group in which both methods do alike tells nothing of which is better, however many there
    are: the interval is as wide as the number of telling groups asks. Where they are fewer than
    `FEW` a bootstrap is worth nothing; the interval then has the exact bounds of the shares of
    images, in as many groups as their sizes are worth, in which either method may be better.

    Args:
        value: The difference on all samples.
        resamples: The difference in each resample, float64 (R,); NaN where it was not defined.
        telling: Groups in which the methods differ.
        method: How the resamples were drawn.
    """
    # Two equal figures may differ by rounding; that is no difference.
    value, finite = round(value, 12), np.round(resamples[np.isfinite(resamples)], 12)
    p = bootstrap_p(finite, telling.n)
    is_steady = finite.size == 0 or np.ptp(finite) < _SAME
    if telling.n < FEW or (is_steady and abs(value) < _SAME):
        low, high = telling.limits
        return Difference(value, min(low, value), max(high, value), BINOMIAL, p, None, telling.n)
    if is_steady:
        exact = binomial_figure(abs(value) * telling.n_groups, telling.n_groups)
        low, high = sorted(float(np.sign(value)) * end for end in (exact.low, exact.high))
        return Difference(value, low, high, BINOMIAL, p, None, telling.n)
    figure = resampled_figure(value, finite, telling.n, method, (-1.0, 1.0))
    low, high = figure.low, figure.high
    if p >= _LEVEL:  # between two resamples an end can lie just beyond 0, where p counts both
        low, high = min(low, 0.0), max(high, 0.0)
    return Difference(value, low, high, method, p, None, telling.n)


def bootstrap_p(resamples: np.ndarray, n_telling: int) -> float:
    """The two-sided p at which the interval of a difference just touches 0.

    The share of resamples beyond 0 is widened as the percentiles of the interval are: by
    Student's distribution of as many groups as tell the two apart. Where no resample lies beyond
    0, the share is that of a normal distribution with their mean and spread. p is never below
    that of a sign test in which all groups agree.

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
    spread = resamples.std()
    if not beyond and spread > _SAME:
        share = min(share, norm.sf(abs(resamples.mean()) / spread))
    reach = norm.isf(share) * np.sqrt((n_telling - 1) / n_telling)
    return min(1.0, max(float(2 * t.sf(reach, n_telling - 1)), 0.5 ** (n_telling - 1)))
