"""Courses of the learning rate: how far training is in, a share of the highest rate out."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence

from buffycoat.errors import SettingError
from buffycoat.registry import Choice, Registry

__all__ = ["Schedule", "build_schedule", "schedules"]

Schedule = Callable[[float, Sequence[float]], float]
"""From how much of the training is done, 0 to 1, and what each epoch so far was worth (lower is
better), to the share of the highest rate, 0 to 1."""

schedules: Registry[Callable[..., float]] = Registry("schedule")

_FIRST = 1e-3  # a rate of exactly 0 would waste the first step


def build_schedule(choice: Choice) -> Schedule:
    """The chosen schedule with its arguments bound.

    Raises:
        UnknownNameError: for a name that is no schedule.
        SettingError: for an argument that it does not take.
    """
    schedule = schedules.checked(choice, "done", "past")
    looks_back = "past" in inspect.signature(schedule).parameters

    def share(done: float, past: Sequence[float] = ()) -> float:
        given = {"past": past} if looks_back else {}
        return schedule(min(max(done, 0.0), 1.0), **given, **choice.arguments)

    return share


@schedules.register
def constant(done: float, *, warm_up: float = 0.0) -> float:
    """The same rate throughout, after a straight rise in the first `warm_up` of the time."""
    return _rise(done, warm_up)


@schedules.register
def cosine(done: float, *, final: float = 0.0, warm_up: float = 0.0) -> float:
    """Half a cosine from the highest rate to `final` times it, after a straight rise."""
    _check_share("final", final)
    fall = final + (1 - final) * (1 + math.cos(math.pi * _rest(done, warm_up))) / 2
    return _rise(done, warm_up) * fall


@schedules.register
def exponential(done: float, *, final: float = 0.01, warm_up: float = 0.0) -> float:
    """The same factor at every step, ending at `final` times the highest rate."""
    _check_share("final", final, above=0.0)
    return _rise(done, warm_up) * float(final ** _rest(done, warm_up))


@schedules.register
def plateau(
    done: float,
    *,
    past: Sequence[float] = (),
    factor: float = 0.2,
    patience: int = 5,
    least: float = 1e-5,
    warm_up: float = 0.0,
) -> float:
    """The highest rate, lowered each time that epochs have not become better for a while.

    What is monitored decides which epoch is better. The course follows from the past alone, so that
    a training that is resumed goes on as it would have.

    Args:
        done: How much of the training is done.
        past: What each epoch so far was worth; lower is better.
        factor: What the rate is multiplied by.
        patience: Epochs without a better one before it is.
        least: Share of the highest rate that it never falls below.
        warm_up: Share of the training in which it rises.
    """
    if not 0 < factor < 1 or patience < 1 or not 0 <= least <= 1:
        said = f"plateau: factor is {factor}, patience {patience} and least {least}"
        raise SettingError(f"{said}: a factor below 1, a patience of 1 or more, least from 0 to 1")
    best, waited, share = math.inf, 0, 1.0
    for value in past:
        waited = 0 if value < best else waited + 1
        best = min(best, value)
        if waited >= patience:
            share, waited = share * factor, 0
    return _rise(done, warm_up) * max(share, least)


@schedules.register
def one_cycle(done: float, *, warm_up: float = 0.25, start: float = 0.04) -> float:
    """Half a cosine up from `start` in the first `warm_up` of the time, then one down to 0.

    Source:
        Smith and Topin, Super-convergence, 2018.
    """
    _check_warm_up(warm_up)
    _check_share("start", start)
    if done < warm_up:
        return start + (1 - start) * (1 - math.cos(math.pi * done / warm_up)) / 2
    return (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up))) / 2


def _rise(done: float, warm_up: float) -> float:
    """The share that a straight rise has reached, 1 after it."""
    _check_warm_up(warm_up)
    return min(1.0, (done + _FIRST) / warm_up) if warm_up else 1.0


def _check_warm_up(warm_up: float) -> None:
    if not 0 <= warm_up < 1:
        raise SettingError(f"warm_up is {warm_up}: it is a share of the training, below 1")


def _check_share(name: str, share: float, above: float = -1.0) -> None:
    if not (0 <= share <= 1 and share > above):
        least = "above 0, to 1" if above == 0 else "from 0 to 1"
        raise SettingError(f"{name} is {share}: it is a share of the highest rate, {least}")


def _rest(done: float, warm_up: float) -> float:
    """How much of the time after the rise is done."""
    return max(0.0, (done - warm_up) / (1 - warm_up))
