"""From a measure in its own unit to a score from 0 to 1, which is .5 at the limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from buffycoat.errors import SettingError

__all__ = ["Limits"]


@dataclass(frozen=True)
class Limits:
    """The measures that are not flagged."""

    low: float | None = None
    """A measure below is flagged."""
    high: float | None = None
    """A measure above is flagged."""
    unless_most: bool = False
    """Flag nothing where more than half of the table would be: it is how these images are."""

    def __post_init__(self) -> None:
        given = [limit for limit in (self.low, self.high) if limit is not None]
        wrong = [v for v in given if isinstance(v, bool) or not isinstance(v, int | float)]
        if wrong or not np.isfinite(given).all():
            raise SettingError(f"low is {self.low!r} and high {self.high!r}: limits are numbers")
        if not given:
            raise SettingError("a check needs low, high or both, to know what it flags")
        if len(given) == 2 and given[0] > given[1]:
            raise SettingError(f"low is {self.low} and high {self.high}: nothing lies between")

    def scores(self, measures: np.ndarray) -> np.ndarray:
        """Scores (N,) of measures (N,): 0 is best, .5 on a limit, 1 as bad as can be, or NaN.

        They rise with the distance from what is allowed. A measure x that is 0 or more has
        x / (x + high) under a high limit alone, and low / (x + low) under a low one alone. Between
        two limits, r from their middle, one that is d from the middle has d / (d + r). Under a
        limit of 0 or less, one that is t beyond it has (1 + t / (s + |t|)) / 2, s being the size
        of the limit, or 1 for 0.
        """
        x = np.asarray(measures, np.float64)
        if self.low is not None and self.high is not None:
            return _beyond(np.maximum(x - self.high, self.low - x), (self.high - self.low) / 2)
        if self.high is not None:
            beyond = np.maximum(x, 0) - self.high if self.high > 0 else x - self.high
            return _beyond(beyond, max(self.high, 0.0), abs(self.high))
        low = float(self.low or 0)
        if low > 0:
            return np.asarray(low / (np.maximum(x, 0) + low))
        return _beyond(low - x, 0.0, abs(low))

    def flagged(self, measures: np.ndarray) -> np.ndarray:
        """Which of the measures (N,) are outside, (N,) truths; a missing one (NaN) is not."""
        outside = self.outside(measures)
        if self.unless_most and outside.sum() * 2 > np.isfinite(measures).sum():
            outside[:] = False
        return outside

    def outside(self, measures: np.ndarray) -> np.ndarray:
        """Which of the measures (N,) score above .5, be they most of all or not."""
        return np.asarray(self.scores(measures) > 0.5)

    def passed(self, measure: float) -> str:
        """The limit that a measure is beyond, in words, such as `below 0.004`."""
        is_below = self.low is not None and measure < self.low
        return f"below {self.low:g}" if is_below else f"above {self.high:g}"

    def __str__(self) -> str:
        low, high = (None if v is None else f"{v:g}" for v in (self.low, self.high))
        return " or ".join(filter(None, [low and f"below {low}", high and f"above {high}"]))


def _beyond(t: np.ndarray, r: float, size: float = 0.0) -> np.ndarray:
    """From how far beyond a limit; where `r` is above 0, no measure is more than that inside."""
    if r > 0:
        return np.asarray(np.maximum(r + t, 0) / (2 * r + np.maximum(t, -r)))
    return np.asarray((1 + t / ((size or 1.0) + np.abs(t))) / 2)
