"""When a search is over: trials made, time spent, or nothing but failures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from optuna.trial import FrozenTrial

from buffycoat.search.settings.planned import counted_trials, slowest_s

__all__ = ["MOST_FAILED", "Limits"]

MOST_FAILED = 8
"""Trials that fail one after another before the search ends."""


@dataclass(frozen=True)
class Limits:
    """Trials and seconds of a whole search, over all commands that went on with it."""

    n_trials: int | None = None
    """Trials in all, those that were pruned or failed counted too."""
    budget_s: float | None = None
    """Seconds in all."""
    before_s: float = 0.0
    """Seconds that earlier commands spent."""
    began: float = field(default_factory=time.monotonic)
    """When this command began, in the seconds of `time.monotonic`."""

    @property
    def spent_s(self) -> float:
        """Seconds searched so far."""
        return self.before_s + time.monotonic() - self.began

    @property
    def left_s(self) -> float | None:
        """Seconds left; None without a budget."""
        return None if self.budget_s is None else self.budget_s - self.spent_s

    def has_time(self, trials: Sequence[FrozenTrial]) -> bool:
        """Whether a trial that is as slow as the slowest so far would end in time."""
        left = self.left_s
        return left is None or left > (slowest_s(trials) or 0.0)

    def may_begin(self, trials: Sequence[FrozenTrial], n_failed: int) -> bool:
        """Whether another trial may be drawn, after so many in a row that failed."""
        is_full = self.n_trials is not None and len(counted_trials(trials)) >= self.n_trials
        return not is_full and n_failed < MOST_FAILED and self.has_time(trials)
