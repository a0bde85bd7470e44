"""What an engine is: it makes trials, one or several at once, and hands on what they report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Done", "Engine", "Job", "Judge", "Report", "Work"]

Report = Callable[[int, float], bool]
"""Given a step and a figure; whether the trial is to be given up."""

Judge = Callable[[int, int, float], bool]
"""Given the key of a job, a step and a figure; whether it is to be given up."""

Work = Callable[..., Any]
"""A function of a module: `(*arguments, report)` to an outcome that can be pickled."""


@dataclass(frozen=True)
class Job:
    """A trial to be made."""

    key: int
    """What it is told apart by."""
    work: Work
    """What makes it."""
    arguments: tuple[Any, ...]
    """What it is given; can be pickled."""


@dataclass(frozen=True)
class Done:
    """A job that ended."""

    key: int
    outcome: Any = None
    """What the work gave."""
    reason: str | None = None
    """Why it gave nothing."""
    is_lost: bool = False
    """Whether the process or machine was lost on which it ran: it may be tried again."""


class Engine(Protocol):
    """Where trials run."""

    @property
    def n_at_once(self) -> int:
        """Jobs that run side by side."""

    def begin(self, job: Job) -> None:
        """Take on a job; there are never more than `n_at_once` of them."""

    def wait(self, judge: Judge) -> Done:
        """The next job that ends; the judge answers what the jobs report meanwhile."""

    def close(self) -> None:
        """Stop what still runs and give everything back."""
