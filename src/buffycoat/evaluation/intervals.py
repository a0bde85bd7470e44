"""95% intervals: percentiles of a bootstrap, and the exact binomial where it is better."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta, norm, t

from buffycoat.evaluation.figures import Figure

__all__ = ["BINOMIAL", "OVER_GROUPS", "OVER_IMAGES", "binomial_figure", "resampled_figure"]

BINOMIAL = "exact binomial"
OVER_GROUPS = "bootstrap over groups"
OVER_IMAGES = "bootstrap over images"
_TAIL = 0.025
_SAME = 1e-9  # resamples differ by rounding alone


def binomial_figure(n_right: float, n: float) -> Figure:
    """A proportion with its exact (Clopper-Pearson) interval; `n_right` need not be whole.

    >>> figure = binomial_figure(25, 35)
    >>> round(figure.value, 2), round(figure.low, 2), round(figure.high, 2)
    (0.71, 0.54, 0.85)

    Source:
        Clopper and Pearson, Biometrika 26 (1934) 404-413.
    """
    low = beta.ppf(_TAIL, n_right, n - n_right + 1) if n_right > 0 else 0.0
    high = beta.ppf(1 - _TAIL, n_right + 1, n - n_right) if n_right < n else 1.0
    return Figure(n_right / n, float(low), float(high), BINOMIAL)


def resampled_figure(
    value: float,
    resamples: np.ndarray,
    n_groups: float,
    method: str,
    limits: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """A value with the percentiles of its resamples, wider where groups are few.

    Where all resamples agree (all answers right, all wrong, or one group alone) the percentiles
    say nothing of the uncertainty. The interval is then the exact binomial one of as many trials
    as there are groups, with the value's place between its limits as the proportion. An interval
    always holds its value, also where resampling shifts a figure (calibration error grows).

    Args:
        value: The figure of all images.
        resamples: The figure of each resample (R,); NaN where it was not defined.
        n_groups: Groups that the figure rests on.
        method: How the resamples were drawn.
        limits: Least and greatest possible value.

    Source:
        Hesterberg, The American Statistician 69 (2015) 371-386 (expanded percentiles).
    """
    finite = resamples[np.isfinite(resamples)]
    if finite.size == 0 or np.ptp(finite) < _SAME:
        return _exact_within(value, n_groups, limits)
    tail = _expanded_tail(n_groups)
    low, high = np.quantile(finite, [tail, 1 - tail])
    return Figure(value, min(float(low), value), max(float(high), value), method)


def _expanded_tail(n_groups: float) -> float:
    """The share of resamples beyond each end: 2.5% for many groups, 0.9% for ten.

    Plain percentiles are too narrow, as a resample varies less than the groups themselves and
    as few groups ask for Student's distribution.
    """
    if n_groups <= 1:
        return 0.0
    reach = t.ppf(1 - _TAIL, n_groups - 1) * np.sqrt(n_groups / (n_groups - 1))
    return float(norm.sf(reach))


def _exact_within(value: float, n_groups: float, limits: tuple[float, float]) -> Figure:
    least, width = limits[0], limits[1] - limits[0]
    share = min(max((value - least) / width, 0.0), 1.0)
    exact = binomial_figure(share * n_groups, n_groups)
    low, high = (least + width * bound for bound in (exact.low, exact.high))
    return Figure(value, min(low, value), max(high, value), BINOMIAL)
