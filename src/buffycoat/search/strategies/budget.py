"""What a search may take, in seconds and trials, and whether another trial still fits in."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from buffycoat.errors import SettingError

__all__ = ["Meter", "SearchBudget"]


@dataclass(frozen=True)
class SearchBudget:
    """Seconds and trials; without either, a search ends when it has nothing left to try."""

    seconds: float = math.inf
    """In all, from the first trial on."""
    n_trials: int | None = None
    """Architectures that are trained; a shared network is trained by epochs instead."""
    clock: Callable[[], float] = time.monotonic
    """What gives the time, in seconds."""

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise SettingError(f"a search of {self.seconds} seconds: give it some time")
        if self.n_trials is not None and self.n_trials < 1:
            raise SettingError(f"a search of {self.n_trials} trials: it needs at least one")


class Meter:
    """Watches a budget from the moment it is made."""

    def __init__(self, budget: SearchBudget, n_done: int = 0) -> None:
        self.budget, self.n_done = budget, n_done
        self.began = budget.clock()
        self.slowest = 0.0

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return self.budget.clock() - self.began

    @property
    def is_over(self) -> bool:
        """Whether all the time is spent."""
        return self.spent >= self.budget.seconds

    def allows(self, n_running: int = 0) -> bool:
        """Whether one more trial fits in beside those that run, as slow as the slowest so far."""
        limit = self.budget.n_trials
        if limit is not None and self.n_done + n_running >= limit:
            return False
        return not self.is_over and self.spent + self.slowest <= self.budget.seconds

    def most(self, wanted: int) -> int:
        """How many more trials fit in, as slow as the slowest so far: `wanted` or fewer."""
        if not self.slowest or math.isinf(self.budget.seconds):
            return wanted
        return max(0, min(wanted, int((self.budget.seconds - self.spent) / self.slowest)))

    def start(self) -> float:
        """A trial begins: when."""
        return self.budget.clock()

    def stop(self, began: float) -> float:
        """A trial ends that began then; the seconds it took."""
        took = self.budget.clock() - began
        self.slowest, self.n_done = max(self.slowest, took), self.n_done + 1
        return took
