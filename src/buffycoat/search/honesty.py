"""Whether a search is to be believed: rank correlation with its interval, and what it was worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import kendalltau, rankdata, spearmanr, t

from buffycoat.errors import SettingError
from buffycoat.evaluation.figures import Figure
from buffycoat.evaluation.intervals import resampled_figure
from buffycoat.evaluation.resampling import group_counts
from buffycoat.evaluation.verdicts import points

__all__ = ["RankCorrelation", "Worth", "rank_correlation", "worth"]

OVER_ARCHITECTURES = "bootstrap over architectures"
_FEWEST = 3
_N_AT_ONCE = 500
_ROUNDING = 1e-12
_SETTLED = 0.8
"""A search that took a smaller share of its time has settled before."""


@dataclass(frozen=True)
class RankCorrelation:
    """How well a strategy's scores order architectures, -1 to 1."""

    spearman: Figure
    """Of the ranks."""
    kendall: Figure
    """Tau-b: pairs in the same order minus pairs in the opposite one, as a share."""
    n: int
    """Architectures that have both a score and a retrained accuracy."""


def rank_correlation(
    scores: Sequence[float],
    accuracies: Sequence[float],
    *,
    n_resamples: int = 2000,
    seed: int = 0,
) -> RankCorrelation | None:
    """The correlation of scores with what the same architectures reach when they are retrained.

    None where fewer than three have both, or one of the two is the same for all.

    Args:
        scores: The strategy's score of each architecture (n,).
        accuracies: What it reached from scratch (n,).
        n_resamples: Resamples of the architectures for the 95% interval.
        seed: What they depend on.

    Source:
        Yu et al., Evaluating the search phase of neural architecture search, ICLR 2020: what a
        shared network says of architectures is to be held against their retraining.
    """
    x, y = np.asarray(scores, float), np.asarray(accuracies, float)
    if len(x) != len(y):
        raise SettingError(f"{len(x)} scores and {len(y)} accuracies: one of each is needed")
    both = np.isfinite(x) & np.isfinite(y)
    x, y = x[both], y[both]
    if len(x) < _FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None

    def figure(value: float, of_counts: Callable[..., np.ndarray]) -> Figure:
        drawn = group_counts(len(x), n_resamples, seed, _N_AT_ONCE)
        found = np.concatenate([of_counts(x, y, counts) for counts in drawn])
        return resampled_figure(value, found, len(x), OVER_ARCHITECTURES, (-1.0, 1.0))

    return RankCorrelation(
        figure(float(spearmanr(x, y).statistic), _spearman),
        figure(float(kendalltau(x, y).statistic), _kendall),
        len(x),
    )


def _spearman(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each resample (r,), given how often each pair was drawn (n, r)."""
    places = np.array([np.repeat(np.arange(len(x)), n) for n in counts.T.astype(int)])
    a, b = rankdata(x[places], axis=1), rankdata(y[places], axis=1)
    a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
    return _ratio((a * b).sum(1), (a * a).sum(1) * (b * b).sum(1))


def _kendall(x: np.ndarray, y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of each resample (r,), given how often each pair was drawn (n, r)."""
    dx, dy = np.sign(x[:, None] - x), np.sign(y[:, None] - y)

    def over_pairs(signs: np.ndarray) -> np.ndarray:
        found: np.ndarray = (counts * (signs @ counts)).sum(0)
        return found

    return _ratio(over_pairs(dx * dy), over_pairs(dx * dx) * over_pairs(dy * dy))


def _ratio(shared: np.ndarray, product: np.ndarray) -> np.ndarray:
    """What is shared over the root of the product; NaN where a resample is constant."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = np.where(product > 0, shared / np.sqrt(product), np.nan)
    return found


@dataclass(frozen=True)
class Worth:
    """What a search gained over random search with the same budget."""

    difference: float
    """Mean difference of retrained accuracy, in shares."""
    low: float | None
    """Lower end of its 95% interval; None with one seed, or the same difference for all."""
    high: float | None
    """Upper end."""
    n_seeds: int
    """Pairs of trainings with a result each."""
    sentence: str
    """What follows from it."""

    @property
    def is_shown(self) -> bool:
        """Whether the search was better than chance beyond doubt."""
        return self.low is not None and self.low > 0


def worth(
    name: str,
    found: Sequence[float],
    by_chance: Sequence[float],
    *,
    minutes: float,
    needed: float | None = None,
) -> Worth:
    """Whether a search was worth its cost, in one sentence.

    The interval is Student's, of the differences by seed: it holds the chance of training, not
    that of another search. Seeds without a result on either side, NaN, are left out.

    Args:
        name: The strategy.
        found: Accuracy of the network that it chose, retrained with each seed (n,).
        by_chance: The same of what random search with the same budget chose (n,).
        minutes: What each of the two was given.
        needed: What the search took of them, where it settled before they were over.

    Raises:
        SettingError: when there is not one of each for every seed, or no pair of results.
    """
    a, b = np.asarray(found, float), np.asarray(by_chance, float)
    if len(a) != len(b) or not len(a):
        said = f"{len(a)} results of {name} and {len(b)} of random search"
        raise SettingError(f"{said}: one of each is needed for every seed")
    differences = (a - b)[np.isfinite(a - b)]
    if not len(differences):
        raise SettingError(f"no seed has a result of both {name} and random search")
    value, n = float(differences.mean()), len(differences)
    low = high = None
    # Equal differences of a few seeds say nothing of how far others would be; all zero are those
    # of the same network.
    if n > 1 and (np.ptp(differences) > _ROUNDING or abs(value) <= _ROUNDING):
        reach = float(t.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n))
        low, high = value - reach, value + reach
    return Worth(
        value, low, high, n, _in_words(name, value, low, high, n, _chance(name, minutes, needed))
    )


def _chance(name: str, minutes: float, needed: float | None) -> str:
    """Random search, and how long it and the search took."""
    if needed is None or needed > _SETTLED * minutes:
        return f"random search in the same {minutes:.3g} minutes"
    return f"random search in {minutes:.3g} minutes, of which {name} needed {needed:.2g}"


def _in_words(
    name: str, value: float, low: float | None, high: float | None, n: int, same: str
) -> str:
    more = "more" if value >= 0 else "less"
    by = f"{points(abs(value))} points of accuracy {more} than {same}"
    if abs(value) <= _ROUNDING:
        by = f"the same accuracy as {same}"
    if low is None or high is None:
        which = "with one seed" if n == 1 else f"with each of {n} seeds"
        said = f"{name} reached {by}, {which}; whether it was worth its cost"
        return f"{said} cannot be told: repeat both with other seeds."
    interval = f"({points(low)} to {points(high)}; one search of each, {n} trainings of its choice)"
    if low > 0:
        return f"{name} was worth its cost: it reached {by} {interval}."
    if high < 0:
        return f"{name} was not worth its cost: it reached {by} {interval}."
    return (
        f"{name} was not shown to be worth its cost: it reached {by} {interval},"
        " and no difference is possible too."
    )
