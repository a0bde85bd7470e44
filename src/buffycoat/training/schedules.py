"""Courses of the learning rate: how far training is in, a share of the highest rate out."""

from __future__ import annotations

import math
from collections.abc import Callable

from buffycoat.registry import Choice, Registry

__all__ = ["Schedule", "build_schedule", "schedules"]

Schedule = Callable[[float], float]
"""From how much of the training is done, 0 to 1, to the share of the highest rate, 0 to 1."""

schedules: Registry[Callable[..., float]] = Registry("schedule")


def build_schedule(choice: Choice) -> Schedule:
    """The chosen schedule with its arguments bound.

    Raises:
        UnknownNameError: for a name that is no schedule.
        SettingError: for an argument that it does not take.
    """
    schedule = schedules.checked(choice, "done")
    return lambda done: schedule(min(max(done, 0.0), 1.0), **choice.arguments)


@schedules.register
def constant(done: float) -> float:  # noqa: ARG001
    """The same rate throughout."""
    return 1.0


@schedules.register
def cosine(done: float, *, final: float = 0.0) -> float:
    """Half a cosine from the highest rate to `final` times it."""
    return final + (1 - final) * (1 + math.cos(math.pi * done)) / 2


@schedules.register
def exponential(done: float, *, final: float = 0.01) -> float:
    """The same factor at every step, ending at `final` times the highest rate."""
    return float(final**done)


@schedules.register
def one_cycle(done: float, *, warm_up: float = 0.25, start: float = 0.04) -> float:
    """Half a cosine up from `start` in the first `warm_up` of the time, then one down to 0.

    Source:
        Smith and Topin, Super-convergence, 2018.
    """
    if done < warm_up:
        return start + (1 - start) * (1 - math.cos(math.pi * done / warm_up)) / 2
    return (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up))) / 2
